import type { IDataObject, INodeParameters } from 'n8n-workflow';
import type Stripe from 'stripe';

import { NO_REDIRECTS, stripeAt } from '../../../simulator/client';
import { CLAIM_ORDER, RegistryFixture, RESERVE } from '../../fixtures/registryFixture';
import { CHARGE, EMPTY_CARD, STRIPE_NODE } from '../../fixtures/ordersFixture';
import { letLiveKeysReachTheSimulator } from '../../../simulator/asStripesOwn';

letLiveKeysReachTheSimulator();

const [DONE, REFUSED] = [0, 1];
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const STRIPE = { type: STRIPE_NODE };

/** Stripe takes 50 fields of metadata: there is no room for the mark of the entry, so only a person can find its object. */
const NO_ROOM = { entry: Array.from({ length: 50 }, (_, index) => ({ key: `field_${index}`, value: 'x' })) };

const ONCE: INodeParameters = { ...CHARGE, options: { maxRetries: 0, timeoutSeconds: 5 } };
const UNMARKED: INodeParameters = { ...ONCE, additionalFields: { metadata: NO_ROOM } };
const FOUND: INodeParameters = {
	resource: 'entry',
	operation: 'settle',
	findBy: 'field',
	fieldValue: '={{ $json.order }}',
	verdict: 'done',
	by: 'Ada',
	note: 'seen in the dashboard',
};
const NOTHING: INodeParameters = { ...FOUND, verdict: 'notDone', note: 'asked the support: ticket 4711' };
const RECONCILE: INodeParameters = { ...FOUND, operation: 'reconcile' };
const ORDER = { order: '1001' };

let registry: RegistryFixture;
beforeEach(async () => {
	registry = await RegistryFixture.open();
});
afterEach(() => registry.close());

const stripe = () => registry.fixture.stripe;
const charges = () => stripe().report().charges;
const charge = async (parameters = ONCE, item: IDataObject = ORDER) =>
	(await registry.one(parameters, item, STRIPE)).json;
const getEntry = async () => (await registry.fixture.entries())[0]!;

async function lost(
	kind: 'resetAfter' | 'resetBefore' | 'error500NotStored',
	parameters = ONCE,
	item: IDataObject = ORDER,
	path?: string,
) {
	stripe().inject({ kind, match: { path, method: parameters.method === 'DELETE' ? 'DELETE' : 'POST' } });
	expect((await charge(parameters, item)).error).toMatchObject({ outcome: 'unknown' });
}

/** A person says what was found, where something was: what is written as an expression has to give a value. */
const settle = (parameters: INodeParameters, { found, ...item }: IDataObject, more: IDataObject = {}) =>
	registry.one(typeof found === 'string' ? { ...parameters, objectId: found } : parameters, item, more);

/** Expects that nothing was written because of what a person said. */
async function expectRefused(parameters: INodeParameters, item: IDataObject, reason: string, what: RegExp) {
	const { through, json } = await settle(parameters, item);
	expect(through).toBe(REFUSED);
	expect(json.error).toMatchObject({ outcome: 'not_settled', reason });
	expect(json.error.message).toMatch(what);
	expect(json.error.nextStep).not.toBe('');
	expect(JSON.stringify(await registry.fixture.entries())).not.toContain('Ada');
	return json.error;
}

