import type { INodeProperties } from 'n8n-workflow';

import { buildAmountProperties, buildTextProperty } from '../../shared/parameters/fields';
import { ACTS_ON_OBJECT, intentOperationOptions } from '../../../payments/intentOperations';

/** The amount and the customer to reserve. */
export const intentProperties: INodeProperties[] = [
	{
		displayName: 'Operation to Allow',
		name: 'intentOperation',
		type: 'options',
		options: intentOperationOptions,
		default: 'paymentIntent.create',
		description: 'The only operation of the Stripe Idempotent node for which the token is valid',
	},
	// Not `required`: if the operation is an expression, n8n shows and requires it for all operations.
	buildTextProperty('Payment', 'object', {
		placeholder: 'e.g. pi_3MtwBwLkdIwHu7ix28a3tqPa',
		description: 'ID of the payment, charge or invoice to act on, or of the account to transfer to',
		displayOptions: { show: { intentOperation: [...ACTS_ON_OBJECT] } },
	}),
	...buildAmountProperties({ required: true, description: 'The amount to allow' }),
	{
		displayName: 'Allow Lower Amount',
		name: 'amountIsMaximum',
		type: 'boolean',
		default: false,
		description: 'Whether a lower amount is allowed too. If off, only exactly the amount.',
	},
	buildTextProperty('Currency', 'currency', {
		required: true,
		placeholder: 'e.g. EUR',
		description: 'Three-letter code of the currency',
	}),
	buildTextProperty('Customer', 'customer', {
		placeholder: 'e.g. cus_9s6XKzkNRiz8i3',
		description: 'ID of the customer. If empty, the payment must not name a customer either.',
	}),
	buildTextProperty('Purpose', 'purpose', {
		required: true,
		placeholder: 'e.g. Refund for order 1001, arrived broken',
		description:
			'What the payment is for, for the person who approves it. Changing this text does not create a new reservation.',
	}),
	buildTextProperty('Agent', 'agent', {
		required: true,
		placeholder: 'e.g. support-agent',
		description: 'A fixed name for the spender, used for daily limits. Never filled in by the model.',
	}),
	buildTextProperty('Session', 'session', {
		placeholder: 'e.g. {{ $json.sessionId }}',
		description: 'ID of the conversation, used for Max per Session',
	}),
];

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
