import type { INodeCredentialDescription, INodeProperties, INodeTypeDescription } from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';

import { declaredBy } from '../shared/parameters/describing';
import { ledgerProperties, whereLedgerIs } from '../shared/ledger/ledgerParameters';
import { resourceProperties } from '../shared/parameters/resourceProperties';
import { RESOURCES } from './operations';
import { optionProperties } from './optionProperties';
import { OUTPUTS } from '../shared/run/outcomeMessages';
import { keyOrTokenProperties } from './token/tokenParameter';

/** n8n evaluates this text over the parameters of the node, so the function must not refer to anything outside. */
const namedOutputs = (parameters: { options?: { duplicates?: string } }, labels: string[], type: 'main') =>
	labels
		.slice(0, parameters.options?.duplicates === 'output' ? 4 : 3)
		.map((displayName) => ({ type, displayName }));

const labels = OUTPUTS.map(({ label }) => label);

export const outputs: INodeTypeDescription['outputs'] = `={{ (${namedOutputs.toString()})($parameter, ${JSON.stringify(labels)}, ${JSON.stringify(NodeConnectionTypes.Main)}) }}`;

export const inputs: INodeTypeDescription['inputs'] = [NodeConnectionTypes.Main];

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

/** Reads need no ledger. */
export function whereWritesGoTo(ledger: string): INodeCredentialDescription['displayOptions'] {
	return { ...whereLedgerIs(ledger), hide: onlyWrites };
}

/** All parameters, in the order of the editor. */
export const properties: INodeProperties[] = [
	// Without it, n8n puts them further down, before the ledger, because one of them depends on that.
	{ displayName: 'Credentials', name: 'credentials', type: 'credentials', default: '' },
	...resourceProperties(RESOURCES, 'paymentIntent'),
	...keyOrTokenProperties.map(forWritesOnly),
	...ledgerProperties.map(forWritesOnly),
	optionProperties,
];

/** What each of them decides, and how it is called: for whoever reads what is written into them. */
export const declared = declaredBy(properties);
