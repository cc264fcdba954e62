import { subscribe, unsubscribe } from 'node:diagnostics_channel';

import type { LockRow } from '../../ledger/model/row';
import type { RowVersion } from '../../ledger/store';
import { StoreUnavailableError } from '../../ledger/store';
import { SqliteStore } from '../../ledger/stores/sqlite/sqliteStore';
import type { TraceMessage } from '../../ledger/tracing';
import type { CrashPoint } from './scenario';

const JOURNEY = 'n8n-nodes-stripe-idempotent';
const WRITES = ['insertIfAbsent', 'replaceIfVersion', 'remove'] as const;

/** What a write is about: an entry, or what an entry holds. */
type Written = RowVersion & Partial<Pick<LockRow, 'holder'>>;

/**
 * Ends the journeys of single entries as a killed process would: from a point on, nothing of them reaches the ledger or
 * Stripe any more, and nothing that the run says of them is heard. What only the process knew is lost.
 */
export class CrashPlan {
	/** How many have died where. */
	readonly tally = new Map<CrashPoint, number>();
	private readonly due = new Map<string, CrashPoint>();
	private readonly crashed = new Set<string>();
	private readonly restore: (() => void)[];

	constructor() {
		subscribe(JOURNEY, this.onTrace);
		this.restore = WRITES.map((name) => this.blockWrites(name));
	}

	stop(): void {
		unsubscribe(JOURNEY, this.onTrace);
		for (const restore of this.restore) restore();
	}

	/** At this point of its next journey the process dies. */
	schedule(entryId: string, at: CrashPoint): void {
		this.due.set(entryId, at);
	}

	reach(point: CrashPoint, entryId: string): void {
		if (this.due.get(entryId) === point) this.crashed.add(entryId);
	}

	hasCrashed(entryId: string): boolean {
		return this.crashed.has(entryId);
	}

	/** The next journey is another process's. @returns whether the last one has died */
	finish(entryId: string): boolean {
		const point = this.due.get(entryId);
		const hasCrashed = this.crashed.delete(entryId);
		if (point && hasCrashed) this.tally.set(point, 1 + (this.tally.get(point) ?? 0));
		this.due.delete(entryId);
		return hasCrashed;
	}

	private readonly onTrace = (message: unknown): void => {
		const { point, entryId } = message as TraceMessage;
		this.reach(point, entryId);
	};

	private blockWrites(name: (typeof WRITES)[number]): () => void {
		const { prototype } = SqliteStore;
		const write = prototype[name] as (rows: readonly Written[]) => Promise<never>;
		const { crashed } = this;
		prototype[name] = function (this: SqliteStore, rows: readonly Written[]): Promise<never> {
			const isGone = rows.some(
				({ entryId, holder = '' }) => crashed.has(entryId) || crashed.has(holder),
			);
			if (isGone) return Promise.reject(new StoreUnavailableError('The process is gone'));
			return write.call(this, rows);
		};
		return () => {
			prototype[name] = write;
		};
	}
}
