import type {
	INodeCredentialDescription,
	INodeProperties,
	INodePropertyOptions,
	INodeTypeDescription,
} from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';

import { ledgerProperties } from '../shared/ledgerParameters';
import { RESOURCES } from './operations';
import type { Resource } from './operations/operation';
import { optionProperties } from './optionProperties';
import { OUTPUTS } from './outcomeWords';
import { keyOrTokenProperties } from './tokenParameter';

/** n8n evaluates this text over the parameters of the node, so the function must not refer to anything outside. */
const namedOutputs = (parameters: { options?: { duplicates?: string } }, labels: string[], type: 'main') =>
	labels
		.slice(0, parameters.options?.duplicates === 'output' ? 4 : 3)
		.map((displayName) => ({ type, displayName }));

const labels = OUTPUTS.map(({ label }) => label);

export const outputs: INodeTypeDescription['outputs'] = `={{ (${namedOutputs.toString()})($parameter, ${JSON.stringify(labels)}, ${JSON.stringify(NodeConnectionTypes.Main)}) }}`;

export const inputs: INodeTypeDescription['inputs'] = [NodeConnectionTypes.Main];

const resource: INodeProperties = {
	displayName: 'Resource',
	name: 'resource',
	type: 'options',
	noDataExpression: true,
	options: RESOURCES.map(({ name, value }) => ({ name, value })),
	default: 'paymentIntent',
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
	default: defaultOperation(of),
}));

function defaultOperation({ operations: rows }: Resource): string {
	return (rows.find(({ value }) => value === 'create') ?? rows[0])?.value ?? '';
}

function propertiesOf({ value: resourceValue, operations: rows }: Resource): INodeProperties[] {
	return rows.flatMap(({ value, properties }) =>
		properties.map((property) => ({
			...property,
			displayOptions: {
				...property.displayOptions,
				show: { resource: [resourceValue], operation: [value], ...property.displayOptions?.show },
			},
		})),
	);
}

/** Parameters that only a request which moves something needs: reads have no key and no entry. */
function forWritesOnly(property: INodeProperties): INodeProperties {
	const hide = { ...onlyWrites, ...property.displayOptions?.hide };
	return { ...property, displayOptions: { ...property.displayOptions, hide } };
}

const readOperations = [
	...new Set(
		RESOURCES.flatMap((of) =>
			of.operations.filter(({ kind }) => kind !== 'write').map(({ value }) => value),
		),
	),
];

const onlyWrites = { operation: readOperations, method: ['GET'] };

/** Ledgers use n8n's own credentials, which users have already. Each is named like the ledger that it is for. */
export const POSTGRES = 'postgres';
export const REDIS = 'redis';

export function whereLedgerIs(ledger: string): INodeCredentialDescription['displayOptions'] {
	return { show: { ledger: [ledger] }, hide: onlyWrites };
}

/** All parameters, in the order of the editor. */
export const properties: INodeProperties[] = [
	// Without it, n8n puts them further down, before the ledger, because one of them depends on that.
	{ displayName: 'Credentials', name: 'credentials', type: 'credentials', default: '' },
	resource,
	...operations,
	...RESOURCES.flatMap(propertiesOf),
	...keyOrTokenProperties.map(forWritesOnly),
	...ledgerProperties.map(forWritesOnly),
	optionProperties,
];
