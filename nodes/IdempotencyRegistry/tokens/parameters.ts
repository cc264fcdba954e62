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
