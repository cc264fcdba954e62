import type { Entry } from '../ledger/model/entry';
import { mayHaveTakenEffect } from '../ledger/model/entryStatus';
import { isStoredInFull } from '../ledger/model/request';
import { buildObjectUrl } from '../stripe/objects/dashboardUrl';
import type { StripeObject } from '../stripe/objects/stripeObject';
import type { Finding } from '../stripe/reconcile/finding';
import { toExecuted } from '../stripe/reconcile/finding';
import type { QueryContext } from '../stripe/reconcile/stripeQueries';
import { CREATE_INVOICE, linesStep, readBillParams, SEND_INVOICE, buildStep } from './bill';
import type { BillInvoiceState } from './billInvoice';
import { findDifferences, readBillInvoice } from './billInvoice';
import { buildNotSent } from './notSent';
import type { Step } from './steps';
import { identifyStep } from './steps';

export interface StepsContext {
	query: QueryContext;
	find: (entryId: string) => Promise<Entry | undefined>;
	/** Reconciles a step whose outcome is unknown. */
	resolve: (step: Entry) => Promise<{ entry: Entry; finding?: Finding } | undefined>;
}

/** Finds the outcome of a bill: its first step names the invoice, and the invoice shows how far the bill has come. Sends nothing. */
export async function findBill(bill: Entry, { query, find, resolve }: StepsContext): Promise<Finding> {
	const findStep = (step: Pick<Step, 'operation'>) => find(identifyStep(bill, step).entryId);
	const created = await findStep(CREATE_INVOICE);
	if (!created) return { kind: 'not_executed' };
	const { entry, finding } = (await resolve(created)) ?? { entry: created };
	const isOpen = entry.state !== 'succeeded' && mayHaveTakenEffect(entry);
	if (isOpen || entry.state === 'in_flight') return finding ?? IN_PROGRESS;
	if (entry.state === 'rejected')
		return { kind: 'executed', outcome: { ...entry.outcome, kind: 'rejected' } };
	const id = entry.state === 'succeeded' ? entry.outcome.objectId : undefined;
	if (id === undefined) return { kind: 'not_executed' };
	const existing = await readBillInvoice(query, id);
	if (existing.kind === 'paid') {
		const created = entry.state === 'succeeded' ? entry.outcome.body : undefined;
		return findPaid(bill, query, { created, invoice: existing.invoice });
	}
	const sent = existing.kind === 'open' ? await findStep(buildStep(id, SEND_INVOICE)) : undefined;
	return sent?.state === 'succeeded' && 'invoice' in existing
		? toExecuted(existing.invoice)
		: toFinding(existing, id, query);
}

/** The invoice may have been paid with other contents than requested. */
async function findPaid(
	bill: Entry,
	query: QueryContext,
	{ created, invoice }: { created?: StripeObject; invoice: StripeObject },
): Promise<Finding> {
	const id = String(invoice.id);
	const dashboardUrl = buildObjectUrl(query, { id, object: 'invoice' });
	if (!isStoredInFull(bill)) {
		const reason = `The invoice ${id} is paid, but the ledger did not store the request of this bill to compare it with`;
		return { kind: 'inconclusive', reason, dashboardUrl };
	}
	const params = readBillParams(bill.request.params);
	const { entryId } = identifyStep(bill, linesStep(params, id));
	const requested = { bill: params, entryId, expectation: bill.expectation, created };
	const found = await findDifferences(query, requested, invoice);
	if ('reason' in found) return { kind: 'stripe_unavailable', reason: found.reason };
	if (found.differences.length === 0) return toExecuted(invoice);
	const reason = `The invoice ${id} was paid, but differs from this bill: ${found.differences.join('; ')}`;
	return { kind: 'inconclusive', reason, dashboardUrl };
}

/**
 * Returns the invoice of a bill if it is paid. Whatever it contains, nothing more can happen to it.
 *
 * @returns undefined if it is not paid, or if that is not known
 */
export async function findPaidInvoice(
	bill: Entry,
	query: QueryContext,
	find: StepsContext['find'],
): Promise<StripeObject | undefined> {
	const created = await find(identifyStep(bill, CREATE_INVOICE).entryId);
	const id = created?.state === 'succeeded' ? created.outcome.objectId : undefined;
	const existing = id === undefined ? undefined : await readBillInvoice(query, id);
	return existing?.kind === 'paid' ? existing.invoice : undefined;
}

const IN_PROGRESS: Finding = { kind: 'stripe_unavailable', reason: 'Another run is creating the invoice' };

function toFinding(
	existing: Exclude<BillInvoiceState, { kind: 'paid' }>,
	id: string,
	query: QueryContext,
): Finding {
	switch (existing.kind) {
		case 'withdrawn':
			return { kind: 'executed', outcome: buildNotSent('bill_withdrawn', existing.how) };
		case 'unread':
			return { kind: 'stripe_unavailable', reason: existing.reason };
		case 'draft':
		case 'open':
		case 'uncollectible':
			return {
				kind: 'inconclusive',
				reason: `The bill is not finished: its invoice ${id} is ${existing.kind}`,
				dashboardUrl: buildObjectUrl(query, { id, object: 'invoice' }),
			};
	}
}
