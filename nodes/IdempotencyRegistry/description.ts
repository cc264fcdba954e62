import type {
	INodeCredentialDescription,
	INodeProperties,
	INodePropertyOptions,
	INodeTypeDescription,
} from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';

import { ledgerOptionProperties, ledgerProperties } from '../shared/ledgerParameters';
import { RESOURCES } from './operations';
import type { Operation, Resource } from './operations/operation';
import { OUTPUT_LABELS } from './outputs';

/** n8n evaluates this text over the parameters of the node, so the function must not refer to anything outside. */
const namedOutputs = (
	parameters: { resource?: string; operation?: string },
	labels: Record<string, string[]>,
	type: 'main',
) =>
	(labels[`${String(parameters.resource)}.${String(parameters.operation)}`] ?? ['Done']).map(
		(displayName) => ({ type, displayName }),
	);

const labels = Object.fromEntries(
	RESOURCES.flatMap((of) =>
		of.operations.map(({ value, outputs: names }) => [
			`${of.value}.${value}`,
			names.map((name) => OUTPUT_LABELS[name]),
		]),
	),
);

export const outputs: INodeTypeDescription['outputs'] = `={{ (${namedOutputs.toString()})($parameter, ${JSON.stringify(labels)}, ${JSON.stringify(NodeConnectionTypes.Main)}) }}`;

export const inputs: INodeTypeDescription['inputs'] = [NodeConnectionTypes.Main];

const resource: INodeProperties = {
	displayName: 'Resource',
	name: 'resource',
	type: 'options',
	noDataExpression: true,
	options: RESOURCES.map(({ name, value }) => ({ name, value })),
	default: 'key',
};

const operations: INodeProperties[] = RESOURCES.map((of) => ({
	displayName: 'Operation',
	name: 'operation',
	type: 'options',
	noDataExpression: true,
	displayOptions: { show: { resource: [of.value] } },
	options: of.operations.map(({ name, value, action, description }): INodePropertyOptions => ({
		name,
		value,
		action,
		description,
	})),
	default: usualOperation(of),
}));

function usualOperation({ usual, operations: rows }: Resource): string {
	return usual ?? rows[0]?.value ?? '';
}

function propertiesOf({ value: resourceValue, operations: rows }: Resource): INodeProperties[] {
	return rows.flatMap(({ value, properties: own }) =>
		own.map((property) => shownFor(property, resourceValue, value)),
	);
}

function optionsOf({ value: resourceValue, operations: rows }: Resource): INodeProperties[] {
	return rows.map((operation) => shownFor(collectionOf(operation), resourceValue, operation.value));
}

function collectionOf({ options = [] }: Operation): INodeProperties {
	return {
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add Option',
		default: {},
		options: [...options, ...ledgerOptionProperties].sort((a, b) =>
			a.displayName.localeCompare(b.displayName),
		),
	};
}

function shownFor(property: INodeProperties, resourceValue: string, operation: string): INodeProperties {
	const show = {
		resource: [resourceValue],
		operation: [operation],
		...property.displayOptions?.show,
	};
	return { ...property, displayOptions: { ...property.displayOptions, show } };
}

/** Ledgers use n8n's own credentials, which users have already. Each is named like the ledger that it is for. */
export const POSTGRES = 'postgres';
export const REDIS = 'redis';

export function whereLedgerIs(ledger: string): INodeCredentialDescription['displayOptions'] {
	return { show: { ledger: [ledger] } };
}

const withStripe = RESOURCES.flatMap((of) =>
	of.operations.flatMap(({ value, needsStripe }) => (needsStripe ? [{ of: of.value, value }] : [])),
);

/** Only who reserves has to say in which account: to approve, or to stop everything, nobody needs a key of Stripe. */
export const whereStripeIsAsked: INodeCredentialDescription['displayOptions'] = {
	show: {
		resource: [...new Set(withStripe.map(({ of }) => of))],
		operation: [...new Set(withStripe.map(({ value }) => value))],
	},
};

/** All parameters, in the order of the editor. */
export const properties: INodeProperties[] = [
	// Without it, n8n puts them further down, before the ledger, because one of them depends on that.
	{ displayName: 'Credentials', name: 'credentials', type: 'credentials', default: '' },
	resource,
	...operations,
	...RESOURCES.flatMap(propertiesOf),
	...ledgerProperties,
	...RESOURCES.flatMap(optionsOf),
];
