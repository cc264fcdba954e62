import type { IDataObject } from 'n8n-workflow';

import type { Entry, Outcome } from '../../../ledger/model/entry';
import { knownPayment } from '../../../ledger/model/knownPayment';
import type { Payment } from '../../../ledger/model/payment';
import { objectPage } from '../../../stripe/objects/dashboardUrl';
import { paymentOfEntry } from '../../../stripe/objects/paymentState';
import { isoTime } from '../parameters/isoTime';

/** What the node that speaks knows beside the entry. */
export interface Speaking extends IDataObject {
	replayed?: boolean;
	alreadyDone?: boolean;
	source?: 'stripe' | 'ledger' | null;
	requestId?: string | null;
}

/** `idempotency` in every item of every node: what the ledger knows of it, in the order in which people read. */
export function idempotencyField(
	entry: Entry | undefined,
	{ replayed = false, alreadyDone = false, source = null, requestId, ...more }: Speaking = {},
	payment: Payment | undefined = entry && knownPayment(entry, paymentOfEntry),
): IDataObject {
	const outcome = entry && 'outcome' in entry ? entry.outcome : undefined;
	return {
		...{ key: entry?.key ?? null, entryId: entry?.entryId ?? null, state: entry?.state ?? null },
		...{ attempt: entry?.attempt ?? null, sends: entry?.sends ?? 0, replayed, alreadyDone },
		// Absent for what is no payment; null where it is one, and nobody can tell.
		...(payment ? { paymentState: payment.state ?? null } : {}),
		...{ source, firstSentAt: isoTime(entry?.firstSentAt) },
		settledAt: isoTime(entry && 'settledAt' in entry ? entry.settledAt : undefined),
		requestId: requestId ?? outcome?.requestId ?? null,
		dashboardUrl: entry && outcome ? dashboardUrl(entry, outcome) : null,
		...more,
	};
}

/** Claims for other APIs have no page there. */
function dashboardUrl(entry: Entry, { objectId, body }: Outcome): string | null {
	const { account, mode, request } = entry;
	if (objectId === undefined || !account.startsWith('acct_')) return null;
	const { stripeAccount } = request;
	return objectPage({ connection: { mode }, stripeAccount }, { object: body?.object, id: objectId });
}
