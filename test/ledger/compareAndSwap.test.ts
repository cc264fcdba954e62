import { compareAndSwap, isOwnClaim, pauseBeforeRetry, updateRow } from '../../ledger/compareAndSwap';
import type { Row } from '../../ledger/model/row';
import type { Store } from '../../ledger/store';
import { StoreUnavailableError } from '../../ledger/store';
import { buildEntry } from './entries';
import { FaultyStore, memoryStore } from './faultyStore';

const first = buildEntry({ state: 'unknown' });
const { entryId } = first;
const nextOf = (row: Row, more: Partial<Row> = {}) => ({ ...row, ...more, version: row.version + 1 }) as Row;

let store: FaultyStore;
beforeEach(async () => {
	store = new FaultyStore(memoryStore());
	await store.insertIfAbsent([first]);
	store.calls.length = 0;
});

/** Postpones the end of a row, and tells how often it was asked. */
function postpone(ms = 1) {
	let decisions = 0;
	const decide = (current: Row | undefined) => {
		decisions++;
		const next = nextOf(current!, { expiresAt: current!.expiresAt + ms });
		return { result: next.expiresAt - first.expiresAt, next };
	};
	return { decide, times: () => decisions };
}

it('a row that is already known is written in one round trip', async () => {
	expect(await updateRow(store, entryId, postpone().decide, { seen: first })).toBe(1);
	expect(store.calls).toEqual(['replaceIfVersion']);
});

it('a write whose acknowledgement was lost is not repeated', async () => {
	store.failNext('replaceIfVersion', 'denied');
	const { decide, times } = postpone();
	expect(await updateRow(store, entryId, decide)).toBe(1);
	expect(times()).toBe(1);
	expect(await store.find([entryId])).toMatchObject([
		{ version: first.version + 1, expiresAt: first.expiresAt + 1 },
	]);
});

it('a concurrent write leads to a new decision, and both writes are kept', async () => {
	const [one, other] = [postpone(1), postpone(10)];
	await Promise.all([updateRow(store, entryId, one.decide), updateRow(store, entryId, other.decide)]);
	expect(one.times() + other.times()).toBe(3);
	expect(await store.find([entryId])).toMatchObject([
		{ version: first.version + 2, expiresAt: first.expiresAt + 11 },
	]);
});

it('of two identical writes, the second may report that the row is already written', async () => {
	const options = { isOwn: () => false };
	const decide = (current: Row | undefined) =>
		current!.expiresAt > first.expiresAt
			? { result: 'stands' }
			: { result: 'written', next: nextOf(current!, { expiresAt: first.expiresAt + 1 }) };
	const both = [updateRow(store, entryId, decide, options), updateRow(store, entryId, decide, options)];
	expect(await Promise.all(both)).toEqual(['written', 'stands']);
});

it('a row that does not exist is inserted, and the later of two writers decides about the earlier row', async () => {
	const insert = (name: string) =>
		updateRow(store, 'other', (current) =>
			current
				? { result: `found by ${name}` }
				: { result: name, next: { ...buildEntry(), entryId: 'other', version: name.length } },
		);
	expect(await Promise.all([insert('a'), insert('bb')])).toEqual(['a', 'found by bb']);
});

it('a decision that has to read first is made about the row as it is after the read', async () => {
	const seen: number[] = [];
	await updateRow(store, entryId, async (current) => {
		seen.push(current!.version);
		if (seen.length > 1) return { result: undefined };
		await store.replaceIfVersion([nextOf(current!)]);
		return 'again';
	});
	expect(seen).toEqual([first.version, first.version + 1]);
});

it('a store that is down throws, and no decision is repeated', async () => {
	store.failNext('replaceIfVersion', 'before');
	const { decide, times } = postpone();
	await expect(updateRow(store, entryId, decide)).rejects.toThrow(StoreUnavailableError);
	expect(times()).toBe(1);
});

it('a writer that is overtaken repeatedly gives up with an error', async () => {
	await pauseBeforeRetry(3);
	await expect(pauseBeforeRetry(301)).rejects.toThrow(/Other runs have written .* 300 times/);
	let decisions = 0;
	const overtaken: Store = Object.assign(Object.create(store) as Store, {
		replaceIfVersion: async () => [false],
		find: async () => [{ ...first, version: first.version + ++decisions }],
	});
	const { decide } = postpone();
	jest.spyOn(Math, 'random').mockReturnValue(0);
	await expect(updateRow(overtaken, entryId, decide)).rejects.toThrow(StoreUnavailableError);
	expect(decisions).toBe(301);
});

it('a row is removed only if it has not changed since it was read', async () => {
	const changed = nextOf(first);
	expect(await compareAndSwap(store, changed, 'removed')).toBe(false);
	expect(await compareAndSwap(store, first, 'removed')).toBe(true);
	expect(await compareAndSwap(store, undefined, 'removed')).toBe(true);
	expect(await store.find([entryId])).toEqual([undefined]);
});

it('a claim is our own only if the row still shows it', () => {
	const claim = { ...buildEntry({ state: 'in_flight' }), claimId: 'ours' } as Row;
	expect(isOwnClaim({ ...claim, version: claim.version + 1 }, claim)).toBe(true);
	expect(isOwnClaim({ ...claim, claimId: 'theirs' } as Row, claim)).toBe(false);
	expect(isOwnClaim(undefined, claim)).toBe(false);
	expect(isOwnClaim(first, claim)).toBe(false);
});
