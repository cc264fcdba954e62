import type Stripe from 'stripe';

import { invalid, noSuch } from '../../errors';
import { getOwn, type ParamMap } from '../../form';
import type { Invoice, SimulatedObject } from '../../objects';
import * as given from '../../parameters';
import { ALWAYS_ALLOWED, type Call, type Route, type RouteHandler, type RouteResult } from '../../route';
import type { ParameterNames, Shown } from '../../sdkTypes';
import type { Kept } from '../catalogue/filters';
import { findKept, readsOf, saveAndRecord, showGiven } from '../catalogue/filters';
import { keepLineItems, readLineItems, routeOfLineItems } from '../catalogue/lineItems';
import { wrongState } from './invoiceErrors';
import { newLine, requireCustomer } from './invoiceLines';
import { addUp } from './invoiceTotals';
import { begin } from './invoicing';
import { newInvoice } from './newInvoice';
import { readPrice } from './prices';
import { createSubscription } from './subscriptions';

interface Quote extends SimulatedObject {
	object: 'quote';
	status: 'draft' | 'open' | 'accepted' | 'canceled';
	customer: string | null;
	amount_total: number;
	expires_at: number;
	metadata: Record<string, string>;
	status_transitions: Record<'accepted_at' | 'canceled_at' | 'finalized_at', number | null>;
}

const QUOTES: Kept<Quote> = {
	path: '/v1/quotes',
	kind: 'quote',
	storeOf: ({ world }) => world.other('quotes'),
};

const SHOWN = ['collection_method', 'description', 'footer', 'header'] as const;
const UPDATE = [
	...SHOWN,
	...(['application_fee_amount', 'application_fee_percent', 'automatic_tax', 'customer'] as const),
	...(['default_tax_rates', 'discounts', 'expires_at', 'invoice_settings', 'line_items'] as const),
	...(['metadata', 'on_behalf_of', 'subscription_data', 'transfer_data'] as const),
	...ALWAYS_ALLOWED,
] as const satisfies ParameterNames<Stripe.QuoteUpdateParams>;
const CREATE = [
	...UPDATE,
	...(['from_quote', 'test_clock'] as const),
] as const satisfies ParameterNames<Stripe.QuoteCreateParams>;

/** The default lifetime of a quote. */
const STANDS_SECONDS = 30 * 86_400;

export const quoteRoutes: readonly Route[] = [
	{ method: 'POST', path: QUOTES.path, parameters: CREATE, prepare: create },
	// Stripe has no time filter for quotes.
	...readsOf(
		QUOTES,
		{ customer: 'customer', status: 'status' },
		{
			parameters: [
				...(['customer', 'status', 'limit', 'starting_after', 'ending_before'] as const),
				...ALWAYS_ALLOWED,
			] satisfies ParameterNames<Stripe.QuoteListParams>,
		},
	),
	routeOfLineItems(QUOTES),
	{ method: 'POST', path: `${QUOTES.path}/:id`, parameters: UPDATE, prepare: update },
	{
		method: 'POST',
		path: `${QUOTES.path}/:id/finalize`,
		parameters: [
			'expires_at',
			...ALWAYS_ALLOWED,
		] satisfies ParameterNames<Stripe.QuoteFinalizeQuoteParams>,
		prepare: finalize,
	},
	{ method: 'POST', path: `${QUOTES.path}/:id/accept`, parameters: ALWAYS_ALLOWED, prepare: accept },
	{ method: 'POST', path: `${QUOTES.path}/:id/cancel`, parameters: ALWAYS_ALLOWED, prepare: cancel },
];

/** The line items of each quote, as in the request. */
const sold = new WeakMap<Quote, ParamMap[]>();

function create(call: Call): RouteHandler {
	const { params, world: state } = call;
	const rows = getOwn(params, 'line_items') === undefined ? [] : readLineItems(call, 100);
	const metadata = given.mergeMetadata({}, given.readMetadata(params));
	const customer = given.readText(params, 'customer');
	const origin = readOrigin(call);
	if (origin) return () => copy(call, origin);
	return () => {
		const id = state.newId('qt');
		const { currency, total } = keepLineItems(call, id, rows);
		const quote = {
			id,
			object: 'quote' as const,
			created: state.seconds(),
			status: 'draft' as const,
			amount_subtotal: total,
			amount_total: total,
			application: null,
			application_fee_amount: null,
			application_fee_percent: null,
			automatic_tax: { enabled: false, liability: null, provider: null, status: null },
			collection_method: 'charge_automatically',
			computed: {},
			currency: rows.length > 0 ? currency : null,
			customer: customer === undefined ? null : requireCustomer(state, customer),
			customer_account: null,
			default_tax_rates: [],
			description: null,
			discounts: [],
			expires_at: given.readInteger(params, 'expires_at') ?? state.seconds() + STANDS_SECONDS,
			footer: null,
			from_quote: null,
			header: null,
			invoice: null,
			invoice_settings: { days_until_due: null, issuer: { type: 'self' } },
			livemode: state.livemode,
			metadata,
			number: null,
			on_behalf_of: null,
			status_transitions: { accepted_at: null, canceled_at: null, finalized_at: null },
			subscription: null,
			subscription_data: {},
			subscription_schedule: null,
			test_clock: null,
			total_details: {},
			transfer_data: null,
		} satisfies Shown<Omit<Stripe.Quote, 'line_items'>, Quote>;
		showGiven(call, quote, SHOWN);
		sold.set(quote, rows);
		return saveAndRecord(call, QUOTES, 'quote.created', quote);
	};
}

