import type { Entry, EntryState } from '../../../ledger/model/entry';
import { purgeAll } from '../../../ledger/maintenance/purge';
import { lookUp } from '../../../ledger/queries/lookup';
import { findEntries } from '../../../ledger/queries/findEntries';
import type { Store } from '../../../ledger/store';
import { summarize } from '../../../ledger/queries/summarize';
import { buildEntry, buildPaidEntry, buildReservedEntry, THEN } from '../entries';
import { DAY, HOUR } from '../requests';
import { row } from '../stores/conformance';

interface Conduct {
	/** A new, empty store for each test. */
	open: () => Promise<Store>;
	/** Whether it leaves parameters, and most of Stripe's objects, out. */
	isSparse?: boolean;
}

/** What is asked of a ledger comes out the same, wherever it is kept. */
export function describeQueries(name: string, { open, isSparse = false }: Conduct): void {
	describe(`asked of ${name}`, () => {
		let store: Store;
		beforeEach(async () => {
			store = await open();
		});

		it('a query gives the newest first, of each state that is asked for, and no more than the limit', async () => {
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
			const asked = async (query: object, most = 100) =>
				(await findEntries(store, query, most, THEN)).map(({ state }) => state);
			expect(await asked({})).toEqual(states.toReversed());
			expect(await asked({}, 2)).toEqual(['in_flight', 'unknown']);
			expect(await asked({ states: ['unknown', 'rejected'] })).toEqual([
				'unknown',
				'rejected',
				'unknown',
			]);
			expect(await asked({ states: ['unknown', 'succeeded'] }, 2)).toEqual(['unknown', 'unknown']);
		});

		it('every clue leads to its entry', async () => {
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

		it('what is old enough is cleared, what protects money stays', async () => {
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

		if (isSparse) return;

		it('a customer leads to what was paid by him', async () => {
			const entry = buildPaidEntry('pi_1', { customer: 'cus_1' });
			await store.insertIfAbsent([entry, buildPaidEntry('pi_2', { customer: 'cus_2' })]);
			const found = await findEntries(store, { customer: 'cus_1' }, 10, THEN);
			expect(found.map(idOf)).toEqual([entry.entryId]);
		});
	});
}

const idOf = ({ entryId }: Entry) => entryId;
