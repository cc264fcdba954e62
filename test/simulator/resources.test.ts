import type Stripe from 'stripe';

import { NO_REDIRECTS, PAID, refusalOf, send, stripeAt } from './client';
import { StripeSimulator } from './simulator';

const NOW = Date.UTC(2026, 10, 24, 12);

let simulator: StripeSimulator;
let stripe: Stripe;
beforeAll(async () => {
	// Time does not pass unless a test moves it.
	simulator = await StripeSimulator.start({ clock: { now: () => NOW } });
	stripe = stripeAt(simulator);
});
afterAll(() => simulator.stop());
beforeEach(() => simulator.reset());

describe('payment intents', () => {
	it('go from no payment method, to confirmed, to paid', async () => {
		const intent = await stripe.paymentIntents.create({
			amount: 500,
			currency: 'EUR',
			...NO_REDIRECTS,
		});
		expect(intent).toMatchObject({
			status: 'requires_payment_method',
			currency: 'eur',
			amount_received: 0,
		});
		expect(intent.client_secret).toMatch(new RegExp(`^${intent.id}_secret_`));
		const updated = await stripe.paymentIntents.update(intent.id, { payment_method: 'pm_card_visa' });
		expect(updated.status).toBe('requires_confirmation');
		const paid = await stripe.paymentIntents.confirm(intent.id);
		expect(paid).toMatchObject({ status: 'succeeded', amount_received: 500 });
		expect(simulator.report().charges).toMatchObject([
			{ id: paid.latest_charge, paymentIntent: intent.id },
		]);
	});

	it('holds money until it is captured, and captures a part', async () => {
		const intent = await stripe.paymentIntents.create({ ...PAID, capture_method: 'manual' });
		expect(intent).toMatchObject({ status: 'requires_capture', amount_capturable: 500 });
		expect(simulator.report().moved).toEqual({});
		const captured = await stripe.paymentIntents.capture(intent.id, { amount_to_capture: 200 });
		expect(captured).toMatchObject({ status: 'succeeded', amount_received: 200 });
		expect(simulator.report().moved).toEqual({ usd: 200 });
	});

	it('cannot be captured once it is canceled', async () => {
		const intent = await stripe.paymentIntents.create({ ...PAID, capture_method: 'manual' });
		const canceled = await stripe.paymentIntents.cancel(intent.id, { cancellation_reason: 'abandoned' });
		expect(canceled).toMatchObject({ status: 'canceled', cancellation_reason: 'abandoned' });
		const refusal = await refusalOf(stripe.paymentIntents.capture(intent.id));
		expect(refusal).toMatchObject({ statusCode: 400, code: 'payment_intent_unexpected_state' });
		expect(refusal.payment_intent?.id).toBe(intent.id);
	});

	it('cannot be confirmed twice, nor canceled when paid', async () => {
		const intent = await stripe.paymentIntents.create(PAID);
		for (const again of [
			stripe.paymentIntents.confirm(intent.id),
			stripe.paymentIntents.cancel(intent.id),
		]) {
			expect(await refusalOf(again)).toMatchObject({ code: 'payment_intent_unexpected_state' });
		}
	});

	it.each([
		['pm_card_chargeDeclined', 'generic_decline'],
		['pm_card_visa_chargeDeclined', 'generic_decline'],
		['pm_card_chargeDeclinedInsufficientFunds', 'insufficient_funds'],
	])('%s is declined with %s, and the intent remains', async (payment_method, decline_code) => {
		const refusal = await refusalOf(stripe.paymentIntents.create({ ...PAID, payment_method }));
		expect(refusal).toMatchObject({ statusCode: 402, code: 'card_declined', decline_code });
		expect(refusal.payment_intent?.client_secret).toContain('_secret_');
		const intent = await stripe.paymentIntents.retrieve(refusal.payment_intent?.id ?? '');
		expect(intent).toMatchObject({
			status: 'requires_payment_method',
			last_payment_error: { decline_code },
		});
		expect(simulator.report().charges).toEqual([]);
	});

	it('a customer without money is declined, and paid when there is money again', async () => {
		const customer = (await stripe.customers.create()).id;
		const order = { ...PAID, customer };
		simulator.setDeclines(customer, true);
		const { payment_intent: intent } = await refusalOf(stripe.paymentIntents.create(order));
		simulator.setDeclines(customer, false);
		expect(
			(await stripe.paymentIntents.confirm(intent?.id ?? '', { payment_method: 'pm_card_visa' }))
				.status,
		).toBe('succeeded');
	});

	it('needs something to pay with', async () => {
		const refusal = await refusalOf(stripe.paymentIntents.create({ ...PAID, payment_method: undefined }));
		expect(refusal).toMatchObject({ statusCode: 400, code: 'payment_intent_unexpected_state' });
		expect((await stripe.paymentIntents.list()).data).toEqual([]);
	});

	it('require authentication if the card demands it and the customer is present', async () => {
		const wants = { ...PAID, payment_method: 'pm_card_authenticationRequired' };
		expect((await stripe.paymentIntents.create(wants)).status).toBe('requires_action');
		const refusal = await refusalOf(stripe.paymentIntents.create({ ...wants, off_session: true }));
		expect(refusal).toMatchObject({ statusCode: 402, code: 'authentication_required' });
	});

	it('expands what it is asked to', async () => {
		const customer = await stripe.customers.create({ email: 'ada@example.com' });
		const intent = await stripe.paymentIntents.create({
			...PAID,
			customer: customer.id,
			expand: ['customer', 'latest_charge.customer'],
		});
		expect(intent).toMatchObject({ customer: { email: 'ada@example.com' } });
		expect(intent).toMatchObject({
			latest_charge: { object: 'charge', customer: { email: 'ada@example.com' } },
		});
	});

	it.each([
		[{ currency: 'jpy', amount: 500 }, undefined],
		[{ currency: 'kwd', amount: 1230 }, undefined],
		[{ currency: 'kwd', amount: 1234 }, 'amount'],
		[{ currency: 'isk', amount: 150 }, 'amount'],
		[{ currency: 'zzz', amount: 500 }, 'currency'],
	])('%j: refused parameter is %s', async (money, param) => {
		const created = stripe.paymentIntents.create(money);
		if (param === undefined) await expect(created).resolves.toMatchObject(money);
		else expect(await refusalOf(created)).toMatchObject({ statusCode: 400, param });
	});
});

