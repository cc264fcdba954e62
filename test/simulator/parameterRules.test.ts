import type Stripe from 'stripe';

import type { Param } from '../../ledger/model/request';
import { DEPENDENT_ROWS } from '../stripe/api/dependentRows';
import { EXCLUSIVE_ROWS } from '../stripe/api/exclusiveRows';
import { NO_REDIRECTS, PAYMENT, refusalOf, send, stripeAt } from './client';
import type { ParameterNames, Shown } from './sdkTypes';
import { StripeSimulator } from './simulator';

let simulator: StripeSimulator;
let stripe: Stripe;
beforeAll(async () => {
	simulator = await StripeSimulator.start();
	stripe = stripeAt(simulator);
});
afterAll(() => simulator.stop());
beforeEach(() => simulator.reset());

const NEW = { amount: '500', currency: 'usd' };

function intentWith(params: Record<string, string>, headers: Record<string, string> = {}) {
	return send(simulator, '/v1/payment_intents', { ...NEW, ...params }, { headers });
}

describe('payment_method_types', () => {
	it.each([
		'/v1/payment_intents',
		'/v1/payment_intents/pi_1',
		'/v1/payment_intents/pi_1/confirm',
		'/v1/setup_intents',
		'/v1/setup_intents/seti_1',
		'/v1/checkout/sessions',
	])('at %s is refused as no longer supported, since 2026-09-30', async (path) => {
		const { status, body } = await send(simulator, path, { 'payment_method_types[0]': 'card' });
		expect([status, body.error]).toMatchObject([
			400,
			{ code: 'payment_method_types_no_longer_supported', param: 'payment_method_types' },
		]);
	});

	it('in an older version is accepted, and its successor is unknown before 2026-07-29', async () => {
		const types = { 'payment_method_types[0]': 'card' };
		const older = await intentWith(types, { 'Stripe-Version': '2026-08-26.dahlia' });
		expect([older.status, older.body.payment_method_types]).toEqual([200, ['card']]);
		const allowed = { 'allowed_payment_method_types[0]': 'card' };
		const unknown = await intentWith(allowed, { 'Stripe-Version': '2026-06-24.dahlia' });
		expect(unknown.body.error).toMatchObject({ code: 'parameter_unknown' });
	});

	it('of the intent shows which of the allowed types can be used', async () => {
		const intent = await stripe.paymentIntents.create({
			amount: 500,
			currency: 'usd',
			allowed_payment_method_types: ['card'],
		});
		expect(intent).toMatchObject({
			allowed_payment_method_types: ['card'],
			payment_method_types: ['card'],
		});
	});
});

describe('parameters that exclude each other', () => {
	it.each([
		['allowed_payment_method_types[0]', 'automatic_payment_methods[enabled]'],
		['allowed_payment_method_types[0]', 'excluded_payment_method_types[0]'],
		['allowed_payment_method_types[0]', 'payment_method_configuration'],
		['confirmation_method', 'automatic_payment_methods[enabled]'],
	])('%s and %s are refused together, and accepted alone', async (one, other) => {
		const VALUES = new Map([
			['allowed_payment_method_types[0]', 'card'],
			['automatic_payment_methods[enabled]', 'true'],
			['excluded_payment_method_types[0]', 'klarna'],
			['payment_method_configuration', 'pmc_1'],
			['confirmation_method', 'manual'],
		]);
		const given = (name: string) => ({ [name]: VALUES.get(name) ?? '' });
		const both = await intentWith({ ...given(one), ...given(other) });
		expect(both.status).toBe(400);
		expect(both.body.error?.message).toMatch(/^You may only specify one of these parameters: /);
		for (const alone of [one, other]) expect((await intentWith(given(alone))).status).toBe(200);
	});
});

/** Nested parameters in Stripe's wire format: `lines[0][amount]`. */
function toForm(value: Param, name = ''): [name: string, value: string][] {
	if (typeof value === 'string') return [[name, value]];
	return Object.entries(value).flatMap(([key, inner]: [string, Param]) =>
		toForm(inner, name === '' ? key : `${name}[${key}]`),
	);
}

