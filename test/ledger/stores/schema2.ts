import type { Row } from '../../../ledger/model/row';
import { Ledger } from '../../../ledger/ledger';
import { TokenRegistry } from '../../../ledger/tokenRegistry';
import type { Store } from '../../../ledger/store';
import { FakeClock } from '../fakeClock';
import { HOUR } from '../requests';
import { buildReservation } from '../reserving';
import { expectSoundCounters } from '../soundCounters';
import schema2 from './schema2.json';

/**
 * A ledger as the builds of schema 2 have left it, in their own words: one agent and one session, of whose reservations one
 * waits, two are paid (one of them with less than its maximum), one each is declined, unknown, in flight, denied and released.
 */
export const SCHEMA2 = schema2 as unknown as {
	/** How they made a file. */
	tables: string[];
	pragmas: { application_id: number; user_version: number };
	rows: Row[];
};

/** What its reservations take of the day: 19.99 + 30 + 5 + 7 + 14 + 8, and of the session. */
const TAKEN = { amount: 8_399, count: 6 };

/** Of these, the paid ones are no holds any more: the builds of schema 2 did not keep whose they were. */
const SPENT = { amount: 4_400, count: 2 };

/** Its limits hold to the minor unit, and what its holds come to changes them. */
export async function expectLimitsGoOn(store: Store): Promise<void> {
	const time = new FakeClock();
	const registry = new TokenRegistry(store, time, 'secret');
	const reserve = (invoice: string, amount: number, maxPerSession: number) =>
		registry.reserve(
			buildReservation({ invoice, session: 'chat', intent: { amount }, policy: { maxPerSession } }),
		);
	const left = 20_000 - TAKEN.amount;
	expect(await reserve('too many', 1, TAKEN.count)).toMatchObject({ kind: 'over_limit', left: 0 });
	expect((await reserve('most', left - 3_000, 12)).kind).toBe('reserved');
	expect(await reserve('too much', 3_001, 12)).toMatchObject({ kind: 'over_limit', left: 3_000 });
	expect((await reserve('rest', 3_000, 12)).kind).toBe('reserved');
	expect(await reserve('more', 1, 12)).toMatchObject({ kind: 'over_limit', left: 0 });
	await expectSoundCounters(store, SPENT);
	// What waited ends, and is given back to its day; so is what was released.
	time.advance(24 * HOUR);
	await new Ledger(store, time).purge(100);
	await expectSoundCounters(store, SPENT);
}
