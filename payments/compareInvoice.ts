import type { Expectation } from '../ledger/model/entry';
import type { Param, Params } from '../ledger/model/request';
import { readEntryId } from '../stripe/objects/metadata';
import { formatAmount } from '../stripe/objects/money';
import type { StripeObject } from '../stripe/objects/stripeObject';
import { asText, readReference } from '../stripe/objects/stripeObject';
import type { BillParams } from './bill';
import { LINE_METADATA } from './bill';

/** The bill that an invoice is compared with. */
export interface RequestedBill {
	bill: BillParams;
	/** The entry of the step that added the lines. */
	entryId: string;
	expectation?: Expectation;
	/** The draft as Stripe returned it when it was created, with the customer's discounts. */
	created?: StripeObject;
}

/**
 * Describes how an invoice differs from its bill; empty if it has exactly these lines and this total.
 *
 * Amounts are compared before tax: Stripe's `subtotal` is the sum of all lines (docs.stripe.com/api/invoices/object). The
 * discounts are those of the draft, and tax is added only if the bill asks for it.
 */
export function compareInvoice(
	{ bill, entryId, expectation, created }: RequestedBill,
	{ invoice, lines }: { invoice: StripeObject; lines: readonly StripeObject[] },
): string[] {
	const own = lines.filter((line) => readEntryId(line) === entryId);
	const others = lines.filter((line) => !own.includes(line));
	return [
		...compareTerms(bill, invoice),
		...compareTaxTerms(bill, invoice),
		...compareDiscounts(created, invoice),
		...bill.lines.flatMap((line, index) => compareLine(line, index + 1, own)),
		...own.flatMap((line) => (isNumbered(line, bill) ? [] : [`an extra line: ${show(line)}`])),
		...(bill.pending_invoice_items_behavior === 'include'
			? []
			: others.map((line) => `a line that this bill did not add: ${show(line)}`)),
		...compareTotals(bill, invoice, lines),
		...compareExpected(expectation, invoice),
	];
}

/** If a limit, a token or a person allowed an amount, exactly that amount has to be billed. */
function compareExpected(expectation: Expectation | undefined, invoice: StripeObject): string[] {
	if (!expectation) return [];
	const { amount, currency } = expectation.spend;
	const billed = billedAmountOf(invoice);
	return billed === amount
		? []
		: [`it comes to ${money(billed, invoice.currency)}, but ${money(amount, currency)} was previewed`];
}

/** The full amount in minor units, including what the customer's credit pays and what the customer owed before. */
export function billedAmountOf({ total, starting_balance: balance }: StripeObject): number {
	return Number(total) + Math.max(Number(balance ?? 0), 0);
}

/** After payment, the collection terms no longer matter. */
function compareTerms(bill: BillParams, invoice: StripeObject): string[] {
	const isPaid = invoice.status === 'paid';
	const names = ['customer', 'currency', ...(isPaid ? [] : ['collection_method'])];
	const differences = names.flatMap((name) => {
		const [actual, requested] = [readReference(invoice[name]), bill[name]];
		return actual === requested ? [] : [`${name} is ${toText(actual)}, not ${toText(requested)}`];
	});
	return invoice.auto_advance === true && !isPaid
		? [...differences, 'auto_advance is on, so Stripe would collect it']
		: differences;
}

function compareTaxTerms(bill: BillParams, invoice: StripeObject): string[] {
	const { automatic_tax: tax, default_tax_rates: rates } = invoice;
	const [requested, actual] = [readIds(bill.default_tax_rates), readIds(rates)];
	const isAutomatic = (tax as StripeObject | undefined)?.enabled === true;
	return [
		...(isSameSet(requested ?? [], actual ?? requested ?? [])
			? []
			: [`default_tax_rates are ${listIds(actual)}, not ${listIds(requested)}`]),
		...(isAutomatic && !isTaxedAutomatically(bill) ? ['automatic_tax is on'] : []),
		...(!isAutomatic && tax !== undefined && isTaxedAutomatically(bill) ? ['automatic_tax is off'] : []),
	];
}

/** A discount keeps its ID while it applies to the invoice. An invoice without discounts has those of the customer. */
function compareDiscounts(created: StripeObject | undefined, { discounts }: StripeObject): string[] {
	const [before, now] = [readIds(created?.discounts), readIds(discounts)];
	if (!before || !now) return [];
	return [
		...(now.some((id) => !before.includes(id)) ? ['a discount that was not requested'] : []),
		...(before.some((id) => !now.includes(id)) ? ['a discount was taken away'] : []),
	];
}

function compareLine(line: Params, number: number, own: readonly StripeObject[]): string[] {
	const [actual, ...more] = own.filter((one) => numberOf(one) === number);
	if (!actual) return [`line ${number} is missing`];
	if (more.length > 0) return [`line ${number} appears ${more.length + 1} times`];
	if (readIds(actual.discounts)?.length) return [`line ${number} has a discount that was not requested`];
	return Object.entries(readShownLine(actual)).flatMap(([name, value]) => {
		const requested = requestedValueOf(line, name);
		const isSame = requested === undefined || requested === value;
		return isSame ? [] : [`${name} of line ${number} is ${toText(value)}, not ${toText(requested)}`];
	});
}

/** Earlier API versions have the price in another field. */
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

function requestedValueOf(line: Params, name: string): Param | undefined {
	const period = toParams(line.period);
	if (name === 'price') return toParams(line.pricing).price;
	if (name === 'period start') return period.start;
	return name === 'period end' ? period.end : line[name];
}

function compareTotals(bill: BillParams, invoice: StripeObject, lines: readonly StripeObject[]): string[] {
	const { subtotal, total, currency } = invoice;
	const discounts = readRows(invoice.total_discount_amounts);
	const taxAmounts = invoice.total_taxes ?? invoice.total_tax_amounts;
	const taxes = readRows(taxAmounts);
	const sum = addUp(lines);
	if (subtotal !== sum)
		return [`the subtotal is ${money(subtotal, currency)}, not ${money(sum, currency)}`];
	if (asksForTax(bill) && taxAmounts === undefined) return [];
	const before = sum - addUp(discounts);
	const expected = before + (asksForTax(bill) ? addUp(taxes.filter(isOnTop)) : 0);
	return total === expected
		? []
		: [`the total is ${money(total, currency)}, not ${money(expected, currency)}`];
}

/** Earlier API versions have this in another field. */
function isOnTop({ tax_behavior: behavior, inclusive }: StripeObject): boolean {
	return behavior === 'exclusive' || inclusive === false;
}

/** Returns whether tax may be added to the lines. */
function asksForTax(bill: BillParams): boolean {
	const { default_tax_rates: rates, lines } = bill;
	return (
		isTaxedAutomatically(bill) ||
		rates !== undefined ||
		lines.some((line) => line.tax_rates !== undefined)
	);
}

function isTaxedAutomatically({ automatic_tax: automatic }: BillParams): boolean {
	return toParams(automatic).enabled === 'true';
}

/** @returns undefined if it is not a list */
function readIds(list: unknown): string[] | undefined {
	return Array.isArray(list) ? list.flatMap((one: unknown) => readReference(one) ?? []) : undefined;
}

function isSameSet(one: readonly string[], other: readonly string[]): boolean {
	return one.length === other.length && one.every((id) => other.includes(id));
}

function listIds(ids: readonly string[] | undefined): string {
	return ids?.length ? ids.join(', ') : 'none';
}

function readRows(rows: unknown): StripeObject[] {
	return Array.isArray(rows) ? (rows as StripeObject[]) : [];
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
	return [asText(description) ?? [], money(amount, currency)].flat().join(', ');
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