it.each(EXCLUSIVE_ROWS.map((row) => [row] as const))(
	'an excluded combination is refused before it is executed: %j',
	async ([path, params, name, other]) => {
		const { status, body } = await send(simulator, `/v1/${path}`, Object.fromEntries(toForm(params)), {
			key: 'k1',
		});
		expect([status, body.error?.type]).toEqual([400, 'invalid_request_error']);
		const last = (whole: string) => whole.split('.').at(-1) ?? '';
		expect(body.error?.message).toContain(last(name));
		expect(body.error?.message).toContain(last(other));
		const again = await send(simulator, '/v1/customers', {}, { key: 'k1' });
		expect(again.status).toBe(200);
	},
);

it.each(DEPENDENT_ROWS.map((row) => [row] as const))(
	'an incomplete combination is refused before it is executed: %j',
	async ([path, params, name, needed]) => {
		const { status, body } = await send(simulator, `/v1/${path}`, Object.fromEntries(toForm(params)), {
			key: 'k1',
		});
		expect([status, body.error?.type]).toEqual([400, 'invalid_request_error']);
		const last = (whole: string) => whole.split('.').at(-1) ?? '';
		expect(body.error?.message).toContain(last(name));
		expect(body.error?.message).toContain(last(needed));
		const again = await send(simulator, '/v1/customers', {}, { key: 'k1' });
		expect(again.status).toBe(200);
	},
);

describe('the creation of a payment intent', () => {
	it.each([
		['return_url', 'https://example.com'],
		['off_session', 'true'],
		['mandate', 'mandate_1'],
		['mandate_data[customer_acceptance][type]', 'offline'],
		['error_on_requires_action', 'true'],
	])('accepts %s only together with confirm', async (name, value) => {
		const alone = await intentWith({ [name]: value });
		expect([alone.status, alone.body.error]).toMatchObject([400, { param: name.split('[')[0] }]);
		const withConfirm = await send(simulator, '/v1/payment_intents', { ...PAYMENT, [name]: value });
		expect(withConfirm.status).toBe(200);
	});

	it('accepts a confirmation token in place of a payment method', async () => {
		const intent = await stripe.paymentIntents.create({
			amount: 500,
			currency: 'usd',
			confirm: true,
			confirmation_token: 'ctoken_1',
			...NO_REDIRECTS,
		});
		expect(intent.status).toBe('succeeded');
	});

	it('is not confirmed with a type its customer never selected', async () => {
		const customer = (await stripe.customers.create()).id;
		const refusal = await refusalOf(
			stripe.paymentIntents.create({
				amount: 500,
				currency: 'usd',
				customer,
				confirm: true,
				...NO_REDIRECTS,
			}),
		);
		expect(refusal).toMatchObject({ statusCode: 400, code: 'payment_intent_unexpected_state' });
	});
});

describe('the confirmation of a payment intent', () => {
	const card = { payment_method: 'pm_card_visa' };
	const money = { amount: 500, currency: 'usd' };

	it.each([
		['nothing about redirects', {}],
		['allowed types', { allowed_payment_method_types: ['card'] }],
		[
			'redirects that are allowed',
			{ automatic_payment_methods: { enabled: true, allow_redirects: 'always' as const } },
		],
	])('needs a return URL if it was created with %s, also for cards', async (_what, given) => {
		const atOnce = stripe.paymentIntents.create({ ...money, ...card, ...given, confirm: true });
		expect((await refusalOf(atOnce)).message).toMatch(/^A `return_url` must be specified/);
		const { id } = await stripe.paymentIntents.create({ ...money, ...given });
		const later = stripe.paymentIntents.confirm(id, card);
		expect((await refusalOf(later)).message).toMatch(/^A `return_url` must be specified/);
		const url = { return_url: 'https://example.com/thanks' };
		expect((await stripe.paymentIntents.confirm(id, { ...card, ...url })).status).toBe('succeeded');
	});

	it('needs no return URL if it was created without redirects', async () => {
		const { id } = await stripe.paymentIntents.create({
			...money,
			...NO_REDIRECTS,
		});
		expect((await stripe.paymentIntents.confirm(id, card)).status).toBe('succeeded');
	});

	it('accepts no parameter about redirects', async () => {
		const { id } = await stripe.paymentIntents.create(money);
		const params = { ...card, 'automatic_payment_methods[enabled]': 'true' };
		const { body } = await send(simulator, `/v1/payment_intents/${id}/confirm`, params);
		expect(body.error).toMatchObject({ code: 'parameter_unknown', param: 'automatic_payment_methods' });
	});
});

