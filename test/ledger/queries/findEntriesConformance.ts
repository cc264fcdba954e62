import type { Entry, EntryState } from '../../../ledger/model/entry';
import { purgeAll } from '../../../ledger/maintenance/purge';
import type { EntryLookup } from '../../../ledger/queries/lookup';
import { lookUp } from '../../../ledger/queries/lookup';
import type { EntryQuery } from '../../../ledger/queries/findEntries';
import { entriesIn } from '../../../ledger/queries/candidates';
import { ALL_ENTRIES } from '../../../ledger/model/entryFacts';
import { findEntries } from '../../../ledger/queries/findEntries';
import type { Counting, RowFilter, Store, TermQuery } from '../../../ledger/store';
import { StoreUnavailableError } from '../../../ledger/store';
import { summarize } from '../../../ledger/queries/summarize';
import { BackgroundCount } from '../../../ledger/queries/counting';
import { expectSoundSums } from '../soundSums';
import { MapStore } from '../../model/mapStore';
import { buildEntry, buildPaidEntry, buildReservedEntry, THEN } from '../entries';
import { DAY, HOUR, MINUTE } from '../requests';
import { row } from '../stores/conformance';

interface Conduct {
	/** A new, empty store for each test. */
	open: () => Promise<Store>;
	/** Whether it leaves parameters, and most of Stripe's objects, out. */
	isSparse?: boolean;
}

