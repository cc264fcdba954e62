import type { IDataObject, INodeParameters } from 'n8n-workflow';
import type Stripe from 'stripe';

import { repeat } from '../../../crash/soak';
import { PAID, stripeAt } from '../../../simulator/client';
import { RegistryFixture, RESERVE } from '../../fixtures/registryFixture';
import { describeEveryLedger } from '../../fixtures/everyLedger';
import { CHARGE, SECRET_KEY, STRIPE_NODE } from '../../fixtures/ordersFixture';

const [DONE, REFUSED] = [0, 1];
const STRIPE = { type: STRIPE_NODE };
/** More than one page of Stripe's lists. */
const MANY = repeat(200, 1_000);
const LONG_AGO = '2020-01-01T00:00:00Z';

const PAY: INodeParameters = {
	...CHARGE,
	amount: '={{ $json.amount ?? 1999 }}',
	options: { maxRetries: 0, timeoutSeconds: 5 },
};
const ADOPT: INodeParameters = { resource: 'entry', operation: 'adopt', by: 'Ada' };
const LISTED: INodeParameters = {
	...ADOPT,
	adoptFrom: 'items',
	objectId: '={{ $json.paid }}',
	keyFields: { field: [{ path: 'order', treatAs: 'text' }] },
};
const IN_STRIPE: INodeParameters = {
	...ADOPT,
	adoptFrom: 'stripe',
	createdAfter: LONG_AGO,
	fieldsInStripe: { field: [{ path: 'order', standsIn: 'metadata.order_id', treatAs: 'text' }] },
};

let registry: RegistryFixture;

/** A payment as n8n's own Stripe node, or a person, has made it. */
function paid(
	order: string,
	more: Partial<Stripe.PaymentIntentCreateParams> = {},
): Promise<Stripe.PaymentIntent> {
	const metadata: Record<string, string> = order === '' ? {} : { order_id: order };
	return stripe().paymentIntents.create({ ...PAID, amount: 1999, currency: 'eur', metadata, ...more });
}

const stripe = () => stripeAt(registry.fixture.stripe, SECRET_KEY);
const charges = () => registry.fixture.stripe.report().charges.length;
const payAgain = async (item: IDataObject, parameters = PAY) => registry.one(parameters, item, STRIPE);

describe('a past payment', () => {
	describeEveryLedger((here) => {
		beforeEach(() => (registry = here()));

		it('from a list is adopted, and the order is not paid again', async () => {
			const intent = await paid('1001');
			const { through, json } = await registry.one(LISTED, { order: '1001', paid: intent.id });
			expect(through).toBe(DONE);
			expect(json).toMatchObject({ adopted: 'new', state: 'succeeded', objectId: intent.id, sends: 0 });
			const again = await payAgain({ order: '1001' });
			expect(again.json).toMatchObject({
				id: intent.id,
				idempotency: { replayed: true, source: 'ledger', paymentState: 'paid' },
			});
			expect(charges()).toBe(1);
		});

		it('of a different amount than the order has now is a conflict that names both, and nothing is sent', async () => {
			const intent = await paid('1002', { amount: 4900 });
			await registry.one(LISTED, { order: '1002', paid: intent.id });
			const { json } = await payAgain({ order: '1002' });
			expect(json.error).toMatchObject({ outcome: 'conflict' });
			expect(json.error.message).toMatch(/49/);
			expect(charges()).toBe(1);
		});
	});
});

