import type Stripe from 'stripe';

import { checkPaymentMethod } from '../../cards';
import { noSuch } from '../../errors';
import { getOwn } from '../../form';
import { buildRangeFilter, listing } from '../../lists';
import type { Invoice } from '../../objects';
import * as given from '../../parameters';
import {
	ALWAYS_ALLOWED,
	LIST_PARAMETERS,
	SEARCH_PARAMETERS,
	type Call,
	type Route,
	type RouteResult,
} from '../../route';
import type { ParameterNames } from '../../sdkTypes';
import { searching } from '../../search';
import { routeOfAttaching } from './attachPayment';
import { CREATE, DRAFT_ONLY, LIST, PAY, PREVIEW, UPDATE } from './invoiceParameters';
import { newLine, readLines, requireCustomer } from './invoiceLines';
import { refuseUntaxable } from './invoiceTaxes';
import { addUp, readDiscounts } from './invoiceTotals';
import { begin, charge, finalize, markPaid, methodOf, moveTo, takePending } from './invoicing';
import { noMethod, refuseTerms, wrongState } from './invoiceErrors';
import { newInvoice } from './newInvoice';
import { PREVIEWS, previewInvoice } from './preview';

const PATH = '/v1/invoices';

export const invoiceRoutes: readonly Route[] = [
	{ method: 'POST', path: `${PATH}/create_preview`, parameters: PREVIEW, prepare: previewInvoice },
	{ method: 'POST', path: PATH, parameters: CREATE, prepare: create },
	{ method: 'GET', path: PATH, parameters: LIST, prepare: list },
	{
		method: 'GET',
		path: `${PATH}/search`,
		parameters: SEARCH_PARAMETERS,
		prepare: (call) =>
			searching(call, call.world.invoices, [
				'currency',
				'customer',
				'number',
				'receipt_number',
				'status',
				'subscription',
				'total',
			]),
	},
	{
		method: 'GET',
		path: `${PATH}/:id`,
		parameters: ALWAYS_ALLOWED,
		prepare: (call) => {
			const invoice = foundOrPreviewed(call);
			return () => invoice;
		},
	},
	{
		method: 'GET',
		path: `${PATH}/:id/lines`,
		parameters: [...LIST_PARAMETERS] satisfies ParameterNames<
			Stripe.InvoiceListLineItemsParams & { created?: unknown }
		>,
		prepare: (call) => {
			const { id } = foundOrPreviewed(call);
			return listing(call, call.world.invoiceLines, ({ invoice }) => invoice === id);
		},
	},
	{
		method: 'GET',
		path: '/v1/invoice_payments',
		parameters: [
			...LIST_PARAMETERS,
			...(['invoice', 'payment', 'status'] as const),
		] satisfies ParameterNames<Stripe.InvoicePaymentListParams>,
		prepare: (call) => {
			const invoice = given.readText(call.params, 'invoice');
			const { payment_intent: intent } = given.readHash(call.params, 'payment') ?? {};
			return listing(
				call,
				call.world.invoicePayments,
				(of) =>
					(invoice ?? of.invoice) === of.invoice &&
					(intent ?? of.payment.payment_intent) === of.payment.payment_intent,
			);
		},
	},
	{ method: 'POST', path: `${PATH}/:id`, parameters: UPDATE, prepare: update },
	{ method: 'DELETE', path: `${PATH}/:id`, parameters: [], prepare: remove },
	{
		method: 'POST',
		path: `${PATH}/:id/add_lines`,
		parameters: [
			...(['lines', 'invoice_metadata'] as const),
			...ALWAYS_ALLOWED,
		] satisfies ParameterNames<Stripe.InvoiceAddLinesParams>,
		prepare: addLines,
	},
	{
		method: 'POST',
		path: `${PATH}/:id/finalize`,
		parameters: [
			'auto_advance',
			...ALWAYS_ALLOWED,
		] satisfies ParameterNames<Stripe.InvoiceFinalizeInvoiceParams>,
		prepare: (call) => {
			const invoice = found(call);
			const goesOn = given.readFlag(call.params, 'auto_advance');
			return () => {
				invoice.auto_advance = goesOn ?? invoice.auto_advance;
				return finalize(call, invoice);
			};
		},
	},
	routeOfAttaching(found),
	{ method: 'POST', path: `${PATH}/:id/pay`, parameters: PAY, asksForMoney: () => true, prepare: pay },
	{ method: 'POST', path: `${PATH}/:id/send`, parameters: ALWAYS_ALLOWED, prepare: send },
	{
		method: 'POST',
		path: `${PATH}/:id/void`,
		parameters: ALWAYS_ALLOWED,
		prepare: (call) => end(call, 'void', 'voided_at', 'invoice.voided', ['open', 'uncollectible']),
	},
	{
		method: 'POST',
		path: `${PATH}/:id/mark_uncollectible`,
		parameters: ALWAYS_ALLOWED,
		prepare: (call) =>
			end(call, 'uncollectible', 'marked_uncollectible_at', 'invoice.marked_uncollectible', ['open']),
	},
];

