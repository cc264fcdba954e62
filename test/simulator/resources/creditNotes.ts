import type Stripe from 'stripe';

import { invalid, noSuch, unexpectedState } from '../errors';
import { getOwn, isMap, type ParamMap } from '../form';
import { listing } from '../lists';
import { findInPath, reading } from '../lookup';
import type { Invoice, Refund, SimulatedObject } from '../objects';
import * as given from '../parameters';
import { ALWAYS_ALLOWED, LIST_PARAMETERS, type Call, type Route, type RouteHandler } from '../route';
import type { ParameterNames, Shown } from '../sdkTypes';
import { markPaid } from './billing/invoicing';
import { adjustBalance } from './customerBalance';
import { refundCharge } from './refunds';

interface CreditNote extends SimulatedObject {
	object: 'credit_note';
	status: 'issued' | 'void';
	amount: number;
	customer: string;
	invoice: string;
	pre_payment_amount: number;
	post_payment_amount: number;
	out_of_band_amount: number | null;
	refunds: object[];
	metadata: Record<string, string>;
}

/** How the paid part of the credit note is returned; the sum is the whole paid part. */
interface Parts {
	credit: number;
	refund: number;
	outOfBand: number;
	linked: { refund: string; amount: number }[];
}

const PATH = '/v1/credit_notes';
const BOTH = [
	'amount',
	'credit_amount',
	'effective_at',
	'email_type',
	'invoice',
	'lines',
	'memo',
	'metadata',
	'out_of_band_amount',
	'reason',
	'refund_amount',
	'refunds',
	'shipping_cost',
	...ALWAYS_ALLOWED,
] as const satisfies ParameterNames<Stripe.CreditNoteCreateParams & Stripe.CreditNotePreviewParams>;

const notesOf = ({ world }: Call) => world.other<CreditNote>('credit_notes');

export const creditNoteRoutes: readonly Route[] = [
	{ method: 'POST', path: PATH, parameters: BOTH, prepare: create },
	{
		method: 'GET',
		path: PATH,
		parameters: [
			...LIST_PARAMETERS,
			'customer',
			'invoice',
		] satisfies ParameterNames<Stripe.CreditNoteListParams>,
		prepare: (call) => {
			const customer = given.readText(call.params, 'customer');
			const invoice = given.readText(call.params, 'invoice');
			return listing(
				call,
				notesOf(call),
				(note) =>
					(customer ?? note.customer) === note.customer &&
					(invoice ?? note.invoice) === note.invoice,
			);
		},
	},
	{
		method: 'GET',
		path: `${PATH}/preview`,
		parameters: BOTH,
		prepare: (call) => () => newNote(call, prepareNote(call)),
	},
	reading(PATH, notesOf, 'credit note'),
	{ method: 'POST', path: `${PATH}/:id/void`, parameters: ALWAYS_ALLOWED, prepare: voidNote },
];

function create(call: Call): RouteHandler {
	const { world: state, cause } = call;
	given.requireText(call.params, 'invoice');
	return () => {
		const wish = prepareNote(call);
		const note = newNote(call, wish);
		const { invoice, before, after, parts } = wish;
		invoice.amount_remaining -= before;
		invoice.amount_due -= before;
		addTo(invoice, 'pre_payment_credit_notes_amount', before);
		addTo(invoice, 'post_payment_credit_notes_amount', after);
		payBack(call, note, wish);
		state.invoices.save(invoice);
		notesOf(call).save(note);
		state.record('credit_note.created', note, cause);
		if (before > 0 && invoice.amount_remaining === 0 && invoice.status === 'open')
			markPaid(call, invoice);
		if (parts.linked.length > 0) note.refunds = parts.linked.map(toLink);
		return note;
	};
}

interface Wish {
	invoice: Invoice;
	amount: number;
	/** The part that reduces the amount due, and the part that was paid. */
	before: number;
	after: number;
	parts: Parts;
}

/** The amount due is reduced first; only the excess was paid, and must be returned. */
function prepareNote(call: Call): Wish {
	const { params, world: state } = call;
	const id = given.requireText(params, 'invoice');
	const invoice = state.invoices.find(id);
	if (invoice === undefined) throw noSuch('invoice', id, 'invoice', 400);
	if (!['open', 'paid', 'uncollectible'].includes(invoice.status))
		throw unexpectedState(
			'Credit notes can only be created for invoices that are open, paid or uncollectible.',
			'invoice_not_editable',
		);
	const amount = readTotal(params);
	const left = creditable(call, invoice);
	if (amount > left) {
		const message = `The credit note amount (${amount}) exceeds what can still be credited of the invoice (${left}).`;
		throw unexpectedState(message, 'amount_too_large', { param: 'amount' });
	}
	const before = Math.min(amount, invoice.amount_remaining);
	const parts = readParts(params);
	const linked = parts.linked.reduce((sum, one) => sum + one.amount, 0);
	const sum = parts.credit + parts.refund + parts.outOfBand + linked;
	if (sum !== amount - before) {
		const message = `The sum of credit amount, refund amount, out of band amount and refunds (${sum}) must equal the post payment amount (${amount - before}).`;
		throw unexpectedState(message, 'parameter_invalid_integer', { param: 'refund_amount' });
	}
	return { invoice, amount, before, after: amount - before, parts };
}

function readTotal(params: ParamMap): number {
	const amount = given.readAmount(params, 'amount', undefined);
	const lines = getOwn(params, 'lines');
	if (amount !== undefined) return amount;
	if (!Array.isArray(lines) || lines.length === 0)
		throw invalid(
			'amount',
			'One of amount, lines, or shipping_cost must be provided.',
			'parameter_missing',
		);
	return lines.reduce((sum: number, line) => {
		if (!isMap(line)) throw invalid('lines', 'Invalid hash');
		const unit = given.readInteger(line, 'unit_amount') ?? 0;
		return sum + (given.readInteger(line, 'amount') ?? unit * (given.readInteger(line, 'quantity') ?? 1));
	}, 0);
}

