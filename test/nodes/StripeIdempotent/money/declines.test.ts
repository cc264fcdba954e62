import type Stripe from 'stripe';

import { stripeAt } from '../../../simulator/client';
import type { RunSetup } from '../../fixtures/nodeFixture';
import { ONE_HOUR_MS, NodeFixture, ANY_ORDER } from '../../fixtures/nodeFixture';

let fixture: NodeFixture;
let stripe: Stripe;
beforeEach(async () => {
	fixture = await NodeFixture.start();
	stripe = stripeAt(fixture.stripe, 'sk_test_operations');
});
afterEach(() => fixture.stop());

const BY_HAND: RunSetup = { run: { mode: 'manual' } };
const OTHER = { ...ANY_ORDER, amount: 2999 };

const CARDS_ONLY = {
	automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
} as const;

const sends = () => fixture.stripe.sends();
const paths = () => sends().map(({ path }) => path);
const intents = async () => (await stripe.paymentIntents.list({ limit: 100 })).data.reverse();
const entry = async () => (await fixture.entries())[0]!;

/** Declines the order. @returns the payment intent that is left behind */
async function declined(how: RunSetup = {}, order = ANY_ORDER): Promise<string> {
	fixture.stripe.inject({ kind: 'decline' });
	const { fix } = await fixture.run([order], how);
	expect(fix[0]?.json.error).toMatchObject({ outcome: 'rejected', statusCode: 402 });
	fixture.stripe.clearFaults();
	return (await intents()).at(-1)!.id;
}

/** The customer comes back to the page of the payment, and pays. */
const paidByCustomer = (id: string) => stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_visa' });

describe('declined; the customer pays the same payment later; a person runs the order again', () => {
	it('the payment is the outcome, and nothing new is charged', async () => {
		const id = await declined();
		await paidByCustomer(id);
		const { success } = await fixture.run([ANY_ORDER], BY_HAND);
		expect(success[0]?.json).toMatchObject({
			id,
			status: 'succeeded',
			idempotency: { state: 'succeeded', sends: 0 },
		});
		expect(fixture.charges()).toBe(1);
		const again = await fixture.run([ANY_ORDER], BY_HAND);
		expect(again.success[0]?.json).toMatchObject({ id, idempotency: { replayed: true } });
	});

	it('even if the person requests a different amount: a conflict that names the payment and both amounts', async () => {
		const id = await declined();
		await paidByCustomer(id);
		const { fix } = await fixture.run([OTHER], BY_HAND);
		expect(fix[0]?.json).toMatchObject({
			error: { outcome: 'conflict', objectId: id, retryable: false },
			idempotency: { state: 'rejected', attempt: 1 },
		});
		expect(fix[0]?.json.error?.message).toContain(id);
		expect(fix[0]?.json.error?.message).toMatch(/19\.99 EUR.*29\.99 EUR/);
		expect(fixture.charges()).toBe(1);
		expect((await fixture.run([ANY_ORDER], BY_HAND)).success[0]?.json).toMatchObject({ id });
	});

	it('if it is only authorized, it is not released: it is the outcome', async () => {
		const manual: RunSetup = {
			parameters: { additionalFields: { captureMethod: 'manual' } },
			...BY_HAND,
		};
		const id = await declined(manual);
		await paidByCustomer(id);
		const { success } = await fixture.run([ANY_ORDER], manual);
		expect(success[0]?.json).toMatchObject({ id, status: 'requires_capture' });
	});

	it.each([
		['customer', { customer: 'cus_other' }],
		['currency', { currency: 'usd' }],
		['destination', { transfer_data: { destination: 'acct_other' } }],
		['capture method', { capture_method: 'manual' }],
		['collected amount', { amount_received: 5 }],
	])('with a different %s: a conflict, and no second payment', async (_what, change) => {
		const id = await declined();
		await paidByCustomer(id);
		fixture.stripe.changeIntent(id, change);
		const { fix } = await fixture.run([ANY_ORDER], BY_HAND);
		expect(fix[0]?.json.error).toMatchObject({ outcome: 'conflict', objectId: id });
		expect(fixture.charges()).toBe(1);
	});

	it.each([
		['the read and the cancellation', '/cancel', OTHER],
		['the read and the confirmation', '/confirm', ANY_ORDER],
	])('paid between %s: one charge', async (_when, path, order) => {
		const id = await declined();
		let isPaid = false;
		fixture.stripe.onPoint(async ({ name, request }) => {
			if (isPaid || name !== 'received' || !request.path.endsWith(path)) return;
			isPaid = true;
			await paidByCustomer(id);
		});
		const { success, fix } = await fixture.run([order], BY_HAND);
		expect(isPaid).toBe(true);
		expect(fixture.charges()).toBe(1);
		if (order === OTHER) expect(fix[0]?.json.error).toMatchObject({ outcome: 'conflict' });
		else expect(success[0]?.json).toMatchObject({ id, status: 'succeeded' });
	});
});

