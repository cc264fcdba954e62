import type { Outcome } from '../ledger/model/entry';
import type { StripeObject } from '../stripe/objects/stripeObject';
import type { QueryContext } from '../stripe/reconcile/stripeQueries';
import { getWithBackoff, listNewestFirst, toLimitation } from '../stripe/reconcile/stripeQueries';
import { INVOICES_PATH } from './bill';
import type { RequestedBill } from './compareInvoice';
import { compareInvoice } from './compareInvoice';

/** The state of a bill's invoice in Stripe. */
export type BillInvoiceState =
	| { kind: 'draft' | 'open' | 'uncollectible'; invoice: StripeObject }
	| { kind: 'paid'; invoice: StripeObject }
	/** A person has voided or deleted it, so it will never be paid. */
	| { kind: 'withdrawn'; how: string }
	| { kind: 'unread'; outcome: Outcome; reason: string };

export async function readBillInvoice(context: QueryContext, id: string): Promise<BillInvoiceState> {
	const outcome = await getWithBackoff(context, pathOf(id));
	const invoice: StripeObject = outcome.body ?? {};
	if (outcome.code === 'resource_missing' || invoice.deleted === true)
		return { kind: 'withdrawn', how: `The draft ${id} was deleted` };
	if (outcome.kind !== 'succeeded')
		return { kind: 'unread', outcome, reason: toLimitation(outcome).reason };
	const { status } = invoice;
	if (status === 'void') return { kind: 'withdrawn', how: `The invoice ${id} was voided` };
	if (status === 'draft' || status === 'open' || status === 'paid' || status === 'uncollectible')
		return { kind: status, invoice };
	return {
		kind: 'unread',
		outcome: { kind: 'unknown' },
		reason: `The status of ${id} is ${String(status)}`,
	};
}

/**
 * Compares the invoice of a bill with its request and describes the differences.
 *
 * @returns the reason, if the invoice could not be read
 */
export async function findDifferences(
	context: QueryContext,
	requested: RequestedBill,
	invoice: StripeObject,
): Promise<{ differences: string[] } | { reason: string }> {
	const shown = await readInvoiceLines(context, String(invoice.id));
	if ('reason' in shown) return shown;
	return { differences: compareInvoice(requested, { invoice, ...shown }) };
}

/** @returns the reason, if the lines could not be read */
async function readInvoiceLines(
	context: QueryContext,
	id: string,
): Promise<{ lines: StripeObject[] } | { reason: string }> {
	const { objects, limitation } = await listNewestFirst(context, {
		path: `${pathOf(id)}/lines`,
		query: {},
		isWanted: () => true,
		isEnough: () => false,
	});
	return limitation ? { reason: limitation.reason } : { lines: objects };
}

function pathOf(id: string): string {
	return `${INVOICES_PATH}/${encodeURIComponent(id)}`;
}
