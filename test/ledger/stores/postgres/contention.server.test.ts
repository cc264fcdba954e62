import { Client } from 'pg';

import type { Entry } from '../../../../ledger/model/entry';
import { Ledger } from '../../../../ledger/ledger';
import type { PostgresStore } from '../../../../ledger/stores/postgres/postgresStore';
import { VERSION_COLUMN } from '../../../../ledger/stores/postgres/schema';
import { systemTime } from '../../../../ledger/clock';
import { whereInstalled } from '../../../servers/binaries';
import { until } from '../../../servers/until';
import { PostgresServer } from '../../../servers/postgresServer';
import { newTable, PostgresLedgers } from './postgresLedgers';
import { buildRequest, ENTRY_RETENTION_MS, buildReport } from '../../requests';
import { row } from '../conformance';
import type { Row } from '../../../../ledger/model/row';

const BATCH = 50;
const RIVALS = 6;
const ROUNDS = 6;

whereInstalled('initdb')('concurrent transactions', () => {
	const ledgers = new PostgresLedgers();
	let server: PostgresServer;
	beforeAll(async () => {
		// A deadlock is found at once, so that one that happens costs a test no patience, and does not hide.
		server = await PostgresServer.start({ settings: { deadlock_timeout: '10ms' } });
		for (const level of ['read committed', 'repeatable read', 'serializable']) {
			await server.query(`CREATE USER "${level}" SUPERUSER`);
			await server.query(`ALTER USER "${level}" SET default_transaction_isolation = '${level}'`);
		}
	});
	afterEach(() => ledgers.close());
	afterAll(() => server.stop());

	const versionOf = (answers: Row[][], n: number) => new Set(answers.map((rows) => rows[n]?.version));

	describe.each(['read committed', 'repeatable read', 'serializable'])('at the isolation %s', (user) => {
		let stores: PostgresStore[];
		let names: string[];
		beforeEach(async () => {
			const table = newTable();
			stores = Array.from({ length: RIVALS }, () => ledgers.open(server, { table, user }));
			// Each has its connections.
			await Promise.all(
				stores.map((store) => Promise.all([store.list({ limit: 1 }), store.list({ limit: 1 })])),
			);
			names = Array.from({ length: BATCH }, (_, n) => `entry ${String(n).padStart(2, '0')}`);
		});

		/** The rows of one rival, known by their version; every other one has them the other way round. */
		const batchOf = (version: number) => {
			const rows = names.map((entryId) => row({ entryId, version }));
			return version % 2 ? rows : rows.toReversed();
		};
		const inOrder = <T>(answers: T[], version: number) => (version % 2 ? answers : answers.toReversed());

		it('transactions that insert the same 50 entries, in opposite orders, see one winner of each', async () => {
			for (let round = 0; round < ROUNDS; round++) {
				names = names.map((name) => `${name}.`);
				const answers = await Promise.all(
					stores.map(async (store, n) => inOrder(await store.insertIfAbsent(batchOf(n)), n)),
				);
				const winners = names.map((_, n) => versionOf(answers, n));
				expect(winners.map(({ size }) => size)).toEqual(names.map(() => 1));
				const currentRows = await stores[0]!.find(names);
				expect(currentRows.map((one) => new Set([one?.version]))).toEqual(winners);
			}
			expect(server.log).not.toContain('deadlock detected');
		});

		it('transactions that replace, and then remove, the same 50 entries, in opposite orders, win each once', async () => {
			await stores[0]!.insertIfAbsent(names.map((entryId) => row({ entryId, version: 0 })));
			for (let round = 1; round <= ROUNDS; round++) {
				const next = names.map((entryId) => row({ entryId, version: round }));
				const answers = await Promise.all(
					stores.map(async (store, n) =>
						inOrder(await store.replaceIfVersion(inOrder(next, n)), n),
					),
				);
				const wins = names.map((_, n) => answers.filter((answer) => answer[n]).length);
				expect(wins).toEqual(names.map(() => 1));
			}
			const last = names.map((entryId) => row({ entryId, version: ROUNDS }));
			const removed = await Promise.all(
				stores.map(async (store, n) => inOrder(await store.remove(inOrder(last, n)), n)),
			);
			const wins = names.map((_, n) => removed.filter((answer) => answer[n]).length);
			expect(wins).toEqual(names.map(() => 1));
		});

		it('transactions that write the same 50 entries together, in opposite orders, win all of them or none', async () => {
			await stores[0]!.insertIfAbsent(names.map((entryId) => row({ entryId, version: 0 })));
			for (let round = 1; round <= ROUNDS; round++) {
				const next = names.map((entryId) => ({
					row: row({ entryId, version: round }),
					isNew: false,
				}));
				const ownOf = (n: number) => ({ row: row({ entryId: `own ${round} ${n}` }), isNew: true });
				const won = await Promise.all(
					stores.map((store, n) => store.replaceTogether(inOrder([...next, ownOf(n)], n))),
				);
				expect(won.filter(Boolean)).toHaveLength(1);
				const own = await stores[0]!.find(won.map((_, n) => `own ${round} ${n}`));
				expect(own.map((one) => one !== undefined)).toEqual(won);
				const current = await stores[0]!.find(names);
				expect(new Set(current.map((one) => one?.version))).toEqual(new Set([round]));
			}
		});

		it('single and batched transactions see one winner of each entry', async () => {
			const answers = await Promise.all(
				stores.map(async (store, n) =>
					n < 2
						? inOrder(await store.insertIfAbsent(batchOf(n)), n)
						: Promise.all(
								names.map(async (entryId) => {
									const [one] = await store.insertIfAbsent([row({ entryId, version: n })]);
									return one as Entry;
								}),
							),
				),
			);
			expect(names.map((_, n) => versionOf(answers, n).size)).toEqual(names.map(() => 1));
		});

		it('transactions that claim the same payment are granted it once, including a takeover', async () => {
			const request = buildRequest();
			const claims = () =>
				Promise.all(
					stores.flatMap((store) =>
						Array.from({ length: 3 }, async (_, n) => {
							const ledger = new Ledger(store, systemTime);
							return ledger.claim({ ...request, claimId: `${stores.indexOf(store)} ${n}` }, 0);
						}),
					),
				);
			for (let round = 0; round < ROUNDS; round++) {
				const granted = (await claims()).filter((claim) => claim.kind === 'granted');
				expect(granted).toHaveLength(1);
				// Unknown: the next one takes it over.
				const ledger = new Ledger(stores[round % RIVALS]!, systemTime);
				const { entry } = await ledger.settle(
					granted[0]!.grant,
					buildReport('unknown'),
					ENTRY_RETENTION_MS,
				);
				expect(entry.state).toBe('unknown');
			}
			await Promise.all(stores.map((store) => new Ledger(store, systemTime).waitUntilIdle()));
		});
	});

	it('transactions in a deadlock are resolved by the server, and the ledger continues', async () => {
		const table = newTable();
		await server.query(
			`CREATE USER patient SUPERUSER; ALTER USER patient SET deadlock_timeout = '1500ms'`,
		);
		const store = ledgers.open(server, { table, user: 'patient' });
		const rows = ['a', 'b'].map((entryId) => row({ entryId, version: 1 }));
		await store.insertIfAbsent(rows);
		const other = new Client(server.clientConfig);
		await other.connect();
		const lock = (entryId: string) =>
			`UPDATE ${table.name} SET state = state WHERE entry_id = '${entryId}'`;
		// The store is the one that the server sacrifices.
		await other.query(`SET deadlock_timeout = '20s'; BEGIN; ${lock('b')}`);
		// As soon as the store holds one row and waits for the other. In the server: this process may stand still by then.
		const closing = other.query(`
			DO $$ BEGIN
				LOOP
					PERFORM pg_stat_clear_snapshot();
					EXIT WHEN EXISTS (
						SELECT FROM pg_stat_activity WHERE usename = 'patient' AND wait_event_type = 'Lock'
					);
					PERFORM pg_sleep(0.01);
				END LOOP;
				${lock('a')};
			END $$`);
		const replacing = store.replaceIfVersion(rows.map((one) => ({ ...one, version: 2 })));
		await closing;
		await other.query('COMMIT');
		await other.end();
		expect(await replacing).toEqual([true, true]);
		// Else it would have proven nothing.
		expect(server.log).toContain('deadlock detected');
	});

	it('rows written together leave nothing if another transaction inserts one of them at the same moment', async () => {
		const table = newTable();
		const store = ledgers.open(server, { table });
		await store.insertIfAbsent([row({ entryId: 'pattern' })]);
		const other = new Client(server.clientConfig);
		await other.connect();
		await other.query(`BEGIN; INSERT INTO ${table.name} (entry_id, ${VERSION_COLUMN}, state, expires_at, content)
			SELECT 'b', 7, state, expires_at, content FROM ${table.name}`);
		const writing = store.replaceTogether(
			['a', 'b'].map((entryId) => ({ row: row({ entryId }), isNew: true })),
		);
		const waiting = `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'`;
		await until('it waits for the other', async () => (await server.query(waiting)).length > 0);
		await other.query('COMMIT');
		await other.end();
		expect(await writing).toBe(false);
		expect((await store.find(['a']))[0]).toBeUndefined();
	});

	it('a row that the server refuses fails only its own caller, not those of the same tick', async () => {
		const store = ledgers.open(server, { table: newTable() });
		const [a, b] = [row(), row()];
		const impossible = { ...row(), expiresAt: Number.NaN };
		const written = await Promise.allSettled(
			[a, impossible, b].map((one) => store.insertIfAbsent([one])),
		);
		expect(written).toMatchObject([
			{ status: 'fulfilled', value: [a] },
			{ status: 'rejected', reason: { name: 'StoreUnavailableError' } },
			{ status: 'fulfilled', value: [b] },
		]);
		expect(await store.find([a, impossible, b].map(({ entryId }) => entryId))).toEqual([a, undefined, b]);
		const next = [a, impossible, b].map((one) => ({ ...one, version: 2 }));
		const replaced = await Promise.allSettled(next.map((one) => store.replaceIfVersion([one])));
		expect(replaced.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
	});

	it('a conflict is also retried while the server has just been abandoned', async () => {
		const table = newTable();
		const store = ledgers.open(server, { table });
		await store.find(['x']);
		await server.query(`
			CREATE SEQUENCE tries;
			CREATE TABLE mood (code text, times int);
			INSERT INTO mood VALUES ('57P03', 1000000);
			CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ DECLARE now mood; BEGIN
				SELECT * INTO now FROM mood;
				IF nextval('tries') <= now.times THEN RAISE EXCEPTION 'not now' USING ERRCODE = now.code; END IF;
				RETURN NEW;
			END $$;
			CREATE TRIGGER moody BEFORE INSERT ON ${table.name} FOR EACH ROW EXECUTE FUNCTION refuse()`);
		await expect(store.insertIfAbsent([row()])).rejects.toThrow(/is starting/);
		await server.query(`UPDATE mood SET code = '40001', times = 3; SELECT setval('tries', 1, false)`);
		const one = row();
		expect(await store.insertIfAbsent([one])).toEqual([one]);
		expect(await server.query('SELECT last_value::int FROM tries')).toEqual([{ last_value: 4 }]);
	});
});
