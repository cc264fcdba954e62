import type { INodeProperties } from 'n8n-workflow';

import type { Params } from '../../ledger/model/request';
import { findParameterFault } from '../../stripe/api/parameterRules';
import { toApiName } from '../shared/parameters/apiName';
import { ItemError } from '../shared/run/error';
import { isRecord } from '../shared/parameters/values';
import type { WriteOperation } from './operations/operation';

interface ParameterCheck {
	path: string;
	params: Params;
	options: { apiVersion: string };
}

/** Refuses, by their labels, parameters that Stripe does not take. @throws ItemError */
export function refuseParameterFaults(
	operation: WriteOperation,
	{ path, params, options }: ParameterCheck,
): void {
	const fault = findParameterFault({ path, params, apiVersion: options.apiVersion });
	if (!fault) return;
	const label = labelOfApiName(operation, fault.name);
	switch (fault.kind) {
		case 'removed':
			throw new ItemError(
				label,
				'is no longer accepted by Stripe',
				`Use "${fault.successor}" in its place. Stripe leaves out types that do not fit the payment.`,
			);
		case 'exclusive':
			throw new ItemError(
				label,
				`cannot be sent together with ${labelOfApiName(operation, fault.other)}`,
				'Leave one of the two out: Stripe accepts only one.',
			);
		case 'only_with_confirm': {
			const isTyped = findEditorField(operation, 'confirm') !== undefined;
			throw new ItemError(
				label,
				`cannot be sent while ${isTyped ? 'Confirm is off' : '"confirm" is not true'}`,
				`${isTyped ? 'Turn Confirm on' : 'Set "confirm" to true'}, or leave it out here and use it in the Confirm operation.`,
			);
		}
	}
}

/** As the editor shows it; what has no field of its own by its name in Stripe's API, and where that is written. */
function labelOfApiName(operation: WriteOperation, name: string): string {
	const field = findEditorField(operation, name);
	if (field) return field.displayName;
	const isCustom = operation.properties.some((property) => property.name === 'body');
	return `"${name}" in ${isCustom ? 'Body (JSON)' : 'Other Parameters (JSON)'}`;
}

/** The field that sends a parameter under this name, or what stands in it. */
export function findEditorField(
	{ properties }: Pick<WriteOperation, 'properties'>,
	name: string,
): INodeProperties | undefined {
	const all = properties.flatMap((property) => [
		property,
		...(property.options ?? []).filter(isEditorProperty),
	]);
	return all.find((property) => toApiName(property.name) === name);
}

function isEditorProperty(option: unknown): option is INodeProperties {
	return isRecord(option) && 'displayName' in option && 'type' in option;
}
