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
 * Checks, immediately before the first send, that the object has not changed since the amount was calculated from it.
 *
 * @returns undefined if it is unchanged
 */
export async function lookForChange(
	{ entry }: Grant,
	attempt: AttemptRequest,
	signal?: AbortSignal,
): Promise<LookReport | undefined> {
	const { seen } = entry.expectation ?? {};
	// An earlier send may have changed the object itself, so it is resent unchanged.
	if (!seen || entry.mayHaveExecuted) return undefined;
	const outcome = await getWithBackoff(toQueryContext(attempt, signal, entry.leaseUntil), seen.path);
	if (outcome.kind !== 'succeeded')
		return keepPrevious(buildNotSent('look_stripe_unavailable', toLimitation(outcome).reason));
	if (describeSeen(outcome.body ?? {}) === seen.state) return undefined;
	return keepPrevious(buildNotSent('look_changed', seen.path));
}

/**
 * The fields of an object that determine the amount: prices and quantities of a subscription, the remaining amount of an invoice.
 */
export function describeSeen(object: StripeObject): string {
	const { items, latest_invoice: latest, status, currency, amount_remaining: left } = object;
	if (object.object !== 'subscription') return JSON.stringify({ status, left, currency });
	const rows = (items as { data?: StripeObject[] } | undefined)?.data ?? [];
	const shown = rows.map(({ id, price, quantity }) => ({ id, price: readReference(price), quantity }));
	return JSON.stringify({ items: shown, latest: readReference(latest) });
}

/**
 * Adds the payment state to the last outcome of a report, if only the invoice shows it. The invoice is read if a new subscription
 * or a change of plan created one, to compare its amount with the expected one. If it cannot be read, the state of the
 * subscription counts.
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
	// Even without the invoice, the outcome has to be written while the claim is active.
	const invoice = await getWithBackoff(toQueryContext(attempt, signal, entry.leaseUntil), path);
	const isShown = invoice.kind === 'succeeded' && invoice.body?.object === 'invoice';
	const payment = isShown ? readPaymentFacts(invoice.body) : undefined;
	if (!payment) return { ...report, isInvoiceUnread: true };
	const outcomes = [{ ...last, payment }, ...before].toReversed() as [Outcome, ...Outcome[]];
	return { ...report, outcomes };
}

/** @returns the path of a new invoice; undefined if the subscription shows none that it did not show before */
function findNewInvoice({ seen }: Expectation, { kind, body = {} }: Outcome): string | undefined {
	if (kind !== 'succeeded' || body.object !== 'subscription') return undefined;
	const before = seen ? (JSON.parse(seen.state) as { latest?: unknown }) : {};
	const latest = readReference(body.latest_invoice);
	const isNew = typeof latest === 'string' && latest !== before.latest;
	return isNew ? `/v1/invoices/${encodeURIComponent(latest)}` : undefined;
}
