import type { Clock } from './clock';
import type { Change, UpdateOptions } from './compareAndSwap';
import { updateEntry } from './compareAndSwap';
import type { Entry, Outcome } from './model/entry';
import type { Grant } from './rules/grant';
import type { SendReport } from './rules/settle';
import { decideSettle, markUncertain, extendLease } from './rules/settle';
import type { ClaimHandle } from './rules/settleByHandle';
import { decideSettleByHandle } from './rules/settleByHandle';
import type { Store } from './store';
import { rethrowUnlessUnavailable, StoreUnavailableError } from './store';
import { tracePoint } from './tracing';

/** Tries and pause (ms) of a settle while the store is unavailable. Losing the outcome is worse than waiting. */
const SETTLE_TRIES = 8;
const SETTLE_PAUSE_MS = 250;

/** Result of a settle. The outcome is always returned. If the ledger could not store it, `warning` says why. */
export interface SettleResult {
	outcome: Outcome;
	entry: Entry;
	warning?: string;
}

/** Result of settling a claim by its handle. */
export type HandleResult =
	| { kind: 'settled'; outcome: Outcome; entry: Entry }
	/** The same outcome is already stored. */
	| { kind: 'already_settled'; entry: Entry }
	/** A different claim or outcome is already stored. This outcome is kept beside it as a late response. */
	| { kind: 'late'; entry: Entry }
	/** The entry does not exist, or no longer exists. */
	| { kind: 'not_found' };

/** Writes the outcomes of claims. See `Ledger`. */
export class Settlements {
	constructor(
		private readonly store: Store,
		private readonly clock: Clock,
	) {}

	async settle(grant: Grant, report: SendReport, retentionMs: number): Promise<SettleResult> {
		const { entryId } = grant.entry;
		tracePoint('settling', entryId);
		const decide = (current: Entry | undefined) =>
			decideSettle(current, grant, report, this.stamp(grant), retentionMs);
		let decision = decide(grant.entry);
		try {
			const result = await updateEntry<SettleResult>(
				this.store,
				entryId,
				(current) => {
					if (current !== grant.entry) decision = decide(current);
					const { outcome, entry } = decision;
					return { result: { outcome, entry: entry ?? grant.entry }, next: entry ?? 'removed' };
				},
				// A claim that was granted without the ledger was never stored, so a row with its version belongs to another
				// run.
				{ seen: grant.notPersisted ? undefined : grant.entry, call: this.retrySettle() },
			);
			tracePoint('settled', entryId);
			return result;
		} catch (error) {
			return { outcome: decision.outcome, entry: grant.entry, warning: reasonOf(error) };
		}
	}

	/** Counts tries over the whole settle, not per call. */
	private retrySettle(): UpdateOptions['call'] {
		let tries = 1;
		return async (act) => {
			for (;;) {
				try {
					return await act();
				} catch (error) {
					if (tries++ >= SETTLE_TRIES) throw error;
					await this.clock.sleep(SETTLE_PAUSE_MS * tries);
				}
			}
		};
	}

	async settleByHandle(
		handle: ClaimHandle,
		report: SendReport,
		retentionMs: number,
		account: string,
	): Promise<HandleResult> {
		const { entryId } = handle;
		const decide = (current: Entry | undefined): Change<HandleResult> => {
			if (current?.account !== account) return { result: { kind: 'not_found' } };
			const now = this.clock.now();
			const decision = decideSettleByHandle(current, handle, report, now, retentionMs);
			if (decision.kind === 'already_settled') return { result: decision };
			const { kind, entry } = decision;
			if (kind === 'already_recorded') return { result: { kind: 'late', entry } };
			tracePoint('settling', entryId);
			const { outcome } = decision;
			return { result: kind === 'late' ? { kind, entry } : { kind, entry, outcome }, next: entry };
		};
		// Two runs may report the same outcome at once. Only one of them may count as the first.
		const result = await updateEntry(this.store, entryId, decide, { isOwn: () => false });
		if (result.kind === 'settled') tracePoint('settled', entryId);
		return result;
	}

	async recordUncertainty(grant: Grant, outcome: Outcome): Promise<Grant | undefined> {
		if (grant.notPersisted) return grant;
		const mark = (current: Entry | undefined): Change<Grant | undefined> => {
			const entry = markUncertain(current, grant, outcome, this.stamp(grant));
			return entry ? { result: { ...grant, entry }, next: entry } : { result: undefined };
		};
		try {
			return await updateEntry(this.store, grant.entry.entryId, mark, { seen: grant.entry });
		} catch (error) {
			rethrowUnlessUnavailable(error);
			return grant;
		}
	}

	async extendClaim(grant: Grant, leaseMs: number): Promise<Grant | undefined> {
		const now = await this.clock.ascertain();
		const { entryId } = grant.entry;
		const extend = (current: Entry | undefined): Change<Grant | undefined> => {
			const entry = extendLease(current, grant, leaseMs, now);
			return entry ? { result: { ...grant, entry }, next: entry } : { result: undefined };
		};
		tracePoint('extending', entryId);
		const extended = await updateEntry(this.store, entryId, extend, { seen: grant.entry });
		tracePoint('extended', entryId);
		return extended;
	}

	private stamp({ entry }: Grant): number {
		return this.clock.stamp(entry.grantedAt ?? entry.lastSentAt ?? entry.createdAt);
	}
}

/** No store error, not even a bug, may lose the outcome. */
function reasonOf(error: unknown): string {
	if (error instanceof StoreUnavailableError) return error.reason;
	return error instanceof Error ? error.message : String(error);
}
