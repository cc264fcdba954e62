import { Client } from 'pg';

import { whereInstalled } from '../../../servers/binaries';
import { PgBouncer } from '../../../servers/pgBouncer';
import { PostgresServer } from '../../../servers/postgresServer';
import { newTable, PostgresLedgers } from './postgresLedgers';
import { row } from '../conformance';

whereInstalled('initdb', 'pgbouncer')(
	'behind PgBouncer, which gives every transaction a different connection',
	() => {
		const ledgers = new PostgresLedgers();
		let server: PostgresServer;
		let pooler: PgBouncer;
		beforeAll(async () => {
			server = await PostgresServer.start({ password: 'secret' });
			pooler = await PgBouncer.start(server);
		});
		afterEach(() => ledgers.close());
		afterAll(() => Promise.all([pooler.stop(), server.stop()]));

		/** PgBouncer's own console: it knows no parameters, and takes one statement at a time. */
		async function console(statement: string): Promise<void> {
			const client = new Client({ ...server.clientConfig, port: pooler.port, database: 'pgbouncer' });
			await client.connect();
			await client.query(statement);
			await client.end();
		}

		/** What a workflow does with its ledger, by two processes at once and with many statements at once. */
		async function work(): Promise<void> {
			const table = newTable();
			const stores = [ledgers.open(pooler, { table }), ledgers.open(pooler, { table })];
			const rows = Array.from({ length: 40 }, () => row());
			const answers = rows.map((one, n) => stores[n % 2]!.insertIfAbsent([one]));
			expect((await Promise.all(answers)).flat()).toEqual(rows);
			const next = rows.map((one) => ({ ...one, version: 2 }));
			const steps = next.flatMap((one, n) => [
				stores[n % 2]!.list({ limit: 3 }),
				stores[n % 2]!.replaceIfVersion([one]),
				stores[n % 2]!.find([one.entryId]),
			]);
			await Promise.all(steps);
			expect(await stores[0]!.find(rows.map(({ entryId }) => entryId))).toEqual(next);
			expect(await stores[1]!.remove(next)).toEqual(next.map(() => true));
		}

		it('a ledger whose settings are refused continues without them', work);

		it('a ledger whose prepared statements are on other connections continues without them', async () => {
			await console(`SET ignore_startup_parameters = 'statement_timeout'`);
			try {
				await work();
			} finally {
				await console(`SET ignore_startup_parameters = ''`);
			}
			// Else it would have proven nothing.
			expect(server.log).toMatch(
				/prepared statement "idempotency_\w+" (does not exist|already exists)/,
			);
		});

		it('a server that restarts is used again at the next statement', async () => {
			const [store, one] = [ledgers.open(pooler, { table: newTable() }), row()];
			await store.insertIfAbsent([one]);
			await server.restart();
			expect(await store.find([one.entryId])).toEqual([one]);
		});

		it('a pooler that restarts is used again at the next statement', async () => {
			const [store, one] = [ledgers.open(pooler, { table: newTable() }), row()];
			await store.insertIfAbsent([one]);
			await pooler.restart();
			expect(await store.find([one.entryId])).toEqual([one]);
		});

		it('a statement that waits for a lock, and a missing database, are abandoned within seconds', async () => {
			const table = newTable();
			const store = ledgers.open(pooler, { table });
			await store.insertIfAbsent([row({ entryId: 'one' })]);
			const other = new Client(server.clientConfig);
			await other.connect();
			await other.query(`BEGIN; LOCK TABLE ${table.name}`);
			const began = performance.now();
			await expect(store.find(['one'])).rejects.toThrow(/the server did not respond/);
			expect(performance.now() - began).toBeLessThan(15_000);
			await other.end();
			expect(await store.find(['one'])).toHaveLength(1);
		});
	},
);
