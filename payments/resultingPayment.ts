import type { Entry, Outcome } from '../ledger/model/entry';
import type { Payment } from '../ledger/model/payment';
import type { Params } from '../ledger/model/request';
import { tracePoint } from '../ledger/tracing';
import type { Grant } from '../ledger/rules/grant';
import type { SendReport } from '../ledger/rules/settle';
import { readPaymentFacts } from '../stripe/objects/paymentState';
import type { StripeObject } from '../stripe/objects/stripeObject';
import { isObject, readReference } from '../stripe/objects/stripeObject';
import type { QueryContext } from '../stripe/reconcile/stripeQueries';
import { getWithBackoff, listNewestFirst } from '../stripe/reconcile/stripeQueries';
import type { AttemptRequest } from './attemptRequest';
import { toQueryContext } from './attemptRequest';

/** Another object that a request resulted in and that shows the money it moved. */
interface Resulting {
	path: string;
	/** Returns the object that shows the money; undefined if the request did not cause it, as far as the object shows. */
	pick: (read: StripeObject) => StripeObject | undefined;
	/** Another request may have caused it at the same moment. */
	mayBeOfOther?: true;
}

/**
 * Adds the state of the money to the last outcome of a report if only another object shows it: the invoice of a new or changed
 * subscription, or the refund of a credit note. It is read so that its amount is counted and compared with the expected one. If
 * it cannot be read, the state of the object itself counts.
 */
export async function addResultingPayment<Report extends SendReport>(
	{ entry }: Grant,
	report: Report,
	attempt: AttemptRequest,
	signal?: AbortSignal,
): Promise<Report & { isInvoiceUnread?: true }> {
	const [last, ...before] = report.outcomes.toReversed() as [Outcome, ...Outcome[]];
	// The read ends with the lease, so that the outcome is written while the claim is active.
	const query = toQueryContext(attempt, signal, entry.leaseUntil);
	const payment = await readResultingPayment(query, entry, last, attempt.params);
	if (payment === 'none') return report;
	if (payment === 'unread') return entry.expectation ? { ...report, isInvoiceUnread: true } : report;
	const outcomes = [{ ...last, payment }, ...before].toReversed() as [Outcome, ...Outcome[]];
	return { ...report, outcomes };
}

/** Reads the money that a request moved, if its response does not show it but another object does. */
export async function readResultingPayment(
	query: QueryContext,
	entry: Entry,
	outcome: Outcome,
	params: Params,
): Promise<Payment | 'none' | 'unread'> {
	const resulting = findResulting(entry, outcome, params);
	if (resulting === undefined) return 'none';
	tracePoint('counting', entry.entryId);
	const read = await getWithBackoff(query, resulting.path);
	if (read.kind !== 'succeeded' || !read.body) return 'unread';
	const object = resulting.pick(read.body);
	if (!object) return 'none';
	const payment = readPaymentFacts(object);
	if (!payment) return 'unread';
	return resulting.mayBeOfOther && (await isOfOtherKey(query, entry, object)) ? 'none' : toOwn(payment);
}

/** How long after an invoice its event may be created, in seconds. */
const EVENT_DELAY_S = 60;

/** The event of an invoice names the key of the request that created it (docs.stripe.com/api/events/object). */
async function isOfOtherKey(
	query: QueryContext,
	{ key }: Entry,
	{ id, created }: StripeObject,
): Promise<boolean> {
	const from = Number(created);
	const isOfInvoice = ({ data }: StripeObject) =>
		isObject(data) && isObject(data.object) && data.object.id === id;
	const { objects } = await listNewestFirst(query, {
		path: '/v1/events',
		query: { type: 'invoice.created', created: { gte: String(from), lt: String(from + EVENT_DELAY_S) } },
		isWanted: isOfInvoice,
		isEnough: isOfInvoice,
	});
	const request = objects[0]?.request;
	const cause = isObject(request) ? request.idempotency_key : undefined;
	return typeof cause === 'string' && cause !== key;
}

/** The state of a refund is not the state of the credit note that it pays back. */
function toOwn({ state, ...payment }: Payment): Payment {
	return {
		...payment,
		isOwn: true,
		...(state === undefined || payment.kind === 'refund' ? {} : { state }),
	};
}

function findResulting(entry: Entry, { kind, body }: Outcome, params: Params): Resulting | undefined {
	if (kind !== 'succeeded' || !body || entry.request.method !== 'POST') return undefined;
	switch (body.object) {
		case 'subscription':
			return findInvoice(entry, body, params);
		case 'subscription_schedule':
			return findStarted(entry, body, params);
		case 'credit_note':
			return findRefund(body, params);
		default:
			return undefined;
	}
}

/** Stripe's times are whole seconds. */
function isSince(firstSentAt: number | undefined, created: unknown): boolean {
	return firstSentAt !== undefined && Number(created) >= Math.floor(firstSentAt / 1_000);
}

/** Parameters that can make Stripe bill a change at once (docs.stripe.com/billing/subscriptions/prorations#immediate-payment). */
const MAY_BILL = ['items', 'add_invoice_items', 'billing_cycle_anchor', 'cancel_at', 'trial_end'];

/** Returns the invoice of the change; undefined if the subscription shows no new one. */
function findInvoice(
	{ expectation, firstSentAt, request }: Entry,
	body: StripeObject,
	params: Params,
): Resulting | undefined {
	const latest = readReference(body.latest_invoice);
	if (typeof latest !== 'string') return undefined;
	const path = `/v1/invoices/${encodeURIComponent(latest)}`;
	const { seen } = request;
	if (expectation && seen) {
		return seen.state.latest === latest
			? undefined
			: { path, pick: (invoice) => invoice, mayBeOfOther: true };
	}
	if (request.path === '/v1/subscriptions') return { path, pick: (invoice) => invoice };
	const mayBill = request.path.endsWith('/resume') || MAY_BILL.some((name) => params[name] !== undefined);
	if (!mayBill) return undefined;
	const isOwn = ({ created, billing_reason: reason }: StripeObject) =>
		reason !== 'subscription_create' && isSince(firstSentAt, created);
	return { path, pick: (invoice) => (isOwn(invoice) ? invoice : undefined), mayBeOfOther: true };
}

/** A schedule that begins at once shows its subscription, which references the first invoice. */
function findStarted(
	{ firstSentAt, request }: Entry,
	{ subscription }: StripeObject,
	params: Params,
): Resulting | undefined {
	const id = readReference(subscription);
	// A schedule that is created from a subscription bills nothing.
	const isNew = request.path === '/v1/subscription_schedules' && params.from_subscription === undefined;
	if (typeof id !== 'string' || !isNew) return undefined;
	return {
		path: `/v1/subscriptions/${encodeURIComponent(id)}?expand%5B%5D=latest_invoice`,
		pick: ({ latest_invoice: invoice }) =>
			isObject(invoice) && isSince(firstSentAt, invoice.created) ? invoice : undefined,
	};
}

/** Returns the refund that the credit note created. A refund that the request named existed before. */
function findRefund({ refunds, refund }: StripeObject, params: Params): Resulting | undefined {
	if (!(Number(params.refund_amount) > 0)) return undefined;
	const [first] = Array.isArray(refunds) ? (refunds as StripeObject[]) : [];
	const id = readReference(first?.refund ?? refund);
	return typeof id === 'string'
		? { path: `/v1/refunds/${encodeURIComponent(id)}`, pick: (object) => object }
		: undefined;
}
