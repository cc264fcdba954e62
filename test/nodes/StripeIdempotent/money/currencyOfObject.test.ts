import type { INodeParameters } from 'n8n-workflow';

import { sampleRows } from '../../../crash/soak';
import type { WireReply } from '../../../stripe/api/wireServer';
import { asAccount, replyWith, WireServer } from '../../../stripe/api/wireServer';
import { ageLedger } from '../../fixtures/lostLedger';
import { ACCOUNT, toLocator, withCustomKey, withOptions, OrdersFixture } from '../../fixtures/ordersFixture';
import type { OrdersOutputItem } from '../../fixtures/ordersFixture';

let fixture: OrdersFixture;
let server: WireServer | undefined;
beforeEach(async () => {
	fixture = await OrdersFixture.open();
});
afterEach(async () => {
	await server?.stop();
	server = undefined;
	await fixture.close();
});

const CARD = { payment_method: 'pm_card_visa', confirm: true };
const NO_REDIRECTS = { automatic_payment_methods: { enabled: true, allow_redirects: 'never' } } as const;

/** An operation on an object that stands in Stripe, by an amount in the major unit. */
interface Operation {
	parameters: INodeParameters;
	/** Where its currency is read. */
	path: string;
	/** The parameter that says how much in the request. */
	param: 'amount' | 'amount_to_capture';
}

const NO_RETRIES = withOptions({ maxRetries: 0 });
const shared = { ...withCustomKey('r1'), amountUnit: 'major', simplify: false, ...NO_RETRIES };

async function pay(currency: string, amount: number, more: object = {}): Promise<string> {
	const { id } = await fixture.stripe.paymentIntents.create({
		...CARD,
		...NO_REDIRECTS,
		amount,
		currency,
		...more,
	});
	fixture.forgetRequests();
	return id;
}

const PREPARE = {
	'a refund': async (currency: string, amount: number): Promise<Operation> => {
		const id = await pay(currency, amount);
		const parameters = { resource: 'refund', operation: 'create', paymentIntent: toLocator('id', id) };
		return {
			parameters: { ...shared, ...parameters },
			path: `/v1/payment_intents/${id}`,
			param: 'amount',
		};
	},
	'a refund of a charge': async (currency: string, amount: number): Promise<Operation> => {
		const id = await pay(currency, amount);
		const charge = (await fixture.stripe.paymentIntents.retrieve(id)).latest_charge as string;
		fixture.forgetRequests();
		const of = { refundOf: 'charge', charge: toLocator('id', charge) };
		return {
			parameters: { ...shared, resource: 'refund', operation: 'create', ...of },
			path: `/v1/charges/${charge}`,
			param: 'amount',
		};
	},
	'a capture': async (currency: string, amount: number): Promise<Operation> => {
		const id = await pay(currency, amount, { capture_method: 'manual' });
		const parameters = { resource: 'paymentIntent', operation: 'capture' };
		return {
			parameters: { ...shared, ...parameters, paymentIntent: toLocator('id', id) },
			path: `/v1/payment_intents/${id}`,
			param: 'amount_to_capture',
		};
	},
	'a capture of a charge': async (currency: string, amount: number): Promise<Operation> => {
		const { id } = await fixture.stripe.charges.create({
			amount,
			currency,
			source: 'tok_visa',
			capture: false,
		});
		fixture.forgetRequests();
		const parameters = { resource: 'charge', operation: 'capture', charge: toLocator('id', id) };
		return { parameters: { ...shared, ...parameters }, path: `/v1/charges/${id}`, param: 'amount' };
	},
};
type Name = keyof typeof PREPARE;
const NAMES = Object.keys(PREPARE) as Name[];

/** But for the question whose key it is. */
const sent = () =>
	fixture.simulator.requests
		.filter(({ path }) => path !== '/v1/account')
		.map(({ method, path }) => `${method} ${path}`);
const run = (parameters: INodeParameters, more: INodeParameters = {}) =>
	fixture.run({ ...parameters, ...more }, [{}]);

