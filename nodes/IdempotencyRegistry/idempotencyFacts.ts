import type { IDataObject } from 'n8n-workflow';

import type { Entry } from '../../ledger/entry';
import { isoTime } from '../shared/isoTime';

/** What the ledger knows of an entry, under `idempotency` in every item that leaves. */
export function idempotencyFacts(entry: Entry | undefined, more: IDataObject = {}): IDataObject {
	return {
		key: entry?.key ?? null,
		entryId: entry?.entryId ?? null,
		state: entry?.state ?? null,
		attempt: entry?.attempt ?? null,
		replayed: false,
		firstSentAt: isoTime(entry?.firstSentAt),
		settledAt: isoTime(entry && 'settledAt' in entry ? entry.settledAt : undefined),
		...more,
	};
}