describe('not executed', () => {
	it('is accepted from a person if Stripe has deleted the evidence; the request is resent with the same key', async () => {
		await lost('resetBefore');
		registry.time.advance(40 * DAY);
		const { through, json } = await settle(NOTHING, ORDER);
		expect(through).toBe(DONE);
		expect(json).toMatchObject({
			state: 'released',
			outcome: { decidedBy: 'Ada', message: 'asked the support: ticket 4711', code: 'not_executed' },
		});
		expect(await charge()).toMatchObject({ status: 'succeeded', idempotency: { attempt: 1, sends: 2 } });
		expect(
			new Set(
				stripe()
					.sends()
					.map(({ key }) => key),
			).size,
		).toBe(1);
		expect(charges()).toHaveLength(1);
		expect(await getEntry()).not.toHaveProperty('outcome.decidedBy');
	});

	it('restarts the reconciliation: if the response to the repeat is lost too, it is found, and not sent a third time', async () => {
		await lost('resetBefore');
		registry.time.advance(40 * DAY);
		await settle(NOTHING, ORDER);
		await lost('resetAfter');
		registry.time.advance(25 * HOUR);
		expect(await charge()).toMatchObject({ status: 'succeeded', idempotency: { attempt: 1, sends: 2 } });
		expect(stripe().sends()).toHaveLength(2);
		expect(charges()).toHaveLength(1);
	});

	it('is refused while Stripe may still execute it', async () => {
		await lost('error500NotStored', UNMARKED);
		for (const wait of [0, 2 * DAY]) {
			registry.time.advance(wait);
			const { retryable } = await expectRefused(
				NOTHING,
				ORDER,
				'too_early',
				/may still execute it until 20/,
			);
			expect(retryable).toBe(true);
		}
		registry.time.advance(2 * DAY);
		expect((await settle(NOTHING, ORDER)).json).toMatchObject({ state: 'released' });
	});

	it('is refused if Stripe shows that it was executed', async () => {
		await lost('resetAfter');
		registry.time.advance(40 * DAY);
		await expectRefused(NOTHING, ORDER, 'already_resolved', /is known to be succeeded/);
		expect((await getEntry()).state).toBe('succeeded');
	});
});

describe('executed', () => {
	it('is read and compared, and the workflow receives it as succeeded from then on', async () => {
		await lost('resetAfter', UNMARKED);
		registry.time.advance(40 * DAY);
		const found = charges()[0]!.paymentIntent!;
		expect((await settle(RECONCILE, ORDER)).json).toMatchObject({ state: 'unknown' });
		const { through, json } = await settle(FOUND, { ...ORDER, found });
		expect(through).toBe(DONE);
		expect(json).toMatchObject({
			state: 'succeeded',
			objectId: found,
			money: '19.99 EUR',
			sends: 1,
			outcome: { decidedBy: 'Ada', message: 'seen in the dashboard' },
		});
		expect(await charge(UNMARKED)).toMatchObject({
			id: found,
			status: 'succeeded',
			idempotency: { replayed: true },
		});
		expect(charges()).toHaveLength(1);
	});

	it('may be repeated', async () => {
		await lost('resetAfter', UNMARKED);
		const item = { ...ORDER, found: charges()[0]!.paymentIntent! };
		const { outputsOf } = await registry.run(FOUND, [item, item]);
		expect(outputsOf[DONE]).toMatchObject([{ state: 'succeeded' }, { state: 'succeeded' }]);
		await settle(FOUND, item);
	});

	it.each([
		['no ID', async () => undefined, /no ID was entered/],
		['a missing object', async () => 'pi_missing', /Stripe has no pi_missing/],
		['the charge of it', async () => charges().at(-1)!.id, /Stripe has no ch_/],
		['a different amount', () => intent({ amount: 2_000 }), /its amount is 2000, not 1999\.$/],
		['a different currency', () => intent({ currency: 'usd' }), /its currency is usd, not /],
		[
			'an object of a different entry',
			async () => (await charge(ONCE, { order: '1002' })).id,
			/a different entry: v1_/,
		],
		['a declined object', declined, /was declined, so it had no effect/],
		['one of an earlier attempt, which was declined', declinedBefore, /earlier attempt/],
		['an object created before the send', oldest, /when this request was not being sent/],
	])('is refused with %s', async (_, found, what) => {
		await intent({});
		registry.time.advance(HOUR);
		// Another amount than what is lost later: its payment is cancelled, and another one made.
		await charge(UNMARKED, { ...ORDER, amount: 999, card: EMPTY_CARD });
		await lost('resetAfter', UNMARKED, ORDER, '/v1/payment_intents');
		const item = { ...ORDER, found: await found() };
		registry.time.advance(40 * DAY);
		await expectRefused(FOUND, item, 'mismatch', what);
		expect((await getEntry()).state).not.toBe('succeeded');
	});
});

