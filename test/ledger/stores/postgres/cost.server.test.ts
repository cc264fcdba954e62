import { Client } from 'pg';

import { Ledger } from '../../../../ledger/ledger';
import type { PostgresStore } from '../../../../ledger/stores/postgres/postgresStore';
import { PURGEABLE_STATES, ROW_STATES } from '../../../../ledger/store';
import { systemTime } from '../../../../ledger/clock';
import type { ClaimDecision } from '../../../../ledger/rules/claim';
import { whereInstalled } from '../../../servers/binaries';
import { PostgresServer } from '../../../servers/postgresServer';
import { TcpProxy } from '../../../servers/tcpProxy';
import { interceptQueries, newTable, PostgresLedgers } from './postgresLedgers';
import { buildRequest, ENTRY_RETENTION_MS, buildReport } from '../../requests';
import { row } from '../conformance';

const ROWS = 100_000;
const BATCH = 50;

interface Plan {
	'Node Type': string;
	'Relation Name'?: string;
	'Actual Rows': number;
	'Actual Loops': number;
	Plans?: Plan[];
}

whereInstalled('initdb')(`a ledger with ${ROWS} rows`, () => {
	const ledgers = new PostgresLedgers();
	let server: PostgresServer;
	let store: PostgresStore;
	let client: Client;
	beforeAll(async () => {
		server = await PostgresServer.start();
		store = ledgers.open(server);
		await store.insertIfAbsent([row({ entryId: 'pattern' })]);
		client = new Client(server.clientConfig);
		await client.connect();
		await client.query(
			`INSERT INTO ledger SELECT 'entry ' || n, 1, ($1::text[])[1 + n % 8], n, content FROM ledger, generate_series(1, $2) n`,
			[ROW_STATES, ROWS],
		);
		await client.query('ANALYZE ledger');
	});
	afterAll(async () => {
		await client.end();
		await ledgers.close();
		await server.stop();
	});

	/** Every step of what the server does for a statement, with what it has met in it. */
	async function stepsOf(name: 'list' | 'replaceMany' | 'remove', values: unknown[], how: string) {
		await client.query(`SET plan_cache_mode = ${how}`);
		const { text } = interceptQueries(store).sql[name];
		// Prepared, as the store does it, because the server may then plan for any values.
		const literals = values.map((value) => client.escapeLiteral(literal(value)));
		await client.query('DEALLOCATE ALL');
		await client.query(`PREPARE asked AS ${text}`);
		const { rows } = await client.query<{ 'QUERY PLAN': { Plan: Plan }[] }>(
			`EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE asked (${literals.join(', ')})`,
		);
		const steps: Plan[] = [rows[0]!['QUERY PLAN'][0]!.Plan];
		// It grows while it is gone through.
		for (const step of steps) steps.push(...(step.Plans ?? []));
		return steps;
	}
	const literal = (value: unknown) => (Array.isArray(value) ? `{${value.join(',')}}` : String(value));

	describe.each(['force_custom_plan', 'force_generic_plan'])('planned with %s', (how) => {
		it.each<[string, unknown[]]>([
			['the newest of every state', [ROW_STATES, Number.MAX_SAFE_INTEGER, 50]],
			['the newest of one state', [['unknown'], Number.MAX_SAFE_INTEGER, 50]],
			['what may be purged', [PURGEABLE_STATES, ROWS / 2, 5]],
			['what may be purged, if there is nothing', [PURGEABLE_STATES, -1, 5]],
		])('lists %s by the index, and reads no more rows than it returns', async (_name, values) => {
			const steps = await stepsOf('list', values, how);
			expect(steps.map((step) => step['Node Type'])).not.toContain('Seq Scan');
			const [states, , limit] = values as [unknown[], number, number];
			for (const step of steps) {
				expect(step['Actual Rows'] * step['Actual Loops']).toBeLessThanOrEqual(states.length * limit);
			}
		});

		it.each<['replaceMany' | 'remove', unknown[][]]>([
			['replaceMany', [['x'], [2], ['unknown'], [1], [0], ['[]']]],
			['remove', [['x'], [2]]],
		])('finds rows to %s by the index', async (name, values) => {
			const batch = values.map(([value]) =>
				Array.from({ length: BATCH }, (_, n) => (value === 'x' ? `nobody ${n}` : value)),
			);
			const steps = await stepsOf(name, batch, how);
			const scanned = steps.filter((step) => step['Node Type'] === 'Seq Scan');
			// Of terms there are none here, and what stands in one page is read as a whole.
			expect(scanned.map((step) => step['Relation Name'])).not.toContain('ledger');
		});
	});

	describe('uses one round trip', () => {
		let wire: TcpProxy;
		let far: PostgresStore;
		beforeAll(async () => {
			wire = await TcpProxy.to(server.host, server.port);
			const { host, port } = wire;
			far = ledgers.open({ host, port, settings: server.settings }, { table: newTable() });
			// The table is made, and a connection is there.
			await far.find(['x']);
		});
		afterAll(() => wire.stop());

		async function roundTrips(work: () => Promise<unknown>): Promise<number> {
			const before = wire.roundTrips;
			await work();
			return wire.roundTrips - before;
		}

		it(`for ${BATCH} inserts, replacements, look-ups or removals`, async () => {
			// The first time, the server also learns the statements; that costs no round trip either.
			for (let round = 0; round < 2; round++) {
				const rows = Array.from({ length: BATCH }, () => row());
				const next = rows.map((one) => ({ ...one, version: one.version + 1 }));
				expect(await roundTrips(() => far.insertIfAbsent(rows))).toBe(1);
				expect(await roundTrips(() => far.replaceIfVersion(next))).toBe(1);
				expect(await roundTrips(() => far.find(rows.map(({ entryId }) => entryId)))).toBe(1);
				expect(await roundTrips(() => far.remove(next))).toBe(1);
			}
		});

		it(`for the requests of ${BATCH} callers in one tick`, async () => {
			const rows = Array.from({ length: BATCH }, () => row());
			const next = rows.map((one) => ({ ...one, version: one.version + 1 }));
			const each = <T>(all: readonly T[], ask: (one: [T]) => Promise<unknown>) =>
				roundTrips(() => Promise.all(all.map((one) => ask([one]))));
			expect(await each(rows, (one) => far.insertIfAbsent(one))).toBe(1);
			expect(await each(next, (one) => far.replaceIfVersion(one))).toBe(1);
			expect(await each(rows, ([{ entryId }]) => far.find([entryId]))).toBe(1);
			expect(await each(next, (one) => far.remove(one))).toBe(1);
		});

		it('for the row and the kill switch, for a first claim, and for its settle', async () => {
			const ledger = new Ledger(far, systemTime);
			// The upkeep beside this claim finds nothing to do, and rests for a minute.
			await ledger.claim(buildRequest(), 0);
			await ledger.waitUntilIdle();
			const request = buildRequest({ order: 'the one that counts' });
			let claimed: ClaimDecision | undefined;
			expect(await roundTrips(async () => (claimed = await ledger.claim(request, 0)))).toBe(2);
			if (claimed?.kind !== 'granted') throw new Error('It was not granted');
			const { grant } = claimed;
			expect(
				await roundTrips(() => ledger.settle(grant, buildReport('succeeded'), ENTRY_RETENTION_MS)),
			).toBe(1);
		});
	});
});
