import { Ledger } from '../../ledger/ledger';
import { leaseDurationMs, sendWithRetries } from '../../stripe/api/retry';
import { StripeIdempotent } from '../../nodes/StripeIdempotent/StripeIdempotent.node.ts';
import { FakeClock, HostTime, onSkewedHost } from '../ledger/fakeClock';
import { buildRequest, ENTRY_RETENTION_MS, buildReport } from '../ledger/requests';
import { ONE_HOUR_MS, NodeFixture } from '../nodes/fixtures/nodeFixture';
import { STRIPE_NODE } from '../nodes/fixtures/ordersFixture';
import { until } from '../servers/until';
import { seedRandom } from './randomSource';
import { contend } from './contend';
import { describeEachBackend } from './ledgerBackends';
import { NodeWorker } from './nodeProcess';
import { useLedgerAt, buildJob } from './nodeUsing';
import { nameOrders } from './pay';
import { PaymentWorker } from './paymentWorker';
import { recordTime } from '../../ledger/maintenance/newestTime';
import type { LedgerLocation } from './ledgerLocation';
import { openStore } from './ledgerLocation';
import { inSoakOnly, PATIENCE_MS, report, shareRows } from './soak';
import { WarmWorkerPool } from './warmWorkerPool';
import { buildSoundAudit } from './audit';

const YEAR_MS = 365 * 24 * ONE_HOUR_MS;

const ORDERS = [1, 2].map((n) => ({ order: `order-${n}`, amount: 1000 + n }));
const amounts = ORDERS.map(({ amount }) => amount);

/** How far the clock of a worker is off in ms, and the point at which it is killed. */
const KILLS = [4 * ONE_HOUR_MS, -4 * ONE_HOUR_MS, YEAR_MS, -YEAR_MS].flatMap((offMs) =>
	(['claimed', 'answered'] as const).map((point) => ({ offMs, point })),
);

const LEDGERS = ['Local File', 'Postgres', 'Redis'] as const;

let workerProcesses: PaymentWorker[];
const workers = new WarmWorkerPool(() => NodeWorker.start());
beforeAll(async () => {
	workers.begin();
	workerProcesses = [await PaymentWorker.start(), await PaymentWorker.start()];
});
afterAll(() => Promise.all([workers.stop(), ...workerProcesses.map((payer) => payer.kill())]));

