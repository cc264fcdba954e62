import type { Entry } from '../../../ledger/model/entry';
import type { Store } from '../../../ledger/store';
import { decideClaim } from '../../../ledger/rules/claim';
import { buildRequest } from '../requests';
import type { Row, RowState } from '../../../ledger/model/row';

interface Conduct {
	/** A new, empty store for each test. */
	open: () => Promise<Store>;
	/** The store that a second worker on the same rows would have. */
	openAgain: (store: Store) => Promise<Store>;
	/** What the store is known to leave out of a row. */
	asKept?: (row: Row) => Row;
	/** How many rows it may be given: more than it takes at once, unless it holds no more. */
	holds?: number;
}

/** Far off, so that no server whose clock is the real one takes these rows for expired. */
const NOW = Date.UTC(2100, 0, 1);
/** Long ago, so that what expires after it has that much time left. */
export const SETTLED_AT = 1_000_000;

let made = 0;

/** A row as the ledger writes it. */
export function row(
	facts: { entryId?: string; state?: RowState; version?: number; expiresAt?: number } = {},
): Row {
	const decision = decideClaim(undefined, buildRequest({ order: `row ${++made}` }), NOW);
	if (decision.kind !== 'granted') throw new Error('A first claim is granted');
	const { claimId, leaseUntil, retentionMs: _long, ...entry } = decision.grant.entry;
	const { state = 'in_flight', ...rest } = facts;
	const base = { ...entry, version: 1, ...rest };
	switch (state) {
		case 'in_flight':
			return { ...base, state, claimId, leaseUntil };
		case 'reserved':
			return { ...base, state };
		case 'cancelled':
			return { ...base, state, cancellation: { reason: 'cancelled', at: SETTLED_AT } };
		case 'timeline': {
			const { entryId, version, expiresAt } = base;
			return {
				state,
				entryId,
				version,
				expiresAt,
				occurrences: [{ entryId: 'x', times: [NOW], at: NOW }],
			};
		}
		case 'budget': {
			const { entryId, version, expiresAt } = base;
			const taken = { amount: 507, count: 2 };
			return { state, entryId, version, expiresAt, taken, epoch: 'x' };
		}
		case 'lock': {
			const { entryId, version, expiresAt } = base;
			return { state, entryId, version, expiresAt, holder: 'x' };
		}
		case 'registry': {
			const { entryId, version, expiresAt } = base;
			return {
				state,
				entryId,
				version,
				expiresAt,
				killSwitches: { tokens: { width: 'tokens', decidedBy: 'x', reason: 'y', at: NOW } },
			};
		}
		case 'key_secret': {
			const { entryId, version, expiresAt } = base;
			return { state, entryId, version, expiresAt, hash: 'none' };
		}
		case 'succeeded':
		case 'rejected':
		case 'unknown':
		case 'released':
			return {
				...base,
				state,
				settledAt: SETTLED_AT,
				outcome: { kind: 'unknown', statusCode: 500, message: 'x' },
			};
	}
}

const next = (current: Row): Row => ({ ...current, version: current.version + 1 });
const ids = (rows: readonly Row[]) => rows.map(({ entryId }) => entryId);

