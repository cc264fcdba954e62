import type { Expectation, Outcome } from '../ledger/model/entry';
import type { Param, Params } from '../ledger/model/request';
import { readEntryId } from '../stripe/objects/metadata';
import { formatAmount } from '../stripe/objects/money';
import type { StripeObject } from '../stripe/objects/stripeObject';
import { readReference } from '../stripe/objects/stripeObject';
import type { QueryContext } from '../stripe/reconcile/stripeQueries';
import { getWithBackoff, listNewestFirst, toLimitation } from '../stripe/reconcile/stripeQueries';
import type { BillParams } from './bill';
import { INVOICES, LINE_METADATA } from './bill';

/** How the invoice of a bill stands in Stripe. */
export type InvoiceStanding =
	| { kind: 'draft' | 'open' | 'paid' | 'uncollectible'; invoice: StripeObject }
	/** A person has withdrawn it: nothing of it will ever be paid. */
	| { kind: 'withdrawn'; how: string }
	| { kind: 'unread'; outcome: Outcome; reason: string };

export async function readStanding(context: QueryContext, id: string): Promise<InvoiceStanding> {
	const outcome = await getWithBackoff(context, pathOf(id));
	const invoice: StripeObject = outcome.body ?? {};
	if (outcome.code === 'resource_missing' || invoice.deleted === true)
		return { kind: 'withdrawn', how: `The draft ${id} was deleted` };
	if (outcome.kind !== 'succeeded')
		return { kind: 'unread', outcome, reason: toLimitation(outcome).reason };
	const { status } = invoice;
	if (status === 'void') return { kind: 'withdrawn', how: `The invoice ${id} was voided` };
	if (status === 'draft' || status === 'open' || status === 'paid' || status === 'uncollectible')
		return { kind: status, invoice };
	return {
		kind: 'unread',
		outcome: { kind: 'unknown' },
		reason: `The status of ${id} is ${String(status)}`,
	};
}

/** @returns why they could not be read */
export async function readInvoiceLines(
	context: QueryContext,
	id: string,
): Promise<{ lines: StripeObject[] } | { reason: string }> {
	const { objects, limitation } = await listNewestFirst(context, {
		path: `${pathOf(id)}/lines`,
		query: {},
		isWanted: () => true,
		isEnough: () => false,
	});
	return limitation ? { reason: limitation.reason } : { lines: objects };
}

function pathOf(id: string): string {
	return `${INVOICES}/${encodeURIComponent(id)}`;
}

/**
 * What an invoice shows otherwise than the bill asks for, in words; empty where it shows exactly these lines and this total.
 *
 * Compared before tax: Stripe's `subtotal` is the sum of all lines (docs.stripe.com/api/invoices/object). What comes off it are
 * discounts, and tax is added only where the bill asks for it.
 *
 * @param entryId of the step that has added the lines
 */
export function compareInvoice(
	bill: BillParams,
	{ entryId, expectation }: { entryId: string; expectation?: Expectation },
	{ invoice, lines }: { invoice: StripeObject; lines: readonly StripeObject[] },
): string[] {
	const own = lines.filter((line) => readEntryId(line) === entryId);
	const others = lines.filter((line) => !own.includes(line));
	return [
		...compareTerms(bill, invoice),
		...bill.lines.flatMap((line, index) => compareLine(line, index + 1, own)),
		...own.flatMap((line) =>
			isNumbered(line, bill) ? [] : [`a line more than asked for: ${show(line)}`],
		),
		...(bill.pending_invoice_items_behavior === 'include'
			? []
			: others.map((line) => `a line of somebody else: ${show(line)}`)),
		...compareTotals(bill, invoice, lines),
		...compareExpected(expectation, invoice),
	];
}

/** Where a limit, a token or a person has allowed an amount, exactly that is billed. */
function compareExpected(expectation: Expectation | undefined, invoice: StripeObject): string[] {
	if (!expectation) return [];
	const { amount, currency } = expectation.spend;
	const billed = billedAmount(invoice);
	return billed === amount
		? []
		: [`it comes to ${money(billed, invoice.currency)}, but ${money(amount, currency)} was previewed`];
}

