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

	it('is refused if the key secret differs from the one of the ledger', async () => {
		const mark = { rowId: 'key_secret', hash: 'of the ledger' };
		await confirmKeySecret(store, mark);
		expect((await claim(buildRequest({ keySecret: mark }))).kind).toBe('granted');
		const other = buildRequest({ keySecret: { ...mark, hash: 'another' } });
		await expect(claim(other)).rejects.toThrow(KeySecretChangedError);
	});

	it.each([new LostEntriesError('Entries are lost'), new TypeError('a bug')])(
		'is refused if the ledger fails otherwise: %s',
		async (error) => {
			jest.spyOn(store, 'find').mockRejectedValueOnce(error);
			await expect(claim()).rejects.toBe(error);
		},
	);
});
