import type { INodeParameters } from 'n8n-workflow';

import { PAID } from '../../../simulator/client';
import { OrdersFixture, toLocator, withCustomKey } from '../../fixtures/ordersFixture';

let fixture: OrdersFixture;
beforeAll(async () => {
	fixture = await OrdersFixture.open();
});
afterAll(() => fixture.close());

let lastKey = 0;
async function increment(intent: string, parameters: INodeParameters) {
	fixture.forgetRequests();
	const incrementRequest = { resource: 'paymentIntent', operation: 'incrementAuthorization' };
	const key = withCustomKey(`increment ${(lastKey += 1)}`);
	return fixture.run(
		{ ...incrementRequest, ...key, paymentIntent: toLocator('id', intent), ...parameters },
		[{}],
	);
}
const hold = async () =>
	(await fixture.stripe.paymentIntents.create({ ...PAID, capture_method: 'manual' })).id;

it('holds a new total, in the currency of the payment', async () => {
	const intent = await hold();
	const { success } = await increment(intent, { amount: '7.50', amountUnit: 'major', simplify: false });
	expect(success).toMatchObject([{ status: 'requires_capture', amount: 750, amount_capturable: 750 }]);
	const sent = fixture.simulator.requests.filter(({ method }) => method === 'POST');
	expect(sent.map(({ path, params }) => [path, params.amount])).toEqual([
		[`/v1/payment_intents/${intent}/increment_authorization`, '750'],
	]);
});

it('is rejected if it would hold no more, and after the capture', async () => {
	const intent = await hold();
	const less = await increment(intent, { amount: '500', amountUnit: 'minor' });
	expect(less.fix[0]!.error).toMatchObject({ outcome: 'rejected', param: 'amount' });
	await fixture.stripe.paymentIntents.capture(intent);
	const late = await increment(intent, { amount: '900', amountUnit: 'minor' });
	expect(late.fix[0]!.error).toMatchObject({ outcome: 'rejected' });
});

it('is refused without an amount, before any call', async () => {
	const { fix } = await increment('pi_1', { amount: '={{ $json.nothing }}', amountUnit: 'minor' });
	expect(fix[0]!.error).toMatchObject({ outcome: 'refused' });
	expect(fix[0]!.error.message).toContain('Amount');
	expect(fixture.simulator.requests).toEqual([]);
});
