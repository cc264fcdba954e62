import type { Params } from '../ledger/model/request';
import { MAX_PAGE_SIZE, PAGE_FAULTS, Pages } from '../stripe/api/pages';
import { appendQuery } from '../stripe/api/query';
import { formatAmount } from '../stripe/objects/money';
import type { StripeObject } from '../stripe/objects/stripeObject';
import type { BillParams } from './bill';
import { LINE_METADATA, readBillParams } from './bill';
import { billedAmountOf } from './compareInvoice';
import { sumAmounts, amountOf, netOf } from './invoiceAmounts';
import { previewOneOff } from './invoicePreview';
import type { Measured, MeasuredRequest, Read } from './spendFacts';
import { buildUnknownSpend, toTextOrEmpty } from './spendFacts';

/**
 * Calculates the amount of a bill: Stripe previews its lines with tax and discounts. Creates nothing.
 *
 * @throws UnknownSpendError if the preview does not clearly show the amount
 */
export async function measureBill({ params }: MeasuredRequest, read: Read): Promise<Measured> {
	const bill = readBillParams(params);
	const preview = await read(previewOneOff(params, toPreviewedLines(bill)));
	refuseWithoutTax(preview);
	const lines = await readPreviewedLines(preview, read);
	const others = lines.filter((line) => !isNumbered(line));
	if (lines.length - others.length !== bill.lines.length)
		throw buildUnknownSpend('Stripe does not show the lines of the bill in its preview');
	const isWithPending = bill.pending_invoice_items_behavior === 'include';
	if (isWithPending) await refuseOtherItems(bill, others, read);
	const unwanted = isWithPending ? [] : others;
	const billed = lines.filter((line) => !unwanted.includes(line));
	const amount = billedAmountOf(preview) - sumAmounts(unwanted.map(netOf));
	const balance = Number(preview.starting_balance ?? 0);
	return {
		amount,
		currency: preview.currency,
		customer: toTextOrEmpty(params.customer),
		inWords: inWords(amount, preview.currency, {
			tax: sumAmounts(billed.map(taxOf)),
			pending: isWithPending ? sumAmounts(others.map(amountOf)) : 0,
			discounts: sumAmounts(billed.map(discountOf)),
			owed: Math.max(balance, 0),
			credit: Math.min(Math.max(-balance, 0), amount),
		}),
	};
}

type Part = 'tax' | 'pending' | 'discounts' | 'owed' | 'credit';

/**
 * Describes the amount for the person who approves it: `1195.50 EUR, with tax (190.50 EUR) and pending items (5.00 EUR), after
 * discounts (20.00 EUR)`, and the customer's credit balance.
 */
function inWords(amount: number, currency: unknown, parts: Record<Part, number>): string | undefined {
	if (!Number.isSafeInteger(amount) || typeof currency !== 'string') return undefined;
	const money = (minor: number) => formatAmount(String(minor), currency);
	const describePart = (minor: number, words: string) =>
		minor === 0 ? [] : [`${words} (${money(minor)})`];
	const added = [
		...describePart(parts.tax, 'tax'),
		...describePart(parts.pending, 'pending items'),
		...describePart(parts.owed, 'what the customer owes from before'),
	];
	return [
		money(amount),
		...(added.length > 0 ? [`with ${joinWords(added)}`] : []),
		...describePart(parts.discounts, 'after discounts'),
		...(parts.credit > 0
			? [`of which ${money(parts.credit)} comes from the customer's credit balance`]
			: []),
	].join(', ');
}

function joinWords(words: readonly string[]): string {
	return [words.slice(0, -1).join(', '), words.at(-1) ?? ''].filter(Boolean).join(' and ');
}

/**
 * Converts the lines to the names that a preview uses. They keep their numbers, which distinguish them from other lines of the
 * preview.
 */
function toPreviewedLines({ lines, currency, default_tax_rates: rates }: BillParams): Params[] {
	return lines.map(({ pricing, description: _words, ...line }, index) => ({
		...(rates === undefined ? {} : { tax_rates: rates }),
		...line,
		...(pricing === undefined ? { currency: currency ?? '' } : (pricing as Params)),
		metadata: { [LINE_METADATA]: String(index + 1) },
	}));
}

/** @throws UnknownSpendError */
function refuseWithoutTax({ automatic_tax: tax }: StripeObject): void {
	const { enabled, status } = (tax ?? {}) as StripeObject;
	if (enabled !== true || status === 'complete') return;
	throw buildUnknownSpend(
		'Stripe cannot calculate the tax of this bill',
		"Complete the customer's address in Stripe and run it again, or leave Automatic Tax out.",
	);
}

/**
 * An invoice contains only its first lines. Stripe keeps a preview for some days so that the others can be read
 * (docs.stripe.com/invoicing/preview).
 */
async function readPreviewedLines({ id, lines }: StripeObject, read: Read): Promise<StripeObject[]> {
	const { data = [], has_more: hasMore } = (lines ?? {}) as { data?: StripeObject[]; has_more?: boolean };
	return hasMore ? readAll(`/v1/invoices/${toTextOrEmpty(id)}/lines`, read) : data;
}

async function readAll(path: string, read: Read): Promise<StripeObject[]> {
	const all: StripeObject[] = [];
	const pages = new Pages();
	for (let from: Params = {}; ;) {
		const body = await read(appendQuery(path, { limit: String(MAX_PAGE_SIZE), ...from }));
		const { objects, next, fault } = pages.read(body);
		if (fault) throw buildUnknownSpend(PAGE_FAULTS[fault]);
		all.push(...objects);
		if (!next) return all;
		from = next;
	}
}

/**
 * Stripe does not document whether a preview contains the pending items, so they are read separately.
 *
 * @throws UnknownSpendError if the preview contains anything else
 */
async function refuseOtherItems(
	{ customer, currency, default_tax_rates: rates }: BillParams,
	others: readonly StripeObject[],
	read: Read,
): Promise<void> {
	const path = `/v1/invoiceitems?customer=${encodeURIComponent(toTextOrEmpty(customer))}&pending=true`;
	const items = (await readAll(path, read)).filter((item) => item.currency === currency);
	if (
		items.length !== others.length ||
		sumAmounts(items.map(amountOf)) !== sumAmounts(others.map(amountOf))
	)
		throw buildUnknownSpend('Stripe does not show exactly the pending items in its preview of this bill');
	if (rates !== undefined && items.length > 0)
		throw buildUnknownSpend(
			'Stripe does not preview what Default Tax Rates add to pending items',
			'Leave Default Tax Rates out and enter tax rates for each line, or bill the pending items separately.',
		);
}

function isNumbered({ metadata }: StripeObject): boolean {
	return Object.hasOwn(metadata ?? {}, LINE_METADATA);
}

function discountOf({ discount_amounts: discounts }: StripeObject): number {
	return Array.isArray(discounts) ? sumAmounts((discounts as StripeObject[]).map(amountOf)) : 0;
}

/** Includes tax that is contained in a price. */
function taxOf({ taxes }: StripeObject): number {
	return Array.isArray(taxes) ? sumAmounts((taxes as StripeObject[]).map(amountOf)) : 0;
}
