import { DatabaseSync } from 'node:sqlite';

import type { Entry } from '../../../ledger/model/entry';
import { findEntries } from '../../../ledger/queries/findEntries';
import type { RowFilter, Store } from '../../../ledger/store';
import { ADD_TERMS } from '../../../ledger/stores/redis/lua';
import { RedisStore } from '../../../ledger/stores/redis/redisStore';
import type { Command } from '../../../ledger/stores/redis/scripts';
import { SCHEMA_VERSION } from '../../../ledger/stores/schemaVersion';
import { SqliteStore } from '../../../ledger/stores/sqlite/sqliteStore';
import { whereInstalled, whereNoServer } from '../../servers/binaries';
import { PostgresServer } from '../../servers/postgresServer';
import { RedisServer } from '../../servers/redisServer';
import { buildEntry, THEN } from '../entries';
import { newFile, removeFolders } from '../temporary';
import { asOfSchema, newTable, PostgresLedgers } from './postgres/postgresLedgers';
import { getRedisSettings, keysOf, newPrefix } from './redis/redisLedgers';

/** More than are written at once. */
const UNKNOWN = 620;

function entries(): Entry[] {
	return Array.from({ length: 2 * UNKNOWN }, (_, n) =>
		buildEntry({ order: `A-${n}`, createdAt: THEN - n, state: n % 2 ? 'unknown' : 'succeeded' }),
	);
}

/** What is unknown is found by the index, the newest first, and so is what becomes of it. */
async function expectGoesOn(store: Store, all: readonly Entry[]): Promise<void> {
	const unknown = all.filter(({ state }) => state === 'unknown');
	const asked = Object.assign(Object.create(store) as Store, {
		list: async (filter: RowFilter) => {
			expect(filter.states).toEqual(['in_flight']);
			return store.list(filter);
		},
	});
	const newest = async (limit: number) =>
		(await findEntries(asked, { states: ['unknown'] }, limit, THEN)).map(({ entryId }) => entryId);
	const ids = unknown.map(({ entryId }) => entryId);
	expect(await newest(3)).toEqual(ids.slice(0, 3));
	expect(await newest(Infinity)).toEqual(ids);
	const [first, second] = unknown as [Entry, Entry];
	await store.replaceIfVersion([{ ...first, version: 2, state: 'rejected' } as Entry]);
	await store.remove([second]);
	expect(await newest(3)).toEqual(ids.slice(2, 5));
	expect(await findEntries(store, { beginsWith: 'A-1' }, Infinity, THEN)).not.toEqual([]);
}

whereNoServer()('without a server, unknown entries in a ledger of schema 8 get their search term', () => {
	afterAll(removeFolders);

	it('in a file', async () => {
		const file = newFile();
		const store = SqliteStore.open(file);
		const all = entries();
		await store.insertIfAbsent(all);
		await store.close();
		const made = new DatabaseSync(file);
		made.exec(`UPDATE entries SET terms = (SELECT json_group_array(json(value)) FROM json_each(terms)
			WHERE value ->> 0 <> 'unknown'); PRAGMA user_version = 8`);
		const left = () => made.prepare("SELECT count(*) AS n FROM terms WHERE term = 'unknown'").get();
		expect(left()).toEqual({ n: 0 });
		await expectGoesOn(store, all);
		await store.close();
		expect(left()).toEqual({ n: UNKNOWN - 2 });
		made.close();
	});

	it('in a file, all at once or not at all', async () => {
		const file = newFile();
		await SqliteStore.open(file).insertIfAbsent([buildEntry({ state: 'unknown' })]);
		await SqliteStore.open(file).close();
		const made = new DatabaseSync(file);
		const stop = `CREATE TRIGGER stop BEFORE INSERT ON terms BEGIN SELECT RAISE(ABORT, 'cut off'); END`;
		made.exec(`UPDATE entries SET terms = '[]'; ${stop}; PRAGMA user_version = 8`);
		await expect(SqliteStore.open(file).find([])).rejects.toThrow('cut off');
		expect(made.prepare('PRAGMA user_version').get()).toEqual({ user_version: 8 });
		made.exec('DROP TRIGGER stop');
		expect(await findEntries(SqliteStore.open(file), { states: ['unknown'] }, 1, THEN)).toHaveLength(1);
		await SqliteStore.open(file).close();
		made.close();
	});
});

