import { TRACE_POINTS } from '../../ledger/trace';
import { HOUR_MS, Setting } from '../nodes/setting';
import type { SimulatorPoint } from '../simulator/simulator';
import { startWorker } from './process';

/** More runs per point for a longer look: `CRASH_RUNS=10 npm test -- test/crash`. */
const RUNS = Number(process.env.CRASH_RUNS ?? 1);

const ORDERS = Array.from({ length: 5 }, (_, i) => ({ order: `order-${i}`, amount: 1000 + i }));

const POINTS_IN_STRIPE: SimulatorPoint['name'][] = [
	'received',
	'executing',
	'executed',
	'answering',
	'answered',
];

/** Every numbered point between claim and leaving: seven in the worker, five in Stripe while the worker waits. */
const POINTS = [
	...TRACE_POINTS.map((point) => ({ point, where: 'in the worker' as const })),
	...POINTS_IN_STRIPE.map((point) => ({ point, where: 'in Stripe' as const })),
].map((at, index) => ({ ...at, number: index + 1 }));

const MATRIX = POINTS.flatMap((at) =>
	// The first order, and one in the middle of the batch while others are under way.
	Array.from({ length: RUNS }, (_, run) => ({ ...at, nth: 1 + ((run * 2 + at.number) % ORDERS.length) })),
);

let setting: Setting;
let tally = { runs: 0, killed: 0, charges: 0, duplicates: 0, lost: 0 };

beforeEach(async () => {
	setting = await Setting.begin();
});
afterEach(() => setting.end());
afterAll(() => {
	console.info(`crash matrix: ${POINTS.length} points × ${RUNS} runs`, tally);
});

it.each(MATRIX)(
	'a worker killed at point $number ($point, $where, order $nth) and run again charges each order once',
	async ({ point, where, nth }) => {
		const work = {
			node: setting.node(),
			credential: {
				secretKey: 'sk_test_crash',
				baseUrl: setting.stripe.url,
				accountId: 'acct_simulator',
			},
			items: ORDERS,
		};
		const { child, ended } = startWorker(
			where === 'in the worker' ? { ...work, dieAt: { point, nth } } : work,
		);
		let reached = 0;
		const stop = setting.stripe.onPoint(async ({ name, request }) => {
			if (where !== 'in Stripe' || name !== point || request.method !== 'POST' || ++reached !== nth)
				return;
			child.kill('SIGKILL');
			await ended;
		});
		expect(await ended).toBe('SIGKILL');
		stop();

		// At once: the dead worker's claims still stand. Whatever comes out, nothing is charged twice and no item is lost.
		const options = { waitForBusySeconds: 0 };
		const soon = await setting.run(ORDERS, { options });
		expect([...soon.success, ...soon.serverError]).toHaveLength(ORDERS.length);
		expect(new Set(chargedOrders()).size).toBe(chargedOrders().length);

		// When their leases are over: every order is done, each once.
		setting.time.advance(HOUR_MS);
		const later = await setting.run(ORDERS, { options });
		expect(later.success.map(({ json }) => json.amount)).toEqual(ORDERS.map(({ amount }) => amount));
		const charged = chargedOrders();
		const duplicates = charged.length - new Set(charged).size;
		const lost = ORDERS.length - new Set(charged).size;
		tally = {
			runs: tally.runs + 1,
			killed: tally.killed + 1,
			charges: tally.charges + charged.length,
			duplicates: tally.duplicates + duplicates,
			lost: tally.lost + lost,
		};
		expect({ duplicates, lost }).toEqual({ duplicates: 0, lost: 0 });
		const entries = await setting.entries();
		expect(entries.map(({ state, attempt }) => [state, attempt])).toEqual(
			ORDERS.map(() => ['succeeded', 1]),
		);
	},
	60_000,
);

it.each(['claiming', 'claimed', 'sending', 'answered'])(
	'a worker killed at "%s" for 10:40:59, and the order delivered again for 10:41:00, charges once',
	async (point) => {
		const keyFields = { field: [{ path: 'at', treatAs: 'minute' }] };
		const at = (time: string) => ({ at: `2026-11-24T${time}Z`, amount: 500 });
		const { ended } = startWorker({
			node: setting.node({ parameters: { keyFields } }),
			credential: {
				secretKey: 'sk_test_crash',
				baseUrl: setting.stripe.url,
				accountId: 'acct_simulator',
			},
			items: [at('10:40:59')],
			dieAt: { point, nth: 1 },
		});
		expect(await ended).toBe('SIGKILL');
		setting.time.advance(HOUR_MS);
		const { success } = await setting.run([at('10:41:00'), at('10:40:59')], {
			parameters: { keyFields },
		});
		expect(success).toHaveLength(2);
		expect(setting.charges()).toBe(1);
	},
	60_000,
);

function chargedOrders(): number[] {
	return setting.stripe.report().charges.map(({ amount }) => amount);
}
