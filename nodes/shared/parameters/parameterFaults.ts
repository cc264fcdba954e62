import type { INodeProperties } from 'n8n-workflow';

import type { Params } from '../../../ledger/model/request';
import { parameterFault } from '../../../stripe/api/parameterRules';
import { apiName } from './apiName';
import { Refusal } from '../run/error';
import { isRecord } from './values';
import type { WriteOperation } from '../../StripeIdempotent/operations/operation';

interface Asked {
	path: string;
	params: Params;
	options: { apiVersion: string };
}

/** Refuses, by their labels, parameters that Stripe does not take. @throws Refusal */
export function refuseParameterFaults(operation: WriteOperation, { path, params, options }: Asked): void {
	const fault = parameterFault({ path, params, apiVersion: options.apiVersion });
	if (!fault) return;
	const label = labelIn(operation, fault.name);
	switch (fault.kind) {
		case 'removed':
			throw new Refusal(
				label,
				'is no longer accepted by Stripe',
				`Use "${fault.successor}" in its place. Stripe leaves out the types in it that do not fit the payment.`,
			);
		case 'exclusive':
			throw new Refusal(
				label,
				`cannot be sent together with ${labelIn(operation, fault.other)}`,
				'Leave one of the two out: Stripe accepts only one.',
			);
		case 'only_with_confirm': {
			const isTyped = fieldFor(operation, 'confirm') !== undefined;
			throw new Refusal(
				label,
				`cannot be sent while ${isTyped ? 'Confirm is off' : '"confirm" is not true'}`,
				`${isTyped ? 'Turn Confirm on' : 'Set "confirm" to true'}, or leave it out here and give it to the Confirm operation.`,
			);
		}
	}
}

/** As the editor shows it; what has no field of its own by its name in Stripe's API, and where that is written. */
function labelIn(operation: WriteOperation, name: string): string {
	const field = fieldFor(operation, name);
	if (field) return field.displayName;
	const isCustom = operation.properties.some((property) => property.name === 'body');
	return `"${name}" in ${isCustom ? 'Body (JSON)' : 'Other Parameters (JSON)'}`;
}

function fieldFor({ properties }: WriteOperation, name: string): INodeProperties | undefined {
	const all = properties.flatMap((property) => [property, ...(property.options ?? []).filter(isField)]);
	return all.find((property) => apiName(property.name) === name);
}

function isField(option: unknown): option is INodeProperties {
	return isRecord(option) && 'displayName' in option && 'type' in option;
}
