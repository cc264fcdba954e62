import { createHash, randomUUID } from 'node:crypto';

import canonicalize from 'canonicalize';

import { takeSingle, updateRow } from './compareAndSwap';
import type { Scope } from './identity/key';
import type { Entry, OnlyOne } from './model/entry';
import type { LockRow, Row } from './model/row';
import { initialVersion, NEVER } from './model/row';
import type { Store } from './store';
import { toEntry } from './store';

export type LockResult =
	/** The entry holds all locks, and at least one is new, so the entry has sent nothing yet. */
	| { kind: 'acquired' }
	/** The entry already held all locks, so it may have sent. */
	| { kind: 'had' }
	| { kind: 'busy'; holder: Entry };

/**
 * Locks that let only one entry at a time work on a combination, such as a customer and a price. The holder is an entry. While
 * it is in flight or unknown, no other entry gets the lock, however long that takes: locks never expire.
 */
export class Locks {
	constructor(private readonly store: Store) {}

	/** Acquires the locks of an in-flight entry. @throws StoreUnavailableError */
	async acquire(entry: Entry, onlyOne: OnlyOne): Promise<LockResult> {
		let hadAll = true;
		for (const lockId of lockIdsOf(entry, onlyOne)) {
			const { holder, had } = await this.acquireOne(lockId, entry);
			if (holder) return { kind: 'busy', holder };
			hadAll &&= had;
		}
		return { kind: hadAll ? 'had' : 'acquired' };
	}

	private acquireOne(lockId: string, entry: Entry): Promise<{ holder?: Entry; had: boolean }> {
		return updateRow<{ holder?: Entry; had: boolean }>(this.store, lockId, async (row) => {
			const current = toLock(row);
			const holder = await this.findOtherHolder(current, entry);
			if (holder) return { result: { holder, had: false } };
			// Written even if the entry already holds it, so that a concurrent takeover fails its compare-and-swap and reads
			// again.
			const next = buildLock(lockId, current, entry.entryId);
			return { result: { had: current?.holder === entry.entryId }, next };
		});
	}

	/**
	 * Releases the locks of an entry. A lock that remains is harmless: it is free once its holder is settled. @throws
	 * StoreUnavailableError
	 */
	async release(entry: Entry, onlyOne: OnlyOne): Promise<void> {
		const rows = await this.store.find(lockIdsOf(entry, onlyOne));
		const own = rows.flatMap((row) => toLock(row) ?? []).filter(({ holder }) => holder === entry.entryId);
		if (own.length > 0) await this.store.remove(own);
	}

	private async findOtherHolder(
		current: LockRow | undefined,
		{ entryId }: Entry,
	): Promise<Entry | undefined> {
		if (!current || current.holder === entryId) return undefined;
		const holder = toEntry(takeSingle(await this.store.find([current.holder])));
		return holder && mayStillTakeEffect(holder) ? holder : undefined;
	}
}

/** Returns whether an entry may still execute, or may have executed without the ledger knowing. */
export function mayStillTakeEffect({ state, mayHaveExecuted }: Entry): boolean {
	return state === 'in_flight' || state === 'unknown' || (state === 'released' && mayHaveExecuted);
}

/** Sorted, so that two entries that need the same locks cannot deadlock. */
function lockIdsOf({ mode, account }: Scope, { owner, values }: OnlyOne): string[] {
	return [...new Set(values)]
		.map((value) => canonicalize(['lock', mode, account, owner, value]) ?? '')
		.map((name) => `lock_v1_${createHash('sha256').update(name, 'utf8').digest('base64url')}`)
		.sort();
}

function buildLock(entryId: string, current: LockRow | undefined, holder: string): LockRow {
	const version = current ? current.version + 1 : initialVersion(randomUUID());
	return { state: 'lock', entryId, version, expiresAt: NEVER, holder };
}

function toLock(row: Row | undefined): LockRow | undefined {
	return row?.state === 'lock' ? row : undefined;
}
