import type { Clock } from '../../ledger/clock';
import { toClock } from '../../ledger/clock';
import { KeySecretChangedError, confirmKeySecret } from '../../ledger/identity/keySecret';
import { Ledger } from '../../ledger/ledger';
import { LostEntriesError } from '../../ledger/store';
import { FakeClock } from './fakeClock';
import { FaultyStore, memoryStore } from './faultyStore';
import { buildReport, buildRequest, ENTRY_RETENTION_MS } from './requests';

let store: FaultyStore;
let ledger: Ledger;
beforeEach(() => {
	store = new FaultyStore(memoryStore());
	ledger = new Ledger(store, new FakeClock());
});

const claim = (request = buildRequest()) => ledger.claimWithoutLedger(request);

describe('a claim that relies on Stripe', () => {
	it('is granted if the ledger is down, and the grant says that it is not stored', async () => {
		store.failNext('find', 'before');
		expect(await claim()).toMatchObject({ kind: 'granted', grant: { notPersisted: true } });
	});

	it('returns the stored outcome if the ledger can be read', async () => {
		const decision = await ledger.claim(buildRequest(), 0);
		if (decision.kind !== 'granted') throw new Error(decision.kind);
		await ledger.settle(decision.grant, buildReport('succeeded'), ENTRY_RETENTION_MS);
		expect((await claim()).kind).toBe('replay');
	});

	it('repeats a lost request by its key once the time is fresh', async () => {
		const time = new FakeClock();
		const invalidate = jest.fn();
		const clock: Clock = { ...toClock(time), invalidate };
		ledger = new Ledger(store, clock);
		const decision = await ledger.claim(buildRequest(), 0);
		if (decision.kind !== 'granted') throw new Error(decision.kind);
		await ledger.settle(decision.grant, buildReport('unknown'), ENTRY_RETENTION_MS);
		invalidate.mockClear();
		expect(await claim()).toMatchObject({
			kind: 'granted',
			grant: { notPersisted: true, reconcileFirst: false, entry: { key: decision.grant.entry.key } },
		});
		expect(invalidate).toHaveBeenCalledTimes(1);
	});

	it('is refused if the key secret differs from the one of the ledger', async () => {
		const mark = { rowId: 'key_secret', hash: 'of the ledger' };
		await confirmKeySecret(store, mark);
		expect((await claim(buildRequest({ keySecret: mark }))).kind).toBe('granted');
		const other = buildRequest({ keySecret: { ...mark, hash: 'another' } });
		await expect(claim(other)).rejects.toThrow(KeySecretChangedError);
	});

	it.each([
		['has lost entries', new LostEntriesError('Entries are lost')],
		['has a bug', new TypeError('a bug')],
	])('is refused if the ledger %s', async (_what, error) => {
		jest.spyOn(store, 'find').mockRejectedValueOnce(error);
		await expect(claim()).rejects.toBe(error);
	});
});
