import { Client } from 'pg';

import type { Row } from '../../../ledger/model/row';
import type { Store } from '../../../ledger/store';
import { VERSION_COLUMN } from '../../../ledger/stores/postgres/schema';
import { whereInstalled } from '../../servers/binaries';
import { PostgresServer } from '../../servers/postgresServer';
import { RedisServer } from '../../servers/redisServer';
import { row } from './conformance';
import { asOfSchema, newTable, PostgresLedgers } from './postgres/postgresLedgers';
import { getRedisSettings, keysOf, newPrefix, RedisLedgers } from './redis/redisLedgers';

const NEWER = /newer version of this package \(schema 12/;

/** No write of any kind is taken, and what stands is left as it was. */
async function expectRefused(store: Store, one: Row): Promise<void> {
	const other = row();
	const next = { ...one, version: one.version + 1 };
	const isNew = true;
	await expect(store.insertIfAbsent([other])).rejects.toThrow(NEWER);
	await expect(store.insertIfAbsent([other, row()])).rejects.toThrow(NEWER);
	await expect(store.replaceIfVersion([next])).rejects.toThrow(NEWER);
	await expect(store.replaceTogether([{ row: other, isNew }])).rejects.toThrow(NEWER);
	await expect(store.remove([one])).rejects.toThrow(NEWER);
}

whereInstalled('initdb')('a table that is updated while a process has it open', () => {
	const ledgers = new PostgresLedgers();
	let server: PostgresServer;
	beforeAll(async () => (server = await PostgresServer.start()));
	afterEach(() => ledgers.close());
	afterAll(() => server.stop());

	/** What the builds of before said to the table, as far as it concerns who may write. */
	const WRITES = {
		'of schema 8': [
			`INSERT INTO T (entry_id, version_8, state, expires_at, content, terms) VALUES ($1, 1, 'in_flight', 1, '{}', '[]') ON CONFLICT (entry_id) DO NOTHING`,
			`UPDATE T SET version_8 = 2, state = 'succeeded' WHERE entry_id = $1 AND version_8 = 1`,
			`DELETE FROM T AS standing USING unnest(ARRAY[$1], '{2}'::bigint[]) AS asked (entry_id, version)
				WHERE standing.entry_id = asked.entry_id AND standing.version_8 = asked.version`,
		],
		'of schema 7': [
			`INSERT INTO T (entry_id, version, state, expires_at, content, terms) VALUES ($1, 1, 'in_flight', 1, '{}', '[]') ON CONFLICT (entry_id) DO NOTHING`,
			`UPDATE T SET version = 2, state = 'succeeded' WHERE entry_id = $1 AND version = 1`,
			`DELETE FROM T AS standing USING unnest(ARRAY[$1], '{2}'::bigint[]) AS asked (entry_id, version)
				WHERE standing.entry_id = asked.entry_id AND standing.version = asked.version`,
		],
		'of schema 2': [
			`INSERT INTO T (entry_id, version, state, expires_at, content) VALUES ($1, 1, 'in_flight', 1, '{}') ON CONFLICT (entry_id) DO NOTHING`,
			`UPDATE T SET version = $2, state = 'succeeded' WHERE entry_id = $1 AND version = $2 - 1`,
			`DELETE FROM T WHERE entry_id = $1 AND version = $2`,
		],
	};

	it.each(Object.entries(WRITES))('refuses the writes of a build %s', async (name, writes) => {
		const table = newTable();
		const one = row();
		await ledgers.open(server, { table }).insertIfAbsent([one]);
		await server.query(asOfSchema(Number(name.at(-1)), table.name));
		const old = new Client(server.clientConfig);
		await old.connect();
		const write = (nth: number, entryId: string) => {
			const text = writes[nth]!.replaceAll(/\bT\b/g, table.name);
			const values = text.includes('$2') ? [entryId, 2] : [entryId];
			return old.query({ name: `write ${nth}`, text, values });
		};
		// As long as nobody has updated it, each does its work; and then stays prepared.
		for (const nth of writes.keys()) expect((await write(nth, 'before')).rowCount).toBe(1);
		await ledgers.open(server, { table }).find([one.entryId]);
		for (const nth of writes.keys()) await expect(write(nth, 'after')).rejects.toThrow('version');
		await old.end();
		expect(await server.query(`SELECT entry_id FROM ${table.name}`)).toEqual([{ entry_id: one.entryId }]);
	});

	it('refuses this build, with a message', async () => {
		const table = newTable();
		const one = row();
		const store = ledgers.open(server, { table });
		await store.insertIfAbsent([one]);
		await server.query(`ALTER TABLE ${table.name} RENAME COLUMN ${VERSION_COLUMN} TO version_12;
			UPDATE ${table.name}_schema SET version = 12`);
		await expectRefused(store, one);
		const rows = await server.query(`SELECT entry_id, version_12 FROM ${table.name}`);
		expect(rows).toEqual([{ entry_id: one.entryId, version_12: String(one.version) }]);
	});
});

whereInstalled('redis-server')('a ledger in Redis that is updated while a process has it open', () => {
	const ledgers = new RedisLedgers();
	let server: RedisServer;
	beforeAll(async () => (server = await RedisServer.start()));
	afterEach(() => ledgers.close());
	afterAll(() => server.stop());

	/** How every script of the builds of before begins, by the schemas that they know. */
	const guardOf = (known: string) => `
		local schema = redis.call('HGET', KEYS[2], 'version')
		if not schema and #redis.call('ZREVRANGEBYSCORE', KEYS[1], '+inf', '-inf', 'LIMIT', '0', '1') > 0 then schema = '1' end
		if schema and not string.find(' ${known} ', ' ' .. schema .. ' ', 1, true) then return redis.error_reply('SCHEMA ' .. schema) end
		return 'written'`;

	it.each([
		['8', '2 3 4 5 6 7 8'],
		['7', '2 3 4 5 6 7'],
		['6', '2 3 4 5 6'],
	])('refuses the writes of a build of schema %s', async (version, known) => {
		const prefix = newPrefix();
		const { index, schema } = keysOf(prefix);
		const store = ledgers.open(getRedisSettings(server, { prefix }));
		await store.insertIfAbsent([row()]);
		await server.call('HSET', schema, 'version', version);
		const write = () => server.call('EVAL', guardOf(known), '2', index, schema);
		expect(await write()).toBe('written');
		await store.insertIfAbsent([row()]);
		await expect(write()).rejects.toThrow('SCHEMA 9');
	});

	it('refuses this build, with a message', async () => {
		const prefix = newPrefix();
		const { index, schema } = keysOf(prefix);
		const one = row();
		const store = ledgers.open(getRedisSettings(server, { prefix }));
		await store.insertIfAbsent([one]);
		await server.call('HSET', schema, 'version', '12');
		await expectRefused(store, one);
		expect(await server.call('ZRANGE', index, '0', '-1')).toEqual([one.entryId]);
	});
});
