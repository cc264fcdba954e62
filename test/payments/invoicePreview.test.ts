import { previewChange } from '../../payments/invoicePreview';

/** What a change of plan adds to the next invoice, from what Stripe previews. */

const DATE = 1_800_000_000;
const price = (amount: number | null, interval = 'month') => ({
	unit_amount: amount,
	unit_amount_decimal: amount === null ? null : String(amount),
	recurring: { interval, interval_count: 1 },
});
const proration = (amount: number, more: object = {}) => ({
	amount,
	period: { start: DATE, end: DATE + 1_000 },
	parent: {
		type: 'subscription_item_details',
		subscription_item_details: { invoice_item: null, proration: true },
	},
	taxes: [],
	discount_amounts: [],
	...more,
});
const earlier = (amount: number) => proration(amount, { period: { start: DATE - 60, end: DATE + 1_000 } });
const next = proration(3_000, {
	period: { start: DATE + 1_000, end: DATE + 2_000 },
	parent: { type: 'subscription_item_details', subscription_item_details: { proration: false } },
});

type Rows = Record<string, unknown>[];

function change(before: Rows, after: Rows, behavior = 'create_prorations') {
	const params = { items: [], proration_behavior: behavior, proration_date: String(DATE) };
	return previewChange({ subscription: { id: 'sub_1' }, params, now: DATE * 1_000 }, { before, after });
}

const row = (of: object, quantity = 1) => ({ price: of, quantity });
const amountOf = (...data: object[]) =>
	change([row(price(1_000))], [row(price(3_000))]).toAmount({ lines: { data, has_more: false } });

it('only the prorations of the change itself count, not the regular lines', () => {
	expect(amountOf(proration(-500), proration(1_500), next)).toBe(1_000);
});

it('prorations of an earlier change neither hide nor increase those of this change', () => {
	expect(amountOf(earlier(-900), proration(-500), proration(1_500), next)).toBe(1_000);
	expect(amountOf(earlier(900), proration(-500), proration(1_500), next)).toBe(1_000);
});

it('exclusive tax and discounts count', () => {
	const taxes = [
		{ amount: 190, tax_behavior: 'exclusive' },
		{ amount: 70, tax_behavior: 'inclusive' },
	];
	expect(amountOf(proration(1_000, { taxes, discount_amounts: [{ amount: 100 }] }))).toBe(1_090);
});

it('a line without a proration flag, as in an earlier API version, makes the amount unknown', () => {
	const shown = { ...proration(1_000), parent: undefined, proration: true };
	expect(amountOf(shown)).toBeNaN();
	expect(amountOf({ ...proration(1_000), taxes: undefined })).toBeNaN();
});

it.each(['create_prorations', 'none'])(
	'from free to paid is charged at once, as another interval is: %s',
	(behavior) => {
		const isDueNow = (before: Rows, after: Rows) => {
			const { isDueNow: isNow, question, toAmount } = change(before, after, behavior);
			return isNow && question !== undefined && toAmount({ amount_due: 4_000 }) === 4_000;
		};
		expect(isDueNow([row(price(0))], [row(price(3_000))])).toBe(true);
		expect(isDueNow([row(price(1_000), 0)], [row(price(1_000), 2)])).toBe(true);
		expect(isDueNow([row(price(1_000))], [row(price(900, 'year'))])).toBe(true);
		expect(isDueNow([row(price(0))], [row(price(null))])).toBe(true);
		const other = row(price(500));
		expect(isDueNow([row(price(0)), other], [row(price(3_000)), other])).toBe(false);
		expect(isDueNow([row(price(1_000))], [row(price(0))])).toBe(false);
		expect(() => isDueNow([row(price(null))], [row(price(3_000))])).toThrow(/cannot be determined/);
	},
);
