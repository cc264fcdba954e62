import type { Row } from '../../../ledger/model/row';
import type { EntryQuery } from '../../../ledger/queries/findEntries';
import { findEntries } from '../../../ledger/queries/findEntries';
import { TopEntries } from '../../../ledger/queries/topEntries';
import type { Entry } from '../../../ledger/model/entry';
import { buildEntry, buildPaidEntry, buildReservedEntry, THEN } from '../entries';
import { FaultyStore } from '../faultyStore';
import { MapStore } from '../../model/mapStore';
import { DAY, HOUR, MINUTE } from '../requests';

let store: MapStore;
beforeEach(() => (store = new MapStore()));

const insert = async <E extends readonly Entry[]>(...entries: E): Promise<E> => {
	await store.insertIfAbsent(entries);
	return entries;
};
const found = async (query: EntryQuery, most = 100) =>
	(await findEntries(store, query, most, THEN)).map(({ entryId }) => entryId);
const ids = (...entries: Entry[]) => entries.map(({ entryId }) => entryId);

describe('a state', () => {
	it('an entry interrupted while sending is found as unknown, not as in flight', async () => {
		const [cutOff, sending, unknown] = await insert(
			buildEntry({ state: 'in_flight', leaseUntil: THEN }),
			buildEntry({ state: 'in_flight', leaseUntil: THEN + 1 }),
			buildEntry({ state: 'unknown' }),
		);
		expect(await found({ states: ['unknown'] })).toEqual(ids(unknown, cutOff));
		expect(await found({ states: ['in_flight'] })).toEqual(ids(sending));
		expect(await found({ states: ['in_flight', 'unknown'] })).toHaveLength(3);
	});

	it('with few entries is looked up in the index', async () => {
		const faulty = new FaultyStore(store);
		faulty.scan = () => {
			throw new Error('It was scanned');
		};
		const [one] = await insert(buildEntry({ state: 'unknown' }), buildEntry());
		const entries = await findEntries(faulty, { states: ['unknown', 'released'] }, 10, THEN);
		expect(ids(...entries)).toEqual(ids(one));
	});

	it('with many entries is found completely all the same', async () => {
		const many = Array.from({ length: 1_200 }, (_, n) => buildEntry({ state: 'rejected', createdAt: n }));
		// Those that expire last are not the newest.
		const oldest = buildEntry({ state: 'rejected', createdAt: -1, expiresAt: THEN + 999 * DAY });
		await insert(oldest, ...many);
		expect(await found({ states: ['rejected'] }, 2)).toEqual(ids(...many.slice(-2).toReversed()));
		expect(await found({ states: ['rejected'] }, Infinity)).toHaveLength(1_201);
	});

	it('none requested means any', async () => {
		await insert(buildEntry(), buildEntry({ state: 'unknown' }));
		expect(await found({ states: [] })).toHaveLength(2);
	});
});

describe('an operation', () => {
	it('is found by its full name and by a prefix, in any case', async () => {
		const [capture] = await insert(
			buildEntry({ operation: 'paymentIntent.capture pi_1' }),
			buildEntry({ operation: 'refund.create' }),
		);
		for (const operation of [
			'paymentIntent.capture pi_1',
			'paymentIntent.capture',
			'PAYMENTintent',
			' paymentIntent ',
		])
			expect(await found({ operation })).toEqual(ids(capture));
		expect(await found({ operation: 'capture' })).toEqual([]);
		expect(await found({ operation: ' ' })).toHaveLength(2);
	});
});

describe('a workflow', () => {
	it('is found by its id and by its name', async () => {
		const [mine] = await insert(
			buildEntry({ origin: { workflowId: 'w7', workflowName: 'Nightly Invoices' } }),
			buildEntry({ origin: {} }),
		);
		expect(await found({ workflow: 'w7' })).toEqual(ids(mine));
		expect(await found({ workflow: 'nightly invoices' })).toEqual(ids(mine));
		expect(await found({ workflow: 'nightly' })).toEqual([]);
	});
});

describe('an age', () => {
	it('includes the time after which, and not the time before which', async () => {
		const [one, two, three] = await insert(
			buildEntry({ createdAt: THEN - 2 * HOUR }),
			buildEntry({ createdAt: THEN - HOUR }),
			buildEntry({ createdAt: THEN }),
		);
		expect(await found({ createdAfter: THEN - HOUR })).toEqual(ids(three, two));
		expect(await found({ createdBefore: THEN - HOUR })).toEqual(ids(one));
		expect(await found({ createdAfter: THEN - HOUR, createdBefore: THEN })).toEqual(ids(two));
	});

	it('of the outcome finds only entries that are resolved or cancelled', async () => {
		const [done, stopped] = await insert(
			buildEntry({ settledAt: THEN }),
			buildEntry({ state: 'cancelled', cancellation: { reason: 'denied', at: THEN } } as object),
			buildEntry({ state: 'in_flight' }),
			buildEntry({ settledAt: THEN - MINUTE }),
		);
		expect(await found({ settledAfter: THEN })).toEqual(ids(stopped, done));
		expect(await found({ settledBefore: THEN })).toHaveLength(1);
	});
});

