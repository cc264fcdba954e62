import { DatabaseSync } from 'node:sqlite';

import type { Entry } from '../../../ledger/model/entry';
import { findEntries } from '../../../ledger/queries/findEntries';
import type { Store } from '../../../ledger/store';
import { SCHEMA_VERSION } from '../../../ledger/stores/schemaVersion';
import { RedisStore } from '../../../ledger/stores/redis/redisStore';
import { SqliteStore } from '../../../ledger/stores/sqlite/sqliteStore';
import { whereInstalled, whereNoServer } from '../../servers/binaries';
import { PostgresServer } from '../../servers/postgresServer';
import { RedisServer } from '../../servers/redisServer';
import { buildEntry, buildPaidEntry, THEN } from '../entries';
import { expectSoundSums } from '../soundSums';
import { newFile, removeFolders } from '../temporary';
import { asOfSchema, newTable, PostgresLedgers } from './postgres/postgresLedgers';
import { getRedisSettings, keysOf, newPrefix } from './redis/redisLedgers';
import { WITHOUT_COUNTING } from './schema5';

/** More than are marked at once. */
const PAYMENTS = 5_300;

function entries(): Entry[] {
	return Array.from({ length: PAYMENTS }, (_, n) => {
		const facts = { createdAt: THEN - n, settledAt: THEN - n * 60_000 };
		if (n % 50 === 0) return buildEntry({ ...facts, state: n % 100 ? 'unknown' : 'rejected' });
		return buildPaidEntry(`pi_${n % 5_000}`, { amount: n, customer: `cus_${n % 7}` }, facts);
	});
}

/**
 * Its sums are those of what it has, also of what changes while it is carried over; and who is killed in the midst of that
 * leaves it to the next.
 *
 * @param openAgain as another process would, after this one was killed
 */
async function expectSumsGoOn(store: Store, openAgain: () => Promise<Store>): Promise<void> {
	const [first, second] = await findEntries(store, { states: ['unknown'] }, 2, THEN);
	const { counting } = store;
	// As far as one portion, and no further.
	const { turn, changed } = await counting!.readChanged(3);
	expect(changed.length).toBe(3);
	await counting!.count(turn, [], []);
	const other = await openAgain();
	await other.remove([first!]);
	const decided = { ...second!, version: second!.version + 1, state: 'rejected' } as Entry;
	expect(await other.replaceIfVersion([decided])).toEqual([true]);
	const { entries: found, states } = await expectSoundSums(other, THEN);
	expect(found).toBe(PAYMENTS - 1);
	expect(states.succeeded).toBe(PAYMENTS - PAYMENTS / 50);
	const ofCustomer = await findEntries(other, { customer: 'cus_3' }, Infinity, THEN);
	expect(ofCustomer.length).toBeGreaterThan(PAYMENTS / 8);
}

whereNoServer()('without a server, a ledger of schema 5 gets its sums', () => {
	afterAll(removeFolders);

	it('in a file', async () => {
		const file = newFile();
		const before = SqliteStore.open(file);
		await before.insertIfAbsent(entries());
		await before.close();
		const made = new DatabaseSync(file);
		made.exec(WITHOUT_COUNTING);
		made.close();
		await expectSumsGoOn(before, async () => {
			await before.close();
			return SqliteStore.open(file.replace(/([^/]+)$/, './$1'));
		});
		await SqliteStore.open(file.replace(/([^/]+)$/, './$1')).close();
	});
});

whereInstalled('initdb')('on a Postgres server, a ledger of schema 5 gets its sums', () => {
	const ledgers = new PostgresLedgers();
	let server: PostgresServer;
	beforeAll(async () => (server = await PostgresServer.start()));
	afterEach(() => ledgers.close());
	afterAll(() => server.stop());

	it('in a table', async () => {
		const table = newTable();
		await ledgers.open(server, { table }).insertIfAbsent(entries());
		await ledgers.close();
		await server.query(
			`DROP TABLE ${table.name}_changed, ${table.name}_notes; ${asOfSchema(5, table.name)}`,
		);
		await expectSumsGoOn(ledgers.open(server, { table }), async () =>
			ledgers.open(server, { table: { schema: 'public', ...table } }),
		);
		expect(await server.query(`SELECT version FROM ${table.name}_schema`)).toEqual([
			{ version: SCHEMA_VERSION },
		]);
	});
});

whereInstalled('redis-server')('on a Redis server, a ledger of schema 5 gets its index and its sums', () => {
	let server: RedisServer;
	beforeAll(async () => (server = await RedisServer.start()));
	afterAll(() => server.stop());

	it('under its prefix', async () => {
		const prefix = newPrefix();
		const { schema, terms, kept, changed, notes, sums } = keysOf(prefix);
		const store = RedisStore.open(getRedisSettings(server, { prefix }));
		const all = entries();
		for (let from = 0; from < all.length; from += 500)
			await store.insertIfAbsent(all.slice(from, from + 500));
		await server.call('DEL', terms, kept, changed, notes, sums);
		await server.call('HDEL', schema, 'indexed');
		await server.call('HSET', schema, 'version', '5');
		const other = RedisStore.open(getRedisSettings(server, { prefix, host: 'localhost' }));
		await expectSumsGoOn(store, async () => other);
		expect(await server.call('HGET', schema, 'version')).toBe(String(SCHEMA_VERSION));
		store.close();
		other.close();
	});
});
