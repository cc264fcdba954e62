import type Stripe from 'stripe';

import { invalid, noSuch } from '../../errors';
import { getOwn, type ParamMap } from '../../form';
import { listing } from '../../lists';
import type { Invoice, InvoiceItem } from '../../objects';
import * as given from '../../parameters';
import { ALWAYS_ALLOWED, LIST_PARAMETERS, type Call, type Route, type RouteResult } from '../../route';
import type { ParameterNames, Shown } from '../../sdkTypes';
import type { StripeState } from '../../world';
import { newItemLine, readCharge, readPeriod, requireCustomer, showPricing } from './invoiceLines';
import { addUp, linesOf } from './invoiceTotals';
import { refuseOneMoreItem, wrongState } from './invoiceErrors';

const UPDATE = [
	...(['amount', 'description', 'discountable', 'discounts', 'invoicing_rules', 'metadata'] as const),
	...(['period', 'price_data', 'pricing', 'quantity', 'quantity_decimal', 'tax_behavior'] as const),
	...(['tax_code', 'tax_rates', 'unit_amount_decimal'] as const),
	...ALWAYS_ALLOWED,
] as const satisfies ParameterNames<Stripe.InvoiceItemUpdateParams>;
const CREATE = [
	...UPDATE.filter((name) => name !== 'invoicing_rules'),
	...(['currency', 'customer', 'customer_account', 'invoice', 'subscription'] as const),
] as const satisfies ParameterNames<Stripe.InvoiceItemCreateParams>;

const PATH = '/v1/invoiceitems';

export const invoiceItemRoutes: readonly Route[] = [
	{ method: 'POST', path: PATH, parameters: CREATE, prepare: create },
	{
		method: 'GET',
		path: PATH,
		parameters: [
			...LIST_PARAMETERS,
			...(['customer', 'customer_account', 'invoice', 'pending'] as const),
		] satisfies ParameterNames<Stripe.InvoiceItemListParams>,
		prepare: list,
	},
	{
		method: 'GET',
		path: `${PATH}/:id`,
		parameters: ALWAYS_ALLOWED,
		prepare: (call) => {
			const item = found(call);
			return () => item;
		},
	},
	{ method: 'POST', path: `${PATH}/:id`, parameters: UPDATE, prepare: update },
	{ method: 'DELETE', path: `${PATH}/:id`, parameters: [], prepare: remove },
];

function create(call: Call): () => RouteResult {
	const { params, world: state } = call;
	const customerId = given.readText(params, 'customer');
	const invoiceId = given.readText(params, 'invoice');
	if (customerId === undefined && invoiceId === undefined)
		throw invalid('customer', 'Missing required param: customer.', 'parameter_missing');
	const metadata = given.mergeMetadata({}, given.readMetadata(params));
	return () => {
		const invoice = invoiceId === undefined ? undefined : requireDraft(state, invoiceId);
		const customer = requireCustomer(state, customerId ?? invoice?.customer ?? '');
		if (invoice && invoice.customer !== customer)
			throw invalid('invoice', `The invoice belongs to a different customer than ${customer}.`);
		if (invoice) refuseOneMoreItem(call, invoice.id);
		const item = newItem(state, { customer, invoice: invoice?.id ?? null, metadata, params });
		state.invoiceItems.save(item);
		if (invoice) state.invoiceLines.save(newItemLine(state, item, invoice.id));
		state.record('invoiceitem.created', item, call.cause);
		if (invoice) state.record('invoice.updated', addUp(state, invoice), call.cause);
		return item;
	};
}

interface ItemWish {
	customer: string;
	invoice: string | null;
	metadata: Record<string, string>;
	params: ParamMap;
	proration?: boolean;
}

export function newItem(state: StripeState, { customer, invoice, metadata, ...wish }: ItemWish): InvoiceItem {
	const { params, proration = false } = wish;
	const { amount, currency, quantity, price } = readCharge(state, params, 'pricing');
	const subscription = given.readText(params, 'subscription');
	const item = {
		id: state.newId('ii'),
		object: 'invoiceitem',
		amount,
		currency,
		customer,
		customer_account: null,
		date: state.seconds(),
		description: given.readText(params, 'description') ?? price?.product ?? null,
		discountable: given.readFlag(params, 'discountable') ?? !proration,
		discounts: [],
		invoice,
		livemode: state.livemode,
		metadata,
		parent:
			subscription === undefined
				? null
				: { type: 'subscription_details', subscription_details: { subscription } },
		period: readPeriod(state, params),
		pricing: price ? showPricing(price) : null,
		proration,
		quantity,
		quantity_decimal: String(quantity),
		tax_rates: [],
		test_clock: null,
	} satisfies Shown<Stripe.InvoiceItem, Omit<InvoiceItem, 'created'>>;
	// Stripe shows `date` instead.
	return Object.defineProperty(item, 'created', { value: item.date }) as unknown as InvoiceItem;
}

