import type { INodeProperties } from 'n8n-workflow';

import { buildTextProperty } from '../../shared/parameters/fields';
import { intentOperationOptions } from '../../../payments/intentOperations';

/** What the agent may do. Nothing is allowed until a person selects it, because a default would allow what nobody has decided. */
export const policyProperties: INodeProperties[] = [
	{
		displayName: 'Allowed Operations',
		name: 'allowedOperations',
		type: 'multiOptions',
		options: intentOperationOptions,
		default: [],
		required: true,
		description: 'Operations that can be reserved. None is allowed until you choose it.',
	},
	{
		displayName: 'Limits',
		name: 'limits',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true },
		placeholder: 'Add Currency',
		default: {},
		required: true,
		description: 'Spending limits in the Amount Unit. Currencies without a row cannot be spent.',
		options: [
			{
				displayName: 'Limit',
				name: 'limit',
				values: [
					buildTextProperty('Currency', 'currency', { placeholder: 'e.g. EUR' }),
					buildTextProperty('Max per Payment', 'maxPerPayment', {
						placeholder: 'e.g. 5000',
						description: 'Required. Maximum for one payment.',
					}),
					buildTextProperty('Max per Day', 'maxPerDay', {
						placeholder: 'e.g. 20000',
						description: 'Daily maximum per agent (UTC). If empty, no limit.',
					}),
					buildTextProperty('Approval Above', 'approvalAbove', {
						placeholder: 'e.g. 1000',
						description:
							'Payments above this amount need approval. If 0, always; if empty, never.',
					}),
				],
			},
		],
	},
	{
		displayName: 'Max per Session',
		name: 'maxPerSession',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: 0,
		description: 'Max reservations per session. If 0, no limit.',
	},
	buildTextProperty('Allowed Customers', 'allowedCustomers', {
		placeholder: 'e.g. cus_9s6XKzkNRiz8i3',
		description: 'Comma-separated list of customer IDs. If empty, any.',
	}),
];
