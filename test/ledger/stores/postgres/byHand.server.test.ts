import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { PostgresStore } from '../../../../ledger/stores/postgres/postgresStore';
import { summarize } from '../../../../ledger/queries/summarize';
import { whereInstalled } from '../../../servers/binaries';
import { PostgresServer } from '../../../servers/postgresServer';
import { getPostgresSettings } from './postgresLedgers';
import { row } from '../conformance';

const PAGE = readFileSync(join(__dirname, '../../../../docs/which-ledger.md'), 'utf8');

whereInstalled('initdb')('the table that an administrator creates from the docs', () => {
	let server: PostgresServer;
	beforeAll(async () => {
		server = await PostgresServer.start();
	});
	afterAll(() => server.stop());

	/** Columns with their types, order and collation; indexes. */
	async function shape(name: string): Promise<object[]> {
		const columns = await server.query(
			`SELECT column_name, data_type, is_nullable, collation_name FROM information_schema.columns
			WHERE table_name = $1 ORDER BY ordinal_position`,
			[name],
		);
		const indexes = await server.query<{ indexdef: string }>(
			'SELECT indexdef FROM pg_indexes WHERE tablename = $1 ORDER BY indexdef',
			[name],
		);
		return [...columns, ...indexes.map(({ indexdef }) => ({ index: indexdef.replaceAll(name, 't') }))];
	}

	it('is the table that the ledger creates itself, and suffices for a user who cannot create tables', async () => {
		const [, sql = ''] = /```sql\n([^]*?)```/.exec(PAGE) ?? [];
		await server.query('REVOKE CREATE ON SCHEMA public FROM PUBLIC');
		await server.query('CREATE USER payer');
		await server.query(sql);
		const mine = { ...getPostgresSettings(server), table: { name: 'n8n_idempotency' } };
		const byUser = PostgresStore.open({ ...mine, user: 'payer' });
		const one = row();
		await byUser.insertIfAbsent([one]);
		expect(await byUser.find([one.entryId])).toEqual([one]);
		await byUser.remove([one]);
		expect((await summarize(byUser, Date.now())).entries).toBe(0);
		const byLedger = PostgresStore.open({ ...mine, table: { name: 'made_by_itself' } });
		await byLedger.find([one.entryId]);
		expect(await shape('n8n_idempotency')).toEqual(await shape('made_by_itself'));
		expect(await shape('n8n_idempotency_terms')).toEqual(await shape('made_by_itself_terms'));
		for (const name of ['changed', 'notes'])
			expect(await shape(`n8n_idempotency_${name}`)).toEqual(await shape(`made_by_itself_${name}`));
		expect(await shape('n8n_idempotency_schema')).toEqual(await shape('made_by_itself_schema'));
		await Promise.all([byUser.close(), byLedger.close()]);
	});
});
