import type { Row } from '../../../../ledger/model/row';
import type { PostgresSettings } from '../../../../ledger/stores/postgres/settings';
import { whereInstalled } from '../../../servers/binaries';
import { PostgresServer } from '../../../servers/postgresServer';
import { newTable, PostgresLedgers } from './postgresLedgers';
import { row } from '../conformance';

whereInstalled('initdb')('a table that cannot be a ledger is refused with a helpful message', () => {
	const ledgers = new PostgresLedgers();
	let server: PostgresServer;
	beforeAll(async () => {
		server = await PostgresServer.start();
		await server.query('CREATE USER guest; REVOKE CREATE ON SCHEMA public FROM PUBLIC');
	});
	afterEach(() => ledgers.close());
	afterAll(() => server.stop());

	const insert = (settings: Partial<PostgresSettings>) =>
		ledgers.open(server, settings).insertIfAbsent([row()]);

	it('in a schema that does not exist', async () => {
		await expect(insert({ table: { schema: 'nowhere', name: 'ledger' } })).rejects.toThrow(
			/the schema does not exist\. Create it, or choose a different table/,
		);
	});

	it.each([
		[12, /newer version of this package \(schema 12, known here: 9\)\. Update/],
		[1, /older version of this package \(schema 1, known here: 9\).* Choose another table/],
	])('of version %i: both versions are named, and it is left unchanged', async (version, message) => {
		const table = newTable();
		await insert({ table });
		await server.query(`UPDATE ${table.name}_schema SET version = ${version}`);
		await expect(insert({ table })).rejects.toThrow(message);
		await expect(ledgers.open(server, { table }).find(['any'])).rejects.toThrow(message);
		expect(await server.query(`SELECT version FROM ${table.name}_schema`)).toEqual([{ version }]);
		expect(await server.query(`SELECT count(*)::int AS rows FROM ${table.name}`)).toEqual([{ rows: 1 }]);
	});

	it('of a newer version that lacks an index where this one has it: it is left unchanged', async () => {
		const table = newTable();
		await insert({ table });
		await server.query(`UPDATE ${table.name}_schema SET version = 12; DROP TABLE ${table.name}_terms`);
		await expect(insert({ table })).rejects.toThrow(/newer version of this package \(schema 12/);
		expect(await server.query(`SELECT version FROM ${table.name}_schema`)).toEqual([{ version: 12 }]);
	});

	it('of another program: it is left unchanged', async () => {
		const table = newTable();
		await server.query(`CREATE TABLE ${table.name} (id int); INSERT INTO ${table.name} VALUES (7)`);
		await expect(insert({ table })).rejects.toThrow(
			/already exists and is not a ledger\. Choose a different table/,
		);
		expect(await server.query(`SELECT * FROM ${table.name}`)).toEqual([{ id: 7 }]);
		const made = await server.query('SELECT 1 FROM pg_class WHERE relname = $1', [
			`${table.name}_schema`,
		]);
		expect(made).toEqual([]);
	});

	it('whose table of versions belongs to another program', async () => {
		const table = newTable();
		await server.query(`CREATE TABLE ${table.name}_schema (id int)`);
		await expect(insert({ table })).rejects.toThrow(
			/does not have the columns of a ledger\. Choose a different table/,
		);
	});

	it('with other columns', async () => {
		const table = newTable();
		await insert({ table });
		await server.query(`ALTER TABLE ${table.name} RENAME COLUMN content TO contents`);
		await expect(insert({ table })).rejects.toThrow(
			/does not have the columns of a ledger\. Choose a different table/,
		);
	});

	it('that would accept two rows for one entry', async () => {
		const table = newTable();
		await insert({ table });
		await server.query(`ALTER TABLE ${table.name} DROP CONSTRAINT ${table.name}_pkey`);
		await expect(insert({ table })).rejects.toThrow(/no primary key \(entry_id\)/);
	});

	describe('a table whose rows are hidden from this user', () => {
		it.each<[string, string]>([
			[
				'by row-level security',
				`ALTER TABLE $ ENABLE ROW LEVEL SECURITY;
				CREATE POLICY see_some ON $ FOR SELECT USING (state <> 'unknown');
				CREATE POLICY write_all ON $ FOR INSERT WITH CHECK (true)`,
			],
			[
				'by a trigger that discards them',
				`DELETE FROM $;
				CREATE FUNCTION take_none() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
				CREATE TRIGGER take_none BEFORE INSERT ON $ FOR EACH ROW EXECUTE FUNCTION take_none()`,
			],
		])('%s, is refused instead of retrying for ever', async (_name, hide) => {
			const table = newTable();
			const [a, b] = [row({ state: 'unknown' }), row({ state: 'unknown' })];
			await ledgers.open(server, { table }).insertIfAbsent([a, b]);
			await server.query(`
				GRANT SELECT, INSERT, UPDATE, DELETE ON ${table.name}, ${table.name}_schema, ${table.name}_terms, ${table.name}_changed, ${table.name}_notes TO guest;
				${hide.replaceAll('$', table.name)}`);
			const store = ledgers.open(server, { table, user: 'guest' });
			const mine = ({ entryId }: Row) => row({ entryId });
			const message = /rows are not stored or not returned\. Turn off row-level security and triggers/;
			await expect(store.insertIfAbsent([mine(a)])).rejects.toThrow(message);
			await expect(store.insertIfAbsent([mine(a), mine(b)])).rejects.toThrow(message);
		});
	});

	describe('a table that the user cannot create', () => {
		const message =
			/lacks a permission\. Grant CREATE on the schema; or have an administrator create the ledger/;

		it('and that does not exist', async () => {
			await expect(insert({ table: newTable(), user: 'guest' })).rejects.toThrow(message);
		});

		it('and that an administrator has created without sufficient grants', async () => {
			const table = newTable();
			await insert({ table });
			await expect(insert({ table, user: 'guest' })).rejects.toThrow(message);
			await server.query(`GRANT SELECT, INSERT, UPDATE, DELETE ON ${table.name} TO guest`);
			await expect(insert({ table, user: 'guest' })).rejects.toThrow(/permission denied.*_schema/);
		});

		it('is accepted when an administrator has created it with sufficient grants', async () => {
			const table = newTable();
			await insert({ table });
			await server.query(
				`GRANT SELECT, INSERT, UPDATE, DELETE ON ${table.name}, ${table.name}_schema, ${table.name}_terms, ${table.name}_changed, ${table.name}_notes TO guest`,
			);
			const [store, one] = [ledgers.open(server, { table, user: 'guest' }), row()];
			await store.insertIfAbsent([one, row()]);
			const next = { ...one, version: 2 };
			expect(await store.replaceIfVersion([next])).toEqual([true]);
			expect(await store.list({ limit: 5 })).toHaveLength(3);
			expect(await store.remove([next])).toEqual([true]);
			expect(await store.durabilityWarnings()).toEqual([]);
		});
	});
});
