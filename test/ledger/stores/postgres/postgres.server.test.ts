import { Client } from 'pg';

import { findEntries } from '../../../../ledger/queries/findEntries';
import { StoreUnavailableError } from '../../../../ledger/store';
import { whereInstalled } from '../../../servers/binaries';
import { PostgresServer } from '../../../servers/postgresServer';
import { until } from '../../../servers/until';
import {
	hastened,
	interceptQueries,
	newTable,
	PostgresLedgers,
	getPostgresSettings,
	usedByProcess,
} from './postgresLedgers';
import { row } from '../conformance';
import { buildEntry, THEN } from '../../entries';

whereInstalled('initdb')('a server', () => {
	const ledgers = new PostgresLedgers();
	let server: PostgresServer;
	beforeAll(async () => (server = await PostgresServer.start()));
	afterEach(() => ledgers.close());
	afterAll(() => server.stop());

	/** The connections of all ledgers, as the server sees them. */
	const connections = (more = 'true') =>
		server.query<{ pid: number }>(
			`SELECT pid FROM pg_stat_activity WHERE application_name = 'n8n-nodes-stripe-idempotent' AND ${more}`,
		);

	it('that closes all idle connections does no harm: the next statement opens a new one', async () => {
		const store = ledgers.open(server, { table: newTable(), connections: 5 });
		const use = () => Promise.all(Array.from({ length: 20 }, () => store.list({ limit: 1 })));
		await use();
		expect(await connections()).toHaveLength(5);
		await server.query(
			`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
			WHERE application_name = 'n8n-nodes-stripe-idempotent'`,
		);
		await use();
	});

	it('that is read-only also answers for an entry that used to be unknown', async () => {
		await server.query(`CREATE USER reader SUPERUSER;
			ALTER USER reader SET default_transaction_read_only = on`);
		const table = newTable();
		const store = ledgers.open(server, { table });
		const [left, gone] = [buildEntry({ state: 'unknown' }), buildEntry({ state: 'unknown' })];
		await store.insertIfAbsent([left, gone]);
		const { entryId, createdAt } = gone;
		const settled = buildEntry({ entryId, createdAt, version: gone.version + 1 });
		expect(await store.replaceIfVersion([settled])).toEqual([true]);
		const reader = ledgers.open(server, { table, user: 'reader' });
		expect(await findEntries(reader, { states: ['unknown'] }, 10, THEN)).toEqual([left]);
	});

	it('that closes connections in the middle of a statement does no harm: the statement is repeated', async () => {
		const table = newTable();
		const [store, one] = [ledgers.open(server, { table }), row()];
		await store.find(['x']);
		const other = new Client(server.clientConfig);
		await other.connect();
		await other.query(`BEGIN; LOCK TABLE ${table.name}`);
		const inserting = store.insertIfAbsent([one]);
		const [waiting] = await until('a statement that waits', async () => {
			const backends = await connections(`wait_event_type = 'Lock'`);
			return backends.length > 0 && backends;
		});
		await server.query('SELECT pg_terminate_backend($1)', [waiting?.pid]);
		await other.query('COMMIT');
		await other.end();
		expect(await inserting).toEqual([one]);
	});

	it('that closes connections while the table is created does no harm: it is created', async () => {
		const table = newTable();
		const other = new Client(server.clientConfig);
		await other.connect();
		await other.query(`BEGIN; CREATE TABLE ${table.name}_schema (version int)`);
		const [store, one] = [ledgers.open(server, { table }), row()];
		const inserting = store.insertIfAbsent([one]);
		const [waiting] = await until('a CREATE that waits', async () => {
			const backends = await connections(`wait_event_type = 'Lock'`);
			return backends.length > 0 && backends;
		});
		await server.query('SELECT pg_terminate_backend($1)', [waiting?.pid]);
		await other.query('ROLLBACK');
		await other.end();
		expect(await inserting).toEqual([one]);
	});

	it('in which another session keeps the table locked is abandoned within seconds, and the reason is reported', async () => {
		const table = newTable();
		const soon = { statement_timeout: 3_000 };
		const store = hastened(ledgers.open(server, { table }), soon);
		const narrow = hastened(ledgers.open(server, { table, connections: 1 }), soon);
		await Promise.all([store.find(['x']), narrow.find(['x'])]);
		// Long before the statement that keeps its only connection busy is given up.
		interceptQueries(narrow).connection.pool.options.connectionTimeoutMillis = 600;
		const other = new Client(server.clientConfig);
		await other.connect();
		await other.query(`BEGIN; LOCK TABLE ${table.name}`);
		const tooLong = /the server took too long for one statement\. Look for locks and load on the server/;
		await Promise.all([
			expect(store.insertIfAbsent([row()])).rejects.toThrow(tooLong),
			expect(narrow.list({ limit: 1 })).rejects.toThrow(tooLong),
			expect(narrow.find(['x'])).rejects.toThrow(/all connections of this process were busy\. Raise/),
		]);
		await other.end();
		expect(await store.insertIfAbsent([row({ entryId: 'one' })])).toHaveLength(1);
	});

	it('that is suspended is abandoned within seconds, and used again when it resumes', async () => {
		const store = hastened(ledgers.open(server, { table: newTable() }), { query_timeout: 1_500 });
		const one = row();
		await store.insertIfAbsent([one]);
		await server.pause();
		const pending = expect(store.find([one.entryId])).rejects.toThrow(/the server did not respond/);
		await pending.finally(() => server.resume());
		expect(await store.find([one.entryId])).toEqual([one]);
	});

	it('that is restarted has all acknowledged writes, at the very next statement', async () => {
		const store = ledgers.open(server, { table: newTable() });
		for (let round = 0; round < 3; round++) {
			const acknowledged: string[] = [];
			let isUp = true;
			const write = async () => {
				while (isUp) {
					// A server that takes long to come back refuses some: what it refuses it has not acknowledged.
					const [one] = await store.insertIfAbsent([row()]).catch(refusals);
					if (one) acknowledged.push(one.entryId);
				}
			};
			const writers = [write(), write(), write()];
			await until('some writes', () => acknowledged.length > 20 * (round + 1));
			// Killed, as by a power cut, but for what the operating system has not yet written.
			await server.restart();
			isUp = false;
			await Promise.all(writers);
			expect(await store.find(acknowledged)).not.toContain(undefined);
		}
	});

	it('sees no more connections than the credential allows, under a name that identifies their owner', async () => {
		const store = ledgers.open(server, { table: newTable(), connections: 3 });
		await Promise.all(Array.from({ length: 30 }, () => store.list({ limit: 1 })));
		expect(await connections()).toHaveLength(3);
	});

	it('closes unused connections', async () => {
		const store = ledgers.open(server, { table: newTable() });
		const { options } = interceptQueries(store).connection.pool;
		expect(options.idleTimeoutMillis).toBe(10_000);
		options.idleTimeoutMillis = 50;
		await store.find(['x']);
		await until('the end of idle connections', async () => (await connections()).length === 0);
		expect(await store.find(['x'])).toEqual([undefined]);
	});

	it('keeps no finished process alive', async () => {
		// Idle connections would keep it for ten seconds.
		expect(await usedByProcess({ ...getPostgresSettings(server), table: newTable() })).toBeLessThan(
			9_000,
		);
	});
});

function refusals(error: unknown): [] {
	if (error instanceof StoreUnavailableError) return [];
	throw error;
}