function create(call: Call): () => RouteResult {
	const { params, world: state } = call;
	const customerId = given.requireText(params, 'customer');
	const behavior = given.readChoice(params, 'pending_invoice_items_behavior', ['exclude', 'include']);
	const currency = given.readCurrency(params);
	const metadata = given.mergeMetadata({}, given.readMetadata(params));
	refuseTerms(call, given.readText(params, 'collection_method') ?? 'charge_automatically');
	return () => {
		const customer = requireCustomer(state, customerId);
		const subscription = given.readText(params, 'subscription') ?? null;
		if (subscription !== null && !state.subscriptions.find(subscription))
			throw noSuch('subscription', subscription, 'subscription', 400);
		const discounts = readDiscounts(state, params);
		const waiting = state.invoiceItems
			.newestFirst()
			.find((item) => item.customer === customer && item.invoice === null && !item.deleted);
		const invoice = newInvoice(state, {
			customer,
			subscription,
			discounts,
			metadata,
			params,
			reason: 'manual',
			currency: currency ?? waiting?.currency ?? 'usd',
		});
		state.invoices.save(invoice);
		// Since 2022-08-01, pending items are included on request only.
		if (behavior === 'include') takePending(call, invoice, () => true);
		return begin(call, invoice);
	};
}

function list(call: Call) {
	const { params, world: state } = call;
	const wanted = (['collection_method', 'customer', 'status'] as const).map(
		(name) => [name, given.readText(params, name)] as const,
	);
	const subscription = given.readText(params, 'subscription');
	const isDue = buildRangeFilter(params, 'due_date');
	return listing(
		call,
		state.invoices,
		(invoice) =>
			!invoice.deleted &&
			wanted.every(([name, value]) => (value ?? invoice[name]) === invoice[name]) &&
			(subscription === undefined ||
				invoice.parent?.subscription_details?.subscription === subscription) &&
			isDue(invoice.due_date),
	);
}

function update(call: Call): () => RouteResult {
	const { params, world: state } = call;
	const invoice = found(call);
	const metadata = given.readMetadata(params);
	const frozen = DRAFT_ONLY.find((name) => getOwn(params, name) !== undefined);
	refuseTerms(call, given.readText(params, 'collection_method') ?? invoice.collection_method);
	return () => {
		if (frozen !== undefined && invoice.status !== 'draft')
			throw wrongState("Finalized invoices can't be updated in this way", 'invoice_not_editable');
		const before = { ...invoice };
		const after = newInvoice(
			state,
			{
				customer: invoice.customer,
				currency: invoice.currency,
				reason: 'manual',
				subscription: null,
				params,
			},
			invoice.id,
		);
		for (const name of Object.keys(params)) if (name in before) invoice[name] = after[name];
		if (getOwn(params, 'days_until_due') !== undefined) invoice.due_date = after.due_date;
		invoice.discounts = readDiscounts(state, params) ?? before.discounts;
		invoice.metadata = given.mergeMetadata(before.metadata, metadata);
		addUp(state, invoice);
		state.record('invoice.updated', invoice, call.cause);
		return invoice;
	};
}

