import { Ledger } from '../../ledger/ledger';
import { RENEWAL_POINTS } from '../../ledger/tracing';
import { ONE_HOUR_MS, NodeFixture } from '../nodes/fixtures/nodeFixture';
import { stripeAt } from '../simulator/client';
import { describeEachBackend } from './ledgerBackends';
import { NodeWorker } from './nodeProcess';
import { useLedgerAt, buildJob } from './nodeUsing';
import { openStore } from './ledgerLocation';
import { PATIENCE_MS, repeat, shareRows } from './soak';
import { WarmWorkerPool } from './warmWorkerPool';

const ORDER = { order: '1001', amount: 1999 };
const [SAME, OTHER] = [ORDER, { ...ORDER, amount: 2999 }];

/** The short form tests the points around each step of the new attempt. */
const IN_WORKER = [
	'claimed',
	...RENEWAL_POINTS,
	'sending',
	'answered',
	...(repeat(0, 1) ? ['claiming', 'settling', 'settled'] : []),
];
const IN_STRIPE = ['executed', ...(repeat(0, 1) ? ['received', 'answered'] : [])];

/**
 * The point at which a worker dies while it begins a new attempt after a decline, the request, and whether the
 * customer pays meanwhile.
 */
const MATRIX = [
	...IN_WORKER.map((point) => ({ where: 'in the worker', point, order: OTHER })),
	...IN_STRIPE.map((point) => ({ where: 'in Stripe, cancelling', point, order: OTHER })),
	...['claimed', 'sending', 'answered'].map((point) => ({ where: 'in the worker', point, order: SAME })),
].flatMap((row) => [
	{ ...row, isPaid: false, meanwhile: 'nothing happens' },
	{ ...row, isPaid: true, meanwhile: 'the customer pays' },
]);

const LEDGERS = ['Local File', 'Postgres', 'Redis'] as const;

const workers = new WarmWorkerPool(() => NodeWorker.start());
afterAll(() => workers.stop());

let fixture: NodeFixture;
beforeEach(async () => {
	workers.begin();
	fixture = await NodeFixture.start();
});
afterEach(() => fixture.stop());

const charges = () => fixture.stripe.report().charges;

/** The customer tries to pay the declined payment. A cancelled or paid payment cannot be paid. */
async function tryToPay(id: string): Promise<void> {
	const stripe = stripeAt(fixture.stripe, 'sk_test_crash');
	await stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_visa' }).catch(() => undefined);
}

describeEachBackend(LEDGERS, (backend, name) => {
	it.each(shareRows(LEDGERS, name, MATRIX))(
		'a new attempt after a decline, killed at "$point" ($where) for $order.amount: $meanwhile, it is run again and makes one charge',
		async ({ where, point, order, isPaid }) => {
			const location = backend().newLocation();
			const options = { waitForBusySeconds: 0, afterRejection: 'newAttempt' };
			const how = useLedgerAt(fixture, location, { options });
			fixture.stripe.inject({ kind: 'decline' });
			const { fix } = await fixture.run([ORDER], how);
			const declined = fix[0]?.json.error?.objectId as string;
			expect(declined).toMatch(/^pi_/);

			const worker = await workers.take();
			workers.begin();
			const stop = fixture.stripe.onPoint(async ({ name, request }) => {
				const isIt = name === point && request.path.endsWith('/cancel');
				if (where !== 'in the worker' && isIt) await worker.kill();
			});
			const work = buildJob(fixture, how, [order]);
			await worker.do(where === 'in the worker' ? { ...work, dieAt: { point, nth: 1 } } : work);
			expect(await worker.ended).toBe('SIGKILL');
			stop();
			if (isPaid) await tryToPay(declined);
			expect(charges().length).toBeLessThanOrEqual(1);

			// While the claim is held, no other worker begins.
			await fixture.run([order], how);
			expect(charges().length).toBeLessThanOrEqual(1);

			fixture.time.advance(ONE_HOUR_MS);
			const later = await fixture.run([order], how);
			expect(charges()).toHaveLength(1);
			const [charge] = charges();
			if (charge!.amount === order.amount) {
				expect(later.success).toHaveLength(1);
			} else {
				// The payment was made with the original request: the node reports that, and no entry is blocked.
				expect(later.fix[0]?.json.error).toMatchObject({
					outcome: 'conflict',
					objectId: declined,
				});
				expect((await fixture.run([ORDER], how)).success[0]?.json).toMatchObject({ id: declined });
			}
			const store = openStore(location);
			const entries = await new Ledger(store, fixture.time).list({ limit: 10 });
			await store.close();
			expect(entries.map(({ state }) => state)).toEqual(['succeeded']);
			expect(charges()).toHaveLength(1);
		},
		PATIENCE_MS,
	);
});
