import { useLedgerAt } from '../../crash/nodeUsing';
import { whereInstalled } from '../../servers/binaries';
import { PostgresServer } from '../../servers/postgresServer';
import { NodeFixture, ONE_HOUR_MS } from '../fixtures/nodeFixture';

const ORDERS = Array.from({ length: 12 }, (_, i) => ({ order: `order-${i}`, amount: 1000 + i }));

whereInstalled('initdb')(
	'a ledger on a Postgres server that becomes read-only in the middle of a run',
	() => {
		let server: PostgresServer;
		let fixture: NodeFixture;
		beforeAll(async () => {
			server = await PostgresServer.start();
			fixture = await NodeFixture.start();
		});
		afterAll(async () => {
			await fixture.stop();
			await server.stop();
		});

		/** Takes effect in the sessions that are open. */
		async function setReadOnly(state: 'on' | 'off'): Promise<void> {
			await server.query(`ALTER SYSTEM SET default_transaction_read_only = ${state}`);
			await server.query('SELECT pg_reload_conf()');
		}

		it('loses no item: each reports its outcome, and is charged once when the server accepts writes again', async () => {
			const location = { ledger: 'postgres', table: 'read_only', credential: server.settings } as const;
			const how = useLedgerAt(fixture, location, { options: { concurrency: 3 } });
			let executed = 0;
			const stop = fixture.stripe.onPoint(({ name, request }) =>
				name === 'executed' && request.method === 'POST' && ++executed === 4
					? setReadOnly('on')
					: undefined,
			);
			const { success, fix, retry } = await fixture.run(ORDERS, how);
			stop();
			expect([success.length + retry.length, fix]).toEqual([ORDERS.length, []]);
			// What was sent is told as it is, also where it could not be written down.
			expect(success).toHaveLength(fixture.charges());
			expect(success.filter(({ json }) => json.idempotency?.warning)).not.toHaveLength(0);
			const refused = { outcome: 'ledger_unavailable', retryable: true };
			for (const { json } of retry) {
				const message = expect.stringContaining('the server is read-only') as string;
				expect(json).toMatchObject({ error: { ...refused, message }, idempotency: { sends: 0 } });
			}

			await setReadOnly('off');
			fixture.time.advance(ONE_HOUR_MS);
			const later = await fixture.run(ORDERS, how);
			expect(later.success).toHaveLength(ORDERS.length);
			expect(fixture.charges()).toBe(ORDERS.length);
			const keys = fixture.stripe.sends().map(({ key }) => key);
			expect(new Set(keys).size).toBe(ORDERS.length);
		});
	},
);