whereInstalled('initdb')(
	'on a Postgres server, unknown entries in a ledger of schema 8 get their search term',
	() => {
		const ledgers = new PostgresLedgers();
		let server: PostgresServer;
		beforeAll(async () => (server = await PostgresServer.start()));
		afterEach(() => ledgers.close());
		afterAll(() => server.stop());

		/** @returns its name */
		async function tableOfSchema8(all: readonly Entry[]): Promise<string> {
			const table = newTable();
			const { name } = table;
			await ledgers.open(server, { table }).insertIfAbsent(all);
			await ledgers.close();
			await server.query(`DELETE FROM ${name}_terms WHERE term = 'unknown';
			UPDATE ${name} SET terms = (SELECT jsonb_agg(one) FROM jsonb_array_elements(terms) AS one
				WHERE one ->> 0 <> 'unknown'); ${asOfSchema(8, name)}`);
			return name;
		}

		it('in a table', async () => {
			const all = entries();
			const name = await tableOfSchema8(all);
			await expectGoesOn(ledgers.open(server, { table: { name } }), all);
			expect(await server.query(`SELECT version FROM ${name}_schema`)).toEqual([
				{ version: SCHEMA_VERSION },
			]);
			const left = `SELECT count(*)::int AS n FROM ${name}_terms WHERE term = 'unknown'`;
			expect(await server.query(left)).toEqual([{ n: UNKNOWN - 2 }]);
		});

		it('in a table, all at once or not at all', async () => {
			const all = [buildEntry({ state: 'unknown' })];
			const name = await tableOfSchema8(all);
			await server.query(`ALTER TABLE ${name}_terms ADD CONSTRAINT stop CHECK (term <> 'unknown')`);
			await expect(ledgers.open(server, { table: { name } }).find(['any'])).rejects.toThrow('stop');
			expect(await server.query(`SELECT version FROM ${name}_schema`)).toEqual([{ version: 8 }]);
			expect(await server.query(`SELECT version_8 FROM ${name}`)).toEqual([{ version_8: '1' }]);
			await server.query(`ALTER TABLE ${name}_terms DROP CONSTRAINT stop`);
			const store = ledgers.open(server, { table: { name } });
			expect(await findEntries(store, { states: ['unknown'] }, 1, THEN)).toEqual(all);
		});
	},
);

whereInstalled('redis-server')(
	'on a Redis server, unknown entries in a ledger of schema 8 get their search term',
	() => {
		let server: RedisServer;
		beforeAll(async () => (server = await RedisServer.start()));
		afterAll(() => server.stop());

		it('under its prefix, even if the first process that adds them is interrupted, and no older build writes in between', async () => {
			const prefix = newPrefix();
			const { schema, terms, kept } = keysOf(prefix);
			const store = RedisStore.open(getRedisSettings(server, { prefix }));
			const all = entries();
			await store.insertIfAbsent(all);
			const members = (await server.call('ZRANGEBYLEX', terms, '[unknown', '[unknown~')) as string[];
			expect(members).toHaveLength(UNKNOWN);
			await server.call('ZREM', terms, ...members);
			for (const { entryId, state } of all) {
				const lines = String(await server.call('HGET', kept, entryId));
				if (state === 'unknown')
					await server.call('HSET', kept, entryId, lines.replace(/\nunknown .*/, ''));
			}
			await server.call('HSET', schema, 'version', '8', 'indexed', '7');
			const cut = RedisStore.open(getRedisSettings(server, { prefix, host: 'localhost' }));
			const { connection } = cut as unknown as { connection: { run: (all: Command[]) => unknown } };
			const run = connection.run.bind(connection);
			let portions = 0;
			connection.run = (commands) => {
				const isPortion = commands.some(([what, keys]) => what === ADD_TERMS && Number(keys) > 6);
				if (isPortion && ++portions === 2) throw new Error('Cut off');
				return run(commands);
			};
			await expect(findEntries(cut, { states: ['unknown'] }, 1, THEN)).rejects.toThrow('Cut off');
			connection.run = run;
			expect(await server.call('HMGET', schema, 'version', 'indexed')).toEqual([
				String(SCHEMA_VERSION),
				'7',
			]);
			const other = RedisStore.open(getRedisSettings(server, { prefix, verifyTls: false }));
			await expectGoesOn(other, all);
			expect(await server.call('HGET', schema, 'indexed')).toBe('9');
			expect(await server.call('ZRANGEBYLEX', terms, '[unknown', '[unknown~')).toHaveLength(
				UNKNOWN - 2,
			);
			for (const one of [store, cut, other]) one.close();
		});
	},
);
