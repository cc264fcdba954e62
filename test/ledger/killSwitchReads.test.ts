import type { Admission } from '../../ledger/claims';
import { Ledger } from '../../ledger/ledger';
import { REGISTRY_ROW_ID } from '../../ledger/model/row';
import { SqliteStore } from '../../ledger/stores/sqlite/sqliteStore';
import { FakeClock } from './fakeClock';
import { buildRequest } from './requests';
import { newFile, removeFolders } from './temporary';

let store: SqliteStore;
let ledger: Ledger;
/** How often the registry was read on its own. */
let reads: number;
beforeEach(async () => {
	store = SqliteStore.open(newFile());
	ledger = new Ledger(store, new FakeClock());
	await ledger.openTokenRegistry().resume('everything');
	reads = 0;
	const find = store.find.bind(store);
	jest.spyOn(store, 'find').mockImplementation((entryIds) => {
		if (entryIds.length === 1 && entryIds[0] === REGISTRY_ROW_ID) reads++;
		return find(entryIds);
	});
});
afterEach(async () => {
	await ledger.waitUntilIdle();
	await store.close();
});
afterAll(removeFolders);

const request = buildRequest();
const readKillSwitch = () => ledger.readKillSwitch({ isByToken: false });

/** Lets something happen between the decision of a claim and its write. */
const meanwhile = (act: () => Promise<unknown>): Admission => ({
	enter: async () => {
		await act();
		return false;
	},
	leave: () => undefined,
	pause: (sleep) => sleep(),
});

const stopAll = () => ledger.openTokenRegistry().stop('everything', 'a person', 'an alarm');

it('the kill switch is read before each send, after the claim', async () => {
	await ledger.claim(request, 0);
	reads = 0;
	expect(await readKillSwitch()).toBeUndefined();
	expect(await readKillSwitch()).toBeUndefined();
	expect(reads).toBe(2);
});

it('a kill switch activated while a claim is being decided stops its first send', async () => {
	const { kind } = await ledger.claim(request, 0, undefined, meanwhile(stopAll));
	expect(kind).toBe('granted');
	expect(await readKillSwitch()).toMatchObject({ reason: 'an alarm' });
});

it('a kill switch activated after a claim stops its first send', async () => {
	await ledger.claim(request, 0);
	await stopAll();
	expect(await readKillSwitch()).toMatchObject({ reason: 'an alarm' });
});