describe('without an object to compare', () => {
	/** Captures less than the payment that the item names holds. */
	const CAPTURE: INodeParameters = {
		resource: 'paymentIntent',
		operation: 'capture',
		paymentIntent: '={{ $json.held }}',
		amount: '1000',
		amountUnit: 'minor',
		keySource: 'fields',
		keyFields: ONCE.keyFields,
		options: ONCE.options,
	};

	it('an action on an object is accepted from a person, and shown as the object is', async () => {
		const held = await intent({ capture_method: 'manual' });
		await lost('resetBefore', CAPTURE, { ...ORDER, held });
		await stripeAt(stripe()).paymentIntents.capture(held, { amount_to_capture: 1_500 });
		const item = { ...ORDER, held };
		expect((await settle(RECONCILE, item)).json).toMatchObject({ state: 'unknown' });
		await expectRefused(FOUND, { ...ORDER, found: 'pi_other' }, 'mismatch', /was for pi_/);
		const { json } = await settle(FOUND, item);
		expect(json).toMatchObject({ state: 'succeeded', objectId: held, outcome: { decidedBy: 'Ada' } });
		expect(await charge(CAPTURE, item)).toMatchObject({ id: held, amount_received: 1_500 });
	});

	const call = {
		resource: 'customApiCall',
		operation: 'request',
		method: 'POST',
		body: '{"name": "x"}',
		path: '/v1/products/prod_1/features',
		keyFields: ONCE.keyFields,
		options: ONCE.options,
	};

	it('an entry that a person settled as executed without naming an object is returned as succeeded', async () => {
		await lost('resetBefore', call);
		registry.time.advance(40 * DAY);
		expect((await settle(FOUND, ORDER)).json).toMatchObject({ state: 'succeeded' });
		const { outputsOf } = await registry.run(call, [ORDER], STRIPE);
		expect(outputsOf.map((items) => items.length)).toEqual([1, 0, 0]);
		expect(outputsOf[0]).toMatchObject([{ idempotency: { replayed: true, state: 'succeeded' } }]);
	});

	it('a request to an endpoint that cannot be queried is accepted from a person', async () => {
		await lost('resetBefore', call);
		registry.time.advance(40 * DAY);
		const { json } = await settle(FOUND, { ...ORDER, found: 'prodft_1' });
		expect(json).toMatchObject({ state: 'succeeded', objectId: 'prodft_1' });
		expect(await charge(call)).toMatchObject({ id: 'prodft_1', idempotency: { replayed: true } });
	});

	it('what still exists was not deleted', async () => {
		const { id } = await charge({ ...ONCE, resource: 'customer' }, { order: 'customer' });
		const remove = {
			resource: 'customApiCall',
			operation: 'request',
			method: 'DELETE',
			path: `/v1/customers/${id}`,
			keyFields: ONCE.keyFields,
			options: ONCE.options,
		};
		await lost('resetBefore', remove);
		await expectRefused(FOUND, ORDER, 'mismatch', /cus_\S+ still exists\.$/);
	});
});

describe('a decision by a person is refused', () => {
	it('about what Stripe itself can tell', async () => {
		await lost('resetAfter');
		const { json } = await settle(FOUND, ORDER);
		expect(json).toMatchObject({ state: 'succeeded', objectId: charges()[0]!.paymentIntent });
		expect(json.outcome).not.toHaveProperty('decidedBy');
		await expectRefused(
			FOUND,
			{ ...ORDER, found: 'pi_other' },
			'already_resolved',
			/differs from pi_other/,
		);
	});

	it('while Stripe does not answer', async () => {
		await lost('resetBefore');
		stripe().inject({ kind: 'error503', times: Infinity, match: { method: 'GET' } });
		const { retryable } = await expectRefused(
			FOUND,
			{ ...ORDER, found: 'pi_1' },
			'stripe_unavailable',
			/Stripe did not respond/,
		);
		expect(retryable).toBe(true);
	});

	it('if the object cannot be read', async () => {
		await lost('resetAfter', UNMARKED);
		registry.time.advance(40 * DAY);
		const found = charges()[0]!.paymentIntent!;
		stripe().inject({ kind: 'error503', match: { method: 'GET', path: new RegExp(`/${found}$`) } });
		await expectRefused(FOUND, { ...ORDER, found }, 'stripe_unavailable', /did not respond/);
		expect((await settle(FOUND, { ...ORDER, found })).through).toBe(DONE);
	});

	it('with a key of the other mode, live or test', async () => {
		await lost('resetAfter', UNMARKED);
		const live = { credential: { secretKey: 'sk_live_shop' } };
		expect((await settle(FOUND, ORDER, live)).json.error).toMatchObject({ reason: 'stripe_unavailable' });
	});

	it('about what was rejected, is reserved, or belongs to another API', async () => {
		await charge(ONCE, { order: 'declined', card: EMPTY_CARD });
		await expectRefused(FOUND, { order: 'declined' }, 'already_resolved', /is known to be rejected/);
		await registry.one(RESERVE, { order: 'reserved' });
		await expectRefused(NOTHING, { order: 'reserved' }, 'already_resolved', /is known to be reserved/);
		await registry.one({ ...CLAIM_ORDER, options: { holdMinutes: 1 } }, { order: 'shipped' });
		registry.time.advance(HOUR);
		await expectRefused(FOUND, { order: 'shipped' }, 'not_of_stripe', /claimed for another API/);
	});

	it('by a model', async () => {
		await lost('resetBefore');
		registry.time.advance(40 * DAY);
		const [answer] = await registry.asTool({ ...NOTHING, fieldValue: '1001' }, [{}]);
		expect(answer).toMatchObject({ reason: 'not_for_models' });
		expect((await getEntry()).state).toBe('unknown');
	});

	it('without a name', async () => {
		await lost('resetBefore');
		const { through, json } = await settle({ ...NOTHING, by: ' ' }, ORDER);
		expect(through).toBe(REFUSED);
		expect(json.error.message).toMatch(/Decided By/);
	});
});

