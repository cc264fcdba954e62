import { whereInstalled } from '../../../servers/binaries';
import { PostgresServer } from '../../../servers/postgresServer';
import { newTable, PostgresLedgers } from './postgresLedgers';

whereInstalled('initdb')('a server', () => {
	const ledgers = new PostgresLedgers();
	let server: PostgresServer;
	beforeAll(async () => (server = await PostgresServer.start()));
	afterEach(() => ledgers.close());
	afterAll(() => server.stop());

	/** As a process sees them that begins now. */
	const risks = (user = server.user, table = newTable()) =>
		ledgers.open(server, { table, user }).durabilityWarnings();

	it('with safe settings causes no warning', async () => {
		expect(await risks()).toEqual([]);
	});

	it.each([
		['full_page_writes', /full_page_writes = off/],
		[
			'synchronous_commit',
			/synchronous_commit = off.*a crash may lose the writes of the last second, and payments could be sent again/,
		],
	])('without %s causes a warning', async (setting, message) => {
		await server.query(`ALTER SYSTEM SET ${setting} = off`);
		await server.query('SELECT pg_reload_conf()');
		try {
			expect(await risks()).toEqual([expect.stringMatching(message)]);
		} finally {
			await server.query(`ALTER SYSTEM RESET ${setting}`);
			await server.query('SELECT pg_reload_conf()');
		}
	});

	it('without fsync causes a warning', async () => {
		const careless = await PostgresServer.start({ settings: { fsync: 'off' } });
		const messages = await ledgers.open(careless).durabilityWarnings();
		await careless.stop();
		expect(messages).toEqual([
			expect.stringMatching(/fsync = off.*a power failure may corrupt the ledger/),
		]);
	});

	it('that does not wait for the disk for one user causes a warning for this user only', async () => {
		await server.query('CREATE USER hasty SUPERUSER; ALTER USER hasty SET synchronous_commit = off');
		expect(await risks('hasty')).toEqual([expect.stringContaining('at least for this user')]);
		expect(await risks()).toEqual([]);
	});

	it('that would lose the table in a crash causes a warning', async () => {
		const table = newTable();
		await ledgers.open(server, { table }).find(['x']);
		await server.query(`ALTER TABLE ${table.name} SET UNLOGGED`);
		expect(await risks(server.user, table)).toEqual([expect.stringContaining('UNLOGGED')]);
	});

	it('is checked from time to time, and not for every payment', async () => {
		const store = ledgers.open(server, { table: newTable() });
		expect(store.durabilityWarnings()).toBe(store.durabilityWarnings());
	});
});
