import type { INodeProperties } from 'n8n-workflow';

import { buildAmountProperties, buildTextProperty } from '../../shared/parameters/fields';
import { ACTS_ON_OBJECT, intentOperationOptions } from '../../shared/stripe/intentOperations';

/** What is reserved, and for whom. */
export const intentProperties: INodeProperties[] = [
	{
		displayName: 'For What',
		name: 'intentOperation',
		type: 'options',
		options: intentOperationOptions,
		default: 'paymentIntent.create',
		description: 'The operation of the Stripe Idempotent node that the token is good for, and no other',
	},
	// Not `required`: where the operation is an expression, n8n shows and demands it for all of them.
	buildTextProperty('Payment', 'object', {
		placeholder: 'e.g. pi_3MtwBwLkdIwHu7ix28a3tqPa',
		description: 'ID of the payment or charge that is acted on',
		displayOptions: { show: { intentOperation: [...ACTS_ON_OBJECT] } },
	}),
	...buildAmountProperties({ required: true, description: 'How much may be moved' }),
	{
		displayName: 'Amount Is a Maximum',
		name: 'amountIsMaximum',
		type: 'boolean',
		default: false,
		description: 'Whether less may be moved too. If off, exactly the amount.',
	},
	buildTextProperty('Currency', 'currency', {
		required: true,
		placeholder: 'e.g. EUR',
		description: 'Three-letter code of the currency',
	}),
	buildTextProperty('Customer', 'customer', {
		placeholder: 'e.g. cus_9s6XKzkNRiz8i3',
		description: 'ID of the customer. If empty, a payment may name no customer either.',
	}),
	buildTextProperty('Purpose', 'purpose', {
		required: true,
		placeholder: 'e.g. Refund for order 1001, arrived broken',
		description:
			'What it is for, in words for the person who approves it. Other words are no other reservation.',
	}),
	buildTextProperty('Agent', 'agent', {
		required: true,
		placeholder: 'e.g. support-agent',
		description: 'A fixed name of who spends: limits per day count for it. Never filled in by the model.',
	}),
	buildTextProperty('Session', 'session', {
		placeholder: 'e.g. {{ $json.sessionId }}',
		description: 'The conversation that it is asked in: Max per Session counts for it',
	}),
];
