import { DatabaseSync } from 'node:sqlite';

import type { Entry } from '../../../ledger/model/entry';
import { findEntries } from '../../../ledger/queries/findEntries';
import { lookUp } from '../../../ledger/queries/lookup';
import type { Store } from '../../../ledger/store';
import { ADD_TERMS } from '../../../ledger/stores/redis/lua';
import { RedisStore } from '../../../ledger/stores/redis/redisStore';
import type { Command } from '../../../ledger/stores/redis/scripts';
import { toSortable } from '../../../ledger/stores/redis/termKeys';
import { SCHEMA_VERSION } from '../../../ledger/stores/schemaVersion';
import type { FileRequest } from '../../../ledger/stores/sqlite/messages';
import { SqliteStore } from '../../../ledger/stores/sqlite/sqliteStore';
import { whereInstalled, whereNoServer } from '../../servers/binaries';
import { PostgresServer } from '../../servers/postgresServer';
import { RedisServer } from '../../servers/redisServer';
import { buildEntry, buildPaidEntry, THEN } from '../entries';
import { expectSoundSums } from '../soundSums';
import { newFile, removeFolders } from '../temporary';
import { asOfSchema, interceptQueries, newTable, PostgresLedgers } from './postgres/postgresLedgers';
import { getRedisSettings, keysOf, newPrefix } from './redis/redisLedgers';
import { FILE_OF_SCHEMA_6, hashedTermsOf } from './schema6';

/** More than are read at once. */
const PAYMENTS = 1_200;

function entries(): Entry[] {
	return Array.from({ length: PAYMENTS }, (_, n) => {
		const facts = { order: `A-${n}`, createdAt: THEN - n, settledAt: THEN - n };
		return n % 50 === 0
			? buildEntry({ ...facts, state: 'unknown' })
			: buildPaidEntry(`pi_${n}`, { customer: `cus_${n % 7}` }, facts);
	});
}

type Ask = (what: never, ...more: never[]) => unknown;

/**
 * The second portion fails, as where the process is killed: what is there by then is no answer.
 *
 * @param part of the store, and how it asks there
 * @param isPortion whether what is asked is to write the terms of a portion
 */
async function expectCutOff(
	store: Store,
	[part, name]: [part: string, name: string],
	isPortion: (what: never) => boolean,
): Promise<void> {
	const asked = (store as unknown as Record<string, Record<string, Ask>>)[part]!;
	const ask = asked[name]!.bind(asked);
	let portions = 0;
	asked[name] = (what, ...more) => {
		if (isPortion(what) && ++portions === 2) return Promise.reject(new Error('Cut off'));
		return ask(what, ...more);
	};
	await expect(findEntries(store, { beginsWith: 'A-' }, Infinity, THEN)).rejects.toThrow('Cut off');
	asked[name] = ask;
	expect(portions).toBe(2);
}

/** Every entry is found by its values and their beginnings, and its sums are as they were; also what is written meanwhile. */
async function expectGoesOn(store: Store, all: readonly Entry[]): Promise<void> {
	const [first, second, third] = all;
	await store.remove([first!]);
	await store.replaceIfVersion([{ ...second!, version: second!.version + 1 }]);
	const ordersOf = async (query: object) =>
		(await findEntries(store, query, Infinity, THEN)).map(({ fields }) => fields[0]?.[1]);
	expect(await ordersOf({ beginsWith: 'a-119' })).toEqual(
		all.flatMap(({ fields }) => fields[0]?.[1] ?? []).filter((order) => order.startsWith('A-119')),
	);
	expect(await ordersOf({})).toHaveLength(PAYMENTS - 1);
	expect(await ordersOf({ beginsWith: 'A-0' })).toEqual([]);
	expect(await ordersOf({ customer: 'cus_3' })).toContain('A-3');
	expect(await lookUp(store, { kind: 'object', objectId: 'pi_1' })).toMatchObject({
		kind: 'found',
		entries: [{ version: second!.version + 1 }],
	});
	await store.remove([third!]);
	expect(await lookUp(store, { kind: 'field', value: 'A-2' })).toEqual({ kind: 'none' });
	expect((await expectSoundSums(store, THEN)).entries).toBe(PAYMENTS - 2);
}

