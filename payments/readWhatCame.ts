import type { Outcome } from '../ledger/model/entry';
import type { Grant } from '../ledger/rules/grant';
import type { SendReport } from '../ledger/rules/settle';
import { readPaymentFacts } from '../stripe/objects/paymentState';
import type { StripeObject } from '../stripe/objects/stripeObject';
import { readReference } from '../stripe/objects/stripeObject';
import { getWithBackoff } from '../stripe/reconcile/stripeQueries';
import type { AttemptRequest } from './attemptRequest';
import { toQueryContext } from './attemptRequest';
import { readSeen } from './lookForChange';

/**
 * Reads the invoice that came of a subscription, or of a change of its plan, so that what it came to can be compared with what
 * it was expected to be. Where it cannot be read, what is known of the money stays what the subscription says.
 */
async function readWhatCame(
	{ expectation, leaseUntil }: Grant['entry'],
	outcome: Outcome,
	attempt: AttemptRequest,
	signal?: AbortSignal,
): Promise<{ outcome: Outcome; isUnread?: true }> {
	const { body = {}, kind } = outcome;
	if (!expectation || kind !== 'succeeded' || body.object !== 'subscription') return { outcome };
	const latest = readReference(body.latest_invoice);
	if (typeof latest !== 'string' || latest === readSeen(expectation).latest) return { outcome };
	const invoice = await getWithBackoff(
		// What is known already has to be written while the claim is held.
		toQueryContext(attempt, signal, leaseUntil),
		`/v1/invoices/${encodeURIComponent(latest)}`,
	);
	const payment = invoice.kind === 'succeeded' ? toPayment(invoice.body) : undefined;
	return payment ? { outcome: { ...outcome, payment } } : { outcome, isUnread: true };
}

function toPayment(invoice: StripeObject | undefined) {
	return invoice?.object === 'invoice' ? readPaymentFacts(invoice) : undefined;
}

/** Adds to a report what became of the money, as far as only an invoice tells; the last outcome counts. */
export async function addWhatCame<Report extends SendReport>(
	{ entry }: Grant,
	report: Report,
	attempt: AttemptRequest,
	signal?: AbortSignal,
): Promise<Report & { isInvoiceUnread?: true }> {
	const [last, ...before] = report.outcomes.toReversed() as [Outcome, ...Outcome[]];
	const { outcome, isUnread } = await readWhatCame(entry, last, attempt, signal);
	if (isUnread) return { ...report, isInvoiceUnread: true };
	return { ...report, outcomes: [outcome, ...before].toReversed() as [Outcome, ...Outcome[]] };
}
