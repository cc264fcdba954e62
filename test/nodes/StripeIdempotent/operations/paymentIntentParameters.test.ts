import type { INodeParameters } from 'n8n-workflow';

import { withCustomKey, toLocator, OrdersFixture } from '../../fixtures/ordersFixture';

let fixture: OrdersFixture;
beforeEach(async () => {
	fixture = await OrdersFixture.open();
});
afterEach(() => fixture.close());

const CREATE: INodeParameters = {
	resource: 'paymentIntent',
	operation: 'create',
	amount: '1999',
	amountUnit: 'minor',
	currency: 'EUR',
	...withCustomKey('order 1001'),
};
const PAY: INodeParameters = { ...CREATE, paymentMethod: 'pm_card_visa' };
const WAIT: INodeParameters = { ...CREATE, confirm: false };

const fields = (additionalFields: INodeParameters): INodeParameters => ({ additionalFields });
const other = (params: object) => fields({ otherParameters: JSON.stringify(params) });
const custom = (path: string, body: object): INodeParameters => ({
	resource: 'customApiCall',
	operation: 'request',
	method: 'POST',
	path,
	body: JSON.stringify(body),
	...withCustomKey('order 1001'),
});

async function sentBy(parameters: INodeParameters) {
	const result = await fixture.run(parameters, [{}]);
	expect(result.fix).toEqual([]);
	return fixture.simulator.sends()[0]!.params;
}

async function refusalOf(parameters: INodeParameters) {
	const { fix } = await fixture.run(parameters, [{}]);
	expect(fixture.simulator.requests).toEqual([]);
	expect(fix).toMatchObject([{ error: { outcome: 'refused' } }]);
	return fix[0]!.error;
}

describe('Create', () => {
	it('charges at once if Confirm is not set', async () => {
		const { success } = await fixture.run(PAY, [{}]);
		expect(success).toMatchObject([{ status: 'succeeded' }]);
		expect(fixture.charges()).toBe(1);
	});

	it('without a payment method is refused while Confirm is on, and succeeds while it is off', async () => {
		const { message, nextStep } = await refusalOf(CREATE);
		expect(message).toContain('Payment Method is empty, but Confirm is on');
		expect(nextStep).toMatch(/Fill in Payment Method or Confirmation Token.*turn Confirm off/);
		const { success } = await fixture.run(WAIT, [{}]);
		expect(success).toMatchObject([{ status: 'requires_payment_method' }]);
	});

	it.each<[string, INodeParameters]>([
		['Confirmation Token', fields({ confirmationToken: 'ctoken_1' })],
		['confirmation_token in Other Parameters', other({ confirmation_token: 'ctoken_1' })],
		['payment_method in Other Parameters', other({ payment_method: 'pm_card_visa' })],
		[
			'payment_method_data in Other Parameters',
			other({ payment_method_data: { type: 'card', card: { token: 'tok_visa' } } }),
		],
	])('pays with %s in the place of Payment Method', async (_what, given) => {
		const { success } = await fixture.run({ ...CREATE, ...given }, [{}]);
		expect(success).toMatchObject([{ status: 'succeeded' }]);
	});

	it('fails a payment that would require customer action, because no customer is present', async () => {
		const card = { ...CREATE, paymentMethod: 'pm_card_authenticationRequired' };
		const { fix } = await fixture.run(card, [{}]);
		expect(fix).toMatchObject([{ error: { outcome: 'rejected', code: 'authentication_required' } }]);
		expect(fixture.simulator.sends()[0]!.params).toMatchObject({ error_on_requires_action: 'true' });
	});

	it.each<[string, INodeParameters, unknown]>([
		['Return URL', fields({ returnUrl: 'https://example.com/thanks' }), undefined],
		['Off Session', fields({ offSession: true }), undefined],
		['Off Session that is off', fields({ offSession: false }), 'true'],
		['error_on_requires_action in Other Parameters', other({ error_on_requires_action: false }), 'false'],
	])('with %s sends error_on_requires_action as requested', async (_what, given, expected) => {
		const params = await sentBy({ ...PAY, ...given });
		expect(params.error_on_requires_action).toBe(expected);
	});

	it('that waits sends nothing that belongs to the confirmation', async () => {
		expect(await sentBy(WAIT)).not.toHaveProperty('error_on_requires_action');
	});

	it('sends Allowed Payment Method Types under the name that Stripe still accepts, and nothing beside it', async () => {
		const types = { paymentMethodTypes: 'card, sepa_debit', returnUrl: 'https://example.com/thanks' };
		const params = await sentBy({ ...PAY, ...fields(types) });
		expect(params.allowed_payment_method_types).toEqual(['card', 'sepa_debit']);
		expect(params).not.toHaveProperty('payment_method_types');
		expect(params).not.toHaveProperty('automatic_payment_methods');
	});

	it('adds no automatic payment methods beside a confirmation method', async () => {
		const params = await sentBy({ ...WAIT, ...other({ confirmation_method: 'manual' }) });
		expect(params).not.toHaveProperty('automatic_payment_methods');
	});

	it.each<[string, INodeParameters]>([
		['Allowed Payment Method Types', fields({ paymentMethodTypes: 'card' })],
		['confirmation_method', other({ confirmation_method: 'automatic' })],
		[
			'automatic_payment_methods',
			other({ automatic_payment_methods: { enabled: true, allow_redirects: 'always' } }),
		],
	])('is refused without Return URL if %s may redirect', async (label, given) => {
		const { message } = await refusalOf({ ...PAY, ...given });
		expect(message).toContain('Return URL is empty');
		expect(message).toContain(label);
	});
});