describe('a customer', () => {
	it('is found in the response, expanded or by ID, in the request and in the reservation', async () => {
		const theirs = await insert(
			buildPaidEntry('pi_1', { customer: 'cus_1' }),
			buildPaidEntry('pi_2', { customer: { id: 'cus_1', object: 'customer' } }),
			buildEntry({ state: 'unknown', params: { amount: '1', currency: 'usd', customer: 'cus_1' } }),
			buildReservedEntry({ customer: 'cus_1' }),
			buildPaidEntry('cus_1', { object: 'customer' }),
		);
		await insert(buildPaidEntry('pi_3', { customer: 'cus_11' }), buildEntry());
		expect(await found({ customer: 'cus_1' })).toEqual(ids(...theirs.toReversed()));
	});
});

describe('a text', () => {
	it.each([
		['a field', 'rAHMEN-7', buildEntry({ order: 'Bilderrahmen-77' })],
		[
			'a message',
			'no money',
			buildEntry({ state: 'rejected', outcome: { message: 'The card has no money' } }),
		],
		['an object', 'pi_3abc', buildPaidEntry('pi_3Abc')],
		['a request', 'req_xyz', buildEntry({ outcome: { requestId: 'req_xyz' } })],
		['a purpose', 'BROKEN CUP', buildReservedEntry()],
		['an agent', 'desk', buildReservedEntry()],
		[
			'a decline code',
			'insufficient_funds',
			buildEntry({ state: 'rejected', outcome: { declineCode: 'insufficient_funds' } }),
		],
		['an execution', 'execution-99', buildEntry({ origin: { executionId: 'execution-99' } })],
		[
			'a past attempt',
			'expired card',
			buildEntry({
				previousAttempts: [
					{
						attempt: 1,
						key: 'k',
						outcome: { kind: 'rejected', message: 'Expired card' },
						settledAt: 1,
					},
				],
			}),
		],
		['a different encoding of one letter', 'zoe\u0308', buildEntry({ order: 'Zo\u00eb' })],
	])('is found in %s', async (_where, text, entry) => {
		await insert(entry, buildEntry());
		expect(await found({ text })).toEqual(ids(entry));
	});

	it('is never found in a token’s hash', async () => {
		const [entry] = await insert(buildReservedEntry());
		expect(await found({ text: entry.reservation?.tokenHash })).toEqual([]);
	});
});

it('every condition must hold', async () => {
	const [both] = await insert(
		buildPaidEntry('pi_1', { customer: 'cus_1' }, { operation: 'refund.create' }),
		buildPaidEntry('pi_2', { customer: 'cus_1' }),
		buildPaidEntry('pi_3', {}, { operation: 'refund.create' }),
	);
	expect(await found({ customer: 'cus_1', operation: 'refund' })).toEqual(ids(both));
});

describe('rows that move while they are read', () => {
	const scanning = (...portions: Row[][]) => {
		store.scan = async function* () {
			yield* portions;
		};
	};

	it('a row that is read twice is returned once', async () => {
		const entry = buildEntry();
		scanning([entry], [entry], [buildEntry({ entryId: 'other' }), entry]);
		expect(await found({})).toHaveLength(2);
	});

	it('a row that no longer matches when it is read again is not returned', async () => {
		const entry = buildEntry({ state: 'succeeded' });
		scanning([entry], [{ ...entry, state: 'unknown' } as Row]);
		expect(await found({ states: ['succeeded'] })).toEqual([]);
	});
});

it('every open entry is found, however many expire at the same time', async () => {
	const store = new MapStore();
	const list = jest.spyOn(store, 'list');
	const entries = Array.from({ length: 1_700 }, (_, n) =>
		buildEntry({ state: 'unknown', expiresAt: THEN + (n < 300 ? n : n < 1_500 ? 1_000 : 2_000 + n) }),
	);
	await store.insertIfAbsent(entries);
	const found = await findEntries(store, { states: ['unknown'] }, Infinity, THEN);
	expect(new Set(found.map(({ entryId }) => entryId)).size).toBe(entries.length);
	expect(list.mock.calls.every(([{ limit }]) => limit <= 2_000)).toBe(true);
});

describe('the newest', () => {
	it('are the same in whatever order rows are read, and few are held in memory', () => {
		const entries = Array.from({ length: 2_000 }, (_, n) =>
			buildEntry({ createdAt: (n * 7_919) % 2_000 }),
		);
		const expected = entries.toSorted((a, b) => b.createdAt - a.createdAt).slice(0, 50);
		for (const order of [entries, entries.toReversed(), expected.toReversed().concat(entries)]) {
			const newest = new TopEntries(50);
			let most = 0;
			for (const entry of order) {
				newest.add(entry);
				most = Math.max(most, (newest as unknown as { entries: Map<string, Entry> }).entries.size);
			}
			expect(newest.listNewestFirst()).toEqual(expected);
			expect(most).toBeLessThanOrEqual(164);
		}
	});

	it('with the same time have a stable order', () => {
		const entries = [
			buildEntry({ createdAt: 1 }),
			buildEntry({ createdAt: 1 }),
			buildEntry({ createdAt: 1 }),
		];
		const inOrder = (given: Entry[]) => {
			const newest = new TopEntries(2);
			for (const entry of given) newest.add(entry);
			return newest.listNewestFirst();
		};
		expect(inOrder(entries)).toEqual(inOrder(entries.toReversed()));
	});
});
