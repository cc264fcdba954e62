import type { IDataObject } from 'n8n-workflow';

import type { Entry, Outcome } from '../../../ledger/model/entry';
import { getKnownPayment } from '../../../ledger/model/entryFacts';
import type { Payment } from '../../../ledger/model/payment';
import { hasPaymentState } from '../../../ledger/model/payment';
import { parseTarget } from '../../../stripe/objects/collections';
import { buildEntrySearchUrl, buildObjectUrl } from '../../../stripe/objects/dashboardUrl';
import { toEntryMetadata } from '../../../stripe/objects/metadata';
import { paymentOf } from '../../../stripe/objects/paymentState';
import { toIsoTime } from '../parameters/values';

/** What the node knows in addition to the entry. */
export interface IdempotencyContext extends IDataObject {
	replayed?: boolean;
	alreadyDone?: boolean;
	source?: 'stripe' | 'ledger' | null;
	requestId?: string | null;
}

/** `idempotency` in every item of every node: what the ledger knows about it, the most important fields first. */
export function buildIdempotencyField(
	entry: Entry | undefined,
	{ replayed = false, alreadyDone = false, source = null, requestId, ...more }: IdempotencyContext = {},
	payment: Payment | undefined = entry && getKnownPayment(entry, paymentOf),
): IDataObject {
	const outcome = entry && 'outcome' in entry ? entry.outcome : undefined;
	return {
		key: entry?.key ?? null,
		entryId: entry?.entryId ?? null,
		state: entry?.state ?? null,
		attempt: entry?.attempt ?? null,
		sends: entry?.sends ?? 0,
		replayed,
		alreadyDone,
		// Absent if it is not a payment; null if it is one whose state is unknown.
		...(payment && hasPaymentState(payment) ? { paymentState: payment.state ?? null } : {}),
		source,
		// What it was expected to cost.
		...(entry?.expectation?.inWords === undefined ? {} : { inWords: entry.expectation.inWords }),
		firstSentAt: toIsoTime(entry?.firstSentAt),
		settledAt: toIsoTime(entry && 'settledAt' in entry ? entry.settledAt : undefined),
		requestId: requestId ?? outcome?.requestId ?? null,
		dashboardUrl: entry ? getDashboardUrl(entry, outcome) : null,
		...more,
	};
}

/** The page of the resulting object, or of the object acted on. If an object may exist but was not found, a search for it. */
function getDashboardUrl(
	{ account, mode, request, state, entryId }: Entry,
	{ objectId, body }: Partial<Outcome> = {},
): string | null {
	// Claims for other APIs have no page there.
	if (!account.startsWith('acct_')) return null;
	const { path, stripeAccount } = request;
	const dashboard = { connection: { mode }, stripeAccount };
	if (objectId !== undefined) return buildObjectUrl(dashboard, { ...body, id: objectId });
	const target = parseTarget(path);
	if (target?.id !== undefined)
		return buildObjectUrl(dashboard, { object: target.collection.kind, id: target.id });
	const isMarked = 'metadata' in toEntryMetadata(path, {}, entryId);
	return state === 'unknown' && isMarked ? buildEntrySearchUrl(dashboard, entryId) : null;
}