/** What is asked of a ledger comes out the same, wherever it is kept. */
export function describeQueries(name: string, { open, isSparse = false }: Conduct): void {
	describe(`on ${name}`, () => {
		let store: Store;
		beforeEach(async () => {
			store = await open();
		});

		it('a query returns the newest first, of each requested state, and no more than the limit', async () => {
			const states: EntryState[] = [
				'succeeded',
				'unknown',
				'rejected',
				'reserved',
				'unknown',
				'in_flight',
			];
			const entries = states.map((state) => buildEntry({ state, leaseUntil: THEN + HOUR }));
			await store.insertIfAbsent([...entries, row({ state: 'timeline' }), row({ state: 'budget' })]);
			const findIds = async (query: object, most = 100) =>
				(await findEntries(store, query, most, THEN)).map(({ state }) => state);
			expect(await findIds({})).toEqual(states.toReversed());
			expect(await findIds({}, 2)).toEqual(['in_flight', 'unknown']);
			expect(await findIds({ states: ['unknown', 'rejected'] })).toEqual([
				'unknown',
				'rejected',
				'unknown',
			]);
			expect(await findIds({ states: ['unknown', 'succeeded'] }, 2)).toEqual(['unknown', 'unknown']);
		});

		it('the newest unknown entries are found without reading others, even if their state has changed since', async () => {
			if (!store.findByTerm) return;
			const [unknown, decided] = [0, 1].map((nth) =>
				Array.from({ length: 150 }, (_, n) =>
					buildEntry({
						state: 'unknown',
						createdAt: THEN - 2 * n - nth,
						order: `${'AB'[nth]}-${n}`,
					}),
				),
			) as [Entry[], Entry[]];
			const cutOff = buildEntry({ state: 'in_flight', createdAt: THEN - 1_000, leaseUntil: THEN });
			const sending = buildEntry({ state: 'in_flight', leaseUntil: THEN + HOUR });
			await store.insertIfAbsent([...unknown, ...decided, cutOff, sending]);
			await store.replaceIfVersion(decided.slice(1).map(changedEntry));
			await store.remove([decided[0]!]);
			const { findByTerm } = store;
			let read = 0;
			const findIds = Object.assign(withoutScan(store), {
				findByTerm: async (query: TermQuery) => {
					const hits = await findByTerm.call(store, query);
					read += hits.length;
					return hits;
				},
				list: async (filter: RowFilter) => {
					expect(filter.states).not.toContain('unknown');
					return store.list(filter);
				},
			});
			const newest = async (limit: number, query: EntryQuery = {}) =>
				(await findEntries(findIds, { ...query, states: ['unknown'] }, limit, THEN)).map(idOf);
			// What is left of those that were decided may go at the first question.
			for (const most of [100, 50]) {
				read = 0;
				expect(await newest(50)).toEqual(unknown.slice(0, 50).map(idOf));
				expect(read).toBeLessThanOrEqual(most);
			}
			expect(await newest(Infinity)).toEqual([...unknown, cutOff].map(idOf));
			expect(await newest(2, { createdBefore: THEN - 100 })).toEqual(unknown.slice(51, 53).map(idOf));
			expect(await newest(2, { beginsWith: 'A-140' })).toEqual([unknown[140]!.entryId]);
			// One of them is asked for again, and comes to nothing once more.
			const again = { ...changedEntry(decided[1]!), version: 3, state: 'unknown' } as Entry;
			await store.replaceIfVersion([again]);
			expect((await newest(Infinity)).slice(0, 3)).toEqual([unknown[0]!, unknown[1]!, again].map(idOf));
		});

		it('every search term leads to its entry', async () => {
			const entry = buildPaidEntry('pi_1', {}, { order: 'A-17' });
			await store.insertIfAbsent([entry, buildPaidEntry('pi_2'), buildEntry({ state: 'unknown' })]);
			for (const clue of [
				{ kind: 'entryId', entryId: entry.entryId },
				{ kind: 'key', key: entry.key },
				{ kind: 'object', objectId: 'pi_1' },
				{ kind: 'field', value: 'A-17' },
			] as const) {
				const found = await lookUp(store, clue);
				expect([clue.kind, found.kind === 'found' && found.entries.map(idOf)]).toEqual([
					clue.kind,
					[entry.entryId],
				]);
			}
		});

		it('a summary counts every entry once, with its money', async () => {
			const entries = Array.from({ length: 400 }, (_, n) =>
				n % 4 === 0
					? buildReservedEntry({}, { createdAt: THEN })
					: buildPaidEntry(`pi_${n}`, { amount: n }, { createdAt: THEN, settledAt: THEN }),
			);
			await store.insertIfAbsent(entries);
			const summary = await summarize(store, THEN);
			expect(summary).toMatchObject({
				entries: 400,
				states: { succeeded: 300, reserved: 100 },
				waitingForApproval: 100,
			});
			const sum = entries.reduce((total, _, n) => total + (n % 4 === 0 ? 0 : n), 0);
			expect(summary.days).toContainEqual({
				day: '2100-01-15',
				operation: 'charge.create',
				state: 'succeeded',
				currency: 'usd',
				paymentState: 'paid',
				entries: 300,
				moved: BigInt(sum),
				notMoved: 0n,
			});
			expect(summary.days).toContainEqual(
				expect.objectContaining({ state: 'reserved', currency: 'eur', moved: 0n, notMoved: 50_000n }),
			);
		});

		it('purging removes what is old enough, and keeps what protects money', async () => {
			const old = { createdAt: THEN - 2 * DAY, expiresAt: THEN - DAY };
			const remaining = [
				buildEntry({ state: 'unknown', ...old }),
				buildEntry({ state: 'in_flight', ...old }),
				buildReservedEntry({}, { expiresAt: THEN + DAY }),
				buildPaidEntry('pi_young'),
			];
			const gone = Array.from({ length: 450 }, () => buildEntry({ state: 'released', ...old }));
			await store.insertIfAbsent([...gone, ...remaining]);
			expect(await purgeAll(store, THEN, 250)).toEqual({ removed: 250, isClear: false });
			expect(await purgeAll(store, THEN, 1_000)).toEqual({ removed: 200, isClear: true });
			const left = await findEntries(store, {}, Infinity, THEN);
			expect(left.map(idOf).sort()).toEqual(remaining.map(idOf).sort());
		});

		it('the index returns what reading every entry returns, after any writes, changes and removals', async () => {
			const entries = Array.from({ length: 240 }, (_, n) => anyEntry(n));
			await store.insertIfAbsent(entries);
			await expectSoundSums(store, THEN);
			const changed = entries.filter((_, n) => n % 5 === 0).map(changedEntry);
			await store.replaceIfVersion(changed);
			const together = entries.filter((_, n) => n % 5 === 1).map(changedEntry);
			const added = Array.from({ length: 20 }, (_, n) => anyEntry(n + 500));
			await store.replaceTogether([
				...together.map((one) => ({ row: one, isNew: false })),
				...added.map((one) => ({ row: one, isNew: true })),
			]);
			await expectSoundSums(store, THEN);
			await store.remove(entries.filter((_, n) => n % 5 === 2));
			await expectSoundSums(store, THEN);
			const plain = new MapStore();
			for await (const rows of store.scan()) await plain.insertIfAbsent(rows);
			for (const { ask, isByIndex } of QUESTIONS) {
				const findIds = await ask(isByIndex ? withoutScan(store) : store);
				expect([ask.toString(), findIds]).toEqual([ask.toString(), await ask(plain)]);
			}
		});

		it('a count counts once, even if it is interrupted, unacknowledged, or made concurrently', async () => {
			const { counting } = store;
			if (!counting) return;
			const entries = Array.from({ length: 60 }, (_, n) => anyEntry(n));
			const faults = [
				// Nothing is written.
				() => Promise.reject(new StoreUnavailableError('down')),
				// It is written, and nobody hears of it.
				async (...findIds: Parameters<Counting['count']>) => {
					await counting.count(...findIds);
					throw new StoreUnavailableError('down');
				},
				// Another has counted in between; and the entries are written again before the marks go.
				async (...findIds: Parameters<Counting['count']>) => {
					await summarize(store, THEN);
					await store.replaceIfVersion(entries.slice(0, 20).map(changedEntry));
					return counting.count(...findIds);
				},
			];
			for (const [nth, fault] of faults.entries()) {
				await store.insertIfAbsent(entries.slice(nth * 20, nth * 20 + 20));
				const count = jest.fn(counting.count.bind(counting)).mockImplementationOnce(fault);
				const faulty = Object.assign(Object.create(store) as Store, {
					counting: {
						readChanged: (limit: number) => counting.readChanged(limit),
						readNotes: (names: string[]) => counting.readNotes(names),
						readSums: () => counting.readSums(),
						count,
					},
				});
				await summarize(faulty, THEN).catch((error: unknown) => {
					if (!(error instanceof StoreUnavailableError)) throw error;
				});
				expect(count).toHaveBeenCalled();
				await expectSoundSums(store, THEN);
			}
			const decided = entries.map((entry, n) => changedEntry(n < 20 ? changedEntry(entry) : entry));
			await store.replaceIfVersion(decided);
			await Promise.all(Array.from({ length: 4 }, () => summarize(store, THEN)));
			await expectSoundSums(store, THEN);
			await store.remove(decided);
			expect((await expectSoundSums(store, THEN)).entries).toBe(0);
		});

		it('counting proceeds beside the claims, so that little is left to count', async () => {
			const { counting } = store;
			if (!counting) return;
			await store.insertIfAbsent(Array.from({ length: 60 }, (_, n) => anyEntry(n)));
			const count = BackgroundCount.of(store);
			for (let claims = 0; claims < 500; claims++) count.start(store);
			await count.finish();
			expect((await counting.readChanged(100)).changed).toEqual([]);
			await expectSoundSums(store, THEN);
		});

		it('pages of a search term contain every row that existed throughout once, in one order, whatever is written in between', async () => {
			const entries = Array.from({ length: 250 }, (_, n) => anyEntry(n));
			await store.insertIfAbsent(entries);
			const given: string[] = [];
			for await (const { entryId } of entriesIn(store, { term: ALL_ENTRIES })) {
				given.push(entryId);
				if (given.length % 50 === 1) await store.insertIfAbsent([anyEntry(1_000 + given.length)]);
			}
			const stood = new Set(entries.map(idOf));
			const inOrder = entries.toSorted(
				(a, b) => b.createdAt - a.createdAt || (a.entryId < b.entryId ? -1 : 1),
			);
			if (store.findByTerm)
				expect(given.filter((entryId) => stood.has(entryId))).toEqual(inOrder.map(idOf));
			expect(new Set(given).size).toBe(given.length);
		});

		it('a value and every prefix of it lead to its entry without a scan', async () => {
			const values = [
				'A 1\tb',
				'A_1',
				'Ärger',
				'ÄRGER\u0301',
				'ΟΔΟΣ',
				'1😀2',
				'1😀',
				'x\ufffe\uffff',
				'\\u0041"\'%_',
				'ﬁx',
				'long '.repeat(60),
				`${'y'.repeat(99)}😀z`,
				`${'y'.repeat(99)}😀`,
				'0',
				'-0',
				'field:A',
			];
			const entries = values.map((value) => buildPaidEntry('pi_1', {}, { fields: [['order', value]] }));
			await store.insertIfAbsent(entries);
			const unscanned = withoutScan(store);
			for (const value of values)
				for (let length = 1; length <= value.length; length += Math.ceil(length / 12)) {
					const query = { beginsWith: value.slice(0, length) };
					const expected = await findEntries(scanOnly(store), query, 100, THEN);
					expect([query, (await findEntries(unscanned, query, 100, THEN)).map(idOf)]).toEqual([
						query,
						expected.map(idOf),
					]);
				}
			const [whole] = await findEntries(unscanned, { beginsWith: values[0]! }, 100, THEN);
			expect(whole?.entryId).toBe(entries[0]?.entryId);
		});

		it('a prefix that is not a search term leads to the newest all the same', async () => {
			const entries = Array.from({ length: 5_100 }, (_, n) =>
				buildPaidEntry(`pi_${n}`, {}, { order: `A-${n}`, createdAt: THEN - n }),
			);
			if (!store.findByPrefix) return;
			for (let from = 0; from < entries.length; from += 300)
				await store.insertIfAbsent(entries.slice(from, from + 300));
			for (const query of [{ beginsWith: 'A-' }, { beginsWith: 'pi_', createdBefore: THEN - 5_000 }])
				expect((await findEntries(withoutScan(store), query, 50, THEN)).map(idOf)).toEqual(
					(await findEntries(scanOnly(store), query, 50, THEN)).map(idOf),
				);
		});

		it('a query that no index covers reports that every entry is read', async () => {
			await store.insertIfAbsent([buildPaidEntry('pi_1', {}, { order: 'A-17' })]);
			const isReadWhole = async (query: EntryQuery) => {
				let isWhole = false;
				await findEntries(store, query, 10, THEN, { onReadAll: () => (isWhole = true) });
				return isWhole;
			};
			expect(await isReadWhole({ text: 'A-1' })).toBe(store.findByTerm !== undefined);
			expect(await isReadWhole({ operation: 'charge' })).toBe(store.findByTerm !== undefined);
			for (const query of [
				{},
				{ beginsWith: 'A-1' },
				{ beginsWith: 'A-1', text: 'a' },
				{ customer: 'cus_1' },
				{ createdAfter: 1 },
				{ text: 'a', workflow: 'b' },
			])
				expect(await isReadWhole(query)).toBe(false);
		});

		if (isSparse) return;

		it('a customer leads to the payments made by that customer', async () => {
			const entry = buildPaidEntry('pi_1', { customer: 'cus_1' });
			await store.insertIfAbsent([entry, buildPaidEntry('pi_2', { customer: 'cus_2' })]);
			const found = await findEntries(store, { customer: 'cus_1' }, 10, THEN);
			expect(found.map(idOf)).toEqual([entry.entryId]);
		});
	});
}

