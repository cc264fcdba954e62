import { subscribe, unsubscribe } from 'node:diagnostics_channel';

import type { Row } from '../../ledger/model/entry';
import { StoreUnavailable } from '../../ledger/store';
import { SqliteStore } from '../../ledger/stores/sqlite/sqliteStore';
import type { TraceMessage } from '../../ledger/tracing';
import type { PlaceOfDeath } from './fate';

const JOURNEY = 'n8n-nodes-stripe-idempotent';
const WRITES = ['insertIfAbsent', 'replaceIfVersion'] as const;

/**
 * Ends the journeys of single entries as a killed process would: from a point on, nothing of them reaches the ledger or
 * Stripe any more, and nothing that the run says of them is heard. What only the process knew is lost.
 */
export class Deaths {
	/** How many have died where. */
	readonly tally = new Map<PlaceOfDeath, number>();
	private readonly due = new Map<string, PlaceOfDeath>();
	private readonly dead = new Set<string>();
	private readonly restore: (() => void)[];

	constructor() {
		subscribe(JOURNEY, this.hear);
		this.restore = WRITES.map((name) => this.keepFromWriting(name));
	}

	end(): void {
		unsubscribe(JOURNEY, this.hear);
		for (const restore of this.restore) restore();
	}

	/** At this point of its next journey the process dies. */
	await(entryId: string, at: PlaceOfDeath): void {
		this.due.set(entryId, at);
	}

	reach(point: PlaceOfDeath, entryId: string): void {
		if (this.due.get(entryId) === point) this.dead.add(entryId);
	}

	isDead(entryId: string): boolean {
		return this.dead.has(entryId);
	}

	/** The next journey is another process's. @returns whether the last one has died */
	bury(entryId: string): boolean {
		const place = this.due.get(entryId);
		const hasDied = this.dead.delete(entryId);
		if (place && hasDied) this.tally.set(place, 1 + (this.tally.get(place) ?? 0));
		this.due.delete(entryId);
		return hasDied;
	}

	private readonly hear = (message: unknown): void => {
		const { point, entryId } = message as TraceMessage;
		this.reach(point, entryId);
	};

	private keepFromWriting(name: (typeof WRITES)[number]): () => void {
		const { prototype } = SqliteStore;
		const write = prototype[name] as (rows: readonly Row[]) => Promise<never>;
		const { dead } = this;
		prototype[name] = function (this: SqliteStore, rows: readonly Row[]): Promise<never> {
			const isGone = rows.some(({ entryId }) => dead.has(entryId));
			if (isGone) return Promise.reject(new StoreUnavailable('The process is gone'));
			return write.call(this, rows);
		};
		return () => {
			prototype[name] = write;
		};
	}
}
