import { invalid, noSuch } from '../../errors';
import { getOwn, isMap, type ParamMap } from '../../form';
import type { Invoice, InvoiceLine, SubscriptionItem } from '../../objects';
import * as given from '../../parameters';
import type { Call, RouteResult } from '../../route';
import {
	newItemLine,
	newLine,
	newSubscriptionLine,
	readCharge,
	readPeriod,
	requireCustomer,
} from './invoiceLines';
import { readRates, refuseUntaxable } from './invoiceTaxes';
import { readDiscounts, sumUp } from './invoiceTotals';
import { newInvoice } from './newInvoice';
import { endOfPeriod } from './prices';
import { prorate } from './proration';
import { applyItems, beginsPeriod, readItems } from './subscriptionItems';
import { readTrialEnd } from './terms';

/** A preview can be read again, but is in no list. */
export const PREVIEWS = 'invoice_previews';

const MAX_ITEMS = 250;

/** Computes an invoice without creating it. */
export function previewInvoice(call: Call): () => RouteResult {
	const { params, world: state } = call;
	const id = given.readText(params, 'subscription');
	const subscription = id === undefined ? undefined : state.subscriptions.find(id);
	if (id !== undefined && !subscription) throw noSuch('subscription', id, 'subscription', 400);
	const customerId = given.readText(params, 'customer') ?? subscription?.customer;
	if (customerId === undefined)
		throw invalid('customer', 'Missing required param: customer.', 'parameter_missing');
	const customer = requireCustomer(state, customerId);
	refuseNothing(params);
	return () => {
		const previewId = `upcoming_${state.newId('in')}`;
		const requested = [
			...linesOfSubscription(call, subscription?.items.data ?? [], id ?? '', previewId),
			...linesOfItems(call, previewId),
		];
		const currency = given.readCurrency(params) ?? requested[0]?.currency ?? 'usd';
		const lines = [...requested, ...linesOfPending(call, { customer, currency }, previewId)];
		const discounts = readDiscounts(state, params) ?? subscription?.discounts ?? [];
		const { automatic_tax: automatic } = params;
		const taxed: ParamMap = automatic === undefined ? {} : { automatic_tax: automatic };
		const invoice = newInvoice(
			state,
			{ customer, currency, discounts, subscription: id ?? null, reason: 'upcoming', params: taxed },
			previewId,
		);
		refuseUntaxable(invoice, requested);
		Object.assign(invoice, sumUp(state, invoice, lines));
		Object.assign(invoice, applyBalance(invoice, Number(state.customers.find(customer)?.balance ?? 0)));
		for (const line of lines) state.invoiceLines.save(line);
		return state.other<Invoice>(PREVIEWS).save(invoice);
	};
}

/** Credit, below zero, pays what it can; what is owed from before is added (API reference, "The Invoice object", `starting_balance`). */
function applyBalance({ total }: Invoice, balance: number): Partial<Invoice> {
	const due = Math.max(total + balance, 0);
	return { starting_balance: balance, amount_due: due, amount_remaining: due };
}

/** @throws Stripe's 400 (docs.stripe.com/changelog/basil/2025-03-31/invoice-preview-api-deprecations) */
function refuseNothing(params: ParamMap): void {
	const { items } = given.readHash(params, 'subscription_details') ?? {};
	const { subscription, invoice_items: rows } = params;
	if ([subscription, items, rows].every((one) => one === undefined))
		throw invalid(
			'subscription',
			'You must provide at least one of: `subscription`, `schedule`, `subscription_details.items`, `schedule_details.phases`, `invoice_items`.',
		);
	if (Array.isArray(rows) && rows.length > MAX_ITEMS)
		throw invalid('invoice_items', `You may only specify up to ${MAX_ITEMS} invoice items.`);
}

/** Lines of the next period, and with another plan also the credit and debit for the rest of the current one. */
function linesOfSubscription(
	{ params, world: state }: Call,
	existing: readonly SubscriptionItem[],
	subscription: string,
	invoice: string,
): InvoiceLine[] {
	const details = given.readHash(params, 'subscription_details') ?? {};
	const wishes = readItems(state, details);
	if (existing.length === 0 && wishes.length === 0) return [];
	const after = given.readFlag(details, 'cancel_now')
		? []
		: applyItems(state, existing, wishes, { id: subscription });
	if (existing.length === 0)
		return firstPeriod(state.seconds(), details, after, (item) =>
			newSubscriptionLine(state, item, invoice),
		);
	const at = given.readInteger(details, 'proration_date') ?? state.seconds();
	const behavior = given.readText(details, 'proration_behavior') ?? 'create_prorations';
	const isNewPeriod = after.length > 0 && beginsPeriod(existing, after);
	const renewed = after.map((item) => {
		const start = isNewPeriod ? at : item.current_period_end;
		return { ...item, current_period_start: start, current_period_end: endOfPeriod(start, item.price) };
	});
	const prorations = behavior === 'none' ? [] : prorate(existing, isNewPeriod ? renewed : after, at);
	// Without proration, a new period is charged in full.
	const onlyNow = behavior === 'always_invoice' || (isNewPeriod && behavior !== 'none');
	return [
		...prorations.map((proration) => newLine(state, { ...proration, invoice, parent: PRORATION })),
		...(onlyNow ? [] : renewed.map((item) => newSubscriptionLine(state, item, invoice))),
	];
}

/** How the API shows a prorated line. */
const PRORATION = {
	type: 'subscription_item_details',
	invoice_item_details: null,
	subscription_item_details: { invoice_item: null, proration: true, proration_details: null },
};

function firstPeriod(
	now: number,
	details: ParamMap,
	items: SubscriptionItem[],
	toLine: (item: SubscriptionItem) => InvoiceLine,
): InvoiceLine[] {
	const isTrial = readTrialEnd(now, details) !== null;
	return items.map(toLine).map((line) => (isTrial ? { ...line, amount: 0 } : line));
}

function linesOfPending(
	{ world: state }: Call,
	{ customer, currency }: { customer: string; currency: string },
	invoice: string,
): InvoiceLine[] {
	return state.invoiceItems
		.newestFirst()
		.filter((item) => !item.deleted && item.invoice === null && item.customer === customer)
		.filter((item) => item.currency === currency)
		.map((item) => newItemLine(state, item, invoice));
}

/** `invoice_items[]`: here the price is a field of the item itself. */
function linesOfItems({ params, world: state }: Call, invoice: string): InvoiceLine[] {
	const rows = getOwn(params, 'invoice_items') ?? [];
	if (!Array.isArray(rows)) throw invalid('invoice_items', 'Invalid array');
	return rows.filter(isMap).map(({ price, ...row }, index) => {
		const pricing: ParamMap = price === undefined ? {} : { pricing: { price } };
		const charge = readCharge(state, { ...row, ...pricing }, `invoice_items[${index}]`);
		return newLine(state, {
			...charge,
			invoice,
			description: given.readText(row, 'description') ?? null,
			period: readPeriod(state, row),
			metadata: given.mergeMetadata({}, given.readMetadata(row)),
			rates: readRates(state, row, 'tax_rates'),
		});
	});
}