describe('refunds', () => {
	it('refunds a part, then the rest, and no more', async () => {
		const intent = await stripe.paymentIntents.create(PAID);
		await stripe.refunds.create({
			payment_intent: intent.id,
			amount: 200,
			metadata: { n8n_entry: 'v1_x' },
		});
		const tooMuch = await refusalOf(stripe.refunds.create({ payment_intent: intent.id, amount: 301 }));
		await stripe.refunds.create({ charge: intent.latest_charge as string, reason: 'duplicate' });
		const none = await refusalOf(stripe.refunds.create({ payment_intent: intent.id }));

		expect(tooMuch).toMatchObject({ statusCode: 400, code: 'charge_already_refunded' });
		expect(none).toMatchObject({ statusCode: 400, code: 'charge_already_refunded' });
		const report = simulator.report();
		expect(report.moved).toEqual({ usd: 0 });
		expect(report.refunds.map(({ amount, entry }) => [amount, entry])).toEqual([
			[200, 'v1_x'],
			[300, undefined],
		]);
		const listed = await stripe.refunds.list({ payment_intent: intent.id });
		expect(listed.data.map(({ amount }) => amount)).toEqual([300, 200]);
	});

	it('requires a payment to refund, and accepts only Stripe’s reasons', async () => {
		expect((await send(simulator, '/v1/refunds')).body.error).toMatchObject({
			code: 'parameter_missing',
		});
		const odd = await send(simulator, '/v1/refunds', { charge: 'ch_1', reason: 'whim' });
		expect(odd.body.error).toMatchObject({ param: 'reason' });
	});
});

describe('charges', () => {
	it('accept a token, the older way', async () => {
		const charge = await stripe.charges.create({
			amount: 500,
			currency: 'usd',
			source: 'tok_visa',
			capture: false,
		});
		expect(charge).toMatchObject({ captured: false, status: 'succeeded' });
		await stripe.charges.capture(charge.id);
		const updated = await stripe.charges.update(charge.id, { description: 'lamp' });
		expect(updated).toMatchObject({ captured: true, description: 'lamp' });
		expect(await refusalOf(stripe.charges.capture(charge.id))).toMatchObject({
			code: 'charge_already_captured',
		});
		const declined = stripe.charges.create({ amount: 5, currency: 'usd', source: 'tok_chargeDeclined' });
		expect(await refusalOf(declined)).toMatchObject({ statusCode: 402 });
		expect(simulator.report().moved).toEqual({ usd: 500 });
	});
});