/** What every store must do. A new store joins by one line in `stores.test.ts`. */
export function describeStore(
	name: string,
	{ open, openAgain, asKept = (stored) => stored, holds = 1_203 }: Conduct,
): void {
	describe(`the store ${name}`, () => {
		let store: Store;
		let other: Store;
		beforeEach(async () => {
			store = await open();
			other = await openAgain(store);
		});
		const found = async (entryId: string) => (await other.find([entryId]))[0];

		describe('insertIfAbsent', () => {
			it('inserts, and returns the row', async () => {
				const one = row();
				expect(ids(await store.insertIfAbsent([one]))).toEqual([one.entryId]);
				expect(await found(one.entryId)).toEqual(asKept(one));
			});

			it('leaves an existing row unchanged, and returns it', async () => {
				const current = row({ version: 7, state: 'unknown' });
				await store.insertIfAbsent([current]);
				const [answer] = await other.insertIfAbsent([row({ entryId: current.entryId })]);
				expect(answer).toEqual(asKept(current));
				expect(await found(current.entryId)).toEqual(asKept(current));
			});

			it('accepts many: new ones are written, and the results are in their order', async () => {
				const current = row({ version: 3 });
				await store.insertIfAbsent([current]);
				const [a, b] = [row(), row()];
				const answers = await other.insertIfAbsent([a, row({ entryId: current.entryId }), b]);
				expect(ids(answers)).toEqual([a.entryId, current.entryId, b.entryId]);
				expect(answers.map(({ version }) => version)).toEqual([1, 3, 1]);
				expect(await store.find(ids(answers))).toEqual([a, current, b].map(asKept));
			});

			it('lets the first of two rows with the same id in one call win', async () => {
				const one = row({ state: 'unknown' });
				const answers = await store.insertIfAbsent([one, row({ entryId: one.entryId })]);
				expect(answers.map(({ state }) => state)).toEqual(['unknown', 'unknown']);
			});

			it('lets exactly one of 50 concurrent inserts win', async () => {
				const rivals = Array.from(
					{ length: 50 },
					(_, n) => ({ ...row({ entryId: 'one' }), fence: n }) as Entry,
				);
				const answers = await Promise.all(
					rivals.map(
						async (rival, n) =>
							(await (n % 2 ? store : other).insertIfAbsent([rival]))[0] as Entry,
					),
				);
				const winners = new Set(answers.map(({ fence }) => fence));
				expect(winners.size).toBe(1);
				expect(await found('one')).toMatchObject({ fence: [...winners][0] });
			});

			it('accepts none', async () => {
				expect(await store.insertIfAbsent([])).toEqual([]);
			});

			it('accepts a time in fractions of a ms, as retentions in fractions of a day produce', async () => {
				const one = row({ state: 'succeeded', expiresAt: NOW + 0.25 });
				await store.insertIfAbsent([one]);
				const later = { ...next(one), expiresAt: NOW + 1000.25 };
				expect(await store.replaceIfVersion([later])).toEqual([true]);
				expect(await found(one.entryId)).toEqual(asKept(later));
				const listed = (expiredBy: number) => other.list({ expiredBy, limit: 1 });
				expect([await listed(NOW + 1000), await listed(NOW + 1001)]).toEqual([[], [asKept(later)]]);
			});

			it('inserts a removed row again', async () => {
				const one = row();
				await store.insertIfAbsent([one]);
				await store.remove([one]);
				const [answer] = await other.insertIfAbsent([row({ entryId: one.entryId, version: 9 })]);
				expect(answer?.version).toBe(9);
			});
		});

		describe('replaceIfVersion', () => {
			it('replaces the version before, and no other', async () => {
				const one = row();
				await store.insertIfAbsent([one]);
				expect(await other.replaceIfVersion([next(one)])).toEqual([true]);
				expect(await store.replaceIfVersion([next(one)])).toEqual([false]);
				expect(await store.replaceIfVersion([row({ entryId: one.entryId, version: 4 })])).toEqual([
					false,
				]);
				expect(await found(one.entryId)).toEqual(asKept(next(one)));
			});

			it('inserts nothing', async () => {
				expect(await store.replaceIfVersion([next(row({ entryId: 'nobody' }))])).toEqual([false]);
				expect(await found('nobody')).toBeUndefined();
			});

			it('accepts many: each by itself, and the results are in their order', async () => {
				const rows = [row(), row(), row()] as const;
				await store.insertIfAbsent(rows);
				await other.replaceIfVersion([next(rows[1])]);
				expect(await store.replaceIfVersion(rows.map(next))).toEqual([true, false, true]);
				expect(await store.replaceIfVersion([])).toEqual([]);
			});

			it('lets exactly one of 50 concurrent replacements win', async () => {
				const one = row();
				await store.insertIfAbsent([one]);
				const answers = await Promise.all(
					Array.from({ length: 50 }, (_, n) =>
						(n % 2 ? store : other).replaceIfVersion([next(one)]),
					),
				);
				expect(answers.flat().filter(Boolean)).toHaveLength(1);
			});

			it('moves a row from one state to another, including in `list`', async () => {
				const one = row();
				await store.insertIfAbsent([one]);
				const settled = { ...row({ state: 'succeeded' }), entryId: one.entryId, version: 2 };
				await store.replaceIfVersion([settled]);
				expect(ids(await other.list({ states: ['succeeded'], limit: 5 }))).toEqual([one.entryId]);
				expect(await other.list({ states: ['in_flight'], limit: 5 })).toEqual([]);
			});
		});

		describe('replaceTogether', () => {
			const [isNew, isStanding] = [{ isNew: true }, { isNew: false }];
			const readStored = async (...entryIds: string[]) =>
				(await other.find(entryIds)).map((found) => found?.version);

			it('writes new rows and next versions in one step', async () => {
				const [one, added] = [row(), row({ state: 'budget' })];
				await store.insertIfAbsent([one]);
				const settled = { ...row({ state: 'succeeded' }), entryId: one.entryId, version: 2 };
				const writes = [
					{ row: added, ...isNew },
					{ row: settled, ...isStanding },
				];
				expect(await other.replaceTogether(writes)).toBe(true);
				expect(await store.find(ids([one, added]))).toEqual([settled, added].map(asKept));
				expect(ids(await store.list({ states: ['succeeded'], limit: 5 }))).toEqual([one.entryId]);
				expect(await store.list({ states: ['in_flight'], limit: 5 })).toEqual([]);
			});

			it('writes nothing if one of them has changed since it was read', async () => {
				const [a, b, fresh] = [row({ entryId: 'a' }), row({ entryId: 'b' }), row({ entryId: 'c' })];
				await store.insertIfAbsent([a, b]);
				await store.replaceIfVersion([next(b)]);
				const written = { row: next(a), ...isStanding };
				const created = { row: fresh, ...isNew };
				for (const stale of [
					{ row: next(b), ...isStanding },
					{ row: row({ entryId: 'b', version: 4 }), ...isStanding },
					{ row: row({ entryId: 'b', version: 3 }), ...isNew },
					{ row: row({ entryId: 'nobody', version: 1 }), ...isStanding },
				]) {
					expect(await other.replaceTogether([written, stale, created])).toBe(false);
					expect(await other.replaceTogether([created, stale, written])).toBe(false);
				}
				expect(await readStored('a', 'b', 'c', 'nobody')).toEqual([1, 2, undefined, undefined]);
				expect(await other.replaceTogether([created, written])).toBe(true);
				expect(await other.replaceTogether([created, written])).toBe(false);
				expect(await readStored('a', 'b', 'c')).toEqual([2, 2, 1]);
			});

			it('accepts none', async () => {
				expect(await store.replaceTogether([])).toBe(true);
			});

			it('lets exactly one of 50 win that insert the same row concurrently, and writes nothing of the others', async () => {
				const rivals = Array.from({ length: 50 }, (_, n) => [
					{ row: row({ entryId: 'one' }), ...isNew },
					{ row: row({ entryId: `of ${n}` }), ...isNew },
				]);
				const won = await Promise.all(
					rivals.map((rival, n) => (n % 2 ? store : other).replaceTogether(rival)),
				);
				const found = await readStored(...rivals.map((_, n) => `of ${n}`));
				expect(found.map((version) => version !== undefined)).toEqual(won);
				expect(won.filter(Boolean)).toHaveLength(1);
			});

			it('keeps two rows equal that 20 increment together, in whatever order they name them', async () => {
				await store.insertIfAbsent([row({ entryId: 'left' }), row({ entryId: 'right' })]);
				const raise = async (n: number) => {
					const by = n % 2 ? store : other;
					for (;;) {
						const rows = (await by.find(['left', 'right'])).flatMap((found) => found ?? []);
						const writes = rows.map((found) => ({ row: next(found), ...isStanding }));
						if (await by.replaceTogether(n % 3 ? writes : writes.toReversed())) return;
					}
				};
				await Promise.all(Array.from({ length: 20 }, (_, n) => raise(n)));
				expect(await readStored('left', 'right')).toEqual([21, 21]);
			});
		});

		describe('find', () => {
			it('returns the rows in the order of the IDs, with nothing for missing ones', async () => {
				const rows = [row(), row()] as const;
				await store.insertIfAbsent(rows);
				const [a, b] = rows;
				expect(await other.find([b.entryId, 'nobody', a.entryId, b.entryId])).toEqual([
					asKept(b),
					undefined,
					asKept(a),
					asKept(b),
				]);
				expect(await store.find([])).toEqual([]);
			});
		});

		describe('remove', () => {
			it('removes that version, and no other', async () => {
				const one = row();
				await store.insertIfAbsent([one]);
				await store.replaceIfVersion([next(one)]);
				expect(await other.remove([one])).toEqual([false]);
				expect(await found(one.entryId)).toBeDefined();
				expect(await other.remove([next(one)])).toEqual([true]);
				expect(await store.remove([next(one)])).toEqual([false]);
				expect(await found(one.entryId)).toBeUndefined();
			});

			it('accepts many: each by itself, and the results are in their order', async () => {
				const [a, b, c] = [row(), row(), row()];
				await store.insertIfAbsent([a, b, c]);
				expect(await store.remove([a, next(b), c, row()])).toEqual([true, false, true, false]);
				expect(await other.find(ids([a, b, c]))).toEqual([undefined, asKept(b), undefined]);
				expect(await store.remove([])).toEqual([]);
			});
		});

		describe('list', () => {
			const HOUR = 3_600_000;
			let rows: Row[];
			beforeEach(async () => {
				const states: RowState[] = [
					'succeeded',
					'unknown',
					'in_flight',
					'timeline',
					'reserved',
					'rejected',
				];
				rows = states.map((state, n) => row({ state, expiresAt: NOW + n * HOUR }));
				await store.insertIfAbsent(rows);
			});
			const stateOf = (listed: Row[]) => listed.map(({ state }) => state);

			it('returns everything, the latest expiry first', async () => {
				expect(await other.list({ limit: 100 })).toEqual(rows.toReversed().map(asKept));
			});

			it('returns only the requested states', async () => {
				const listed = await other.list({ states: ['unknown', 'rejected'], limit: 100 });
				expect(stateOf(listed)).toEqual(['rejected', 'unknown']);
				expect(await other.list({ states: [], limit: 100 })).toEqual([]);
				expect(await other.list({ states: ['cancelled'], limit: 100 })).toEqual([]);
			});

			it('returns what has expired by a time, that time included', async () => {
				const listed = await other.list({ expiredBy: NOW + HOUR, limit: 100 });
				expect(new Set(stateOf(listed))).toEqual(new Set(['succeeded', 'unknown']));
			});

			it('combines all conditions', async () => {
				const filter = {
					states: ['unknown', 'timeline'],
					expiredBy: NOW + 2 * HOUR,
					limit: 100,
				} as const;
				expect(stateOf(await other.list(filter))).toEqual(['unknown']);
			});

			it('returns no more than the limit', async () => {
				expect(stateOf(await other.list({ limit: 2 }))).toEqual(['rejected', 'reserved']);
				expect(await other.list({ expiredBy: NOW + 5 * HOUR, limit: 3 })).toHaveLength(3);
				expect(await other.list({ limit: 0 })).toEqual([]);
			});
		});

		describe('scan', () => {
			const scanned = async () => {
				const all: Row[] = [];
				for await (const rows of other.scan()) all.push(...rows);
				return all.toSorted((a, b) => (a.entryId < b.entryId ? -1 : 1));
			};

			it('returns nothing from an empty store', async () => {
				expect(await scanned()).toEqual([]);
			});

			it('returns every row, however many there are', async () => {
				const rows = Array.from({ length: holds }, (_, n) =>
					row({
						entryId: `e${String(n).padStart(4, '0')}`,
						state: n % 2 ? 'unknown' : 'succeeded',
					}),
				);
				await store.insertIfAbsent(rows);
				expect(ids(await scanned())).toEqual(ids(rows));
			});
		});

		describe('a row is returned as it was written', () => {
			const strange = {
				operation:
					'charge.create \ud83e\uddfe \u0647\u062f\u064a\u0629 "quoted" \\ \u2028 \0 \'; DROP TABLE entries; --',
				fields: [
					['__proto__', 'x'],
					['constructor', 'Zo\u00eb'],
				] as const,
				origin: JSON.parse('{"workflowName": "\u{1f4b8}", "__proto__": "kept"}') as Entry['origin'],
			};

			it.each<RowState>([
				...(['in_flight', 'succeeded', 'rejected', 'unknown'] as const),
				...([
					'released',
					'reserved',
					'cancelled',
					'timeline',
					'budget',
					'registry',
					'key_secret',
				] as const),
			])('in the state %s', async (state) => {
				const one = row({ state });
				await store.insertIfAbsent([one]);
				expect(await found(one.entryId)).toEqual(asKept(one));
			});

			it('with every language, quotes, a zero byte and names of Object in it', async () => {
				const one = { ...row({ entryId: "id '\u{1f511}" }), ...strange } as Row;
				await store.insertIfAbsent([one]);
				await store.replaceIfVersion([next(one)]);
				const stored = await found(one.entryId);
				expect(stored).toEqual(asKept(next(one)));
				// In any order: jsonb has one of its own.
				expect(Object.keys((stored as Entry).origin).sort()).toEqual(
					Object.keys(strange.origin).sort(),
				);
			});

			it('with 10 MB in a field', async () => {
				const one = { ...row(), operation: '\u{1f4b8}'.repeat(2_500_000) } as Row;
				await store.insertIfAbsent([one]);
				const stored = (await found(one.entryId)) as Entry | undefined;
				expect(stored?.operation === (one as Entry).operation).toBe(true);
			});
		});
	});
}
