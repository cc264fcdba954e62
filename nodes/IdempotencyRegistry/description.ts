import type { INodeCredentialDescription, INodeProperties, INodeTypeDescription } from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';

import { declaredBy } from '../shared/parameters/describing';
import { ledgerOptionProperties, ledgerProperties } from '../shared/ledger/ledgerParameters';
import { forEachOperation, resourceProperties } from '../shared/parameters/resourceProperties';
import { RESOURCES } from './resources';
import type { Operation } from './operation';
import { OUTPUT_LABELS } from './output/outputs';

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
	...resourceProperties(RESOURCES, 'key'),
	...ledgerProperties,
	...forEachOperation(RESOURCES, (operation) => [collectionOf(operation)]),
];

/** What each of them decides, and how it is called: for whoever reads what is written into them. */
export const declared = declaredBy(properties);
