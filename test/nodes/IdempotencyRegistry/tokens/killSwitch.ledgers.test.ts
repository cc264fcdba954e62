import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { CLAIM_ORDER, RegistryFixture, PAY, RESERVE } from '../../fixtures/registryFixture';
import { describeEveryLedger } from '../../fixtures/everyLedger';
import { CHARGE, STRIPE_NODE } from '../../fixtures/ordersFixture';

const CREDENTIAL = { credential: { keySecret: 'a secret of the shop' } };
const STRIPE = { type: STRIPE_NODE, ...CREDENTIAL };
const STOP = { resource: 'token', operation: 'stop', by: 'Ada', reason: 'It pays too much' };
const RESUME = { resource: 'token', operation: 'resume' };
const EVERYTHING = { width: 'everything' };

const PLAIN: INodeParameters = { ...CHARGE, options: { maxRetries: 3 } };
const BY_TOKEN: INodeParameters = { ...PAY, options: { maxRetries: 3 } };

let made = 0;
let order: string;
beforeEach(() => {
	// Static data is guarded in the memory of the process, which all tests share.
	order = `stopped order ${++made}`;
});

describeEveryLedger((registry) => {
	const stripe = () => registry().fixture.stripe;
	const sends = () => stripe().sends().length;
	const pay = (parameters: INodeParameters, item: IDataObject = {}) =>
		registry().one(parameters, { order, ...item }, STRIPE);
	const reserved = async () => (await registry().one(RESERVE, { order }, CREDENTIAL)).json;

	/** A person pulls the switch while the node waits before it sends again. */
	const pullWhileItWaits = (width: IDataObject) => {
		registry().time.sleep = async () => {
			await registry().one({ ...STOP, ...width });
		};
	};

	afterEach(async () => {
		for (const width of ['tokens', 'everything']) await registry().one({ ...RESUME, width });
	});

	it('a payment by token that is being retried is not resent once all tokens are blocked', async () => {
		const { token } = await reserved();
		stripe().inject({ kind: 'resetAfter', times: 9 });
		pullWhileItWaits({});
		const { json } = await pay(BY_TOKEN, { token });
		expect(sends()).toBe(1);
		expect(json.error).toMatchObject({ outcome: 'unknown' });
		expect(json.idempotency.warning).toMatch(/not sent again: All payments by token were stopped by Ada/);
	});

	it('any write that is being retried is not resent once everything is stopped; it stays in doubt', async () => {
		stripe().inject({ kind: 'resetAfter', times: 1 });
		pullWhileItWaits(EVERYTHING);
		const { json } = await pay(PLAIN);
		expect(sends()).toBe(1);
		expect(json.error).toMatchObject({ outcome: 'unknown' });
		expect(json.idempotency.warning).toMatch(/All writes protected by this ledger were stopped by Ada/);
		registry().time.sleep = async () => undefined;
		expect((await pay(PLAIN)).json.error).toMatchObject({ outcome: 'blocked' });
		await registry().one({ ...RESUME, ...EVERYTHING });
		expect((await pay(PLAIN)).json).toMatchObject({ status: 'succeeded' });
		expect(stripe().report().charges).toHaveLength(1);
	});

	it('while everything is stopped nothing is sent, claimed or reserved, and each item reports it', async () => {
		const { token } = await reserved();
		expect((await registry().one({ ...STOP, ...EVERYTHING })).json).toMatchObject({
			outcome: 'stopped',
			width: 'everything',
			decidedBy: 'Ada',
		});
		for (const [parameters, item] of [
			[PLAIN, { order: `${order}, without a token` }],
			[BY_TOKEN, { token }],
		] as const) {
			const { json } = await pay(parameters, item);
			expect(json.error).toMatchObject({ outcome: 'blocked', retryable: false });
			expect(json.error.message).toMatch(
				/protected by this ledger were stopped by Ada: It pays too much/,
			);
		}
		expect((await registry().one(CLAIM_ORDER, { order })).json.error).toMatchObject({
			reason: 'payments_stopped',
		});
		expect(
			(await registry().one(RESERVE, { order: `${order}, more` }, CREDENTIAL)).json.error,
		).toMatchObject({
			reason: 'payments_stopped',
		});
		expect(sends()).toBe(0);
		// Lifting the one leaves the other.
		expect((await registry().one(RESUME)).json.nextStep).toMatch(
			/All writes protected by this ledger are now blocked/,
		);
		expect((await pay(PLAIN, { order: `${order}, without a token` })).json.error).toMatchObject({
			outcome: 'blocked',
		});
		await registry().one({ ...RESUME, ...EVERYTHING });
		expect((await pay(PLAIN, { order: `${order}, without a token` })).json).toMatchObject({
			status: 'succeeded',
		});
	});

	it('completed payments are returned while everything is stopped', async () => {
		const { json } = await pay(PLAIN);
		await registry().one({ ...STOP, ...EVERYTHING });
		expect((await pay(PLAIN)).json).toMatchObject({ id: json.id, idempotency: { replayed: true } });
	});

	it('blocking tokens does not affect payments without a token', async () => {
		await registry().one(STOP);
		expect((await pay(PLAIN)).json).toMatchObject({ status: 'succeeded' });
	});

	it('Retry sends nothing while everything is stopped, and does not resend if that happens in between', async () => {
		stripe().inject({ kind: 'resetAfter', times: 1 });
		await pay({ ...CHARGE, options: { maxRetries: 0 } });
		const retry = () =>
			registry().one({
				resource: 'entry',
				operation: 'retry',
				findBy: 'field',
				fieldValue: order,
				options: { maxRetries: 3 },
			});
		await registry().one({ ...STOP, ...EVERYTHING });
		const before = sends();
		expect((await retry()).json.error).toMatchObject({
			reason: registry().isPublic ? 'not_stored' : 'payments_stopped',
		});
		expect(sends()).toBe(before);
		await registry().one({ ...RESUME, ...EVERYTHING });
		if (registry().isPublic) return;
		stripe().inject({ kind: 'resetAfter', times: 9 });
		pullWhileItWaits(EVERYTHING);
		expect((await retry()).json.error).toMatchObject({ outcome: 'unknown' });
		expect(sends()).toBe(before + 1);
	});
});

it('as a tool, the scope of a stop is never filled in by the model', async () => {
	const registry = await RegistryFixture.open();
	try {
		const width = "={{ $fromAI('width', 'How much', 'string') }}";
		const [answer] = await registry.asTool({ ...STOP, width }, [{ width: 'everything' }]);
		expect(answer!.message).toMatch(/Width is filled in by the model/);
	} finally {
		await registry.close();
	}
});
