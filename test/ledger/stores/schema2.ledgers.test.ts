import { DatabaseSync } from 'node:sqlite';

import type { Row } from '../../../ledger/model/row';
import type { Store } from '../../../ledger/store';
import { RedisStore } from '../../../ledger/stores/redis/redisStore';
import { SqliteStore } from '../../../ledger/stores/sqlite/sqliteStore';
import { StaticDataStore } from '../../../ledger/stores/staticData';
import { whereInstalled, whereNoServer } from '../../servers/binaries';
import { PostgresServer } from '../../servers/postgresServer';
import { RedisServer } from '../../servers/redisServer';
import { newFile, removeFolders } from '../temporary';
import { asOfSchema, newTable, PostgresLedgers } from './postgres/postgresLedgers';
import { getRedisSettings, keysOf, newPrefix } from './redis/redisLedgers';
import { lookUp } from '../../../ledger/queries/lookup';
import { SCHEMA_VERSION } from '../../../ledger/stores/schemaVersion';
import { expectLimitsGoOn, SCHEMA2 } from './schema2.ts';

const { tables, pragmas, rows } = SCHEMA2;
const columns = ({ entryId, version, state, expiresAt }: Row) => [
	entryId,
	version,
	state,
	Math.ceil(expiresAt),
];

/** Every row is there, and with the first write the ledger is one of this schema. */
async function expectGoesOn(store: Store, versionOf: () => unknown): Promise<void> {
	expect(await store.find(rows.map(({ entryId }) => entryId))).toEqual(rows);
	for (const order of [2, 3, 4])
		expect(await lookUp(store, { kind: 'field', value: `INV-${order}` })).toMatchObject({
			kind: 'found',
		});
	await expectLimitsGoOn(store);
	expect(await versionOf()).toBe(SCHEMA_VERSION);
}

whereNoServer()('without a server, a ledger of schema 2 is upgraded', () => {
	afterAll(removeFolders);

	it('in a file', async () => {
		const file = newFile();
		const made = new DatabaseSync(file);
		for (const table of tables) made.exec(table);
		for (const [name, value] of Object.entries(pragmas)) made.exec(`PRAGMA ${name} = ${value}`);
		const insert = made.prepare('INSERT INTO entries VALUES (?, ?, ?, ?, ?)');
		for (const row of rows) insert.run(...columns(row), JSON.stringify(row));
		made.close();
		const store = SqliteStore.open(file);
		await expectGoesOn(store, () => {
			const seen = new DatabaseSync(file);
			const { user_version: version } = seen.prepare('PRAGMA user_version').get() ?? {};
			seen.close();
			return version;
		});
		await store.close();
	});

	it("in a workflow's static data", async () => {
		const blob = { stripeIdempotent: { version: 2, rows } };
		const store = new StaticDataStore(blob, 'workflow', new Map());
		await expectGoesOn(store, () => {
			store.save();
			return blob.stripeIdempotent.version;
		});
	});
});

whereInstalled('initdb')('on a Postgres server, a ledger of schema 2 is upgraded', () => {
	const ledgers = new PostgresLedgers();
	let server: PostgresServer;
	beforeAll(async () => (server = await PostgresServer.start()));
	afterEach(() => ledgers.close());
	afterAll(() => server.stop());

	it('in a table', async () => {
		const { name } = newTable();
		await ledgers.open(server, { table: { name } }).find(['any']);
		await server.query(
			`${asOfSchema(2, name)}; DROP TABLE ${name}_terms; ALTER TABLE ${name} DROP COLUMN terms`,
		);
		for (const row of rows)
			await server.query(`INSERT INTO ${name} VALUES ($1, $2, $3, $4, $5)`, [
				...columns(row),
				JSON.stringify(row),
			]);
		const store = ledgers.open(server, { table: { name } });
		await expectGoesOn(store, async () => {
			const [found] = await server.query<{ version: number }>(`SELECT version FROM ${name}_schema`);
			return found?.version;
		});
	});
});

whereInstalled('redis-server')('on a Redis server, a ledger of schema 2 is upgraded', () => {
	let server: RedisServer;
	beforeAll(async () => (server = await RedisServer.start()));
	afterAll(() => server.stop());

	it('under its prefix', async () => {
		const prefix = newPrefix();
		const { schema } = keysOf(prefix);
		const store = RedisStore.open(getRedisSettings(server, { prefix }));
		await store.insertIfAbsent(rows);
		await server.call('HSET', schema, 'version', '2');
		await expectGoesOn(store, async () => Number(await server.call('HGET', schema, 'version')));
		store.close();
	});
});
