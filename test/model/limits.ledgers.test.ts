import fc from '../fastCheck';

import type { Store } from '../../ledger/store';
import { PostgresStore } from '../../ledger/stores/postgres/postgresStore';
import { RedisStore } from '../../ledger/stores/redis/redisStore';
import { SqliteStore } from '../../ledger/stores/sqlite/sqliteStore';
import { StaticDataStore } from '../../ledger/stores/staticData';
import { toPostgresSettings, toRedisSettings } from '../../nodes/shared/ledger/ledgerSettings';
import { repeat } from '../crash/soak';
import { checkProperty } from '../ledger/property';
import { DAY, HOUR, LEASE } from '../ledger/requests';
import { newFile, removeFolders } from '../ledger/temporary';
import { whereInstalled, whereNoServer } from '../servers/binaries';
import { PostgresServer } from '../servers/postgresServer';
import { RedisServer } from '../servers/redisServer';
import type { LimitCommand } from './limits';
import { LimitsModel } from './limits';
import { MapStore } from './mapStore';

const command: fc.Arbitrary<LimitCommand> = fc.record({
	do: fc.oneof(
		{ weight: 6, arbitrary: fc.constant('reserve' as const) },
		{ weight: 6, arbitrary: fc.constantFrom('pay' as const, 'claim' as const) },
		{
			weight: 6,
			arbitrary: fc.constantFrom(
				...(['settle late', 'deny', 'cancel', 'confirm', 'capture'] as const),
				...(['purge', 'pass time'] as const),
			),
		},
	),
	invoice: fc.nat(4),
	agent: fc.nat(1),
	session: fc.nat(1),
	outcome: fc.constantFrom(
		...(['succeeded', 'succeeded', 'rejected', 'unknown'] as const),
		...(['unauthorized', 'unreachable'] as const),
	),
	ms: fc.constantFrom(HOUR, LEASE, 12 * HOUR, 25 * HOUR, 9 * DAY),
	fault: fc.oneof(
		{ weight: 2, arbitrary: fc.constant('none' as const) },
		{
			weight: 3,
			arbitrary: fc.constantFrom('killed before' as const, 'killed after' as const, 'denied' as const),
		},
	),
	at: fc.nat(4),
});

/** From so many histories on, each kind of event has occurred. */
const ENOUGH_RUNS = 4;

/** Checks histories with two concurrent commands: after every step, each counter equals a full recount. */
async function countersAreSound(
	name: string,
	runs: number,
	open: () => Store | Promise<Store>,
): Promise<void> {
	const seen = { runs: 0, reserved: 0, refused: 0, paid: 0, cutOff: 0, givenBack: 0 };
	const history = fc.array(fc.tuple(command, command), { minLength: 5, maxLength: 30, size: 'max' });
	await checkProperty(
		`limits, ${name}`,
		runs,
		fc.asyncProperty(history, async (pairs) => {
			const model = new LimitsModel(await open());
			for (const pair of pairs) await model.execute(pair);
			seen.runs++;
			for (const what of ['reserved', 'refused', 'paid', 'cutOff', 'givenBack'] as const)
				seen[what] += model.seen[what];
		}),
	);
	process.stderr.write(`limits, ${name}: ${JSON.stringify(seen)}\n`);
	// Histories in which little happens prove nothing. A slow machine is interrupted, and then one or two may hold less.
	const { runs: times, ...events } = seen;
	const fewest = times < ENOUGH_RUNS ? Infinity : Math.min(...Object.values(events));
	expect(fewest).toBeGreaterThan(times / 5);
}

describe('whatever happens, concurrently and interrupted at any write, each counter of a limit equals the sum of its entries', () => {
	whereNoServer()('without a server', () => {
		afterAll(removeFolders);

		it('by the rules alone', () => countersAreSound('rules', repeat(30, 5_000), () => new MapStore()));

		it('on Workflow Static Data', () =>
			countersAreSound(
				'static data',
				repeat(8, 500),
				() => new StaticDataStore({}, 'workflow', new Map()),
			));

		it('on a Local File', async () => {
			const opened: SqliteStore[] = [];
			await countersAreSound('file', repeat(4, 100), () => {
				const store = SqliteStore.open(newFile());
				opened.push(store);
				return store;
			});
			await Promise.all(opened.map((store) => store.close()));
		});
	});

	whereInstalled('initdb')('on a server', () => {
		it('of Postgres', async () => {
			const server = await PostgresServer.start();
			const opened: PostgresStore[] = [];
			await countersAreSound('Postgres', repeat(15, 100), () => {
				const settings = toPostgresSettings({ ...server.settings }, `limits_${opened.length}`);
				opened.push(PostgresStore.open(settings));
				return opened.at(-1)!;
			}).finally(async () => {
				await Promise.all(opened.map((store) => store.close()));
				await server.stop();
			});
		});
	});

	whereInstalled('redis-server')('on a server', () => {
		it('of Redis', async () => {
			const server = await RedisServer.start();
			const opened: RedisStore[] = [];
			await countersAreSound('Redis', repeat(15, 100), () => {
				const settings = toRedisSettings({ ...server.credential }, `limits${opened.length}:`);
				opened.push(RedisStore.open(settings));
				return opened.at(-1)!;
			}).finally(async () => {
				for (const store of opened) store.close();
				await server.stop();
			});
		});
	});
});