it('overwrites nothing that happened while Stripe was queried', async () => {
	await lost('resetAfter', UNMARKED);
	registry.time.advance(40 * DAY);
	const found = charges()[0]!.paymentIntent!;
	const [one, two] = await Promise.all([settle(FOUND, { ...ORDER, found }), settle(NOTHING, ORDER)]);
	const throughs = [one.through, two.through];
	expect(throughs.filter((through) => through === DONE)).toHaveLength(1);
	expect((await getEntry()).state).toBe(one.through === DONE ? 'succeeded' : 'released');
});

it('stores no secret that was entered into a wrong field', async () => {
	await lost('resetBefore');
	registry.time.advance(40 * DAY);
	const statement = { ...FOUND, objectId: 'prod_2', note: 'sk_live_2', by: '4242 4242 4242 4242' };
	const refused = await registry.one({ ...statement, objectId: 'pi_1_secret_2' }, ORDER);
	expect(refused.json.error).toMatchObject({ outcome: 'refused' });
	expect(refused.json.error.message).toMatch(/contains a secret\.$/);
	const call = {
		resource: 'customApiCall',
		operation: 'request',
		method: 'POST',
		body: '{"name": "x"}',
		path: '/v1/products/prod_1/features',
		keyFields: ONCE.keyFields,
		options: ONCE.options,
	};
	await lost('resetBefore', call, { order: '1002' });
	registry.time.advance(40 * DAY);
	expect((await registry.one(statement, { order: '1002' })).through).toBe(DONE);
	const { json } = await registry.one({ ...statement, verdict: 'notDone' }, ORDER);
	const seen = JSON.stringify([refused.json, json, await registry.fixture.entries()]);
	expect(seen).not.toMatch(/secret_2|live_2|4242 4242/);
	expect(json).toMatchObject({ outcome: { decidedBy: '[hidden]', message: '[hidden]' } });
});

async function intent(other: Stripe.PaymentIntentCreateParams | object): Promise<string> {
	const { id } = await stripeAt(stripe()).paymentIntents.create({
		amount: 1999,
		currency: 'eur',
		payment_method: 'pm_card_visa',
		confirm: true,
		...NO_REDIRECTS,
		automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
		...other,
	});
	return id;
}

async function listed(): Promise<Stripe.PaymentIntent[]> {
	return (await stripeAt(stripe()).paymentIntents.list({ limit: 100 })).data;
}

async function oldest(): Promise<string> {
	return (await listed()).at(-1)!.id;
}

async function declined(): Promise<string> {
	await charge(UNMARKED, { order: '1003', card: EMPTY_CARD });
	return (await listed()).find(({ status }) => status === 'requires_payment_method')!.id;
}

async function declinedBefore(): Promise<string> {
	return (await listed()).findLast(({ status }) => status === 'canceled')!.id;
}