/** The same run against a Stripe that answers whatever a test wants. */
async function runAgainst(reply: WireReply, parameters: INodeParameters) {
	server = await WireServer.start(asAccount(ACCOUNT, reply));
	const { credentials } = fixture.options();
	const credential = { ...credentials!.stripeIdempotentApi, baseUrl: server.url };
	return fixture.run(parameters, [{}], { credentials: { stripeIdempotentApi: credential } });
}

/** The object that a request to a path is answered with. */
function toAnswer(path: string): { id: string; object: string } {
	const [, , collection, id] = path.split('/');
	if (collection === 'refunds') return { id: 're_1', object: 'refund' };
	return { id: id!, object: collection === 'charges' ? 'charge' : 'payment_intent' };
}

const errorOf = ([item]: OrdersOutputItem[]) => item!.error;

describe.each(sampleRows(3, NAMES))('%s in the major unit, without a currency', (name) => {
	it('reads the currency for its first attempt, and sends the result', async () => {
		const { parameters, path, param } = await PREPARE[name]('eur', 5_000);
		const { success } = await run(parameters, { amount: '15.5' });
		expect(success).toHaveLength(1);
		expect(sent()[0]).toBe(`GET ${path}`);
		expect(fixture.simulator.sends()).toHaveLength(1);
		expect(fixture.simulator.sends()[0]!.params).toMatchObject({ [param]: '1550' });
	});

	it('is replayed while Stripe is down', async () => {
		const { parameters } = await PREPARE[name]('eur', 5_000);
		await run(parameters, { amount: '15.5' });
		fixture.forgetRequests();
		fixture.simulator.inject({ kind: 'error503', times: Infinity, match: { path: /./ } });
		const { success } = await run(parameters, { amount: 15.5 });
		expect(success).toMatchObject([{ idempotency: { replayed: true } }]);
		expect(sent()).toEqual([]);
	});

	it('conflicts with a different amount, without a read', async () => {
		const { parameters } = await PREPARE[name]('eur', 5_000);
		await run(parameters, { amount: '15.5' });
		fixture.forgetRequests();
		const { fix } = await run(parameters, { amount: '15.6' });
		expect(errorOf(fix).outcome).toBe('conflict');
		expect(errorOf(fix).message).toMatch(/Amount: 15\.5 \(major unit.* → 15\.6 \(major unit/);
		expect(sent()).toEqual([]);
	});

	it.each([
		['in the minor unit', { amount: 1_550, amountUnit: 'minor' }],
		['with the currency filled in', { amount: '15.5', currency: 'EUR' }],
	])('conflicts if it is written %s later, and vice versa', async (_how, rewritten) => {
		for (const [first, later] of [
			[{ amount: '15.5' }, rewritten],
			[rewritten, { amount: '15.5' }],
		]) {
			const { parameters } = await PREPARE[name]('eur', 5_000);
			const how = { ...parameters, keySource: 'custom', customKey: JSON.stringify(first) };
			await run(how, first);
			fixture.forgetRequests();
			const { fix } = await run(how, later);
			expect(errorOf(fix).outcome).toBe('conflict');
			expect(errorOf(fix).message).toContain('15.5 (major unit, Currency empty)');
			expect(sent()).toEqual([]);
		}
	});

	it.each([true, false])(
		'is repeated with the frozen amount after a lost response, whatever a read would return by now (parameters stored: %s)',
		async (storeParameters) => {
			await ageLedger(fixture);
			const { parameters, param } = await PREPARE[name]('eur', 5_000);
			const how = { ...parameters, amount: '15', ...withOptions({ maxRetries: 0, storeParameters }) };
			fixture.simulator.inject({ kind: 'resetAfter', match: { method: 'POST' } });
			const { retry } = await run(how);
			expect(errorOf(retry).outcome).toBe('unknown');
			const reply: WireReply = (...requestArgs) => {
				const [, { method, path }] = requestArgs;
				const status = method === 'GET' ? 'requires_capture' : 'succeeded';
				const body = { ...toAnswer(path), currency: 'jpy', status };
				replyWith(200, body, { 'request-id': 'req_1' })(...requestArgs);
			};
			const { success } = await runAgainst(reply, how);
			expect(success).toHaveLength(1);
			const posts = server!.arrived.filter(({ method }) => method === 'POST');
			expect(posts.map((post) => new URLSearchParams(post.body).get(param))).toEqual(['1500']);
			const { key } = fixture.simulator.sends()[0]!;
			expect(posts[0]!.headers['idempotency-key']).toBe(key);
		},
	);

	it.each([
		['jpy', '500', '500'],
		['kwd', '1.23', '1230'],
		['kwd', '1.230', '1230'],
	])('counts in %s: %s is %s', async (currency, amount, minor) => {
		const { parameters, param } = await PREPARE[name](currency, 5_000);
		const { success } = await run(parameters, { amount });
		expect(success).toHaveLength(1);
		expect(fixture.simulator.sends()[0]!.params).toMatchObject({ [param]: minor });
	});

	it.each([
		['eur', '1.200', /thousands or decimals/],
		['eur', '1.234567', /has 2 decimals/],
		['jpy', '15.5', /has no decimals/],
		['eur', '-1', /not above zero/],
	])('is refused if %s does not have %s, and nothing is stored', async (currency, amount, words) => {
		const { parameters } = await PREPARE[name](currency, 5_000);
		const { fix } = await run(parameters, { amount });
		expect(errorOf(fix).message).toMatch(words);
		expect(fixture.simulator.sends()).toEqual([]);
		const corrected = await run(parameters, { amount: '15' });
		expect(corrected.success).toMatchObject([{ idempotency: { attempt: 1, replayed: false } }]);
	});
});

it('a stored rejection is returned without a read', async () => {
	const { parameters } = await PREPARE['a refund']('eur', 5_000);
	const { fix } = await run(parameters, { amount: '99' });
	expect(errorOf(fix).outcome).toBe('rejected');
	fixture.forgetRequests();
	const again = await run(parameters, { amount: '99', afterRejection: 'returnStored' });
	expect(again.fix[0]).toMatchObject({ error: { outcome: 'rejected' } });
	expect(sent()).toEqual([]);
});

it('a new attempt reads the currency again', async () => {
	const { parameters, path } = await PREPARE['a refund']('eur', 5_000);
	await run(parameters, { amount: '99' });
	fixture.forgetRequests();
	const { success } = await run(parameters, { amount: '49' });
	expect(success).toMatchObject([{ amount: 4_900, idempotency: { attempt: 2 } }]);
	expect(sent()).toEqual([`GET ${path}`, 'POST /v1/refunds']);
});

it.each([{ currency: 'zzz' }, { currency: 17 }, {}])(
	'no currency is guessed if Stripe returns %j for the object',
	async (answered) => {
		const { parameters } = await PREPARE['a refund']('eur', 5_000);
		const how = { ...parameters, amount: '15' };
		const reply: WireReply = (...requestArgs) =>
			replyWith(
				200,
				{ ...toAnswer(requestArgs[1].path), ...answered },
				{ 'request-id': 'req_1' },
			)(...requestArgs);
		const { fix } = await runAgainst(reply, how);
		expect(errorOf(fix).message).toMatch(/Currency is empty, and Stripe names none/);
		expect(server!.arrived.filter(({ method }) => method === 'POST')).toEqual([]);
	},
);

it('under a limit it is compared in the minor unit, and a limit that is added later does not change its request', async () => {
	const { parameters } = await PREPARE['a refund']('eur', 5_000);
	const within = withOptions({ chargeAtMostPerItem: '15.5 EUR' });
	const above = await run(parameters, { amount: '15.6', ...within });
	expect(errorOf(above.fix).outcome).toBe('blocked');
	const { success } = await run(parameters, { amount: '15.5' });
	expect(success).toMatchObject([{ amount: 1_550 }]);
	const again = await run(parameters, { amount: '15.5', ...within });
	expect(again.success).toMatchObject([{ idempotency: { replayed: true } }]);
	expect(fixture.simulator.report().refunds).toHaveLength(1);
});