const idOf = ({ entryId }: Entry) => entryId;

/** Entries of all kinds, of which several share each term, and each time. */
function anyEntry(n: number): Entry {
	const at = THEN - (n % 60) * HOUR;
	const facts = {
		createdAt: at,
		fields: [['order', n % 3 ? `Order-${n % 40}` : `order-${n % 40}`]] as [string, string][],
		origin: { workflowId: `w${n % 4}`, workflowName: n % 2 ? 'Zoë' : 'ZOË' },
	};
	if (n % 7 === 0) return buildReservedEntry({ customer: `cus_${n % 9}` }, facts);
	if (n % 4 === 0) return buildEntry({ ...facts, state: 'unknown', settledAt: at + MINUTE });
	const body = { customer: `cus_${n % 9}`, latest_charge: `ch_${n % 30}` };
	return buildPaidEntry(`pi_${n % 50}`, body, { ...facts, settledAt: at + MINUTE });
}

/** It was decided, by another workflow, and has another object. */
function changedEntry(entry: Entry): Entry {
	const { version, createdAt } = entry;
	const outcome = { kind: 'succeeded' as const, objectId: 'pi_changed' };
	const facts = { version: version + 1, settledAt: createdAt + HOUR, origin: { workflowId: 'w9' } };
	return { ...entry, ...facts, state: 'succeeded', outcome };
}

