import type { PostgresStore } from '../../../../ledger/stores/postgres/postgresStore';
import { parseTableName } from '../../../../ledger/stores/postgres/settings';
import { whereInstalled } from '../../../servers/binaries';
import { PostgresServer } from '../../../servers/postgresServer';
import { newTable, PostgresLedgers } from './postgresLedgers';
import { row } from '../conformance';

const MANY = 12;

whereInstalled('initdb')('the table', () => {
	const ledgers = new PostgresLedgers();
	let server: PostgresServer;
	beforeAll(async () => {
		server = await PostgresServer.start();
		await server.query('CREATE SCHEMA pay');
	});
	afterEach(() => ledgers.close());
	afterAll(() => server.stop());

	/** That a store keeps rows, and that another process would find them. */
	async function expectLedger(store: PostgresStore, again = store): Promise<void> {
		const one = row();
		expect(await store.insertIfAbsent([one])).toEqual([one]);
		expect(await again.find([one.entryId])).toEqual([one]);
	}

	describe('is created once, whoever comes first', () => {
		/** Each as another process, and all at once. */
		async function expectAllToGetIt(user?: string): Promise<void> {
			const table = newTable();
			const tables = [table, { schema: 'public', ...table }];
			const stores = Array.from({ length: MANY }, (_, n) =>
				ledgers.open(server, { table: tables[n % 2], ...(user !== undefined && { user }) }),
			);
			const rows = stores.map(() => row());
			await Promise.all(stores.map((store, n) => store.insertIfAbsent([rows[n]!])));
			expect(await stores[0]!.find(rows.map(({ entryId }) => entryId))).toEqual(rows);
			expect(await server.query(`SELECT version FROM ${table.name}_schema`)).toEqual([{ version: 9 }]);
		}

		it('twelve at the same moment, by two names of one table', () => expectAllToGetIt());

		it('twelve at the same moment, though a transaction sees only older data', async () => {
			await server.query(`
				CREATE USER frozen SUPERUSER;
				ALTER USER frozen SET default_transaction_isolation = 'repeatable read'`);
			for (let round = 0; round < 3; round++) await expectAllToGetIt('frozen');
		});

		// As in databases that only speak like Postgres: some refuse the lock, in some it does nothing.
		it.each([
			['that are refused', `RAISE feature_not_supported USING MESSAGE = 'no advisory locks'`],
			['that do nothing', 'RETURN'],
		])('twelve at the same moment, with advisory locks %s', async (name, body) => {
			const schema = name.replaceAll(' ', '_');
			await server.query(`
				CREATE SCHEMA ${schema};
				CREATE FUNCTION ${schema}.pg_advisory_xact_lock(bigint) RETURNS void LANGUAGE plpgsql
					AS $$ BEGIN ${body}; END $$;
				CREATE USER ${schema} SUPERUSER;
				ALTER USER ${schema} SET search_path = public, ${schema}, pg_catalog`);
			await expectAllToGetIt(schema);
		});
	});

	it('may have the longest accepted names', async () => {
		const table = parseTableName(`${'s'.repeat(63)}.${'l'.repeat(52)}`);
		await server.query(`CREATE SCHEMA ${table?.schema}`);
		await expectLedger(ledgers.open(server, { table }), ledgers.open(server, { table }));
		const names = ['', 'l'.repeat(53), 'a.b.c', '1st', 'a-b', 'a b', '"a"', "a'", 'a;b', 'ä', '.a', 'a.'];
		for (const name of names) expect(parseTableName(name)).toBeUndefined();
	});

	it('is in the schema that its name specifies', async () => {
		const table = { schema: 'pay', name: 'Ledger_of_Payments' };
		await expectLedger(ledgers.open(server, { table }), ledgers.open(server, { table }));
		const rows = await server.query(
			`SELECT table_name FROM information_schema.tables WHERE table_schema = 'pay' ORDER BY table_name`,
		);
		expect(rows).toEqual([
			{ table_name: 'Ledger_of_Payments' },
			{ table_name: 'Ledger_of_Payments_changed' },
			{ table_name: 'Ledger_of_Payments_notes' },
			{ table_name: 'Ledger_of_Payments_schema' },
			{ table_name: 'Ledger_of_Payments_terms' },
		]);
	});

	it('sorts by bytes, so that no system update can corrupt its index', async () => {
		const table = newTable();
		await expectLedger(ledgers.open(server, { table }));
		const rows = await server.query(
			`SELECT DISTINCT collation_name FROM information_schema.columns
			WHERE table_name = $1 AND data_type = 'text'`,
			[table.name],
		);
		expect(rows).toEqual([{ collation_name: 'C' }]);
	});

	describe('a partly created table is completed', () => {
		// Not every database takes a CREATE back when the transaction, or the process, ends early.
		it.each<[string, (name: string) => string]>([
			['where only the version table was created', (name) => `DROP TABLE ${name}`],
			['where the index is missing', (name) => `DROP INDEX ${name}_by_state`],
			['where only the version is missing', () => 'SELECT 1'],
		])('%s', async (_name, damage) => {
			const table = newTable();
			await expectLedger(ledgers.open(server, { table }));
			await server.query(`DELETE FROM ${table.name}_schema; ${damage(table.name)}`);
			await expectLedger(ledgers.open(server, { table }));
			expect(await server.query(`SELECT version FROM ${table.name}_schema`)).toEqual([{ version: 9 }]);
			const index = await server.query('SELECT 1 AS found FROM pg_indexes WHERE indexname = $1', [
				`${table.name}_by_state`,
			]);
			expect(index).toEqual([{ found: 1 }]);
		});
	});

	describe('a table dropped under an open ledger is created again', () => {
		it.each<[string, (name: string) => string]>([
			['alone', (name) => name],
			['together with the table of its version', (name) => `${name}, ${name}_schema`],
			['without its table, the index of terms', (name) => `${name}_terms`],
			['without its table, the marks', (name) => `${name}_changed`],
			['without its table, the notes', (name) => `${name}_notes`],
		])('%s', async (_name, dropped) => {
			const table = newTable();
			const store = ledgers.open(server, { table });
			await expectLedger(store);
			await server.query(`DROP TABLE ${dropped(table.name)}`);
			// All that is under way at this moment, not only the first.
			await Promise.all(Array.from({ length: MANY }, () => expectLedger(store)));
		});
	});
});