describe('customers', () => {
	it('are found by email, changed, and deleted to a stub', async () => {
		const { id } = await stripe.customers.create({
			email: 'a@example.com',
			metadata: { a: '1', b: '2' },
		});
		await stripe.customers.create({ email: 'b@example.com' });
		expect((await stripe.customers.list({ email: 'a@example.com' })).data).toHaveLength(1);
		const updated = await stripe.customers.update(id, { name: 'Ada', metadata: { a: '' } });
		expect(updated).toMatchObject({ name: 'Ada' });
		expect(updated.metadata).toEqual({ b: '2' });
		expect((await stripe.customers.update(id, { metadata: '' })).metadata).toEqual({});
		const stub = { id, object: 'customer', deleted: true };
		expect(await stripe.customers.del(id)).toMatchObject(stub);
		expect(await stripe.customers.retrieve(id)).toMatchObject(stub);
		expect(await refusalOf(stripe.customers.del(id))).toMatchObject({
			statusCode: 404,
			code: 'resource_missing',
		});
		expect((await stripe.customers.list()).data).toHaveLength(1);
	});
});

describe('lists', () => {
	it('page through everything, newest first, in both directions', async () => {
		const ids: string[] = [];
		for (let count = 0; count < 5; count += 1) ids.unshift((await stripe.customers.create()).id);
		const paged: string[] = [];
		for await (const customer of stripe.customers.list({ limit: 2 })) paged.push(customer.id);
		expect(paged).toEqual(ids);
		const back = await stripe.customers.list({ limit: 2, ending_before: ids[4] });
		expect([back.data.map(({ id }) => id), back.has_more]).toEqual([ids.slice(2, 4), true]);
		expect(await refusalOf(stripe.customers.list({ limit: 101 }))).toMatchObject({ param: 'limit' });
		expect(await refusalOf(stripe.customers.list({ starting_after: 'cus_no' }))).toMatchObject({
			statusCode: 400,
		});
	});

	it('filter by time of creation, and show every change at once', async () => {
		const first = await stripe.paymentIntents.create(PAID);
		simulator.advance(10_000);
		const second = await stripe.paymentIntents.create(PAID);
		const since = await stripe.paymentIntents.list({ created: { gt: first.created } });
		expect(since.data.map(({ id }) => id)).toEqual([second.id]);
		const until = await stripe.paymentIntents.list({ created: { lte: first.created } });
		expect(until.data.map(({ id }) => id)).toEqual([first.id]);
	});
});

describe('search', () => {
	it('does not show a change for a minute', async () => {
		const intent = await stripe.paymentIntents.create({ ...PAID, metadata: { n8n_entry: 'v1_abc' } });
		const find = () => stripe.paymentIntents.search({ query: "metadata['n8n_entry']:'v1_abc'" });
		expect((await find()).data).toEqual([]);
		simulator.advance(60_000);
		expect((await find()).data.map(({ id }) => id)).toEqual([intent.id]);
		await stripe.paymentIntents.update(intent.id, { description: 'changed' });
		expect((await find()).data).toEqual([]);
	});

	it.each([
		["status:'succeeded'", 2],
		["status:'succeeded' AND amount>500", 1],
		["currency:'usd' AND metadata['order']:'1'", 1],
		["metadata['order']:null", 0],
		["-metadata['order']:'1'", 1],
		['amount:500 OR amount:700', 2],
	])('%s finds %d', async (query, count) => {
		await stripe.paymentIntents.create({ ...PAID, metadata: { order: '1' } });
		await stripe.paymentIntents.create({ ...PAID, amount: 700, metadata: { order: '2' } });
		simulator.advance(60_000);
		expect((await stripe.paymentIntents.search({ query })).data).toHaveLength(count);
	});

	it('pages, and refuses an invalid query', async () => {
		for (let count = 0; count < 3; count += 1) await stripe.customers.create({ name: 'Ada' });
		simulator.advance(60_000);
		const first = await stripe.customers.search({ query: "name:'ada'", limit: 2 });
		const rest = await stripe.customers.search({ query: "name:'ada'", page: first.next_page ?? '' });
		expect([first.data.length, rest.data.length, rest.has_more]).toEqual([2, 1, false]);
		for (const query of ['name:', "shoe:'42'", "name:'a' AND", "name:'a' AND name:'b' OR name:'c'"]) {
			expect(await refusalOf(stripe.customers.search({ query }))).toMatchObject({ param: 'query' });
		}
	});
});

