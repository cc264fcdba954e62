import type { ListedObject } from '../../../nodes/StripeIdempotent/choices';
import * as choices from '../../../nodes/StripeIdempotent/choices';

const CREATED = Date.UTC(2026, 10, 30) / 1000;
const EUR = { currency: 'eur', created: CREATED };
const ada = { customer: { id: 'cus_1', name: 'Ada' } };
const monetary = { value: 500, currency: 'jpy' };

/** By what people know an object: its money as they write it, its state, its day, and its ID. */
it.each<
	[name: string, nameOf: (object: ListedObject, names: choices.ProductNames) => unknown, object: object]
>([
	[
		'Branch · acct@example.com · x_1',
		choices.toAccountName,
		{ business_profile: { name: 'Branch' }, email: 'acct@example.com' },
	],
	['VISA · ···· 4242 · EUR · x_1', choices.toExternalAccountName, { brand: 'VISA', last4: '4242', ...EUR }],
	[
		'-5.00 EUR · refund · 2026-11-30 · x_1',
		choices.toBalanceTransactionName,
		{ amount: -500, type: 'refund', ...EUR },
	],
	[
		'Welcome · Ada · 500 JPY · promotional · x_1',
		choices.toCreditGrantName,
		{ name: 'Welcome', ...ada, amount: { monetary }, category: 'promotional' },
	],
	[
		'CN-1 · Ada · 5.00 EUR · issued · 2026-11-30 · x_1',
		choices.toCreditNoteName,
		{ number: 'CN-1', ...ada, total: 500, status: 'issued', ...EUR },
	],
	[
		'QT-1 · Ada · 5.00 EUR · open · 2026-11-30 · x_1',
		choices.toQuoteName,
		{ number: 'QT-1', ...ada, amount_total: 500, status: 'open', ...EUR },
	],
	[
		'Ada · Hours · -5.00 EUR · x_1',
		choices.toInvoiceItemName,
		{ ...ada, description: 'Hours', amount: -500, ...EUR },
	],
	[
		'5.00 EUR · fraudulent · needs_response · due 2026-11-30 · x_1',
		choices.toDisputeName,
		{
			amount: 500,
			reason: 'fraudulent',
			status: 'needs_response',
			evidence_details: { due_by: CREATED },
			...EUR,
		},
	],
	['payout.paid · 2026-11-30 · x_1', choices.toEventName, { type: 'payout.paid', created: CREATED }],
	['Calls · api_calls · x_1', choices.toMeterName, { display_name: 'Calls', event_name: 'api_calls' }],
	[
		'5.00 EUR · paid · 2026-11-30 · x_1',
		choices.toPayoutName,
		{ amount: 500, status: 'paid', arrival_date: CREATED, ...EUR },
	],
	['cus_1 · active · x_1', choices.toScheduleName, { customer: 'cus_1', status: 'active' }],
	[
		'5.00 EUR · acct_1 · Share · 2026-11-30 · x_1',
		choices.toTransferName,
		{ amount: 500, destination: 'acct_1', description: 'Share', ...EUR },
	],
	[
		'https://buy.example/1 · EUR · inactive · x_1',
		choices.toPaymentLinkName,
		{ url: 'https://buy.example/1', active: false, ...EUR },
	],
	[
		'5.00 EUR · ada@example.com · open · 2026-11-30 · x_1',
		choices.toSessionName,
		{ amount_total: 500, customer_email: 'ada@example.com', status: 'open', ...EUR },
	],
	[
		'Card · succeeded · 2026-11-30 · x_1',
		choices.toSetupIntentName,
		{ description: 'Card', status: 'succeeded', created: CREATED },
	],
	['SUN · gone · x_1', choices.toPromotionCodeName, { code: 'SUN', promotion: { coupon: 'gone' } }],
	[
		'Pro · 9.99 EUR / 3 months · x_1',
		choices.toPriceName,
		{ product: 'prod_1', unit_amount: 999, recurring: { interval: 'month', interval_count: 3 }, ...EUR },
	],
	[
		'Pro · x_1',
		choices.toPriceName,
		{ product: 'prod_1', unit_amount: null, recurring: { interval: 'month', interval_count: 1 }, ...EUR },
	],
	[
		'Ada · 25 × Pro, 9.99 EUR / month + Pro, 500 JPY / year · active · x_1',
		choices.toSubscriptionName,
		{
			...ada,
			status: 'active',
			items: {
				data: [
					{
						quantity: 25,
						price: {
							product: 'prod_1',
							unit_amount: 999,
							currency: 'eur',
							recurring: { interval: 'month' },
						},
					},
					{
						quantity: 1,
						price: {
							product: 'prod_1',
							unit_amount: 500,
							currency: 'jpy',
							recurring: { interval: 'year' },
						},
					},
				],
			},
		},
	],
	[
		'Sepa debit ···· 3000 · x_1',
		choices.toPaymentMethodName,
		{ type: 'sepa_debit', sepa_debit: { last4: '3000' } },
	],
	[
		'Visa ···· 4242 · 01/28 · x_1',
		choices.toPaymentMethodName,
		{ type: 'card', card: { brand: 'visa', last4: '4242', exp_month: 1, exp_year: 2028 } },
	],
])('%s', (name, nameOf, object) => {
	expect(nameOf({ id: 'x_1', ...object }, new Map([['prod_1', 'Pro']]))).toBe(name);
});
