import type { Entry } from '../../ledger/model/entry';
import type { Ledger } from '../../ledger/ledger';
import { StoreUnavailableError } from '../../ledger/store';
import { releaseLocks } from '../../payments/createOnlyOne';
import type { EntryFacts } from '../ledger/entries';
import { buildEntry } from '../ledger/entries';

const onlyOne = { owner: 'cus_1', values: ['price_1'] };
const holding = (facts: EntryFacts): Entry => buildEntry({ onlyOne, ...facts });

async function countReleases(entry: Entry, warning?: string, release = async () => {}): Promise<number> {
	const released = jest.fn(release);
	const ledger = { locks: { release: released } } as unknown as Ledger;
	await releaseLocks({ entry, outcome: { kind: 'unknown' }, warning }, ledger);
	return released.mock.calls.length;
}

it.each<[string, EntryFacts]>([
	['succeeded', { state: 'succeeded' }],
	['was rejected', { state: 'rejected' }],
	['was not executed', { state: 'released' }],
	['was rolled back to its claim', { state: 'in_flight' }],
])('an entry that %s releases its locks', async (_what, facts) => {
	expect(await countReleases(holding(facts))).toBe(1);
});

it.each<[string, EntryFacts]>([
	['is unknown', { state: 'unknown' }],
	['was released, but may have been executed', { state: 'released', mayHaveExecuted: true }],
	['locked nothing', { onlyOne: undefined }],
	['updated an existing object', { request: { ...buildEntry().request, sentPath: '/v1/customers/cus_1' } }],
])('an entry that %s releases no locks', async (_what, facts) => {
	expect(await countReleases(holding(facts))).toBe(0);
});

it('the locks stay if the outcome is not stored: the ledger still shows the claim', async () => {
	expect(await countReleases(holding({ state: 'succeeded' }), 'not stored')).toBe(0);
});

it('a ledger that is down while locks are released loses no outcome, and any other error is thrown', async () => {
	const failing = (error: Error) => countReleases(holding({}), undefined, () => Promise.reject(error));
	expect(await failing(new StoreUnavailableError('down'))).toBe(1);
	await expect(failing(new TypeError('a bug'))).rejects.toThrow('a bug');
});
