import type { Params } from '../../../ledger/model/request';
import { findDependent } from '../../../stripe/api/parameterRules';
import { DEPENDENT } from '../../../stripe/api/dependentTable';
import { DEPENDENT_ROWS } from './dependentRows';

it.each(DEPENDENT_ROWS.map((row) => [row] as const))('%j is incomplete', ([path, params, name, needed]) => {
	expect(findDependent(`/v1/${path}`, params)).toMatchObject({ name, needed });
});

it('each rule is covered by a row', () => {
	const rules = DEPENDENT.flatMap((one) => one.rules);
	expect(DEPENDENT_ROWS).toHaveLength(rules.length);
});

it.each<[string, Params]>([
	['payment_intents', { confirm: 'true', off_session: 'true' }],
	['payment_intents/pi_1/confirm', { off_session: 'true' }],
	['coupons', { amount_off: '500', currency: 'eur', duration: 'once' }],
	['coupons', { percent_off: '5', duration: 'repeating', duration_in_months: '3' }],
	['prices', { billing_scheme: 'tiered', tiers: [{ up_to: 'inf', unit_amount: '5' }] }],
	['credit_notes', { refunds: [{ type: 'refund', refund: 're_1' }, { refund: 're_2' }] }],
	[
		'invoices/create_preview',
		{ subscription: 'sub_1', subscription_details: { proration_date: '1', trial_end: 'now' } },
	],
	['invoices/create_preview', { subscription: 'sub_1', automatic_tax: { enabled: 'true' } }],
	['invoices/create_preview', { automatic_tax: { enabled: 'false' } }],
	['checkout/sessions', { mode: 'payment', line_items: [{ price: 'price_1' }] }],
	['checkout/sessions', { customer: 'cus_1', customer_update: { name: 'auto' } }],
	['prices', { metadata: { tiers: 'gold' } }],
])('%s accepts %j', (path, params) => {
	expect(findDependent(`/v1/${path}`, params)).toBeUndefined();
});
