import type Stripe from 'stripe';

import { getOwn, isMap, type ParamMap } from '../../form';
import { invalid, noSuch } from '../../errors';
import type { Invoice, InvoiceLine } from '../../objects';
import type { Shown } from '../../sdkTypes';
import type { StripeState } from '../../world';
import { showAutomaticTax, taxLine } from './invoiceTaxes';

/** The number of lines included in an invoice. */
const SHOWN_LINES = 10;

/**
 * Recomputes everything that depends on an invoice's lines. A negative total is credited to the customer's
 * balance.
 */
export function addUp(state: StripeState, invoice: Invoice): Invoice {
	const lines = linesOf(state, invoice.id);
	return state.invoices.save(Object.assign(invoice, sumUp(state, invoice, lines)));
}

type SummedInvoice = Pick<
	Invoice,
	'amount_paid' | 'automatic_tax' | 'customer' | 'default_tax_rates' | 'discounts' | 'id'
>;

export function sumUp(state: StripeState, invoice: SummedInvoice, lines: InvoiceLine[]): Partial<Invoice> {
	const { id, discounts, amount_paid: paid } = invoice;
	const subtotal = lines.reduce((sum, { amount }) => sum + amount, 0);
	const reductions = discounts.map((discount) => ({ discount, amount: reduce(state, discount, subtotal) }));
	const taxes = priceLines(state, invoice, lines, reductions);
	const tax = (behavior?: string) =>
		taxes.reduce((sum, { amount, tax_behavior: of }) => sum + (of === (behavior ?? of) ? amount : 0), 0);
	const off = reductions.reduce((sum, { amount }) => sum + amount, 0);
	const total = subtotal - off + tax('exclusive');
	const due = Math.max(total, 0);
	return {
		automatic_tax: showAutomaticTax(state, invoice),
		subtotal,
		subtotal_excluding_tax: subtotal - tax('inclusive'),
		total,
		total_excluding_tax: total - tax(),
		total_discount_amounts: reductions,
		total_taxes: taxes,
		amount_due: due,
		amount_remaining: due - paid,
		lines: {
			object: 'list',
			data: lines.slice(0, SHOWN_LINES),
			has_more: lines.length > SHOWN_LINES,
			url: `/v1/invoices/${id}/lines`,
		},
	};
}

/** Sets the discounts and taxes of each line. @returns all taxes */
function priceLines(
	state: StripeState,
	invoice: SummedInvoice,
	lines: InvoiceLine[],
	reductions: readonly { discount: string; amount: number }[],
): Stripe.InvoiceLineItem.Tax[] {
	const subtotal = lines.reduce((sum, { amount }) => sum + amount, 0);
	let before = 0;
	return lines.flatMap((line) => {
		// The rounding difference of one line is carried to the next.
		const share = (of: number, amount: number) =>
			subtotal === 0 ? 0 : Math.round((of * amount) / subtotal);
		const from = before;
		before += line.amount;
		const off = reductions.map(({ discount, amount }) => ({
			discount,
			amount: share(amount, before) - share(amount, from),
		}));
		const left = off.reduce((rest, { amount }) => rest - amount, line.amount);
		const taxes = taxLine(state, invoice, line, left);
		Object.assign(line, { discount_amounts: off, taxes });
		return taxes;
	});
}

export function linesOf(state: StripeState, invoice: string): InvoiceLine[] {
	return state.invoiceLines
		.newestFirst()
		.filter((line) => line.invoice === invoice)
		.reverse();
}

/**
 * `discounts[0][coupon]=…`: IDs of the discounts, each with its coupon. Replaces existing ones, as
 * everywhere.
 */
export function readDiscounts(state: StripeState, params: ParamMap): string[] | undefined {
	const written = getOwn(params, 'discounts');
	if (written === undefined) return undefined;
	if (!Array.isArray(written)) return [];
	return written.map((entry, index) => {
		const where = `discounts[${index}]`;
		if (!isMap(entry)) throw invalid(where, 'Invalid hash', 'parameter_invalid_hash');
		const kept = getOwn(entry, 'discount');
		if (typeof kept === 'string') return kept;
		const code = getOwn(entry, 'promotion_code') ?? null;
		const discount = {
			id: state.newId('di'),
			object: 'discount',
			checkout_session: null,
			customer: null,
			customer_account: null,
			end: null,
			invoice: null,
			invoice_item: null,
			promotion_code: code,
			source: { type: 'coupon', coupon: readCoupon(state, entry, where) },
			start: state.seconds(),
			subscription: null,
			subscription_item: null,
		} satisfies Shown<Stripe.Discount>;
		return state.other('discounts').save(discount).id;
	});
}

function readCoupon(state: StripeState, entry: ParamMap, where: string): string {
	const code = getOwn(entry, 'promotion_code');
	const promotion = typeof code === 'string' ? state.other('promotion_codes').find(code) : undefined;
	const id = promotion ? couponOf(promotion.promotion) : getOwn(entry, 'coupon');
	const coupon = typeof id === 'string' ? state.other('coupons').find(id) : undefined;
	if (coupon === undefined || coupon.deleted === true) {
		throw noSuch('coupon', typeof id === 'string' ? id : JSON.stringify(code), `${where}[coupon]`, 400);
	}
	return coupon.id;
}

function couponOf(source: unknown): string | undefined {
	const { coupon } = (source ?? {}) as { coupon?: unknown };
	return typeof coupon === 'string' ? coupon : undefined;
}

function reduce(state: StripeState, discount: string, subtotal: number): number {
	const coupon = couponOf(state.other('discounts').find(discount)?.source) ?? '';
	const { percent_off: percent, amount_off: amount } = (state.other('coupons').find(coupon) ??
		{}) as Record<string, unknown>;
	const off = percent ? Math.round((subtotal * Number(percent)) / 100) : Number(amount ?? 0);
	return Math.min(Math.max(subtotal, 0), off);
}
