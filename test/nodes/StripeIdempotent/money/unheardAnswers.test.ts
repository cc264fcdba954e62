import type { FaultKind } from '../../../simulator/fault';
import type { Order, RunSetup } from '../../fixtures/nodeFixture';
import { NodeFixture, ANY_ORDER, ONE_HOUR_MS } from '../../fixtures/nodeFixture';
import { runKilledAt } from '../../fixtures/killedAt';
import { loseLedger } from '../../fixtures/lostLedger';

const DAY = 24 * ONE_HOUR_MS;
const OTHER = { ...ANY_ORDER, amount: 700 };
const CUSTOMER = { resource: 'customer', operation: 'create' };
const SMALL = { ...ANY_ORDER, amount: 500 };

let fixture: NodeFixture;
beforeEach(async () => {
	fixture = await NodeFixture.start();
});
afterEach(() => fixture.stop());

/** What makes an answer unheard, whatever it says. */
const UNHEARD: [what: string, unheard: (work: () => Promise<unknown>) => Promise<void>][] = [
	['its process was killed', (work) => runKilledAt(fixture, 'answered', work)],
	[
		'it was lost on the way',
		async (work) => {
			fixture.stripe.inject({ kind: 'resetAfter' });
			await work();
		},
	],
];

const leave = async (item: Order, how: RunSetup = {}) => {
	const { success, fix, retry } = await fixture.run([item], how);
	return [...success, ...fix, ...retry][0]?.json;
};

describe('a partial refund sent by a lost ledger', () => {
	let refund: RunSetup;
	const refunds = () => fixture.stripe.report().refunds.map(({ amount }) => amount);
	const payAndRefund = async (fault?: FaultKind) => {
		const { success } = await fixture.run([{ order: 'paid', amount: 1999 }]);
		const paymentIntent = success[0]!.json.id as string;
		refund = { parameters: { resource: 'refund', operation: 'create', paymentIntent } };
		if (fault) fixture.stripe.inject({ kind: fault });
		await fixture.run([SMALL], { ...refund, options: { maxRetries: 0 } });
		expect(refunds()).toEqual([SMALL.amount]);
		await loseLedger(fixture);
	};

	it.each(UNHEARD)(
		'with different values, if Stripe reports them and %s, is not sent again when Stripe has forgotten the key',
		async (_what, unheard) => {
			await payAndRefund();
			fixture.time.advance(20 * ONE_HOUR_MS);
			await unheard(() => fixture.run([OTHER], refund));
			for (const ms of [4 * DAY, 30 * DAY]) {
				fixture.time.advance(ms);
				expect(await leave(OTHER, refund)).toMatchObject({
					error: {
						outcome: 'unknown',
						retryable: false,
						message: expect.stringContaining('500') as string,
					},
				});
			}
			expect(refunds()).toEqual([SMALL.amount]);
		},
	);

	it.each(UNHEARD)('with the same values, if %s, is found as succeeded', async (_what, unheard) => {
		await payAndRefund();
		fixture.time.advance(20 * ONE_HOUR_MS);
		await unheard(() => fixture.run([SMALL], refund));
		fixture.time.advance(4 * DAY);
		expect(await leave(SMALL, refund)).toMatchObject({
			amount: 500,
			idempotency: { state: 'succeeded' },
		});
		expect(refunds()).toEqual([SMALL.amount]);
	});

	it('is not sent again by a reconciliation that starts too early to decide and ends late enough', async () => {
		await payAndRefund();
		fixture.time.advance(20 * ONE_HOUR_MS);
		fixture.stripe.inject({ kind: 'resetAfter' });
		await fixture.run([SMALL], { ...refund, options: { maxRetries: 0 } });
		// Half a minute before a miss counts as not executed, while reading takes a minute.
		fixture.time.advance(DAY - 30_000);
		let isFirst = true;
		const stop = fixture.stripe.onPoint(({ name, request }) => {
			const isSearch = request.method === 'GET' && request.path !== '/v1/account';
			if (name !== 'received' || !isSearch || !isFirst) return;
			isFirst = false;
			fixture.time.advance(60_000);
		});
		expect(await leave(SMALL, refund)).toMatchObject({ error: { outcome: 'unknown' } });
		stop();
		expect(isFirst).toBe(false);
		fixture.time.advance(60_000);
		expect(await leave(SMALL, refund)).toMatchObject({ idempotency: { state: 'succeeded' } });
		expect(refunds()).toEqual([SMALL.amount]);
	});

	it('under a 500 that Stripe replays is found as succeeded, and no new attempt starts', async () => {
		await payAndRefund('error500After');
		fixture.time.advance(20 * ONE_HOUR_MS);
		expect(await leave(SMALL, refund)).toMatchObject({ error: { outcome: 'unknown', statusCode: 500 } });
		fixture.time.advance(4 * DAY);
		expect(await leave(SMALL, refund)).toMatchObject({
			amount: 500,
			idempotency: { state: 'succeeded' },
		});
		expect(refunds()).toEqual([SMALL.amount]);
	});
});

it.each(UNHEARD)(
	'an order that a lost ledger has just charged with a different amount, if Stripe reports it and %s, is not a success',
	async (_what, unheard) => {
		await fixture.run([SMALL]);
		await loseLedger(fixture);
		await unheard(() => fixture.run([OTHER]));
		fixture.time.advance(4 * DAY);
		expect(await leave(OTHER)).toMatchObject({
			error: { outcome: 'unknown', retryable: false },
			idempotency: { state: 'unknown' },
		});
		expect(fixture.charges()).toBe(1);
	},
);

it.each(UNHEARD)(
	'a name that a lost ledger has written differently, if Stripe reports it and %s, is not taken for written',
	async (_what, unheard) => {
		const customer = await leave({ order: 'c', amount: 1 }, { parameters: CUSTOMER });
		const update = { resource: 'customer', operation: 'update', customer: customer?.id as string };
		const named = (name: string): RunSetup => ({
			parameters: { ...update, additionalFields: { name } },
		});
		await fixture.run([SMALL], named('Ada'));
		await loseLedger(fixture);
		fixture.time.advance(20 * ONE_HOUR_MS);
		await unheard(() => fixture.run([SMALL], named('Eve')));
		fixture.time.advance(4 * DAY);
		expect(await leave(SMALL, named('Eve'))).toMatchObject({ error: { outcome: 'unknown' } });
	},
);
