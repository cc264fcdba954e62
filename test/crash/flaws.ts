import { setTimeout as pause } from 'node:timers/promises';

import type { Row } from '../../ledger/model/row';
import type { Store } from '../../ledger/store';

/** Faults that a store or a ledger could have. The crash tests must notice each of them. */
export const FLAWS = {
	/** Every insert reports that the entry did not exist. */
	everybodyWins: (store: Store) =>
		overrideMethods(store, {
			insertIfAbsent: async (rows) => {
				await store.insertIfAbsent(rows);
				return [...rows];
			},
		}),

	/** Leases are always over, so that a sender is never protected. */
	leaseIsOver: (store: Store) =>
		reading(store, (row) => (row.state === 'in_flight' ? { ...row, leaseUntil: 0 } : row)),

	/** Claims expire completely: a later worker starts again, under a new key. */
	timeFrees: (store: Store) =>
		reading(store, (row) => {
			if (row.state !== 'in_flight') return row;
			const { claimId: _holder, leaseUntil: _leaseUntil, ...facts } = row;
			// For a request with another fingerprint, a released row leads to the next attempt.
			const fingerprint = 'of another request';
			return { ...facts, state: 'released', outcome: { kind: 'unknown' }, settledAt: 0, fingerprint };
		}),

	/** Acknowledged writes are made much later. */
	writesLater: (store: Store) =>
		overrideMethods(store, {
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

/** By then the process that acknowledged it has been killed. */
const LATER_MS = 60_000;

function reading(store: Store, seen: (row: Row) => Row): Store {
	return overrideMethods(store, {
		insertIfAbsent: async (rows) => {
			const currentRows = await store.insertIfAbsent(rows);
			// Rows that this worker has just inserted are not checked.
			return currentRows.map((row, position) =>
				row.version === rows[position]?.version ? row : seen(row),
			);
		},
		find: async (entryIds) => (await store.find(entryIds)).map((row) => row && seen(row)),
	});
}

function overrideMethods(store: Store, changed: Partial<Store>): Store {
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