/** In the minor unit: all of it, also what a credit of the customer pays; and what the customer owes from before. */
export function billedAmount({ total, starting_balance: balance }: StripeObject): number {
	return Number(total) + Math.max(Number(balance ?? 0), 0);
}

function compareTerms(bill: BillParams, invoice: StripeObject): string[] {
	const names = ['customer', 'currency', 'collection_method'] as const;
	const differences = names.flatMap((name) => {
		const [shown, asked] = [readReference(invoice[name]), bill[name]];
		return shown === asked ? [] : [`${name} is ${toText(shown)}, not ${toText(asked)}`];
	});
	return invoice.auto_advance === true
		? [...differences, 'auto_advance is on, so Stripe would collect it']
		: differences;
}

function compareLine(line: Params, number: number, own: readonly StripeObject[]): string[] {
	const [shown, ...more] = own.filter((one) => numberOf(one) === number);
	if (!shown) return [`line ${number} is missing`];
	if (more.length > 0) return [`line ${number} is there ${more.length + 1} times`];
	return Object.entries(readShownLine(shown)).flatMap(([name, value]) => {
		const asked = askedOf(line, name);
		const isSame = asked === undefined || asked === value;
		return isSame ? [] : [`${name} of line ${number} is ${toText(value)}, not ${toText(asked)}`];
	});
}

/** Of another API version an older field tells the price. */
function readShownLine({ amount, description, quantity, period, pricing, price }: StripeObject): Params {
	const { price_details: details } = (pricing ?? {}) as { price_details?: StripeObject | null };
	const { start, end } = (period ?? {}) as StripeObject;
	return {
		amount: String(amount),
		description: String(description),
		price: String(readReference(details?.price ?? price)),
		quantity: String(quantity),
		'period start': String(start),
		'period end': String(end),
	};
}

function askedOf(line: Params, name: string): Param | undefined {
	const period = toParams(line.period);
	if (name === 'price') return toParams(line.pricing).price;
	if (name === 'period start') return period.start;
	return name === 'period end' ? period.end : line[name];
}

function compareTotals(
	bill: BillParams,
	{ subtotal, total, total_discount_amounts: discounts, currency }: StripeObject,
	lines: readonly StripeObject[],
): string[] {
	const sum = addUp(lines);
	if (subtotal !== sum)
		return [`the subtotal is ${money(subtotal, currency)}, not ${money(sum, currency)}`];
	const before = sum - addUp(Array.isArray(discounts) ? (discounts as StripeObject[]) : []);
	if (asksForTax(bill) || total === before) return [];
	return [`the total is ${money(total, currency)}, not ${money(before, currency)}`];
}

/** Whether something may come on top of the lines. */
function asksForTax({ automatic_tax: automatic, default_tax_rates: rates, lines }: BillParams): boolean {
	return (
		toParams(automatic).enabled === 'true' ||
		rates !== undefined ||
		lines.some((line) => line.tax_rates !== undefined)
	);
}

function addUp(rows: readonly StripeObject[]): number {
	return rows.reduce((sum, { amount }) => sum + Number(amount), 0);
}

function isNumbered(line: StripeObject, { lines }: BillParams): boolean {
	const number = numberOf(line);
	return number >= 1 && number <= lines.length;
}

function numberOf({ metadata }: StripeObject): number {
	return Number((metadata as Record<string, unknown> | undefined)?.[LINE_METADATA] ?? NaN);
}

function show({ description, amount, currency }: StripeObject): string {
	return `${String(description)}, ${money(amount, currency)}`;
}

function toText(value: unknown): string {
	return typeof value === 'string' ? value : JSON.stringify(value);
}

function money(minor: unknown, currency: unknown): string {
	return Number.isSafeInteger(minor) ? formatAmount(String(minor), String(currency)) : String(minor);
}

function toParams(param: unknown): Params {
	return typeof param === 'object' && param !== null && !Array.isArray(param) ? (param as Params) : {};
}