function list(call: Call) {
	const { params, world: state } = call;
	const customer = given.readText(params, 'customer');
	const invoice = given.readText(params, 'invoice');
	const isPending = given.readFlag(params, 'pending');
	return listing(
		call,
		state.invoiceItems,
		(item) =>
			!item.deleted &&
			(customer ?? item.customer) === item.customer &&
			(invoice === undefined || item.invoice === invoice) &&
			(isPending === undefined || isPending === (item.invoice === null)),
	);
}

/** An item can be updated until its invoice is closed. No event is emitted. */
function update(call: Call): () => RouteResult {
	const { params, world: state } = call;
	const item = found(call);
	const metadata = given.readMetadata(params);
	return () => {
		const invoice = requireOpenForItems(state, item);
		const isRepriced = ['amount', 'pricing', 'price_data', 'quantity', 'unit_amount_decimal'].some(
			(name) => getOwn(params, name) !== undefined,
		);
		if (isRepriced) {
			const existing = getOwn(params, 'quantity') === undefined ? {} : repricedBy(item);
			const charge = readCharge(state, { ...existing, ...params, currency: item.currency }, 'pricing');
			item.amount = charge.amount;
			item.quantity = charge.quantity;
			item.quantity_decimal = String(charge.quantity);
			if (charge.price) item.pricing = showPricing(charge.price);
		}
		if (getOwn(params, 'description') !== undefined)
			item.description = given.readText(params, 'description') ?? null;
		item.metadata = given.mergeMetadata(item.metadata, metadata);
		state.invoiceItems.save(item);
		if (invoice) replaceLine(state, item, invoice);
		return item;
	};
}

/** Reprices the item for another quantity. */
function repricedBy({ pricing, amount, quantity }: InvoiceItem): ParamMap {
	const { price_details: details } = (pricing ?? {}) as { price_details?: { price: string } };
	if (details) return { pricing: { price: details.price } };
	return { unit_amount: String(Math.round(amount / quantity)) };
}

function remove(call: Call): () => RouteResult {
	const { world: state } = call;
	return () => {
		const item = found(call);
		const invoice = requireOpenForItems(state, item);
		item.deleted = true;
		if (invoice) replaceLine(state, item, invoice);
		state.record('invoiceitem.deleted', item, call.cause);
		return { id: item.id, object: 'invoiceitem', deleted: true };
	};
}

/** Lines always belong to their invoice; a deleted one is on no invoice. */
function replaceLine(state: StripeState, item: InvoiceItem, invoice: Invoice): void {
	for (const line of linesOf(state, invoice.id)) {
		const { invoice_item_details: of } = (line.parent ?? {}) as {
			invoice_item_details?: { invoice_item: string } | null;
		};
		if (of?.invoice_item !== item.id) continue;
		const shown = { ...newItemLine(state, item, invoice.id), id: line.id };
		state.invoiceLines.save(Object.assign(line, item.deleted ? { invoice: null } : shown));
	}
	addUp(state, invoice);
}

function requireDraft(state: StripeState, id: string): Invoice {
	const invoice = state.invoices.find(id);
	if (invoice === undefined || invoice.deleted) throw noSuch('invoice', id, 'invoice', 400);
	if (invoice.status !== 'draft') throw notEditable();
	return invoice;
}

function requireOpenForItems(state: StripeState, item: InvoiceItem): Invoice | undefined {
	const invoice = item.invoice === null ? undefined : state.invoices.find(item.invoice);
	if (invoice && invoice.status !== 'draft') throw notEditable();
	return invoice;
}

function notEditable(): Error {
	return wrongState('This invoice is no longer editable', 'invoice_not_editable');
}

function found(call: Call): InvoiceItem {
	const id = call.at.id ?? '';
	const item = call.world.invoiceItems.find(id);
	if (item === undefined || item.deleted) throw noSuch('invoiceitem', id);
	return item;
}
