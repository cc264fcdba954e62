import type { Expectation, Outcome } from '../ledger/model/entry';
import type { Grant } from '../ledger/rules/grant';
import type { SendReport } from '../ledger/rules/settle';
import { readPaymentFacts } from '../stripe/objects/paymentState';
import type { StripeObject } from '../stripe/objects/stripeObject';
import { readReference } from '../stripe/objects/stripeObject';
import { getWithBackoff, toLimitation } from '../stripe/reconcile/stripeQueries';
import type { AttemptRequest } from './attemptRequest';
import { toQueryContext } from './attemptRequest';
import type { LookReport } from './lookAtObject';
import { keepPrevious } from './lookAtObject';
import { buildNotSent } from './notSent';

/**
 * Compares, directly before the first send, the object with what it was when it was worked out how much would be moved.
 *
 * @returns undefined where it stands as it did
 */
export async function lookForChange(
	{ entry }: Grant,
	attempt: AttemptRequest,
	signal?: AbortSignal,
): Promise<LookReport | undefined> {
	const { seen } = entry.expectation ?? {};
	// What may have been sent may have changed it itself: it is repeated as it is.
	if (!seen || entry.mayHaveExecuted) return undefined;
	const outcome = await getWithBackoff(toQueryContext(attempt, signal, entry.leaseUntil), seen.path);
	if (outcome.kind !== 'succeeded')
		return keepPrevious(buildNotSent('look_stripe_unavailable', toLimitation(outcome).reason));
	if (describeSeen(outcome.body ?? {}) === seen.state) return undefined;
	return keepPrevious(buildNotSent('look_changed', seen.path));
}

/** What of an object decides how much is moved: prices and seats of a subscription, what is left of an invoice. */
export function describeSeen(object: StripeObject): string {
	const { items, latest_invoice: latest, status, currency, amount_remaining: left } = object;
	if (object.object !== 'subscription') return JSON.stringify({ status, left, currency });
	const rows = (items as { data?: StripeObject[] } | undefined)?.data ?? [];
	const shown = rows.map(({ id, price, quantity }) => ({ id, price: readReference(price), quantity }));
	return JSON.stringify({ items: shown, latest: readReference(latest) });
}

/**
 * Adds to a report what became of the money, as far as only an invoice tells; the last outcome counts. It is read where a
 * subscription, or a change of its plan, has made one, so that what it came to can be compared with what was expected. Where
 * it cannot be read, what is known of the money stays what the subscription says.
 */
export async function addInvoicePayment<Report extends SendReport>(
	{ entry }: Grant,
	report: Report,
	attempt: AttemptRequest,
	signal?: AbortSignal,
): Promise<Report & { isInvoiceUnread?: true }> {
	const [last, ...before] = report.outcomes.toReversed() as [Outcome, ...Outcome[]];
	const path = entry.expectation && findNewInvoice(entry.expectation, last);
	if (path === undefined) return report;
	// What is known already has to be written while the claim is held.
	const invoice = await getWithBackoff(toQueryContext(attempt, signal, entry.leaseUntil), path);
	const isShown = invoice.kind === 'succeeded' && invoice.body?.object === 'invoice';
	const payment = isShown ? readPaymentFacts(invoice.body) : undefined;
	if (!payment) return { ...report, isInvoiceUnread: true };
	const outcomes = [{ ...last, payment }, ...before].toReversed() as [Outcome, ...Outcome[]];
	return { ...report, outcomes };
}

/** @returns its path; undefined where a subscription shows none that it did not show before */
function findNewInvoice({ seen }: Expectation, { kind, body = {} }: Outcome): string | undefined {
	if (kind !== 'succeeded' || body.object !== 'subscription') return undefined;
	const before = seen ? (JSON.parse(seen.state) as { latest?: unknown }) : {};
	const latest = readReference(body.latest_invoice);
	const isNew = typeof latest === 'string' && latest !== before.latest;
	return isNew ? `/v1/invoices/${encodeURIComponent(latest)}` : undefined;
}