function readParts(params: ParamMap): Parts {
	const read = (name: string) => given.readInteger(params, name) ?? 0;
	const refunds = getOwn(params, 'refunds');
	const linked = (Array.isArray(refunds) ? refunds : []).filter(isMap).map((one) => ({
		refund: given.requireText(one, 'refund'),
		amount: given.readInteger(one, 'amount_refunded') ?? 0,
	}));
	return {
		credit: read('credit_amount'),
		refund: read('refund_amount'),
		outOfBand: read('out_of_band_amount'),
		linked,
	};
}

/**
 * Includes refunds made elsewhere, unless another credit note covers them (API reference, "Create a credit
 * note").
 */
function creditable(call: Call, invoice: Invoice): number {
	const issued = notesOf(call)
		.newestFirst()
		.filter((note) => note.invoice === invoice.id && note.status === 'issued');
	const credited = issued.reduce((sum, { amount }) => sum + amount, 0);
	const known = JSON.stringify(issued.map(({ refunds }) => refunds)) + JSON.stringify(call.params);
	const elsewhere = refundsOf(call, invoice).filter(({ id }) => !known.includes(id));
	return invoice.total - credited - elsewhere.reduce((sum, { amount }) => sum + amount, 0);
}

function refundsOf(call: Call, invoice: Invoice): Refund[] {
	const charge = chargeOf(call, invoice)?.id;
	return call.world.refunds.newestFirst().filter((refund) => refund.charge === charge);
}

function chargeOf({ world: state }: Call, invoice: Invoice) {
	const payments = state.invoicePayments.newestFirst();
	const payment = payments.find((one) => one.invoice === invoice.id && one.status === 'paid');
	const intent = state.paymentIntents.find(payment?.payment.payment_intent ?? '');
	return state.charges.find(intent?.latest_charge ?? '');
}

function payBack(call: Call, note: CreditNote, { invoice, parts }: Wish): void {
	const { world: state } = call;
	if (parts.refund > 0) {
		const charge = chargeOf(call, invoice);
		if (charge === undefined)
			throw unexpectedState('This invoice has no charge to refund.', 'charge_not_refundable');
		const refund = refundCharge(call, charge, { amount: parts.refund, reason: null, metadata: {} });
		note.refunds = [toLink({ refund: refund.id, amount: parts.refund })];
	}
	const customer = state.customers.find(invoice.customer);
	if (parts.credit > 0 && customer) {
		const { currency } = invoice;
		const credit = { amount: -parts.credit, currency, type: 'credit_note', credit_note: note.id };
		note.customer_balance_transaction = adjustBalance(state, customer, credit).id;
	}
}

function toLink({ refund, amount }: { refund: string; amount: number }): object {
	return { amount_refunded: amount, payment_record_refund: null, refund, type: 'refund' };
}

function addTo(invoice: Invoice, name: string, amount: number): void {
	invoice[name] = Number(invoice[name]) + amount;
}

function newNote(call: Call, { invoice, amount, before, after, parts }: Wish): CreditNote {
	const { params, world: state } = call;
	const id = state.newId('cn');
	const shown = (name: string) => given.readText(params, name) ?? null;
	const { customer, currency } = invoice;
	return {
		id,
		object: 'credit_note',
		amount,
		amount_shipping: 0,
		created: state.seconds(),
		currency,
		customer,
		customer_account: null,
		customer_balance_transaction: null,
		discount_amount: 0,
		discount_amounts: [],
		effective_at: given.readInteger(params, 'effective_at') ?? state.seconds(),
		invoice: invoice.id,
		lines: { object: 'list', data: [], has_more: false, url: `${PATH}/${id}/lines` },
		livemode: state.livemode,
		memo: shown('memo'),
		metadata: given.mergeMetadata({}, given.readMetadata(params)),
		number: `${String(invoice.number)}-CN-${notesOf(call).newestFirst().length + 1}`,
		out_of_band_amount: parts.outOfBand || null,
		pdf: `https://pay.stripe.com/credit_notes/${id}/pdf`,
		post_payment_amount: after,
		pre_payment_amount: before,
		pretax_credit_amounts: [],
		reason: shown('reason'),
		refunds: [],
		shipping_cost: null,
		status: 'issued',
		subtotal: amount,
		subtotal_excluding_tax: amount,
		total: amount,
		total_excluding_tax: amount,
		total_taxes: [],
		type: after === 0 ? 'pre_payment' : before === 0 ? 'post_payment' : 'mixed',
		voided_at: null,
	} satisfies Shown<Stripe.CreditNote, CreditNote>;
}

/** Only while the invoice is open: returned money cannot be recovered. */
function voidNote(call: Call): RouteHandler {
	const { world: state } = call;
	const note = findInPath(call, notesOf, 'credit note');
	return () => {
		const invoice = state.invoices.find(note.invoice);
		if (note.status === 'void')
			throw unexpectedState('You cannot void a credit note that is already void.', 'credit_note_void');
		if (invoice?.status !== 'open')
			throw unexpectedState('You can only void a credit note of an open invoice.', 'invoice_not_open');
		invoice.amount_remaining += note.pre_payment_amount;
		invoice.amount_due += note.pre_payment_amount;
		addTo(invoice, 'pre_payment_credit_notes_amount', -note.pre_payment_amount);
		state.invoices.save(invoice);
		Object.assign(note, { status: 'void', voided_at: state.seconds() });
		state.record('credit_note.voided', notesOf(call).save(note), call.cause);
		return note;
	};
}
