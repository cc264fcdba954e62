import type { Entry } from '../ledger/model/entry';
import { mayHaveTakenEffect } from '../ledger/model/entryStatus';
import { buildObjectUrl } from '../stripe/objects/dashboardUrl';
import type { Finding } from '../stripe/reconcile/finding';
import { toExecuted } from '../stripe/reconcile/finding';
import type { QueryContext } from '../stripe/reconcile/stripeQueries';
import type { BillStep } from './bill';
import { CREATE, identifyStep, SEND, stepOn } from './bill';
import type { InvoiceStanding } from './billInvoice';
import { readStanding } from './billInvoice';
import { buildNotSent } from './notSent';

interface BillContext {
	query: QueryContext;
	find: (entryId: string) => Promise<Entry | undefined>;
	/** Finds out what has become of a step, where that is not known. */
	resolve: (step: Entry) => Promise<{ entry: Entry; finding?: Finding } | undefined>;
}

/** What has become of a bill: its first step tells the invoice, and the invoice how far it has come. Sends nothing. */
export async function findBill(bill: Entry, { query, find, resolve }: BillContext): Promise<Finding> {
	const findStep = (step: Pick<BillStep, 'operation'>) => find(identifyStep(bill, step).entryId);
	const created = await findStep(CREATE);
	if (!created) return { kind: 'not_executed' };
	const { entry, finding } = (await resolve(created)) ?? { entry: created };
	const isOpen = entry.state !== 'succeeded' && mayHaveTakenEffect(entry);
	if (isOpen || entry.state === 'in_flight') return finding ?? IN_PROGRESS;
	if (entry.state === 'rejected')
		return { kind: 'executed', outcome: { ...entry.outcome, kind: 'rejected' } };
	const id = entry.state === 'succeeded' ? entry.outcome.objectId : undefined;
	if (id === undefined) return { kind: 'not_executed' };
	const standing = await readStanding(query, id);
	const sent = standing.kind === 'open' ? await findStep(stepOn(id, SEND)) : undefined;
	return sent?.state === 'succeeded' && 'invoice' in standing
		? toExecuted(standing.invoice)
		: toFinding(standing, id, query);
}

const IN_PROGRESS: Finding = { kind: 'stripe_unavailable', reason: 'Another run is creating the invoice' };

function toFinding(standing: InvoiceStanding, id: string, query: QueryContext): Finding {
	switch (standing.kind) {
		case 'paid':
			return toExecuted(standing.invoice);
		case 'withdrawn':
			return { kind: 'executed', outcome: buildNotSent('bill_withdrawn', standing.how) };
		case 'unread':
			return { kind: 'stripe_unavailable', reason: standing.reason };
		case 'draft':
		case 'open':
		case 'uncollectible':
			return {
				kind: 'inconclusive',
				reason: `The bill is not finished: its invoice ${id} is ${standing.kind}`,
				dashboardUrl: buildObjectUrl(query, { id, object: 'invoice' }),
			};
	}
}
