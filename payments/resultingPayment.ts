import type { Entry, Outcome } from '../ledger/model/entry';
import type { Payment } from '../ledger/model/payment';
import type { Params } from '../ledger/model/request';
import type { Grant } from '../ledger/rules/grant';
import type { SendReport } from '../ledger/rules/settle';
import { readPaymentFacts } from '../stripe/objects/paymentState';
import type { StripeObject } from '../stripe/objects/stripeObject';
import { readReference } from '../stripe/objects/stripeObject';
import { getWithBackoff } from '../stripe/reconcile/stripeQueries';
import type { AttemptRequest } from './attemptRequest';
import { toQueryContext } from './attemptRequest';

/** Another object that a request resulted in, and that shows the money it moved. */
interface Resulting {
	path: string;
	/** Whether the request caused it, as far as the object shows. */
	isOwn: (object: StripeObject) => boolean;
}

/**
 * Adds the state of the money to the last outcome of a report, if only another object shows it: the invoice of a new
 * subscription or of a change of one, the refund of a credit note. It is read so that its amount is counted, and compared with
 * the expected one. If it cannot be read, the object's own state counts.
 */
export async function addResultingPayment<Report extends SendReport>(
	{ entry }: Grant,
	report: Report,
	attempt: AttemptRequest,
	signal?: AbortSignal,
): Promise<Report & { isInvoiceUnread?: true }> {
	const [last, ...before] = report.outcomes.toReversed() as [Outcome, ...Outcome[]];
	const resulting = findResulting(entry, last, attempt.params);
	if (resulting === undefined) return report;
	// The read ends with the lease, so that the outcome is written while the claim is held.
	const read = await getWithBackoff(toQueryContext(attempt, signal, entry.leaseUntil), resulting.path);
	const payment = read.kind === 'succeeded' ? readPaymentFacts(read.body) : undefined;
	if (!payment || !read.body) return entry.expectation ? { ...report, isInvoiceUnread: true } : report;
	if (!resulting.isOwn(read.body)) return report;
	const outcomes = [{ ...last, payment: toOwn(payment) }, ...before].toReversed() as [
		Outcome,
		...Outcome[],
	];
	return { ...report, outcomes };
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
			return findStarted(entry, body);
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
	const always = { path, isOwn: () => true };
	const { seen } = expectation ?? {};
	if (seen) return (JSON.parse(seen.state) as { latest?: unknown }).latest === latest ? undefined : always;
	if (request.path === '/v1/subscriptions') return always;
	const mayBill = request.path.endsWith('/resume') || MAY_BILL.some((name) => params[name] !== undefined);
	if (!mayBill) return undefined;
	const isOwn = ({ created, billing_reason: reason }: StripeObject) =>
		reason !== 'subscription_create' && isSince(firstSentAt, created);
	return { path, isOwn };
}

/** A schedule that begins at once shows its subscription, which names the first invoice. */
function findStarted({ firstSentAt, request }: Entry, { subscription }: StripeObject): Resulting | undefined {
	const id = readReference(subscription);
	if (typeof id !== 'string' || request.path !== '/v1/subscription_schedules') return undefined;
	return {
		path: `/v1/subscriptions/${encodeURIComponent(id)}?expand%5B%5D=latest_invoice`,
		isOwn: ({ latest_invoice: invoice }) =>
			isSince(firstSentAt, (invoice as StripeObject | null | undefined)?.created),
	};
}

/** Returns the refund that the credit note created. A refund that the request named existed before. */
function findRefund({ refunds, refund }: StripeObject, params: Params): Resulting | undefined {
	if (!(Number(params.refund_amount) > 0)) return undefined;
	const [first] = Array.isArray(refunds) ? (refunds as StripeObject[]) : [];
	const id = readReference(first?.refund ?? refund);
	return typeof id === 'string'
		? { path: `/v1/refunds/${encodeURIComponent(id)}`, isOwn: () => true }
		: undefined;
}
