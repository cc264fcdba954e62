import type Stripe from 'stripe';

import { stripeAt } from '../../../simulator/client';
import type { RunSetup } from '../../fixtures/nodeFixture';
import { ANY_ORDER, NodeFixture, ONE_HOUR_MS } from '../../fixtures/nodeFixture';
import { loseLedger } from '../../fixtures/lostLedger';

/** A payment that a lost ledger had declined, of a key that Stripe has forgotten too. */

let fixture: NodeFixture;
let stripe: Stripe;
beforeEach(async () => {
	fixture = await NodeFixture.start();
	stripe = stripeAt(fixture.stripe, 'sk_test_operations');
});
afterEach(() => fixture.stop());

const BY_HAND: RunSetup = { run: { mode: 'manual' } };
const newestId = async () => (await stripe.paymentIntents.list({ limit: 1 })).data[0]!.id;
const pay = (id: string) => stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_visa' });

async function decline(): Promise<string> {
	fixture.stripe.inject({ kind: 'decline' });
	expect((await fixture.run([ANY_ORDER])).fix[0]?.json.error).toMatchObject({ outcome: 'rejected' });
	fixture.stripe.clearFaults();
	return newestId();
}

/** Declined, then lost; a day later the same key is a new request, which is declined too, and so on. */
async function declineTimes(times: number): Promise<string[]> {
	const declined = [await decline()];
	while (declined.length < times) {
		await loseLedger(fixture);
		fixture.time.advance(25 * ONE_HOUR_MS);
		declined.push(await decline());
	}
	return declined;
}

const refuseSearch = () =>
	fixture.stripe.inject({ kind: 'forbidden403', times: Infinity, match: { path: /search/ } });

it('is cancelled even if a different one of the order is on an earlier page of the list', async () => {
	const oldest = await decline();
	const others = Array.from({ length: 100 }, () =>
		stripe.paymentIntents.create({ amount: 500, currency: 'eur' }),
	);
	await Promise.all(others);
	await loseLedger(fixture);
	fixture.time.advance(25 * ONE_HOUR_MS);
	await declineTimes(2);
	refuseSearch();
	expect((await fixture.run([ANY_ORDER], BY_HAND)).success).toHaveLength(1);
	await expect(pay(oldest)).rejects.toThrow(/canceled/);
});

describe.each([
	['by search', () => undefined],
	['by the list, if there is no search', refuseSearch],
])('%s', (_way, prepare) => {
	it('is found before a new attempt, and is its outcome if the customer has paid it', async () => {
		const [forgotten = ''] = await declineTimes(2);
		await pay(forgotten);
		fixture.time.advance(ONE_HOUR_MS);
		prepare();
		const { success } = await fixture.run([ANY_ORDER], BY_HAND);
		expect(success).toMatchObject([{ json: { id: forgotten } }]);
		expect(fixture.charges()).toBe(1);
	});

	it.each([2, 4])(
		'is cancelled before a new attempt if it is open, like that of the known attempt (%i in all)',
		async (times) => {
			const declined = await declineTimes(times);
			prepare();
			const { success } = await fixture.run([ANY_ORDER], BY_HAND);
			expect(success).toHaveLength(1);
			const paid = success[0]!.json.id as string;
			const open = declined.filter((one) => one !== paid);
			expect(open.length).toBeGreaterThanOrEqual(times - 1);
			for (const id of open) await expect(pay(id)).rejects.toThrow(/canceled/);
			expect(fixture.charges()).toBe(1);
		},
	);
});
