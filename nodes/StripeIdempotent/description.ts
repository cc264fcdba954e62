import type { INodeCredentialDescription, INodeProperties, INodeTypeDescription } from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';

import { buildCatalog } from '../shared/parameters/describing';
import { ledgerProperties, showForLedger } from '../shared/ledger/ledgerParameters';
import { buildResourceProperties } from '../shared/parameters/resourceProperties';
import { requireOnlyWhereChosen } from '../shared/parameters/requiredByChoice';
import { STRIPE_RESOURCES, USUAL_RESOURCE } from './operations';
import { OPTIONS_OF_WRITES, optionProperties, simplifyProperty } from './optionProperties';
import { OUTPUTS } from '../shared/run/outcomeMessages';
import { completeDescriptions } from './operationTexts';
import { buildToolDescription } from './toolDescription';
import { buildHiding, buildOncePerProperties, isWrite, usesLedger } from './oncePer';

/**
 * n8n evaluates this function's source with the node's parameters, so it must not refer to anything outside. Two consecutive
 * closing braces would end the expression, even if only the compiler removes the space between them.
 */
const toStripeOutputs = (
	parameters: { options?: { duplicates?: string; summaryItem?: boolean; checkOnly?: boolean } },
	outputs: readonly { name: string; label: string }[],
	type: 'main',
) =>
	(parameters.options?.checkOnly === true ? [{ name: 'checked', label: 'Checked' }] : outputs)
		.filter(({ name }) => name !== 'duplicate' || parameters.options?.duplicates === 'output')
		.filter(({ name }) => name !== 'summary' || parameters.options?.summaryItem === true)
		.map(({ label: displayName }) => ({ type, displayName }));

export const stripeOutputs: INodeTypeDescription['outputs'] = `={{ (${toStripeOutputs.toString()})($parameter, ${JSON.stringify(OUTPUTS)}, ${JSON.stringify(NodeConnectionTypes.Main)}) }}`;

export const stripeInputs: INodeTypeDescription['inputs'] = [NodeConnectionTypes.Main];

/** Adds conditions that hide a parameter. */
function hideWhere(hide: Record<string, string[]>): (property: INodeProperties) => INodeProperties {
	return (property) => ({
		...property,
		displayOptions: { ...property.displayOptions, hide: { ...hide, ...property.displayOptions?.hide } },
	});
}

/** Reads have no key. */
const withoutKey = buildHiding(STRIPE_RESOURCES, isWrite);
/** Most reads need no ledger. */
const withoutLedger = buildHiding(STRIPE_RESOURCES, usesLedger);

export function showForLedgerUsers(ledger: string): INodeCredentialDescription['displayOptions'] {
	return { ...showForLedger(ledger), hide: withoutLedger };
}

/** Within a collection, the path of a parameter of the node begins with a slash. */
const hideInCollection = hideWhere(
	Object.fromEntries(Object.entries(withoutKey).map(([name, values]) => [`/${name}`, values])),
);

const optionsOfEachOperation: INodeProperties = {
	...optionProperties,
	options: (optionProperties.options as INodeProperties[]).map((option) =>
		OPTIONS_OF_WRITES.has(option.name) ? hideInCollection(option) : option,
	),
};

const keyOfEachOperation = buildOncePerProperties(STRIPE_RESOURCES, hideWhere(withoutKey));

/** All parameters, in the order of the editor. */
export const stripeProperties: INodeProperties[] = [
	buildToolDescription(STRIPE_RESOURCES),
	// Without it, n8n places the credentials below the ledger, because one of them depends on it.
	{ displayName: 'Credentials', name: 'credentials', type: 'credentials', default: '' },
	...requireOnlyWhereChosen(
		buildResourceProperties(completeDescriptions(STRIPE_RESOURCES), USUAL_RESOURCE, keyOfEachOperation),
	),
	...ledgerProperties.map(hideWhere(withoutLedger)),
	simplifyProperty,
	optionsOfEachOperation,
];

/** The parameters with their labels and what they decide, for code that inspects their values. */
export const stripeCatalog = buildCatalog(stripeProperties);