describeEachBackend(LEDGERS, (backend, name) => {
	const tally = { kills: 0, charges: 0, duplicates: 0, lost: 0, stuck: 0 };
	afterAll(() => report(`kills with wrong clocks, ${name}`, tally));

	it.each([2_000, -2_000])(
		'while another worker may still be sending, one whose clock is off by %d ms waits',
		async (offMs) => {
			const policy = { timeoutMs: 1_000, maxRetries: 0 };
			const time = new FakeClock(Date.now(), 'stands');
			const location = backend().newLocation();
			const ledger = new Ledger(openStore(location), time);
			const other = new Ledger(openStore(location), onSkewedHost(time, offMs));
			const first = await ledger.claim(buildRequest({ leaseMs: leaseDurationMs(policy) }), 0);
			if (first.kind !== 'granted') throw new Error(first.kind);
			const { entry } = first.grant;
			// The last moment at which the send loop sends a request, with its full timeout.
			const mayBegin = async () => {
				const send = async () => ({ kind: 'no_response' as const, cause: new Error() });
				return (await sendWithRetries(send, policy, entry.leaseUntil, time)).length > 0;
			};
			while (await mayBegin()) time.advance(100);
			time.advance(policy.timeoutMs);
			expect(time.now()).toBeLessThan(entry.leaseUntil);
			expect((await other.claim(buildRequest(), 0)).kind).toBe('busy');
			await ledger.settle(first.grant, buildReport('succeeded'), ENTRY_RETENTION_MS);
			expect((await other.claim(buildRequest(), 0)).kind).toBe('replay');
			await openStore(location).close();
		},
	);

	it.each([2_000, YEAR_MS])(
		'two processes whose clocks are %d ms apart send each order once, and take over nothing',
		async (apartMs) => {
			const orders = nameOrders('order', 40);
			const {
				audit: audit,
				sentAgain,
				takenOver,
			} = await contend(workerProcesses, {
				location: backend().newLocation(),
				orders,
				workers: [6, 6],
				latencyMs: 20,
				clocksOffMs: [0, apartMs],
				chance: seedRandom(`clocks apart, ${name}`),
			});
			expect(audit).toEqual(buildSoundAudit(orders));
			expect({ sentAgain, takenOver }).toEqual({ sentAgain: 0, takenOver: 0 });
		},
		PATIENCE_MS,
	);

	it.each(shareRows(LEDGERS, name, KILLS))(
		'a worker whose clock is off by $offMs ms is killed at "$point": an hour later each order is charged, and no entry is stuck',
		async ({ offMs, point }) => {
			const fixture = await NodeFixture.start();
			const location = backend().newLocation();
			const how = useLedgerAt(fixture, location, {
				options: { waitForBusySeconds: 0, concurrency: 1 },
			});
			const worker = await workers.take();
			workers.begin();
			try {
				const work = buildJob(fixture, how, ORDERS);
				await worker.do({ ...work, clockOffMs: offMs, dieAt: { point, nth: 2 } });
				expect(await worker.ended).toBe('SIGKILL');
				fixture.time.advance(ONE_HOUR_MS);
				const { success } = await fixture.run(ORDERS, how);
				const charged = fixture.stripe.report().charges.map(({ amount }) => amount);
				const duplicates = charged.length - new Set(charged).size;
				const lost = amounts.filter((amount) => !charged.includes(amount)).length;
				const stuck = ORDERS.length - success.length;
				Object.assign(tally, {
					kills: tally.kills + 1,
					charges: tally.charges + charged.length,
					duplicates: tally.duplicates + duplicates,
					lost: tally.lost + lost,
					stuck: tally.stuck + stuck,
				});
				expect({ duplicates, lost, stuck }).toEqual({ duplicates: 0, lost: 0, stuck: 0 });
			} finally {
				await openStore(location).close();
				await fixture.stop();
			}
		},
		PATIENCE_MS,
	);

	it(
		'a host a year ahead whose clock is reset repeatedly while it works charges each order once, and its lost responses are found',
		async () => {
			const fixture = await NodeFixture.start();
			const location = backend().newLocation();
			const chance = seedRandom(`clocks that jump, ${name}`);
			const time = new HostTime(fixture.time, YEAR_MS);
			const orders = Array.from({ length: 30 }, (_, n) => ({ order: `jump-${n}`, amount: 2_000 + n }));
			const how = useLedgerAt(fixture, location, { options: { maxRetries: 2, concurrency: 3 } });
			const run = { ...how.run, nodeTypes: { [STRIPE_NODE]: new StripeIdempotent(time) } };
			const jumps = [4 * ONE_HOUR_MS, -4 * ONE_HOUR_MS, YEAR_MS, -YEAR_MS, 10_000];
			fixture.stripe.onPoint(({ request }) => {
				if (request.method === 'POST' && chance.below(4) === 0)
					time.set(jumps[chance.below(jumps.length)] ?? 0);
			});
			fixture.stripe.inject({ kind: 'resetAfter', times: 20, match: { method: 'POST' } });
			try {
				await fixture.run(orders, { ...how, run });
				for (const laterMs of [0, 26 * ONE_HOUR_MS, 80 * ONE_HOUR_MS]) {
					fixture.time.advance(laterMs);
					await fixture.run(orders, { ...how, run });
				}
				const { success } = await fixture.run(orders, how);
				expect(success).toHaveLength(orders.length);
				expect(fixture.charges()).toBe(orders.length);
			} finally {
				await openStore(location).close();
				await fixture.stop();
			}
		},
		PATIENCE_MS,
	);

	/**
	 * Pauses a worker as soon as Stripe has charged its first order; another worker pays, then the first one
	 * resumes.
	 */
	async function overtaken(
		options: { timeoutSeconds: number; maxRetries: number },
		meanwhile: (fixture: NodeFixture, location: LedgerLocation) => Promise<unknown>,
	) {
		const fixture = await NodeFixture.start();
		const location = backend().newLocation();
		const how = useLedgerAt(fixture, location, { options: { ...options, concurrency: 1 } });
		const worker = await workers.take();
		workers.begin();
		// The ledger is in use, so no worker writes the time just then and holds a lock while it is paused.
		await recordTime(openStore(location), fixture.time.now());
		try {
			const charged = new Promise<void>((resolve) => {
				const stop = fixture.stripe.onPoint(async ({ name: point, request }) => {
					if (point !== 'executed' || request.method !== 'POST') return;
					stop();
					await worker.pause();
					resolve();
				});
			});
			const working = worker.do(buildJob(fixture, how, ORDERS));
			await charged;
			await meanwhile(fixture, location);
			const { success } = await fixture.run(ORDERS, how);
			await worker.resume();
			const outputs = await working;
			const ledger = new Ledger(openStore(location), fixture.time);
			const entries = (await ledger.list({ limit: 10 })).toSorted((a, b) => a.createdAt - b.createdAt);
			await openStore(location).close();
			const sends = fixture.stripe.sends().length;
			return { success, outputs, entries, charges: fixture.charges(), sends };
		} finally {
			await worker.kill();
			await fixture.stop();
		}
	}

	it(
		'a worker suspended past its lease after Stripe charged makes one charge, its late settle is recorded as a late response, and its items report it',
		async () => {
			const { success, outputs, entries, charges } = await overtaken(
				{ timeoutSeconds: 60, maxRetries: 0 },
				async (fixture) => fixture.time.advance(ONE_HOUR_MS),
			);
			expect(success.map(({ json }) => json.amount)).toEqual(amounts);
			expect(charges).toBe(ORDERS.length);
			expect(entries).toMatchObject([
				{ state: 'succeeded', attempt: 1, fence: 2, mayHaveExecuted: false },
				{ state: 'succeeded', attempt: 1, fence: 1 },
			]);
			expect(entries[0]?.lateResponses).toMatchObject([{ fence: 1, outcome: { kind: 'succeeded' } }]);
			expect(outputs?.[0]?.map(({ json }) => json.amount)).toEqual(amounts);
		},
		PATIENCE_MS,
	);

	inSoakOnly()(
		'a worker suspended for as long as its lease sends nothing when it resumes',
		async () => {
			const { success, outputs, entries, charges, sends } = await overtaken(
				{ timeoutSeconds: 1, maxRetries: 1 },
				async (_setting, location) => {
					const store = openStore(location);
					const [held] = await store.list({ states: ['in_flight'], limit: 1 });
					if (held?.state !== 'in_flight') throw new Error('Nobody holds the order');
					await until('the end of the lease', () => Date.now() > held.leaseUntil, 60_000);
				},
			);
			expect(success.map(({ json }) => json.amount)).toEqual(amounts);
			expect(charges).toBe(ORDERS.length);
			// Both workers sent the first order; only the later one sent the second.
			expect(sends).toBe(ORDERS.length + 1);
			expect(entries).toMatchObject([
				{
					state: 'succeeded',
					attempt: 1,
					fence: 2,
					mayHaveExecuted: false,
					lateResponses: [{ fence: 1 }],
				},
				{ state: 'succeeded', attempt: 1, fence: 1 },
			]);
			expect(outputs?.flat()).toHaveLength(ORDERS.length);
		},
		PATIENCE_MS,
	);
});