describe('on a local file', () => {
	beforeEach(async () => {
		registry = await RegistryFixture.open();
	});
	afterEach(() => registry.close());

	describe('over an order with a declined attempt', () => {
		async function declined(): Promise<string> {
			registry.fixture.stripe.inject({ kind: 'decline' });
			const { json } = await payAgain({ order: '1001' });
			return json.error.objectId as string;
		}

		it('is refused while its customer may still pay the declined payment; once that is cancelled, it is adopted', async () => {
			const open = await declined();
			const { id } = await paid('1001');
			const refused = await registry.one(LISTED, { order: '1001', paid: id });
			expect(refused.through).toBe(REFUSED);
			expect(refused.json.error).toMatchObject({ outcome: 'not_adopted', reason: 'open_payment' });
			expect(refused.json.error.message).toContain(open);
			await stripe().paymentIntents.cancel(open);
			const { json } = await registry.one(LISTED, { order: '1001', paid: id });
			expect(json).toMatchObject({ adopted: 'new', objectId: id });
			expect(charges()).toBe(1);
		});

		it('is refused if the customer has paid that one too: the order was paid twice', async () => {
			const open = await declined();
			await stripe().paymentIntents.confirm(open, { payment_method: 'pm_card_visa' });
			const { id } = await paid('1001');
			const { json } = await registry.one(LISTED, { order: '1001', paid: id });
			expect(json.error).toMatchObject({ outcome: 'not_adopted', reason: 'open_payment' });
			expect(json.error.message).toContain(open);
		});

		it('adopts the declined payment itself, if its customer has paid it by now', async () => {
			const open = await declined();
			await stripe().paymentIntents.confirm(open, { payment_method: 'pm_card_visa' });
			const { json } = await registry.one(LISTED, { order: '1001', paid: open });
			expect(json).toMatchObject({ adopted: 'new', objectId: open });
			expect((await payAgain({ order: '1001' })).json).toMatchObject({ id: open });
			expect(charges()).toBe(1);
		});
	});

	describe('adopting from Stripe', () => {
		it(`adopts ${MANY} payments, reports which it did not adopt and why, and none is paid again`, async () => {
			const orders = Array.from({ length: MANY }, (_, index) => `order-${index}`);
			for (let from = 0; from < orders.length; from += 25)
				await Promise.all(orders.slice(from, from + 25).map((order) => paid(order)));
			const declined = await paid('declined', { payment_method: 'pm_card_chargeDeclined' }).catch(
				(error: unknown) => (error as { payment_intent: { id: string } }).payment_intent,
			);
			const twice = await paid('order-7');
			const unnamed = await paid('');
			const before = charges();

			const { outputsOf, error } = await registry.run(IN_STRIPE);
			expect(error).toBeUndefined();
			const [taken = [], refused = []] = outputsOf;
			expect(taken).toHaveLength(MANY);
			expect(taken.every(({ adopted }) => adopted === 'new')).toBe(true);
			const why = Object.fromEntries(
				refused.map(({ error }) => [error.objectId as string, error.reason]),
			);
			expect(why).toEqual({
				[declined.id]: 'unpaid',
				[twice.id]: 'another_payment',
				[unnamed.id]: 'no_number',
			});

			const again = await registry.run(
				PAY,
				orders.map((order) => ({ order })),
				STRIPE,
			);
			expect(again.outputsOf[0]).toHaveLength(MANY);
			expect(again.outputsOf[0]!.every(({ idempotency }) => idempotency.replayed === true)).toBe(true);
			expect(charges()).toBe(before);
		});

		it('again adopts nothing new, and changes nothing', async () => {
			await paid('1001');
			await registry.run(IN_STRIPE);
			const entries = await registry.fixture.entries();
			const { outputsOf } = await registry.run(IN_STRIPE);
			expect(outputsOf[DONE]).toMatchObject([{ adopted: 'already_adopted' }]);
			expect(await registry.fixture.entries()).toEqual(entries);
		});

		it('that is interrupted in the middle of the list adopts nothing, and is complete when it is run again', async () => {
			for (let index = 0; index < 120; index++) await paid(`order-${index}`);
			registry.fixture.stripe.inject({ kind: 'error500After', match: { method: 'GET', nth: 2 } });
			const broken = await registry.run(IN_STRIPE);
			expect(broken.outputsOf[REFUSED]).toMatchObject([
				{ error: { outcome: 'stripe_unavailable', retryable: true } },
			]);
			expect(await registry.fixture.entries()).toEqual([]);
			registry.fixture.stripe.clearFaults();
			expect((await registry.run(IN_STRIPE)).outputsOf[DONE]).toHaveLength(120);
		});

		it('without Key Fields adopts what these nodes have created, after their ledger was lost', async () => {
			await payAgain({ order: '1001' });
			await paid('made by hand');
			const [lostEntry] = await registry.fixture.entries();
			const place = { ledgerFile: `${registry.fixture.folder}/new.sqlite` };
			const { outputsOf } = await registry.run({ ...IN_STRIPE, ...place, fieldsInStripe: {} });
			expect(outputsOf[DONE]).toMatchObject([{ adopted: 'new', entryId: lostEntry!.entryId }]);
			expect(outputsOf[REFUSED]).toMatchObject([{ error: { reason: 'not_made_here' } }]);
			registry.time.advance(40 * 86_400_000);
			const { json } = await payAgain({ order: '1001' }, { ...PAY, ...place });
			expect(json.idempotency).toMatchObject({ replayed: true, source: 'ledger' });
			expect(charges()).toBe(2);
		});

		it('with Key Fields other than those that created a payment is refused: it would protect nothing', async () => {
			await payAgain(
				{ order: '1001', shop: 'eu' },
				{
					...PAY,
					keyFields: { field: [{ path: 'shop', treatAs: 'text' }] },
					additionalFields: { metadata: { entry: [{ key: 'order_id', value: '1001' }] } },
				},
			);
			const place = { ledgerFile: `${registry.fixture.folder}/new.sqlite` };
			const { outputsOf } = await registry.run({ ...IN_STRIPE, ...place });
			expect(outputsOf[REFUSED]).toMatchObject([{ error: { reason: 'other_key_fields' } }]);
		});
	});

	describe('a payment that is not adopted is reported with the reason, and nothing is written', () => {
		it.each<[string, () => Promise<{ id: string }>, string]>([
			['a payment that its customer may still pay', () => paid('1001', { confirm: false }), 'unpaid'],
			[
				'a cancelled one',
				async () => {
					const { id } = await paid('1001', { capture_method: 'manual' });
					return stripe().paymentIntents.cancel(id);
				},
				'canceled',
			],
			['one that Stripe does not know', () => Promise.resolve({ id: 'pi_gone' }), 'not_found'],
		])('%s', async (_what, make, reason) => {
			const { id } = await make();
			const { through, json } = await registry.one(LISTED, { order: '1001', paid: id });
			expect(through).toBe(REFUSED);
			expect(json.error).toMatchObject({ outcome: 'not_adopted', reason });
			expect(json.error.nextStep).not.toBe('');
			expect(await registry.fixture.entries()).toEqual([]);
		});

		it('an order whose payment is in doubt is reconciled first', async () => {
			registry.fixture.stripe.inject({ kind: 'resetAfter' });
			await payAgain({ order: '1001' });
			const intent = await paid('1001');
			const { json } = await registry.one(LISTED, { order: '1001', paid: intent.id });
			expect(json.error).toMatchObject({ outcome: 'not_adopted', reason: 'uncertain' });
			expect((await registry.fixture.entries())[0]).toMatchObject({ state: 'unknown' });
		});

		it('an order that has a token', async () => {
			await registry.one(RESERVE, { order: '1001' });
			const intent = await paid('1001');
			const { json } = await registry.one(LISTED, { order: '1001', paid: intent.id });
			expect(json.error).toMatchObject({ outcome: 'not_adopted', reason: 'reserved' });
		});

		it('an order without a number', async () => {
			const intent = await paid('1001');
			const { through, json } = await registry.one(LISTED, { order: '', paid: intent.id });
			expect(through).toBe(REFUSED);
			expect(json.error).toMatchObject({ outcome: 'missing_key' });
		});
	});

	it('an order that was declined here, cancelled, and paid elsewhere is adopted, and not paid again', async () => {
		const declined = { ...PAY, paymentMethod: 'pm_card_chargeDeclined' };
		const { error } = (await payAgain({ order: '1001' }, declined)).json;
		expect(error).toMatchObject({ outcome: 'rejected' });
		await stripe().paymentIntents.cancel(error.objectId as string);
		const intent = await paid('1001');
		const { json } = await registry.one(LISTED, { order: '1001', paid: intent.id });
		expect(json).toMatchObject({ adopted: 'new', previousAttempts: [{ attempt: 1 }] });
		const again = await payAgain(
			{ order: '1001' },
			{ ...PAY, options: { afterRejection: 'newAttempt' } },
		);
		expect(again.json).toMatchObject({ id: intent.id, idempotency: { replayed: true } });
		expect(charges()).toBe(1);
	});

	it("a charge of n8n's Stripe node is adopted, and Custom API Call does not charge it again", async () => {
		const sent = { amount: 1999, currency: 'eur', metadata: { order_id: '1001' } };
		const charge = await stripe().charges.create({ ...sent, source: 'tok_visa' });
		const declined = stripe().charges.create({ ...sent, source: 'tok_chargeDeclined' });
		await expect(declined).rejects.toThrow(/declined/);
		const { latest_charge: ofPayment } = await paid('1002');
		const { outputsOf } = await registry.run({ ...IN_STRIPE, adopted: 'charge' });
		expect(outputsOf[DONE]).toMatchObject([{ adopted: 'new', objectId: charge.id }]);
		const refused = (outputsOf[REFUSED] ?? []).map(({ error }) => error as IDataObject);
		expect(refused.map(({ reason, nextStep }) => [reason, nextStep])).toEqual([
			['unpaid', expect.stringContaining('No action')],
			['another_object', expect.stringContaining('choose Payments')],
		]);
		expect(refused[1]?.message).toContain(ofPayment);

		const call = { ...PAY, resource: 'customApiCall', operation: 'request', method: 'POST' };
		const body = JSON.stringify({ amount: 1999, currency: 'eur', source: 'tok_visa' });
		const again = await payAgain({ order: '1001' }, { ...call, path: '/v1/charges', body });
		expect(again.json).toMatchObject({ id: charge.id, idempotency: { replayed: true } });
		expect(charges()).toBe(2);
	});

	it('a past refund is adopted, and not repeated', async () => {
		const intent = await paid('1001');
		const refund = await stripe().refunds.create({ payment_intent: intent.id, amount: 500 });
		const { json } = await registry.one(
			{ ...LISTED, adopted: 'refund' },
			{ order: '1001', paid: refund.id },
		);
		expect(json).toMatchObject({ adopted: 'new', objectId: refund.id });
		const again = await payAgain(
			{ order: '1001' },
			{
				...PAY,
				resource: 'refund',
				paymentIntent: { __rl: true, mode: 'id', value: intent.id },
				amount: '500',
				amountUnit: 'minor',
				confirm: undefined as never,
			},
		);
		expect(again.json).toMatchObject({ id: refund.id, idempotency: { replayed: true } });
		expect(registry.fixture.stripe.report().refunds).toHaveLength(1);
	});

	it('an adopted refund is compared in its own currency if none is given', async () => {
		const intent = await paid('1001');
		const refund = await stripe().refunds.create({ payment_intent: intent.id, amount: 500 });
		await registry.one({ ...LISTED, adopted: 'refund' }, { order: '1001', paid: refund.id });
		const giveBack = (amount: string) =>
			payAgain(
				{ order: '1001' },
				{
					...PAY,
					resource: 'refund',
					paymentIntent: { __rl: true, mode: 'id', value: intent.id },
					amount,
					amountUnit: 'major',
					currency: '',
					confirm: undefined as never,
				},
			);
		expect((await giveBack('5')).json).toMatchObject({ id: refund.id, idempotency: { replayed: true } });
		expect((await giveBack('6')).json.error).toMatchObject({ outcome: 'conflict' });
		expect(registry.fixture.stripe.report().refunds).toHaveLength(1);
	});

	it('a rounded time on the other side of a boundary is the same payment', async () => {
		const minute = (order: string) => ({ keyFields: { field: [{ path: order, treatAs: 'minute' }] } });
		const intent = await paid('1001');
		const item = { at: '2026-11-24T10:40:59Z', paid: intent.id };
		await registry.one({ ...LISTED, ...minute('at') }, item);
		const { json } = await payAgain({ at: '2026-11-24T10:41:00Z' }, { ...PAY, ...minute('at') });
		expect(json).toMatchObject({ id: intent.id, idempotency: { replayed: true } });
		expect(charges()).toBe(1);
	});

	it('adoption by a model is refused', async () => {
		const intent = await paid('1001');
		const [answer] = await registry.asTool(LISTED, [{ order: '1001', paid: intent.id }]);
		expect(answer).toMatchObject({ reason: 'not_for_models' });
		expect(await registry.fixture.entries()).toEqual([]);
	});
});
