import type Stripe from 'stripe';

import {
	buildAdditionalFields,
	buildAmountProperties,
	buildListProperties,
	buildProseProperty,
	buildTextProperty,
	metadata,
	otherParameters,
	requiredCurrency,
} from '../../shared/parameters/fields';
import { buildPicker } from '../../shared/parameters/picker';
import type { ParameterReader } from '../../shared/parameters/parameterReader';
import { checkParamNames } from '../../shared/parameters/stripeParams';
import type { StripeResource } from './operation';

const pathOf = (read: ParameterReader) => `/v1/customers/${read.id('customer')}/balance_transactions`;

export const customerBalanceResource: StripeResource = {
	value: 'customerBalance',
	name: 'Customer Balance',
	permission: 'customer',
	operations: [
		{
			kind: 'write',
			class: 'create',
			value: 'adjust',
			name: 'Adjust',
			action: 'Adjust a customer balance',
			description: 'Give a customer a credit for the next invoice, or add to what they owe',
			path: pathOf,
			params: (read) =>
				checkParamNames<Stripe.CustomerCreateBalanceTransactionParams>({
					amount: read.amount('signed'),
					currency: read.currency(),
					...read.additionalFields(),
				}),
			properties: [
				buildPicker('customer'),
				...buildAmountProperties({
					required: true,
					placeholder: 'e.g. -1999',
					description:
						'If negative, the customer gets a credit. If positive, the customer owes more.',
				}),
				requiredCurrency,
				buildAdditionalFields<Stripe.CustomerCreateBalanceTransactionParams>([
					buildProseProperty('Description', 'description', {
						placeholder: 'e.g. Goodwill for order 1001',
					}),
					metadata,
					otherParameters,
				]),
			],
		},
		{
			kind: 'list',
			value: 'getMany',
			name: 'Get Many',
			action: 'Get many changes of a customer balance',
			description: "Read the newest changes of a customer's balance",
			path: pathOf,
			params: (read) => read.filters(),
			properties: [
				buildPicker('customer'),
				...buildListProperties<Stripe.CustomerListBalanceTransactionsParams>([
					buildTextProperty('Invoice', 'invoice', {
						placeholder: 'e.g. in_1MtHbELkdIwHu7ixl4OzzPMv',
					}),
				]),
			],
		},
	],
};