describe('an object without rules in the simulator', () => {
	it('is searched by its metadata where Stripe searches it, with the same delay', async () => {
		const { id } = await stripe.products.create({ name: 'Shoe', metadata: { n8n_entry: 'v1_abc' } });
		const find = () => stripe.products.search({ query: "metadata['n8n_entry']:'v1_abc'" });
		expect((await find()).data).toEqual([]);
		simulator.advance(60_000);
		expect((await find()).data.map((product) => product.id)).toEqual([id]);
		const coupons = await send(simulator, '/v1/coupons/search', {}, { method: 'GET' });
		expect(coupons.status).toBe(404);
	});
});

describe('events', () => {
	it('are forgotten after 30 days', async () => {
		await stripe.customers.create();
		simulator.advance(30 * 86_400_000);
		expect((await stripe.events.list()).data).toHaveLength(1);
		simulator.advance(1000);
		expect((await stripe.events.list()).data).toEqual([]);
	});

	it('are filtered by the time of their creation and by several types', async () => {
		const first = await stripe.paymentIntents.create(PAID);
		simulator.advance(5000);
		await stripe.paymentIntents.create(PAID);
		const types = ['payment_intent.created', 'charge.succeeded'];
		const { data } = await stripe.events.list({ types, created: { lt: first.created + 5 } });
		expect(data.map(({ type }) => type)).toEqual(['charge.succeeded', 'payment_intent.created']);
		expect(data[0]?.data.object).toMatchObject({ payment_intent: first.id });
	});

	it('report every change of state, and the key that caused it', async () => {
		await stripe.paymentIntents.create(PAID, { idempotencyKey: 'order-1' });
		const { data } = await stripe.events.list();
		expect(data.map(({ type }) => type)).toEqual([
			'payment_intent.succeeded',
			'charge.succeeded',
			'payment_intent.created',
		]);
		expect(data.map(({ request }) => request?.idempotency_key)).toEqual(Array(3).fill('order-1'));
		const [newest] = data;
		expect(await stripe.events.retrieve(newest?.id ?? '')).toMatchObject({
			type: 'payment_intent.succeeded',
		});
		expect((await stripe.events.list({ type: 'charge.*' })).data).toHaveLength(1);
	});
});

describe('the account', () => {
	it('returns itself to a key with permission', async () => {
		expect((await stripe.accounts.retrieveCurrent()).id).toBe('acct_simulator');
		const restricted = stripeAt(simulator, 'rk_test_noaccount');
		expect(await refusalOf(restricted.accounts.retrieveCurrent())).toMatchObject({ statusCode: 403 });
		expect((await restricted.paymentIntents.create(PAID)).status).toBe('succeeded');
	});

	it('has the balance that was paid, without the fees', async () => {
		await stripe.paymentIntents.create(PAID);
		expect((await stripe.balance.retrieve()).available).toMatchObject([{ amount: 455, currency: 'usd' }]);
	});

	it.each(['sk_test_expired_1', 'sk_test_invalid', 'pk_test_1'])(
		'does not know the key %s',
		async (secretKey) => {
			const refused = await send(simulator, '/v1/customers', {}, { secretKey });
			expect(refused.status).toBe(401);
		},
	);

	it('accepts the key as the user of Basic authentication too', async () => {
		const Authorization = `Basic ${Buffer.from('sk_test_1:').toString('base64')}`;
		expect((await send(simulator, '/v1/customers', {}, { headers: { Authorization } })).status).toBe(200);
	});
});

describe('other objects', () => {
	it('of any other kind are stored', async () => {
		const product = await stripe.products.create({ name: 'Lamp', metadata: { a: '1' } });
		expect(product).toMatchObject({ object: 'product', name: 'Lamp' });
		expect(await stripe.products.retrieve(product.id)).toMatchObject({ name: 'Lamp' });
		expect(await stripe.products.update(product.id, { name: 'Lamp 2' })).toMatchObject({
			name: 'Lamp 2',
		});
		expect((await stripe.products.list()).data).toHaveLength(1);
		expect(await stripe.products.del(product.id)).toMatchObject({ deleted: true });
	});

	it.each(['/v2/core/accounts', '/v1/a/b/c/d', '/nowhere'])('answers 404 in JSON at %s', async (path) => {
		const answer = await send(simulator, path, {}, { method: 'GET' });
		expect([answer.status, answer.body.error?.type]).toEqual([404, 'invalid_request_error']);
	});

	it('refuses a JSON body on v1', async () => {
		const headers = { 'Content-Type': 'application/json' };
		const answer = await send(simulator, '/v1/customers', { name: 'x' }, { headers });
		expect(answer.status).toBe(400);
	});
});
