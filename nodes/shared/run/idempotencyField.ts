import type { IDataObject } from 'n8n-workflow';

import type { Entry, Outcome } from '../../../ledger/model/entry';
import { getKnownPayment } from '../../../ledger/model/knownPayment';
import type { Payment } from '../../../ledger/model/payment';
import { buildObjectUrl } from '../../../stripe/objects/dashboardUrl';
import { paymentOf } from '../../../stripe/objects/paymentState';
import { toIsoTime } from '../parameters/isoTime';

/** What the node that speaks knows beside the entry. */
export interface IdempotencyContext extends IDataObject {
	replayed?: boolean;
	alreadyDone?: boolean;
	source?: 'stripe' | 'ledger' | null;
	requestId?: string | null;
}

/** `idempotency` in every item of every node: what the ledger knows of it, in the order in which people read. */
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
		// Absent for what is no payment; null where it is one, and nobody can tell.
		...(payment ? { paymentState: payment.state ?? null } : {}),
		source,
		// What it was expected to come to.
		...(entry?.expectation?.inWords === undefined ? {} : { inWords: entry.expectation.inWords }),
		firstSentAt: toIsoTime(entry?.firstSentAt),
		settledAt: toIsoTime(entry && 'settledAt' in entry ? entry.settledAt : undefined),
		requestId: requestId ?? outcome?.requestId ?? null,
		dashboardUrl: entry && outcome ? getDashboardUrl(entry, outcome) : null,
		...more,
	};
}

/** Claims for other APIs have no page there. */
function getDashboardUrl(entry: Entry, { objectId, body }: Outcome): string | null {
	const { account, mode, request } = entry;
	if (objectId === undefined || !account.startsWith('acct_')) return null;
	const { stripeAccount } = request;
	return buildObjectUrl({ connection: { mode }, stripeAccount }, { object: body?.object, id: objectId });
}