interface Origin {
	quote: Quote;
	isRevision: boolean;
}

function readOrigin(call: Call): Origin | undefined {
	const origin = given.readHash(call.params, 'from_quote');
	if (!origin) return undefined;
	const id = given.requireText(origin, 'quote');
	const quote = QUOTES.storeOf(call).find(id);
	if (!quote) throw noSuch('quote', id, 'from_quote[quote]', 400);
	return { quote, isRevision: given.readFlag(origin, 'is_revision') ?? false };
}

/** Creates a draft with the content of another quote. */
function copy(call: Call, { quote, isRevision }: Origin): RouteResult {
	const { world: state, params } = call;
	const made: Quote = {
		...structuredClone(quote),
		id: state.newId('qt'),
		created: state.seconds(),
		status: 'draft',
		expires_at: given.readInteger(params, 'expires_at') ?? state.seconds() + STANDS_SECONDS,
		from_quote: { is_revision: isRevision, quote: quote.id },
		metadata: {},
		status_transitions: { accepted_at: null, canceled_at: null, finalized_at: null },
	};
	sold.set(made, sold.get(quote) ?? []);
	return saveAndRecord(call, QUOTES, 'quote.created', made);
}

/** No event is emitted (API reference, "Types of events"). */
function update(call: Call): RouteHandler {
	const quote = findKept(call, QUOTES);
	const rows = getOwn(call.params, 'line_items') === undefined ? undefined : readLineItems(call, 100);
	const metadata = given.readMetadata(call.params);
	return () => {
		refuseUnless(quote, ['draft', 'open'], 'update');
		if (rows) {
			const { total } = keepLineItems(call, quote.id, rows);
			Object.assign(quote, { amount_total: total, amount_subtotal: total });
			sold.set(quote, rows);
		}
		showGiven(call, quote, SHOWN);
		quote.customer = given.readText(call.params, 'customer') ?? quote.customer;
		quote.expires_at = given.readInteger(call.params, 'expires_at') ?? quote.expires_at;
		quote.metadata = given.mergeMetadata(quote.metadata, metadata);
		return QUOTES.storeOf(call).save(quote);
	};
}

function finalize(call: Call): RouteHandler {
	const quote = findKept(call, QUOTES);
	const expiresAt = given.readInteger(call.params, 'expires_at');
	return () => {
		refuseUnless(quote, ['draft'], 'finalize');
		if (quote.customer === null)
			throw invalid('customer', 'A quote needs a customer before it can be finalized.');
		if ((sold.get(quote) ?? []).length === 0)
			throw invalid('line_items', 'A quote needs line items before it can be finalized.');
		Object.assign(quote, {
			number: `QT-SIM-${quote.id.slice(-4)}`,
			expires_at: expiresAt ?? quote.expires_at,
		});
		return moveTo(call, quote, 'open', 'finalized');
	};
}

/** Creates what was offered: a subscription, or a draft invoice. */
function accept(call: Call): RouteHandler {
	const quote = findKept(call, QUOTES);
	return () => {
		refuseUnless(quote, ['open'], 'accept');
		const rows = sold.get(quote) ?? [];
		const customer = quote.customer ?? '';
		const isRecurring = rows.some((row) => readPrice(call.world, row, 'line_items')?.recurring);
		if (isRecurring) {
			const params = { customer, items: rows, collection_method: String(quote.collection_method) };
			quote.subscription = createSubscription({ ...call, params })().id;
		} else quote.invoice = billOnce(call, customer, rows).id;
		return moveTo(call, quote, 'accepted', 'accepted');
	};
}

function billOnce(call: Call, customer: string, rows: readonly ParamMap[]): Invoice {
	const { world: state } = call;
	const prices = rows.map((row) => ({
		price: readPrice(state, row, 'line_items'),
		quantity: given.readInteger(row, 'quantity') ?? 1,
	}));
	const currency = prices[0]?.price?.currency ?? 'usd';
	const reason = 'quote_accept';
	const invoice = newInvoice(state, { customer, currency, reason, subscription: null, params: {} });
	state.invoices.save(invoice);
	for (const { price, quantity } of prices) {
		const period = { start: state.seconds(), end: state.seconds() };
		const amount = Number(price?.unit_amount) * quantity;
		const facts = { invoice: invoice.id, amount, currency, description: null, period, quantity };
		state.invoiceLines.save(newLine(state, { ...facts, price }));
	}
	return begin(call, addUp(state, invoice));
}

function cancel(call: Call): RouteHandler {
	const quote = findKept(call, QUOTES);
	return () => {
		refuseUnless(quote, ['draft', 'open'], 'cancel');
		return moveTo(call, quote, 'canceled', 'canceled');
	};
}

function moveTo(
	call: Call,
	quote: Quote,
	status: Quote['status'],
	what: 'accepted' | 'canceled' | 'finalized',
) {
	quote.status = status;
	quote.status_transitions[`${what}_at`] = call.world.seconds();
	return saveAndRecord(call, QUOTES, `quote.${what}`, quote);
}

function refuseUnless({ status }: Quote, statuses: readonly string[], what: string): void {
	if (statuses.includes(status)) return;
	throw wrongState(`You cannot ${what} a quote with the status \`${status}\`.`);
}
