import type { Params } from '../../../ledger/model/request';
import { findExclusive } from '../../../stripe/api/parameterRules';
import { EXCLUSIVE_ROWS, ITEM } from './exclusiveRows';

it.each(EXCLUSIVE_ROWS.map((row) => [row] as const))('%j', ([path, params, name, other, otherIs]) => {
	const found = findExclusive(`/v1/${path}`, params);
	expect(found).toEqual({ name, other, ...(otherIs === undefined ? {} : { otherIs }) });
});

it.each<[string, Params]>([
	['subscriptions/sub_1', { cancel_at: '', cancel_at_period_end: 'true' }],
	['subscriptions/sub_1', { default_tax_rates: '', automatic_tax: { enabled: 'true' } }],
	['subscriptions/sub_1', { default_tax_rates: ['txr_1'], automatic_tax: { enabled: 'false' } }],
	['subscriptions', { trial_period_days: '3', trial_from_plan: 'false' }],
	['invoices', { days_until_due: '30', collection_method: 'send_invoice' }],
	['checkout/sessions', { mode: 'subscription', subscription_data: { trial_period_days: '3' } }],
	['checkout/sessions', { discounts: [{ coupon: 'c' }, { promotion_code: 'promo_1' }] }],
	['payment_intents', { metadata: { customer: 'a', customer_account: 'b' } }],
	['credit_notes', ITEM({ type: 'custom_line_item', unit_amount: '5', description: 'x' })],
	['quotes', { from_quote: { quote: 'qt_1' }, expires_at: '1' }],
	['setup_intents', { attach_to_self: 'false', customer: 'cus_1' }],
	['payment_intents', { amount_details: { discount_amount: '1', line_items: [{ unit_cost: '1' }] } }],
	['coupons', { duration: 'repeating', duration_in_months: '3' }],
	['subscription_schedules', { customer: 'cus_1', phases: [{ items: [] }], metadata: { a: 'b' } }],
])('%s accepts %j', (path, params) => {
	expect(findExclusive(`/v1/${path}`, params)).toBeUndefined();
});