describe('Create, then Confirm as two nodes', () => {
	it('charges once, without any redirect parameter in either', async () => {
		const created = await fixture.run(WAIT, [{}]);
		const confirm: INodeParameters = {
			resource: 'paymentIntent',
			operation: 'confirm',
			...withCustomKey('order 1001'),
			paymentIntent: toLocator('id', created.success[0]!.id as string),
			paymentMethod: 'pm_card_visa',
		};
		for (const replayed of [false, true]) {
			const { success } = await fixture.run(confirm, [{}]);
			expect(success).toMatchObject([{ status: 'succeeded', idempotency: { replayed } }]);
		}
		expect(fixture.charges()).toBe(1);
	});

	it('charges once if the payment is limited to types, with a return URL', async () => {
		const created = await fixture.run({ ...WAIT, ...fields({ paymentMethodTypes: 'card' }) }, [{}]);
		const { success } = await fixture.run(
			{
				resource: 'paymentIntent',
				operation: 'confirm',
				...withCustomKey('order 1001'),
				paymentIntent: toLocator('id', created.success[0]!.id as string),
				paymentMethod: 'pm_card_visa',
				...fields({ returnUrl: 'https://example.com' }),
			},
			[{}],
		);
		expect(success).toMatchObject([{ status: 'succeeded' }]);
	});
});

describe('parameters that Stripe does not accept together are refused before any call, by their labels', () => {
	const types = { paymentMethodTypes: 'card' };
	const withTypes = (more: object) => fields({ ...types, otherParameters: JSON.stringify(more) });

	it.each<[string, string, INodeParameters]>([
		[
			'Allowed Payment Method Types',
			'"automatic_payment_methods" in Other Parameters (JSON)',
			withTypes({ automatic_payment_methods: { enabled: true } }),
		],
		[
			'Allowed Payment Method Types',
			'"excluded_payment_method_types" in Other Parameters (JSON)',
			withTypes({ excluded_payment_method_types: ['klarna'] }),
		],
		[
			'Allowed Payment Method Types',
			'"payment_method_configuration" in Other Parameters (JSON)',
			withTypes({ payment_method_configuration: 'pmc_1' }),
		],
		[
			'"confirmation_method" in Other Parameters (JSON)',
			'"automatic_payment_methods" in Other Parameters (JSON)',
			other({ confirmation_method: 'manual', automatic_payment_methods: { enabled: true } }),
		],
	])('%s and %s', async (one, another, given) => {
		const { message } = await refusalOf({ ...WAIT, ...given });
		expect(message).toContain(one);
		expect(message).toContain(another);
	});

	it.each<[string, INodeParameters]>([
		['Return URL', fields({ returnUrl: 'https://example.com/thanks' })],
		['Off Session', fields({ offSession: true })],
		['Mandate', fields({ mandate: 'mandate_1' })],
		['"mandate_data" in Other Parameters (JSON)', other({ mandate_data: { customer_acceptance: {} } })],
	])('%s without Confirm', async (label, given) => {
		const { message, nextStep } = await refusalOf({ ...WAIT, ...given });
		expect(message).toContain(`${label} cannot be sent while Confirm is off`);
		expect(nextStep).toContain('Turn Confirm on');
	});

	it("the same in the body of a custom API call, under Stripe's names", async () => {
		const body = { amount: 500, currency: 'eur', off_session: true };
		const { message } = await refusalOf(custom('/v1/payment_intents', body));
		expect(message).toContain('"off_session" in Body (JSON) cannot be sent while "confirm" is not true');
	});
});

describe('a parameter that Stripe has removed', () => {
	const removed = { payment_method_types: ['card'] };
	it.each<[string, INodeParameters]>([
		['Payment Intent Create', { ...WAIT, ...other(removed) }],
		[
			'Payment Intent Update',
			{
				resource: 'paymentIntent',
				operation: 'update',
				...withCustomKey('1'),
				...other(removed),
				paymentIntent: toLocator('id', 'pi_1'),
			},
		],
		['a custom API call for a setup intent', custom('/v1/setup_intents', removed)],
		['a custom API call for a checkout session', custom('/v1/checkout/sessions', removed)],
		['a custom API call that confirms', custom('/v1/payment_intents/pi_1/confirm', removed)],
	])('is not sent by %s', async (_what, parameters) => {
		const { message, nextStep } = await refusalOf(parameters);
		expect(message).toContain('"payment_method_types" in ');
		expect(message).toContain('is no longer accepted by Stripe');
		expect(nextStep).toContain('allowed_payment_method_types');
	});

	it('is sent if an older API version is used that accepts it', async () => {
		const options = { apiVersion: '2026-08-26.dahlia' };
		const { success } = await fixture.run({ ...WAIT, ...other(removed), options }, [{}]);
		expect(success).toHaveLength(1);
	});
});