describe('a new attempt after a decline', () => {
	it('confirms the same payment again if nothing changes: there is one payment, charged once', async () => {
		const id = await declined();
		const { success } = await fixture.run([ANY_ORDER], BY_HAND);
		expect(success[0]?.json).toMatchObject({ id, idempotency: { attempt: 2, state: 'succeeded' } });
		expect(paths()).toEqual(['/v1/payment_intents', `/v1/payment_intents/${id}/confirm`]);
		expect(await intents()).toHaveLength(1);
		expect(fixture.charges()).toBe(1);
		expect(new Set(sends().map(({ key }) => key)).size).toBe(2);
	});

	it('confirms it again with a different payment method, even if the ledger stores no parameters', async () => {
		const how = (paymentMethod: string): RunSetup => ({
			...BY_HAND,
			parameters: { paymentMethod },
			options: { storeParameters: false },
		});
		const id = await declined(how('pm_card_mastercard'));
		const { success } = await fixture.run([ANY_ORDER], how('pm_card_amex'));
		expect(success[0]?.json).toMatchObject({ id });
		expect(sends().at(-1)).toMatchObject({ params: { payment_method: 'pm_card_amex' } });
		expect(sends().at(-1)?.params).not.toHaveProperty('automatic_payment_methods');
	});

	it('confirms it again as often as it is declined', async () => {
		const id = await declined();
		fixture.stripe.inject({ kind: 'decline' });
		await fixture.run([ANY_ORDER], BY_HAND);
		const { success } = await fixture.run([ANY_ORDER], BY_HAND);
		expect(success[0]?.json).toMatchObject({ id, idempotency: { attempt: 3 } });
		expect(await intents()).toHaveLength(1);
		expect(fixture.charges()).toBe(1);
	});

	it.each([
		['amount', OTHER, {}],
		['description', ANY_ORDER, { additionalFields: { description: 'corrected' } }],
	])('cancels it first if the %s changes, and creates a new one', async (_what, order, parameters) => {
		const id = await declined();
		const { success } = await fixture.run([order], { ...BY_HAND, parameters });
		expect(success[0]?.json).toMatchObject({ idempotency: { attempt: 2, state: 'succeeded' } });
		expect(success[0]?.json.id).not.toBe(id);
		expect((await intents()).map(({ status }) => status)).toEqual(['canceled', 'succeeded']);
		expect(paths()).toEqual([
			'/v1/payment_intents',
			`/v1/payment_intents/${id}/cancel`,
			'/v1/payment_intents',
		]);
		const [first, cancelled] = sends();
		expect(cancelled!.key).toMatch(new RegExp(`^${first!.key}_cancel_\\d+$`));
		expect((await entry()).renewal).toBeUndefined();
	});

	it('cancels all open payments of earlier attempts', async () => {
		await declined();
		for (const amount of [2, 3, 4]) {
			fixture.stripe.inject({ kind: 'decline', match: { path: '/v1/payment_intents' } });
			await fixture.run([{ ...ANY_ORDER, amount: amount * 1000 }], BY_HAND);
		}
		const { success } = await fixture.run([ANY_ORDER], BY_HAND);
		expect(success).toHaveLength(1);
		const statuses = (await intents()).map(({ status }) => status);
		expect(statuses.filter((status) => status !== 'canceled')).toEqual(['succeeded']);
		expect(fixture.charges()).toBe(1);
	});

	it('creates a new one if it was cancelled in the dashboard', async () => {
		const id = await declined();
		await stripe.paymentIntents.cancel(id);
		const { success } = await fixture.run([ANY_ORDER], BY_HAND);
		expect(success[0]?.json.status).toBe('succeeded');
		expect(success[0]?.json.id).not.toBe(id);
	});

	it('cancels it if its amount was changed: an unrequested amount is not charged', async () => {
		const id = await declined();
		await stripe.paymentIntents.update(id, { amount: 500_00 });
		const { success } = await fixture.run([ANY_ORDER], BY_HAND);
		expect(success[0]?.json).toMatchObject({ amount: 1999 });
		expect(success[0]?.json.id).not.toBe(id);
	});

	it('does not confirm what is changed just before: the next run creates a new one', async () => {
		const id = await declined();
		let looks = 0;
		fixture.stripe.onPoint(({ name, request }) => {
			if (
				name !== 'received' ||
				request.method !== 'GET' ||
				request.path !== `/v1/payment_intents/${id}`
			)
				return;
			if (++looks === 2) fixture.stripe.changeIntent(id, { amount: 500_00 });
		});
		const { retry } = await fixture.run([ANY_ORDER], BY_HAND);
		expect(retry[0]?.json).toMatchObject({
			error: { retryable: true },
			idempotency: { state: 'rejected', attempt: 1 },
		});
		const { success } = await fixture.run([ANY_ORDER], BY_HAND);
		expect(success[0]?.json).toMatchObject({ amount: 1999 });
		expect(fixture.charges()).toBe(1);
	});

	it('finds it by its entry if the response did not name the payment', async () => {
		const id = await declined();
		const nameless = { ...(await entry()) };
		if ('outcome' in nameless) delete nameless.outcome.objectId;
		await fixture.rewrite(nameless);
		const { success } = await fixture.run([OTHER], BY_HAND);
		expect(success).toHaveLength(1);
		expect((await stripe.paymentIntents.retrieve(id)).status).toBe('canceled');
	});

	it('works through Custom API Call as well', async () => {
		const call = (amount: number): RunSetup => ({
			...BY_HAND,
			parameters: {
				resource: 'customApiCall',
				operation: 'request',
				method: 'POST',
				path: '/v1/payment_intents',
				keySource: 'custom',
				customKey: 'order-1',
				body: {
					amount,
					currency: 'eur',
					confirm: true,
					payment_method: 'pm_card_visa',
					...CARDS_ONLY,
				},
			},
		});
		const id = await declined(call(1999));
		expect((await fixture.run([{}], call(2999))).success).toHaveLength(1);
		expect((await stripe.paymentIntents.retrieve(id)).status).toBe('canceled');
		expect(fixture.charges()).toBe(1);
	});

	it('never cancels a payment that the entry has not created: a new Confirm is the new attempt', async () => {
		const made = await stripe.paymentIntents.create({
			amount: 1999,
			currency: 'eur',
			...CARDS_ONLY,
		});
		const confirm: RunSetup = {
			...BY_HAND,
			parameters: { operation: 'confirm', paymentIntent: { __rl: true, mode: 'id', value: made.id } },
		};
		fixture.stripe.inject({ kind: 'decline' });
		await fixture.run([ANY_ORDER], confirm);
		const { success } = await fixture.run([ANY_ORDER], confirm);
		expect(success[0]?.json).toMatchObject({ id: made.id, status: 'succeeded' });
		expect(paths().filter((path) => path.endsWith('/cancel'))).toEqual([]);
	});
});

