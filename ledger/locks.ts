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
	/** All are this entry's now, and not all were before: it has sent nothing yet. */
	| { kind: 'acquired' }
	/** All were its own before: it may have sent. */
	| { kind: 'had' }
	| { kind: 'busy'; holder: Entry };

/**
 * Rows by which only one entry at a time works on one combination, such as a customer and a price. Who holds one is an entry:
 * as long as that is in flight or unknown nobody else gets it, however long that takes. Time frees nothing.
 */
export class Locks {
	constructor(private readonly store: Store) {}

	/** For an entry that is in flight. @throws StoreUnavailableError */
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
			// Written also where it is one's own: whoever was about to take it over has to look again.
			const next = buildLock(lockId, current, entry.entryId);
			return { result: { had: current?.holder === entry.entryId }, next };
		});
	}

	/** What is left of it would do no harm: a lock whose holder is settled is free. @throws StoreUnavailableError */
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

/** Whether an entry may have an effect yet, or may have had one that nobody knows of. */
export function mayStillTakeEffect({ state, mayHaveExecuted }: Entry): boolean {
	return state === 'in_flight' || state === 'unknown' || (state === 'released' && mayHaveExecuted);
}

/** In one order, so that of two who want the same ones neither waits for the other. */
function lockIdsOf({ mode, account }: Scope, { owner, things }: OnlyOne): string[] {
	return [...new Set(things)]
		.map((thing) => canonicalize(['lock', mode, account, owner, thing]) ?? '')
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
