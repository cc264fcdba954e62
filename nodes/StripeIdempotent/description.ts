import type { INodeCredentialDescription, INodeProperties, INodeTypeDescription } from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';

import { buildCatalog } from '../shared/parameters/describing';
import { ledgerProperties, showForLedger } from '../shared/ledger/ledgerParameters';
import { buildResourceProperties } from '../shared/parameters/resourceProperties';
import { requireOnlyWhereChosen } from '../shared/parameters/requiredByChoice';
import { STRIPE_RESOURCES, USUAL_RESOURCE } from './operations';
import { optionProperties, simplifyProperty } from './optionProperties';
import { OUTPUTS } from '../shared/run/outcomeMessages';
import { completeDescriptions } from './operationTexts';
import { buildToolDescription } from './toolDescription';
import { buildHiding, buildOncePerProperties, isWrite, usesLedger } from './oncePer';

/**
 * n8n evaluates this text over the parameters of the node, so the function must not refer to anything outside. Two braces
 * that close one after the other would end the expression, also where a compiler has taken the space between them.
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

/** Hides a parameter where `hide` says so, beside what hides it anyway. */
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

const keyOfEachOperation = buildOncePerProperties(STRIPE_RESOURCES, hideWhere(withoutKey));

/** All parameters, in the order of the editor. */
export const stripeProperties: INodeProperties[] = [
	buildToolDescription(STRIPE_RESOURCES),
	// Without it, n8n puts them further down, before the ledger, because one of them depends on that.
	{ displayName: 'Credentials', name: 'credentials', type: 'credentials', default: '' },
	...requireOnlyWhereChosen(
		buildResourceProperties(completeDescriptions(STRIPE_RESOURCES), USUAL_RESOURCE, keyOfEachOperation),
	),
	...ledgerProperties.map(hideWhere(withoutLedger)),
	simplifyProperty,
	optionProperties,
];

/** What each of them decides, and how it is called: for whoever reads what is written into them. */
export const stripeCatalog = buildCatalog(stripeProperties);
