import type { Entry, Outcome } from './model/entry';
import type { ClaimHandle } from './rules/settleByHandle';
import { decideSettleByHandle } from './rules/settleByHandle';
import type { Store } from './store';
import { isEntry } from './store';
import type { TimeSource } from './clock';
import { tracePoint } from './tracing';
import type { SendReport } from './rules/settle';

/** What became of a word that was said under a handle. */
export type HandleResult =
	| { kind: 'settled'; outcome: Outcome; entry: Entry }
	/** The same was said before. */
	| { kind: 'already_settled'; entry: Entry }
	/** Another claim, or another word, stands: this one is kept beside it and changes nothing. */
	| { kind: 'late'; entry: Entry }
	/** There is no such entry any more. */
	| { kind: 'not_found' };

/**
 * Writes what the holder of a handle says came of its claim. As often as it is said: the first time counts.
 *
 * @param account whose claims are given handles. Anybody can write one, so none leads to a payment: what came of that only
 * Stripe can say
 * @throws StoreUnavailableError: then nothing is known to be written, and saying it again is safe
 */
export async function settleByHandle(
	{ store, clock, account }: { store: Store; clock: TimeSource; account: string },
	handle: ClaimHandle,
	report: SendReport,
	retentionMs: number,
): Promise<HandleResult> {
	for (;;) {
		const [current] = await store.find([handle.entryId]);
		if (!isEntry(current) || current.account !== account) return { kind: 'not_found' };
		const decision = decideSettleByHandle(current, handle, report, clock.now(), retentionMs);
		if (decision.kind === 'already_settled') return decision;
		if (decision.kind === 'already_recorded') return { kind: 'late', entry: decision.entry };
		tracePoint('settling', handle.entryId);
		const [isWritten] = await store.replaceIfVersion([decision.entry]);
		if (!isWritten) continue;
		tracePoint('settled', handle.entryId);
		const { kind, entry, outcome } = decision;
		return kind === 'late' ? { kind, entry } : { kind, entry, outcome };
	}
}