function addLines(call: Call): () => RouteResult {
	const { params, world: state } = call;
	const invoice = found(call);
	const lines = readLines(state, params, invoice.currency);
	refuseUntaxable(invoice, lines);
	const metadata = given.readMetadata({ metadata: getOwn(params, 'invoice_metadata') ?? {} });
	return () => {
		if (invoice.status !== 'draft')
			throw wrongState('This invoice is no longer editable', 'invoice_not_editable');
		for (const line of lines) state.invoiceLines.save(newLine(state, { ...line, invoice: invoice.id }));
		invoice.metadata = given.mergeMetadata(invoice.metadata, metadata);
		addUp(state, invoice);
		state.record('invoice.updated', invoice, call.cause);
		return invoice;
	};
}

function pay(call: Call): () => RouteResult {
	const { params } = call;
	const invoice = found(call);
	const method = given.readText(params, 'payment_method');
	if (method !== undefined) checkPaymentMethod(method);
	const isPaidElsewhere = given.readFlag(params, 'paid_out_of_band') ?? false;
	const offSession = given.readFlag(params, 'off_session') ?? true;
	return () => {
		if (invoice.status === 'paid') throw wrongState('Invoice is already paid');
		if (invoice.status === 'void') throw wrongState('This invoice can no longer be paid');
		if (invoice.status === 'draft') finalize(call, invoice);
		if (invoice.amount_remaining === 0) return invoice;
		if (isPaidElsewhere) {
			invoice.amount_paid_off_stripe = invoice.amount_remaining;
			return markPaid(call, invoice);
		}
		const chosen = method ?? methodOf(call, invoice);
		if (chosen === undefined) throw noMethod();
		return charge({ ...call, params: { off_session: String(offSession) } }, invoice, chosen);
	};
}

function send(call: Call): () => RouteResult {
	const invoice = found(call);
	return () => {
		if (invoice.collection_method !== 'send_invoice') {
			throw wrongState(
				"You can only manually send an invoice if its collection method is 'send_invoice'.",
			);
		}
		if (invoice.status === 'void') throw wrongState('You cannot send a voided invoice.');
		if (invoice.status === 'draft') finalize(call, invoice);
		call.world.invoices.save(invoice);
		call.world.record('invoice.sent', invoice, call.cause);
		return invoice;
	};
}

function end(
	call: Call,
	status: Invoice['status'],
	at: string,
	event: string,
	allowed: readonly Invoice['status'][],
): () => RouteResult {
	const invoice = found(call);
	return () => {
		if (!allowed.includes(invoice.status))
			throw wrongState("You can only pass in open invoices. This invoice isn't open.");
		invoice.status_transitions[at] = call.world.seconds();
		invoice.auto_advance = false;
		return moveTo(call, invoice, status, event);
	};
}

function remove(call: Call): () => RouteResult {
	const { world: state } = call;
	return () => {
		const invoice = found(call);
		if (invoice.status !== 'draft') throw wrongState('You can only delete draft invoices.');
		invoice.deleted = true;
		for (const item of state.invoiceItems.newestFirst()) {
			if (item.invoice === invoice.id) state.invoiceItems.save(Object.assign(item, { invoice: null }));
		}
		state.record('invoice.deleted', invoice, call.cause);
		return { id: invoice.id, object: 'invoice', deleted: true };
	};
}

/** A preview can be read by its ID for some days (docs.stripe.com/invoicing/preview). */
function foundOrPreviewed(call: Call): Invoice {
	return call.world.other<Invoice>(PREVIEWS).find(call.at.id ?? '') ?? found(call);
}

function found(call: Call): Invoice {
	const id = call.at.id ?? '';
	const invoice = call.world.invoices.find(id);
	if (invoice === undefined || invoice.deleted) throw noSuch('invoice', id);
	return invoice;
}
