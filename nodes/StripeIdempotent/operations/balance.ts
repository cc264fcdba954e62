import type Stripe from 'stripe';

import { buildListProperties, buildTextProperty } from '../../shared/parameters/fields';
import { buildPicker } from '../../shared/parameters/picker';
import type { StripeResource } from './operation';

const transactionsPath = '/v1/balance_transactions';

export const balanceResource: StripeResource = {
	value: 'balance',
	name: 'Balance',
	permission: 'balance',
	operations: [
		{
			kind: 'read',
			value: 'get',
			name: 'Get',
			action: 'Get the balance',
			description: 'Read the available and the pending balance per currency, in the minor unit',
			path: () => '/v1/balance',
			properties: [],
		},
	],
};

export const balanceTransactionResource: StripeResource = {
	value: 'balanceTransaction',
	name: 'Balance Transaction',
	permission: 'balance_transaction_source',
	operations: [
		{
			kind: 'read',
			value: 'get',
			name: 'Get',
			action: 'Get a balance transaction',
			description: 'Read one line of the balance, with its fee',
			path: (read) => `${transactionsPath}/${read.id('balanceTransaction')}`,
			properties: [buildPicker('balanceTransaction')],
		},
		{
			kind: 'list',
			value: 'getMany',
			name: 'Get Many',
			action: 'Get many balance transactions',
			description: 'Read the newest lines of the balance, with their fees',
			path: () => transactionsPath,
			params: (read) => read.filters(),
			properties: buildListProperties<Stripe.BalanceTransactionListParams>([
				buildTextProperty('Currency', 'currency', { placeholder: 'e.g. eur' }),
				buildPicker('payout', {
					required: false,
					description:
						'Lines paid out by an automatic payout. Payouts you create yourself list nothing.',
				}),
				buildTextProperty('Source', 'source', {
					placeholder: 'e.g. ch_3MmlLrLkdIwHu7ix0snN0B15',
					description: 'ID of the charge, refund, or other object that it comes from',
				}),
				buildTextProperty('Type', 'type', { placeholder: 'e.g. charge' }),
			]),
		},
	],
};
