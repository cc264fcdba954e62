import { Ledger } from '../../ledger/ledger';
import { leaseMs, sendUntilKnown } from '../../stripe/api/retry';
import { FakeTime, onHostWithClockOff } from '../ledger/fakeTime';
import { asking, RETENTION, told } from '../ledger/requests';
import { HOUR_MS, Setting } from '../nodes/setting';
import { until } from '../servers/until';
import { chanceOf } from './chance';
import { contend } from './contend';
import { onEach } from './grounds';
import { NodeWorker } from './nodeProcess';
import { using, workFor } from './nodeUsing';
import { ordersNamed } from './pay';
import { Payer } from './payerProcess';
import type { Place } from './place';
import { storeAt } from './place';
import { inSoakOnly, PATIENCE_MS } from './soak';
import { Spare } from './spare';
import { soundFor } from './verdict';

const ORDERS = [1, 2].map((n) => ({ order: `order-${n}`, amount: 1000 + n }));
const amounts = ORDERS.map(({ amount }) => amount);

let payers: Payer[];
const workers = new Spare(() => NodeWorker.start());
beforeAll(async () => {
	workers.begin();
	payers = [await Payer.start(), await Payer.start()];
});
afterAll(() => Promise.all([workers.stop(), ...payers.map((payer) => payer.kill())]));

onEach(['Local File', 'Postgres', 'Redis'], (ground, name) => {
	it.each([2_000, -2_000])(
		'as long as a worker may be sending, one whose clock is off by %d ms is kept waiting',
		async (offMs) => {
			const policy = { timeoutMs: 1_000, maxRetries: 0 };
			const time = new FakeTime(Date.now(), 'stands');
			const place = ground().newPlace();
			const ledger = new Ledger(storeAt(place), time);
			const other = new Ledger(storeAt(place), onHostWithClockOff(time, offMs));
			const first = await ledger.claim(asking({ leaseMs: leaseMs(policy) }), 0);
			if (first.kind !== 'granted') throw new Error(first.kind);
			const { entry } = first.grant;
			// The last moment at which the send loop lets a request go, and the end of its patience.
			const mayBegin = async () => {
				const send = async () => ({ kind: 'no_answer' as const, cause: new Error() });
				return (await sendUntilKnown(send, policy, entry.leaseUntil, time)).length > 0;
			};
			while (await mayBegin()) time.advance(100);
			time.advance(policy.timeoutMs);
			expect(time.now()).toBeLessThan(entry.leaseUntil);
			expect((await other.claim(asking(), 0)).kind).toBe('busy');
			await ledger.settle(first.grant, told('succeeded'), RETENTION);
			expect((await other.claim(asking(), 0)).kind).toBe('replay');
			await storeAt(place).close();
		},
	);

	it(
		'two processes whose clocks are 2 s apart send each order once, and take nothing over',
		async () => {
			const orders = ordersNamed('order', 40);
			const { verdict, sentAgain, takenOver } = await contend(payers, {
				...{ place: ground().newPlace(), orders, workers: [6, 6], latencyMs: 20 },
				...{ clocksOffMs: [0, 2_000], chance: chanceOf(`clocks apart, ${name}`) },
			});
			expect(verdict).toEqual(soundFor(orders));
			expect({ sentAgain, takenOver }).toEqual({ sentAgain: 0, takenOver: 0 });
		},
		PATIENCE_MS,
	);

	/** A worker stands still as soon as Stripe has charged its first order; another one pays, then it goes on. */
	async function overtaken(
		options: { timeoutSeconds: number; maxRetries: number },
		meanwhile: (setting: Setting, place: Place) => Promise<unknown>,
	) {
		const setting = await Setting.begin();
		const place = ground().newPlace();
		const how = using(setting, place, { options: { ...options, concurrency: 1 } });
		const worker = await workers.take();
		workers.begin();
		try {
			const charged = new Promise<void>((resolve) => {
				const stop = setting.stripe.onPoint(async ({ name: point }) => {
					if (point !== 'executed') return;
					stop();
					await worker.pause();
					resolve();
				});
			});
			const working = worker.do(workFor(setting, how, ORDERS));
			await charged;
			await meanwhile(setting, place);
			const { success } = await setting.run(ORDERS, how);
			await worker.resume();
			const outputs = await working;
			const ledger = new Ledger(storeAt(place), setting.time);
			const entries = (await ledger.list({ limit: 10 })).toSorted((a, b) => a.createdAt - b.createdAt);
			await storeAt(place).close();
			const sends = setting.stripe.sends().length;
			return { success, outputs, entries, charges: setting.charges(), sends };
		} finally {
			await worker.kill();
			await setting.end();
		}
	}

	it(
		'a worker that stood still past its lease after Stripe charged: one charge, its late settle is evidence, its items are told',
		async () => {
			const { success, outputs, entries, charges } = await overtaken(
				{ timeoutSeconds: 60, maxRetries: 0 },
				async (setting) => setting.time.advance(HOUR_MS),
			);
			expect(success.map(({ json }) => json.amount)).toEqual(amounts);
			expect(charges).toBe(ORDERS.length);
			expect(entries).toMatchObject([
				{ state: 'succeeded', attempt: 1, fence: 2, doubt: false },
				{ state: 'succeeded', attempt: 1, fence: 1 },
			]);
			expect(entries[0]?.evidence).toMatchObject([{ fence: 1, outcome: { kind: 'succeeded' } }]);
			expect(outputs?.[0]?.map(({ json }) => json.amount)).toEqual(amounts);
		},
		PATIENCE_MS,
	);

	inSoakOnly(
		'a worker that really stood still for as long as its lease sends nothing when it wakes up',
		async () => {
			const { success, outputs, entries, charges, sends } = await overtaken(
				{ timeoutSeconds: 1, maxRetries: 1 },
				async (_setting, place) => {
					const store = storeAt(place);
					const [held] = await store.list({ states: ['in_flight'], limit: 1 });
					if (held?.state !== 'in_flight') throw new Error('Nobody holds the order');
					await until('the end of the lease', () => Date.now() > held.leaseUntil, 60_000);
				},
			);
			expect(success.map(({ json }) => json.amount)).toEqual(amounts);
			expect(charges).toBe(ORDERS.length);
			// The first order was sent by both, the second one only by the one who came later.
			expect(sends).toBe(ORDERS.length + 1);
			expect(entries).toMatchObject([
				{ state: 'succeeded', attempt: 1, fence: 2, doubt: false, evidence: [{ fence: 1 }] },
				{ state: 'succeeded', attempt: 1, fence: 1 },
			]);
			expect(outputs?.flat()).toHaveLength(ORDERS.length);
		},
		PATIENCE_MS,
	);
});