describe('an obstacle to a new attempt', () => {
	it.each([
		['the same', ANY_ORDER],
		['a different amount', OTHER],
	])(
		'a payment that is being processed: nothing new is sent for %s, and the entry is unchanged',
		async (_what, order) => {
			const id = await declined();
			fixture.stripe.changeIntent(id, { status: 'processing' });
			const { retry } = await fixture.run([order], BY_HAND);
			expect(retry[0]?.json).toMatchObject({
				error: { outcome: 'busy', retryable: true, objectId: id },
				idempotency: { state: 'rejected', attempt: 1 },
			});
			expect(paths().filter((path) => path === '/v1/payment_intents')).toHaveLength(1);
			fixture.stripe.changeIntent(id, { status: 'succeeded', amount_received: 1999 });
			const { success } = await fixture.run([ANY_ORDER], BY_HAND);
			expect(success[0]?.json).toMatchObject({ id });
		},
	);

	it.each([
		['look', { method: 'GET', path: /payment_intents\/pi_/ }],
		['cancellation', { method: 'POST', path: /cancel$/ }],
	] as const)(
		'a %s without a response: through Retry, and the next run charges once',
		async (_what, match) => {
			const id = await declined();
			fixture.stripe.inject({ kind: 'error503', match, times: 10 });
			const { retry } = await fixture.run([OTHER], BY_HAND);
			expect(retry[0]?.json).toMatchObject({
				error: { outcome: 'unreachable', retryable: true },
				idempotency: { attempt: 1 },
			});
			expect(await entry()).toMatchObject({
				state: 'rejected',
				attempt: 1,
				request: { params: { amount: '1999' } },
			});
			fixture.stripe.clearFaults();
			expect((await fixture.run([OTHER], BY_HAND)).success).toHaveLength(1);
			expect((await stripe.paymentIntents.retrieve(id)).status).toBe('canceled');
			expect(fixture.charges()).toBe(1);
		},
	);

	it('a cancellation whose response is lost: cancelled once, charged once', async () => {
		await declined();
		fixture.stripe.inject({ kind: 'resetAfter', match: { path: /cancel$/ } });
		expect((await fixture.run([OTHER], BY_HAND)).retry).toHaveLength(1);
		expect((await fixture.run([OTHER], BY_HAND)).success).toHaveLength(1);
		expect(fixture.charges()).toBe(1);
	});

	it.each([
		['confirmed again', ANY_ORDER],
		['created anew', OTHER],
	])('a payment %s whose response was lost: the same key again, and one charge', async (_what, order) => {
		await declined();
		fixture.stripe.inject({
			kind: 'resetAfter',
			match: { path: /payment_intents(\/pi_\w+\/confirm)?$/, method: 'POST' },
		});
		expect((await fixture.run([order], BY_HAND)).retry[0]?.json.idempotency).toMatchObject({
			state: 'unknown',
			attempt: 2,
		});
		expect((await fixture.run([order], BY_HAND)).success).toHaveLength(1);
		expect(fixture.charges()).toBe(1);
	});

	it.each([
		['confirmed again', ANY_ORDER],
		['created anew', OTHER],
	])(
		'a payment %s whose response was lost, reconciled a day later: it is found, and nothing is sent',
		async (_what, order) => {
			await declined();
			fixture.stripe.inject({
				kind: 'resetAfter',
				match: { path: /payment_intents(\/pi_\w+\/confirm)?$/, method: 'POST' },
			});
			await fixture.run([order], BY_HAND);
			fixture.time.advance(25 * ONE_HOUR_MS);
			const before = sends().length;
			expect((await fixture.run([order], BY_HAND)).success).toHaveLength(1);
			expect(sends()).toHaveLength(before);
			expect(fixture.charges()).toBe(1);
		},
	);
});
