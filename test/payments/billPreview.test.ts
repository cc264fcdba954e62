import type { Params } from '../../ledger/model/request';
import { measureBill } from '../../payments/billPreview';
import type { Read } from '../../payments/spendFacts';
import type { StripeObject } from '../../stripe/objects/stripeObject';

const PARAMS: Params = {
	customer: 'cus_1',
	currency: 'eur',
	pending_invoice_items_behavior: 'include',
	lines: [{ amount: '1000', description: 'Work' }],
};
const OWN = { id: 'il_1', amount: 1000, metadata: { n8n_line: '1' }, taxes: [], discount_amounts: [] };
const OTHER = { id: 'il_2', amount: 300, metadata: {}, taxes: [], discount_amounts: [] };

/** Stripe previews this invoice, and these items are pending. */
function answering(preview: StripeObject, pending: StripeObject[] = []): Read {
	return async (question) =>
		typeof question === 'string'
			? { object: 'list', data: pending, has_more: false }
			: { id: 'upcoming_in_1', currency: 'eur', starting_balance: 0, ...preview };
}

const measure = (read: Read, params: Params = {}) =>
	measureBill({ path: '/v1/invoices', params: { ...PARAMS, ...params }, now: 0 }, read);
const showing = (lines: StripeObject[], total: number) => ({ lines: { data: lines }, total });

it.each([
	['an earlier debt of the customer counts', 250, 1250],
	["the customer's credit pays for it, and does not reduce it", -250, 1000],
])('of a bill %s', async (_what, balance, amount) => {
	const preview = { ...showing([OWN], 1000), starting_balance: balance };
	expect(await measure(answering(preview))).toMatchObject({ amount, customer: 'cus_1' });
});

it.each<[string, StripeObject, StripeObject, string]>([
	['nothing beside its lines', {}, {}, '10.00 EUR'],
	[
		'tax and a discount',
		{ total: 1080 },
		{ taxes: [{ amount: 180, tax_behavior: 'exclusive' }], discount_amounts: [{ amount: 100 }] },
		'10.80 EUR, with tax (1.80 EUR), after discounts (1.00 EUR)',
	],
	[
		'an earlier debt',
		{ starting_balance: 250 },
		{},
		'12.50 EUR, with what the customer owes from before (2.50 EUR)',
	],
	[
		'a credit that pays a part',
		{ starting_balance: -250 },
		{},
		"10.00 EUR, of which 2.50 EUR comes from the customer's credit balance",
	],
	[
		'a credit that pays all of it',
		{ starting_balance: -5000 },
		{},
		"10.00 EUR, of which 10.00 EUR comes from the customer's credit balance",
	],
])('describes its total with %s', async (_what, preview, line, inWords) => {
	const read = answering({ ...showing([{ ...OWN, ...line }], 1000), ...preview });
	expect(await measure(read)).toMatchObject({ inWords });
});

it('is unknown if Stripe shows other pending items than there are', async () => {
	const item = { amount: 300, currency: 'eur' };
	await expect(measure(answering(showing([OWN], 1000), [item]))).rejects.toThrow(/the pending items/);
	await expect(measure(answering(showing([OWN, OTHER], 1300)))).rejects.toThrow(/the pending items/);
	expect(await measure(answering(showing([OWN, OTHER], 1300), [item]))).toMatchObject({ amount: 1300 });
});

it('is unknown if Stripe does not show each line', async () => {
	const unmarked = { ...OWN, metadata: {} };
	await expect(measure(answering(showing([unmarked], 1000)))).rejects.toThrow(/the lines of the bill/);
});

it('is unknown if the tax of pending items is not shown', async () => {
	const { taxes: _taxes, ...untold } = OTHER;
	const exclude = { pending_invoice_items_behavior: 'exclude' };
	const { amount } = await measure(answering(showing([OWN, untold], 1300)), exclude);
	expect(amount).toBeNaN();
	const known = await measure(answering(showing([OWN, OTHER], 1300)), exclude);
	expect(known.amount).toBe(1000);
});

it('is unknown with a parameter that the preview does not support', async () => {
	await expect(measure(answering({}), { shipping_cost: { shipping_rate: 'shr_1' } })).rejects.toThrow(
		/"shipping_cost"/,
	);
});

it.each<[string, (nth: number) => StripeObject]>([
	['go on and do not say where', () => ({ data: [], has_more: true })],
	['do not say whether they go on', () => ({ data: [OWN] })],
	[
		'lead back to a page that was read',
		(nth) => ({ data: [{ ...OTHER, id: `il_${nth % 2}` }], has_more: nth < 10 }),
	],
])('a bill whose lines %s is refused, because it may cost more', async (_what, page) => {
	let nth = 0;
	const read: Read = async (question) =>
		typeof question === 'string'
			? { object: 'list', ...page(++nth) }
			: {
					id: 'upcoming_in_1',
					currency: 'eur',
					starting_balance: 0,
					lines: { data: [OWN], has_more: true },
					total: 1000,
				};
	await expect(measure(read, { pending_invoice_items_behavior: 'exclude' })).rejects.toThrow(/list/);
});