describe('headers', () => {
	it('of an ordinary 200 of a keyed POST advise against a repeat, and name key and request', async () => {
		const { headers } = await send(simulator, '/v1/customers', {}, { key: 'k1' });
		expect(Object.fromEntries(headers)).toMatchObject({
			'stripe-should-retry': 'false',
			'idempotency-key': 'k1',
			'original-request': headers.get('request-id'),
		});
		const replay = await send(simulator, '/v1/customers', {}, { key: 'k1' });
		expect(Object.fromEntries(replay.headers)).toMatchObject({
			'idempotent-replayed': 'true',
			'stripe-should-retry': 'false',
			'original-request': headers.get('request-id'),
		});
	});

	it('of a GET and of a POST without a key contain nothing about keys', async () => {
		const read = await send(simulator, '/v1/customers', {}, { method: 'GET', key: 'k1' });
		const keyless = await send(simulator, '/v1/customers');
		for (const { headers } of [read, keyless]) {
			for (const name of ['stripe-should-retry', 'idempotency-key', 'original-request'])
				expect([name, headers.get(name)]).toEqual([name, null]);
		}
	});

	it.each([
		['error500Before', 'false'],
		['error500NotStored', 'true'],
		['error503', 'true'],
	] as const)('of %s say %s to a repeat', async (kind, advice) => {
		simulator.inject({ kind });
		const { headers } = await send(simulator, '/v1/customers', {}, { key: 'k1' });
		expect(headers.get('stripe-should-retry')).toBe(advice);
	});

	it.each(['global-rate', 'global-concurrency', 'endpoint-rate', 'resource-specific'])(
		'of a 429 name its reason %s',
		async (rateLimitedReason) => {
			simulator.inject({ kind: 'rateLimit429', rateLimitedReason });
			const { status, headers } = await send(simulator, '/v1/customers', {}, { key: 'k1' });
			expect([status, headers.get('stripe-rate-limited-reason')]).toEqual([429, rateLimitedReason]);
		},
	);
});

describe('a declined card', () => {
	it.each([
		['pm_card_chargeDeclinedInsufficientFunds', 'try_again_later'],
		['pm_card_chargeDeclinedIncorrectCvc', 'confirm_card_data'],
		['pm_card_chargeDeclinedStolenCard', 'do_not_try_again'],
	])(
		'%s is returned with the advice %s, the message of the network, and the intent',
		async (card, advice) => {
			const { status, body } = await send(simulator, '/v1/payment_intents', {
				...PAYMENT,
				payment_method: card,
			});
			expect([status, body.error]).toMatchObject([
				402,
				{
					type: 'card_error',
					advice_code: advice,
					network_decline_code: expect.stringMatching(/^\d\d$/) as string,
					network_advice_code: expect.stringMatching(/^\d\d$/) as string,
					charge: expect.stringMatching(/^ch_/) as string,
					payment_intent: {
						object: 'payment_intent',
						status: 'requires_payment_method',
						last_payment_error: { advice_code: advice },
					},
				},
			]);
		},
	);
});

it('an unknown parameter of an endpoint is refused by its name', async () => {
	for (const path of ['/v1/payment_intents', '/v1/refunds', '/v1/customers', '/v1/charges']) {
		const { body } = await send(simulator, path, { surprise: '1' });
		expect(body.error).toMatchObject({ code: 'parameter_unknown', param: 'surprise' });
	}
});

describe('the types that the simulator is checked against', () => {
	it('contain no parameter that Stripe has removed, and no field that it does not show', () => {
		// @ts-expect-error removed in 2026-09-30
		const names = ['payment_method_types'] satisfies ParameterNames<Stripe.PaymentIntentCreateParams>;
		const fields = {
			// @ts-expect-error gone since 2025-03-31
			paid: true,
		} satisfies Partial<Shown<Stripe.Invoice>>;
		expect([names, fields]).toHaveLength(2);
	});
});
