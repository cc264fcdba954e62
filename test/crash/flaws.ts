import { setTimeout as pause } from 'node:timers/promises';

import type { Row } from '../../ledger/model/row';
import type { Store } from '../../ledger/store';

/** Faults that a store or a ledger could have: the proofs must notice each of them. */
export const FLAWS = {
	/** Whoever inserts is told that the place was free. */
	everybodyWins: (store: Store) =>
		standingBefore(store, {
			insertIfAbsent: async (rows) => {
				await store.insertIfAbsent(rows);
				return [...rows];
			},
		}),

	/** Nobody is protected while he sends. */
	leaseIsOver: (store: Store) =>
		reading(store, (row) => (row.state === 'in_flight' ? { ...row, leaseUntil: 0 } : row)),

	/** Time frees what was claimed: whoever comes later begins anew, under a new key. */
	timeFrees: (store: Store) =>
		reading(store, (row) => {
			if (row.state !== 'in_flight') return row;
			const { claimId: _holder, leaseUntil: _leaseUntil, ...facts } = row;
			// What "released" is for another request: the next attempt.
			const fingerprint = 'of another request';
			return { ...facts, state: 'released', outcome: { kind: 'unknown' }, settledAt: 0, fingerprint };
		}),

	/** What is acknowledged is written much later. */
	writesLater: (store: Store) =>
		standingBefore(store, {
			insertIfAbsent: async (rows) => {
				const found = await store.find(rows.map(({ entryId }) => entryId));
				void pause(LATER_MS).then(() => store.insertIfAbsent(rows));
				return rows.map((row, position) => found[position] ?? row);
			},
			replaceIfVersion: async (rows) => {
				void pause(LATER_MS).then(() => store.replaceIfVersion(rows));
				return rows.map(() => true);
			},
		}),
} satisfies Record<string, (store: Store) => Store>;

export type Flaw = keyof typeof FLAWS;

/** When whoever acknowledged it has been killed long ago. */
const LATER_MS = 60_000;

function reading(store: Store, seen: (row: Row) => Row): Store {
	return standingBefore(store, {
		insertIfAbsent: async (rows) => {
			const currentRows = await store.insertIfAbsent(rows);
			// What one has just inserted oneself is not looked at.
			return currentRows.map((row, position) =>
				row.version === rows[position]?.version ? row : seen(row),
			);
		},
		find: async (entryIds) => (await store.find(entryIds)).map((row) => row && seen(row)),
	});
}

function standingBefore(store: Store, changed: Partial<Store>): Store {
	return {
		insertIfAbsent: (rows) => store.insertIfAbsent(rows),
		replaceIfVersion: (rows) => store.replaceIfVersion(rows),
		replaceTogether: (writes) => store.replaceTogether(writes),
		find: (entryIds) => store.find(entryIds),
		list: (filter) => store.list(filter),
		remove: (rows) => store.remove(rows),
		scan: () => store.scan(),
		durabilityWarnings: () => store.durabilityWarnings(),
		...changed,
	};
}
