import type { INodeCredentialDescription, INodeProperties, INodeTypeDescription } from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';

import { buildCatalog } from '../shared/parameters/describing';
import { ledgerProperties, showForLedger } from '../shared/ledger/ledgerParameters';
import { buildResourceProperties } from '../shared/parameters/resourceProperties';
import { STRIPE_RESOURCES } from './operations';
import { optionProperties, simplifyProperty } from './optionProperties';
import { OUTPUTS } from '../shared/run/outcomeMessages';
import { keyOrTokenProperties } from './token/tokenParameter';

/** n8n evaluates this text over the parameters of the node, so the function must not refer to anything outside. */
const toStripeOutputs = (
	{ options = {} }: { options?: { duplicates?: string; summaryItem?: boolean } },
	outputs: readonly { name: string; label: string }[],
	type: 'main',
) =>
	outputs
		.filter(({ name }) => name !== 'duplicate' || options.duplicates === 'output')
		.filter(({ name }) => name !== 'summary' || options.summaryItem === true)
		.map(({ label: displayName }) => ({ type, displayName }));

export const stripeOutputs: INodeTypeDescription['outputs'] = `={{ (${toStripeOutputs.toString()})($parameter, ${JSON.stringify(OUTPUTS)}, ${JSON.stringify(NodeConnectionTypes.Main)}) }}`;

export const stripeInputs: INodeTypeDescription['inputs'] = [NodeConnectionTypes.Main];

/** Parameters that only a request which moves something needs: reads have no key and no entry. */
function hideForReads(property: INodeProperties): INodeProperties {
	const hide = { ...onlyWrites, ...property.displayOptions?.hide };
	return { ...property, displayOptions: { ...property.displayOptions, hide } };
}

const allOperations = STRIPE_RESOURCES.flatMap(({ operations }) => operations);
const writeNames = new Set(allOperations.filter(({ kind }) => kind === 'write').map(({ value }) => value));

/** Names under which nothing is ever written. */
const readOperations = [
	...new Set(allOperations.map(({ value }) => value).filter((value) => !writeNames.has(value))),
];

/** Here a name such as Create, which writes elsewhere, only reads. */
const readResources = STRIPE_RESOURCES.filter(({ operations }) =>
	operations.every(({ kind }) => kind !== 'write'),
).map(({ value }) => value);

const onlyWrites = { operation: readOperations, resource: readResources, method: ['GET'] };

/** Reads need no ledger. */
export function showForWrites(ledger: string): INodeCredentialDescription['displayOptions'] {
	return { ...showForLedger(ledger), hide: onlyWrites };
}

/** How the question is called that decides about money: by what the operation does. */
const ONCE_PER_LABELS = [
	'Charge Once Per',
	'Capture Once Per',
	'Refund Once Per',
	'Create Once Per',
	'Do Once Per',
] as const;

function labelOncePer(resource: string, operation: string): (typeof ONCE_PER_LABELS)[number] {
	if (resource === 'refund' && operation === 'create') return 'Refund Once Per';
	if (operation === 'capture') return 'Capture Once Per';
	if (resource === 'paymentIntent' && ['create', 'confirm'].includes(operation)) return 'Charge Once Per';
	return operation === 'create' ? 'Create Once Per' : 'Do Once Per';
}

/** The one question, once for each way in which it is called, and what belongs to its answer. */
const keyOfEachOperation: INodeProperties[] = keyOrTokenProperties.flatMap((property) =>
	property.name === 'keySource' ? askOncePer(property) : [hideForReads(property)],
);

function askOncePer(property: INodeProperties): INodeProperties[] {
	return STRIPE_RESOURCES.flatMap((of) =>
		ONCE_PER_LABELS.flatMap((displayName) => {
			const operation = of.operations
				.filter(
					({ kind, value }) => kind === 'write' && labelOncePer(of.value, value) === displayName,
				)
				.map(({ value }) => value);
			const show = { resource: [of.value], operation };
			return operation.length > 0
				? [{ ...property, displayName, displayOptions: { show, hide: { method: ['GET'] } } }]
				: [];
		}),
	);
}

/** All parameters, in the order of the editor. */
export const stripeProperties: INodeProperties[] = [
	// Without it, n8n puts them further down, before the ledger, because one of them depends on that.
	{ displayName: 'Credentials', name: 'credentials', type: 'credentials', default: '' },
	...buildResourceProperties(STRIPE_RESOURCES, 'paymentIntent', keyOfEachOperation),
	...ledgerProperties.map(hideForReads),
	simplifyProperty,
	optionProperties,
];

/** What each of them decides, and how it is called: for whoever reads what is written into them. */
export const stripeCatalog = buildCatalog(stripeProperties);
