import fc from '../fastCheck';

import type { Store } from '../../ledger/store';
import { SqliteStore } from '../../ledger/stores/sqlite/sqliteStore';
import { PostgresStore } from '../../ledger/stores/postgres/postgresStore';
import { RedisStore } from '../../ledger/stores/redis/redisStore';
import { StaticDataStore } from '../../ledger/stores/staticData';
import { LedgerFolder } from '../nodes/fixtures/ledgerFolder';
import { toPostgresSettings, toRedisSettings } from '../../nodes/shared/ledger/ledgerSettings';
import { whereInstalled, whereNoServer } from '../servers/binaries';
import { PostgresServer } from '../servers/postgresServer';
import { RedisServer } from '../servers/redisServer';
import { MapStore } from './mapStore';
import type { StepChoice, Journey } from './worker';
import type { ModelCommand } from './model';
import { FINGERPRINTS, Model } from './model';
import { FLAWS } from '../crash/flaws';
import { repeat } from '../crash/soak';
import { checkProperty } from '../ledger/property';
import { DAY, HOUR, LEASE, MINUTE } from '../ledger/requests';

const often = <T>(weight: number, ...values: T[]) => ({ weight, arbitrary: fc.constantFrom(...values) });

const choice: fc.Arbitrary<StepChoice> = fc.record({
	fault: fc.oneof(
		often(17, 'none' as const),
		often(3, 'before' as const, 'after' as const, 'denied' as const),
	),
	wire: fc.oneof(
		often(4, 'answered' as const),
		often(6, 'answer lost' as const, 'request lost' as const, 'slow' as const),
		often(3, 'refused' as const, 'wrong key' as const, 'rate limited' as const),
		often(1, 'sent before' as const),
	),
	execution: fc.constantFrom('charged', 'charged', 'declined', 'failed', 'failed but charged'),
	again: fc.boolean(),
});

const journey: fc.Arbitrary<Journey> = fc.record({
	order: fc.constantFrom('0', '0', '0', '1'),
	fingerprint: fc.constantFrom(...FINGERPRINTS),
	afterRejection: fc.constantFrom('returnStored', 'newAttempt'),
	waitMs: fc.constantFrom(0, 0, MINUTE),
});

const command: fc.Arbitrary<ModelCommand> = fc
	.tuple(
		fc.record({ choice, journey, worker: fc.nat(3) }),
		fc.oneof(
			{ weight: 30, arbitrary: fc.constant({ do: 'go' as const }) },
			{
				weight: 2,
				arbitrary: fc.record({ do: fc.constantFrom('crash' as const, 'crash after' as const) }),
			},
			{ weight: 1, arbitrary: fc.constant({ do: 'stripe finishes' as const }) },
			{ weight: 3, arbitrary: fc.constant({ do: 'clock jumps' as const }) },
			{
				weight: 3,
				arbitrary: fc.record({
					do: fc.constant('pass time' as const),
					ms: fc.oneof(often(6, MINUTE, LEASE, HOUR), often(2, 11 * HOUR, 23 * HOUR, DAY)),
				}),
			},
		),
	)
	.map(([common, what]) => ({ ...common, ...what }));

/** Each worker's clock may be wrong by more than any lease lasts, but by less than the margin of one hour. */
const skews = fc.array(fc.integer({ min: -25 * MINUTE, max: 25 * MINUTE }), { minLength: 2, maxLength: 4 });

/**
 * Runs many small histories. Each is checked after every step and once more at its end, when all workers have
 * stopped.
 */
async function neverChargesTwice(name: string, runs: number, storeOf: () => Store, how = {}): Promise<void> {
	const seen = {
		runs: 0,
		steps: 0,
		charges: 0,
		takenOver: 0,
		triedAnew: 0,
		withEvidence: 0,
		timeAsked: 0,
		timeUnanswered: 0,
	};
	const history = fc.array(command, { minLength: 20, maxLength: 120, size: 'max' });
	await checkProperty(
		`model, ${name}`,
		runs,
		fc.asyncProperty(skews, history, fc.boolean(), async (clocks, commands, isSoon) => {
			const state = new Model(storeOf(), clocks);
			for (const each of commands) await state.execute(each);
			const { takenOver, triedAnew, withEvidence } = state.seen;
			seen.takenOver += takenOver;
			seen.triedAnew += triedAnew;
			seen.withEvidence += withEvidence;
			await state.runToRest(isSoon);
			seen.runs++;
			seen.steps += state.steps;
			seen.timeAsked += state.time.asked;
			seen.timeUnanswered += state.time.unanswered;
			seen.charges += state.stripe.charges.length;
		}),
		how,
	);
	process.stderr.write(`model, ${name}: ${JSON.stringify(seen)}\n`);
	// Histories in which little happens prove nothing.
	expect(Math.min(seen.charges, seen.takenOver)).toBeGreaterThan(seen.runs / 4);
	expect(seen.timeUnanswered).toBeGreaterThan(0);
	// A small number of histories may not contain this.
	if (runs >= 100) expect(seen.triedAnew * seen.withEvidence).toBeGreaterThan(0);
}

describe('whatever happens in whatever order, each order is charged at most once, and no success is lost', () => {
	whereNoServer()('without a server', () => {
		it('by the rules alone', () => neverChargesTwice('rules', repeat(25, 3_000), () => new MapStore()));

		it.each([
			['reports to everyone that the entry was free', 'everybodyWins', 'Two hold one fence'],
			['starts a new attempt after a lease has expired', 'timeFrees', 'The fence grew without a grant'],
		] as const)('and a ledger that %s is noticed', async (_what, flaw, reason) => {
			const flawed = neverChargesTwice(flaw, 150, () => FLAWS[flaw](new MapStore()), {
				isToFail: true,
			});
			const failure: unknown = await flawed.catch((error: unknown) => error);
			expect(String((failure as Error).cause)).toContain(reason);
		});

		it('on Workflow Static Data, within one process', () =>
			neverChargesTwice(
				'static data',
				repeat(12, 300),
				() => new StaticDataStore({}, 'workflow', new Map()),
			));

		it('on a Local File', async () => {
			// In memory, because power cuts are not part of this test and disk writes would dominate its duration.
			const folder = new LedgerFolder();
			await neverChargesTwice('file', repeat(5, 300), () => SqliteStore.open(folder.file));
			await folder.remove();
		});
	});

	whereInstalled('initdb')('on a server', () => {
		it('of Postgres', async () => {
			const server = await PostgresServer.start();
			const store = PostgresStore.open(toPostgresSettings({ ...server.settings }, 'model'));
			await neverChargesTwice('Postgres', 25, () => store).finally(async () => {
				await store.close();
				await server.stop();
			});
		});
	});

	whereInstalled('redis-server')('on a server', () => {
		it('of Redis', async () => {
			const server = await RedisServer.start();
			const store = RedisStore.open(toRedisSettings({ ...server.credential }, 'model:'));
			await neverChargesTwice('Redis', 25, () => store).finally(async () => {
				store.close();
				await server.stop();
			});
		});
	});
});
