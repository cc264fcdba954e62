import type { INodeCredentialDescription, INodeProperties, INodeTypeDescription } from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';

import { buildCatalog } from '../shared/parameters/describing';
import { ledgerOptionProperties, ledgerProperties } from '../shared/ledger/ledgerParameters';
import {
	buildOperationProperties,
	buildResourceProperties,
	sortByLabel,
} from '../shared/parameters/resourceProperties';
import { requireOnlyWhereChosen } from '../shared/parameters/requiredByChoice';
import { REGISTRY_RESOURCES } from './resources';
import type { RegistryOperation } from './operation';
import { OUTPUT_LABELS } from './output/result';

/** n8n evaluates this function's source with the node's parameters, so it must not refer to anything outside. */
const toRegistryOutputs = (
	parameters: { resource?: string; operation?: string },
	labels: Record<string, string[]>,
	type: 'main',
) =>
	(labels[`${String(parameters.resource)}.${String(parameters.operation)}`] ?? ['Done']).map(
		(displayName) => ({ type, displayName }),
	);

const registryOutputLabels = Object.fromEntries(
	REGISTRY_RESOURCES.flatMap((of) =>
		of.operations.map(({ value, outputs: names }) => [
			`${of.value}.${value}`,
			names.map((name) => OUTPUT_LABELS[name]),
		]),
	),
);

export const registryOutputs: INodeTypeDescription['outputs'] = `={{ (${toRegistryOutputs.toString()})($parameter, ${JSON.stringify(registryOutputLabels)}, ${JSON.stringify(NodeConnectionTypes.Main)}) }}`;

export const registryInputs: INodeTypeDescription['inputs'] = [NodeConnectionTypes.Main];

/**
 * If the only option is for servers, the collection is shown for servers only, because an empty list of options confuses people.
 */
function buildOptionsCollection({ options = [] }: RegistryOperation): INodeProperties {
	const onServers = { displayOptions: { show: { ledger: ['postgres', 'redis'] } } };
	return {
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add Option',
		default: {},
		options: sortByLabel([...options, ...ledgerOptionProperties]),
		...(options.length > 0 ? undefined : onServers),
	};
}

const withStripe = REGISTRY_RESOURCES.flatMap((of) =>
	of.operations.flatMap(({ value, needsStripe }) => (needsStripe ? [{ of: of.value, value }] : [])),
);

/** Only Reserve needs the account. Approving, or activating the kill switch, needs no Stripe key. */
export const showWhereStripeIsNeeded: INodeCredentialDescription['displayOptions'] = {
	show: {
		resource: [...new Set(withStripe.map(({ of }) => of))],
		operation: [...new Set(withStripe.map(({ value }) => value))],
	},
};

/** All parameters, in the order of the editor. */
export const registryProperties: INodeProperties[] = [
	// Without it, n8n places the credentials below the ledger, because one of them depends on it.
	{ displayName: 'Credentials', name: 'credentials', type: 'credentials', default: '' },
	...requireOnlyWhereChosen(buildResourceProperties(REGISTRY_RESOURCES, 'entry')),
	...ledgerProperties,
	...buildOperationProperties(REGISTRY_RESOURCES, (operation) => [buildOptionsCollection(operation)]),
];

/** The parameters with their labels and what they decide, for code that inspects their values. */
export const registryCatalog = buildCatalog(registryProperties);