whereNoServer()('without a server, a ledger of schema 6 gets new search terms', () => {
	afterAll(removeFolders);

	it('in a file', async () => {
		const file = newFile();
		const store = SqliteStore.open(file);
		const all = entries();
		await store.insertIfAbsent(all);
		await expectSoundSums(store, THEN);
		await store.close();
		const made = new DatabaseSync(file);
		const update = made.prepare('UPDATE entries SET terms = ? WHERE entry_id = ?');
		made.exec(FILE_OF_SCHEMA_6);
		made.exec('BEGIN');
		for (const entry of all)
			update.run(
				JSON.stringify(hashedTermsOf(entry).map(({ term, rank }) => [term, rank])),
				entry.entryId,
			);
		made.exec('COMMIT');
		made.close();
		// Each as another process would.
		const cut = SqliteStore.open(file.replace(/([^/]+)$/, './$1'));
		await expectCutOff(cut, ['thread', 'request'], ({ kind }: FileRequest) => kind === 'addTerms');
		const other = SqliteStore.open(file.replace(/([^/]+)$/, '././$1'));
		await expectGoesOn(other, all);
		expect(await findEntries(cut, {}, Infinity, THEN)).toHaveLength(PAYMENTS - 2);
		await cut.close();
		await other.close();
		const seen = new DatabaseSync(file);
		expect(seen.prepare("SELECT count(*) AS left FROM terms WHERE term = 'entries'").get()).toEqual({
			left: 0,
		});
		seen.close();
	});

	it('in a file, and refuses what a process of that schema writes that has it open still', async () => {
		const file = newFile();
		const [one, another] = [buildPaidEntry('pi_1'), buildPaidEntry('pi_2')];
		await SqliteStore.open(file).insertIfAbsent([one]);
		await SqliteStore.open(file).close();
		const old = new DatabaseSync(file);
		old.exec(FILE_OF_SCHEMA_6);
		const values = (entry: Entry) => [
			JSON.stringify(hashedTermsOf(entry).map(({ term, rank }) => [term, rank])),
			entry.entryId,
		];
		const insert = old.prepare(
			`INSERT INTO entries (terms, entry_id, version, state, expires_at, row) VALUES (?, ?, 1, 'in_flight', 1, '{}')`,
		);
		const update = old.prepare('UPDATE entries SET version = version + 1, terms = ? WHERE entry_id = ?');
		expect(update.run(...values(one)).changes).toBe(1);
		const store = SqliteStore.open(file);
		await store.find([]);
		expect(() => insert.run(...values(another))).toThrow('updated by a newer version');
		expect(() => update.run(...values(one))).toThrow('updated by a newer version');
		await store.close();
		old.close();
	});
});

whereInstalled('initdb')('on a Postgres server, a ledger of schema 6 gets new search terms', () => {
	const ledgers = new PostgresLedgers();
	let server: PostgresServer;
	beforeAll(async () => (server = await PostgresServer.start()));
	afterEach(() => ledgers.close());
	afterAll(() => server.stop());

	it('in a table', async () => {
		const table = newTable();
		const all = entries();
		const store = ledgers.open(server, { table });
		await store.insertIfAbsent(all);
		await expectSoundSums(store, THEN);
		await ledgers.close();
		const hashed = all.map((entry) => [
			entry.entryId,
			hashedTermsOf(entry).map(({ term, rank }) => [term, rank]),
		]);
		const { name } = table;
		await server.query(`UPDATE ${name} SET terms = hashed.one -> 1
			FROM jsonb_array_elements('${JSON.stringify(hashed)}') AS hashed (one) WHERE entry_id = hashed.one ->> 0`);
		await server.query(`DELETE FROM ${name}_terms`);
		await server.query(`INSERT INTO ${name}_terms (term, rank, entry_id)
			SELECT one ->> 0, (one ->> 1)::float8, entry_id FROM ${name}, jsonb_array_elements(terms) AS one`);
		await server.query(`INSERT INTO ${name}_terms VALUES ('indexed', 0, '')`);
		await server.query(asOfSchema(6, name));
		const cut = ledgers.open(server, { table });
		const { addTerms } = interceptQueries(cut).sql;
		await expectCutOff(cut, ['connection', 'query'], (what: unknown) => what === addTerms);
		await expectGoesOn(ledgers.open(server, { table }), all);
		expect(await findEntries(cut, {}, Infinity, THEN)).toHaveLength(PAYMENTS - 2);
		expect(await server.query(`SELECT version FROM ${name}_schema`)).toEqual([
			{ version: SCHEMA_VERSION },
		]);
	});
});

whereInstalled('redis-server')('on a Redis server, a ledger of schema 6 gets new search terms', () => {
	let server: RedisServer;
	beforeAll(async () => (server = await RedisServer.start()));
	afterAll(() => server.stop());

	it('under its prefix', async () => {
		const prefix = newPrefix();
		const { schema, terms, kept } = keysOf(prefix);
		const store = RedisStore.open(getRedisSettings(server, { prefix }));
		const all = entries();
		await store.insertIfAbsent(all);
		await expectSoundSums(store, THEN);
		await server.call('DEL', terms, kept);
		await server.call('HSET', kept, ...all.flatMap((entry) => [entry.entryId, storedTextOf(entry)]));
		const members = all.flatMap((entry) =>
			hashedTermsOf(entry).map(({ term, rank }) => `${term} ${toSortable(rank)}${entry.entryId}`),
		);
		await server.call('ZADD', terms, ...members.flatMap((member) => ['0', member]));
		await server.call('HSET', schema, 'version', '6', 'indexed', '1');
		const cut = RedisStore.open(getRedisSettings(server, { prefix, host: 'localhost' }));
		await expectCutOff(cut, ['connection', 'run'], (commands: Command[]) =>
			commands.some(([what]) => what === ADD_TERMS),
		);
		const other = RedisStore.open(getRedisSettings(server, { prefix, verifyTls: false }));
		await expectGoesOn(other, all);
		expect(await findEntries(cut, {}, Infinity, THEN)).toHaveLength(PAYMENTS - 2);
		expect(await server.call('HGET', schema, 'version')).toBe(String(SCHEMA_VERSION));
		expect(await server.call('ZRANGEBYLEX', terms, '[entries', '[entries~')).toEqual([]);
		for (const one of [store, cut, other]) one.close();
	});
});

/** Lines of a rank and the terms that have it. */
function storedTextOf(entry: Entry): string {
	const terms = hashedTermsOf(entry);
	return [...new Set(terms.map(({ rank }) => rank))]
		.map((rank) => {
			const its = terms.filter((one) => one.rank === rank).map(({ term }) => term);
			return [toSortable(rank), ...its].join(' ');
		})
		.join('\n');
}