const found =
	(query: EntryQuery, limit = 10) =>
	async (of: Store) =>
		(await findEntries(of, query, limit, THEN)).map(idOf);
const led = (clue: EntryLookup) => async (of: Store) => {
	const result = await lookUp(of, clue);
	return result.kind === 'found' ? result.entries.map(idOf) : result.kind;
};

const QUESTIONS: { ask: (of: Store) => Promise<unknown>; isByIndex: boolean }[] = [
	...[
		...['pi_1', 'ch_3', 'pi_changed', 'pi_nobody', 'cus_1'].map((objectId) =>
			led({ kind: 'object', objectId }),
		),
		...['Order-1', 'order-3', 'ORDER-4', 'nobody'].flatMap((value) => [
			led({ kind: 'field', value }),
			led({ kind: 'field', value, inAnyCase: true }),
			led({ kind: 'field', value, name: 'other' }),
		]),
		found({}),
		found({}, 1),
		found({}, 1_000),
		found({ states: ['succeeded'] }),
		found({ customer: 'CUS_1' }),
		found({ customer: 'cus_1', states: ['unknown'] }),
		found({ workflow: 'w1' }),
		found({ workflow: 'zoë' }, 1_000),
		found({ workflow: 'w9' }, 3),
		found({ createdAfter: THEN - 20 * HOUR, createdBefore: THEN - 5 * HOUR }, 1_000),
		found({ settledAfter: THEN - 20 * HOUR, settledBefore: THEN - 5 * HOUR }, 1_000),
		found({ settledBefore: THEN - 5 * HOUR }, 7),
		found({ customer: 'cus_1', text: 'order', createdBefore: THEN - HOUR }),
		...[
			'order-1',
			'ORDER-11',
			' order',
			'zo',
			'ZOË',
			'w1',
			'pi_',
			'PI_4',
			'ch_2',
			'cus_',
			'nobody',
			'%',
			'\\',
		].flatMap((beginsWith) => [found({ beginsWith }), found({ beginsWith }, 1_000)]),
		found({ beginsWith: 'order-1', states: ['unknown'] }, 1_000),
		found({ beginsWith: 'order', text: '-11', customer: 'cus_1' }, 1_000),
		found({ beginsWith: 'w', settledAfter: THEN - 20 * HOUR }, 1_000),
	].map((ask) => ({ ask, isByIndex: true })),
	...[found({ text: 'order-1' }), found({ operation: 'charge' })].map((ask) => ({ ask, isByIndex: false })),
];

/** Those that have an index need no scan. */
function withoutScan(store: Store): Store {
	if (!store.findByTerm) return store;
	return Object.assign(Object.create(store) as Store, {
		scan: () => {
			throw new Error('It was scanned');
		},
	});
}

/** The same rows, and no index of them. */
function scanOnly(store: Store): Store {
	const none = { findByTerm: undefined, findByPrefix: undefined, counting: undefined };
	return Object.assign(Object.create(store) as Store, none);
}
