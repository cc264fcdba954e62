import type { Entry, Outcome } from '../../../ledger/model/entry';
import { decodeHandle, encodeHandle } from '../../../ledger/rules/settleByHandle';
import { Ledger } from '../../../ledger/ledger';
import type { Store } from '../../../ledger/store';
import { StoreUnavailableError } from '../../../ledger/store';
import { SqliteStore } from '../../../ledger/stores/sqlite/sqliteStore';
import { FakeClock } from '../fakeClock';
import { FaultyStore } from '../faultyStore';
import { buildEntry } from '../entries';
import { buildRequest, HOUR, ENTRY_RETENTION_MS } from '../requests';
import { newFile, removeFolders } from '../temporary';

afterAll(removeFolders);

let time: FakeClock;
let file: SqliteStore;
let store: FaultyStore;
beforeEach(() => {
	time = new FakeClock();
	file = SqliteStore.open(newFile());
	store = new FaultyStore(file);
});
afterEach(() => file.close());

const DONE: Outcome = { kind: 'succeeded', body: { id: 'shp_1' } };
const REFUSED: Outcome = { kind: 'rejected', message: 'no such street' };
const NOTHING: Outcome = { kind: 'unreachable' };

async function claimed(): Promise<Entry> {
	const decision = await new Ledger(store, time).claim(
		buildRequest({ whenUncertain: { kind: 'repeat', forMs: HOUR } }),
		0,
	);
	if (decision.kind !== 'granted') throw new Error(decision.kind);
	return decision.grant.entry;
}

function say(entry: Entry, outcome: Outcome, to: Store = store) {
	const handle = decodeHandle(encodeHandle(entry));
	const report = { outcomes: [outcome], sends: 1 } as const;
	return new Ledger(to, time).settleByHandle(handle!, report, ENTRY_RETENTION_MS, entry.account);
}

it('a handle can be parsed again', async () => {
	const entry = await claimed();
	expect(decodeHandle(` ${encodeHandle(entry)}\n`)).toEqual({
		entryId: entry.entryId,
		fence: 1,
		attempt: 1,
		claimId: 'claimId' in entry ? entry.claimId : '',
	});
});

it('the last claim of an unknown entry can still report its outcome', async () => {
	const entry = await claimed();
	await say(entry, { kind: 'unknown' });
	expect(await say(entry, DONE)).toMatchObject({ kind: 'settled', entry: { state: 'succeeded' } });
});

it('the handle of a settled entry names no claim', async () => {
	const { entryId } = await claimed();
	const settled = buildEntry({ entryId });
	expect(decodeHandle(encodeHandle(settled))).toMatchObject({ entryId, claimId: '' });
});

it('a handle whose entry ID is not a text is not a handle', async () => {
	const { entryId } = await claimed();
	const encode = (id: unknown) =>
		`claim_${Buffer.from(JSON.stringify([id, 1, 'holder 1', 1])).toString('base64url')}`;
	expect(decodeHandle(encode(entryId))).toMatchObject({ entryId });
	expect(decodeHandle(encode([entryId]))).toBeUndefined();
});

it('a handle is recognizable, and is a single word', async () => {
	const handle = encodeHandle(await claimed());
	expect(handle).toMatch(/^claim_[\w-]+$/);
	expect(decodeHandle(handle.slice('claim_'.length))).toBeUndefined();
});

it.each(['', 'claim_', 'claim_x', 'v1_x', `claim_${Buffer.from('[1,2,3,4]').toString('base64url')}`])(
	'%p is not a handle',
	(text) => expect(decodeHandle(text)).toBeUndefined(),
);

describe('whatever the ledger does in between, a settle counts once', () => {
	it.each(['find', 'replaceIfVersion'] as const)(
		'a ledger that is down at %s: repeating the settle is safe',
		async (method) => {
			const entry = await claimed();
			store.failNext(method, 'before');
			await expect(say(entry, DONE)).rejects.toThrow(StoreUnavailableError);
			expect((await say(entry, DONE)).kind).toBe('settled');
		},
	);

	it('a lost acknowledgement: the repeat reports that it is already settled', async () => {
		const entry = await claimed();
		store.failNext('replaceIfVersion', 'after');
		await expect(say(entry, DONE)).rejects.toThrow(StoreUnavailableError);
		expect((await say(entry, DONE)).kind).toBe('already_settled');
		expect((await say(entry, REFUSED)).kind).toBe('late');
	});

	it('an acknowledgement that denies the write: the settle counts all the same', async () => {
		const entry = await claimed();
		store.failNext('replaceIfVersion', 'denied');
		expect(['settled', 'already_settled']).toContain((await say(entry, DONE)).kind);
	});

	it('ten concurrent settles with different outcomes: one is kept, and a success is never lost', async () => {
		const entry = await claimed();
		const words = [DONE, REFUSED, NOTHING, DONE, REFUSED, NOTHING, DONE, REFUSED, NOTHING, DONE];
		const settled = await Promise.all(words.map((word) => say(entry, word)));
		expect(settled.filter(({ kind }) => kind === 'settled')).toHaveLength(1);
		const [row] = await store.find([entry.entryId]);
		const last = await new Ledger(store, time).claim(buildRequest({ afterRejection: 'newAttempt' }), 0);
		// Done and told, or to be found out first: never simply done once more.
		const isSafe = last.kind === 'replay' || (last.kind === 'granted' && last.grant.reconcileFirst);
		expect([row?.state, isSafe]).toEqual([row?.state, true]);
	});
});

it('a purged claim is gone', async () => {
	const entry = await claimed();
	const [row] = await store.find([entry.entryId]);
	await store.remove([row!]);
	expect(await say(entry, DONE)).toEqual({ kind: 'not_found' });
});

it('a repeated stale settle is recorded as a late response once', async () => {
	const stale = await claimed();
	time.advance(2 * HOUR - HOUR - 1);
	const current = await claimed();
	for (let times = 0; times < 5; times++) expect((await say(stale, REFUSED)).kind).toBe('late');
	const [row] = await store.find([current.entryId]);
	expect(row).toMatchObject({ state: 'in_flight', lateResponses: [{ fence: 1 }] });
});
