import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { CLAIM_ORDER, decide, RegistryFixture, PAY, RESERVE } from '../../fixtures/registryFixture';
import { CHARGE, EMPTY_CARD, STRIPE_NODE } from '../../fixtures/ordersFixture';
import { runKilledAt } from '../../fixtures/killedAt';
import { encodeReference } from '../../../../ledger/rules/token';
import { letLiveKeysReachTheSimulator } from '../../../simulator/asStripesOwn';

letLiveKeysReachTheSimulator();

const [SUCCESS, FIX_OUTPUT, RETRY_OUTPUT, REFUSED] = [0, 1, 2, 3];
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const STRIPE = { type: STRIPE_NODE };

const RETRY: INodeParameters = {
	resource: 'entry',
	operation: 'retry',
	options: { maxRetries: 0, timeoutSeconds: 60 },
	findBy: 'field',
	fieldValue: '={{ $json.order }}',
};
const ONCE: INodeParameters = { ...CHARGE, options: { maxRetries: 0, timeoutSeconds: 60 } };
const ORDER = { order: '1001' };

let registry: RegistryFixture;
beforeEach(async () => {
	registry = await RegistryFixture.open();
});
afterEach(() => registry.close());

const stripe = () => registry.fixture.stripe;
const keys = () =>
	stripe()
		.sends()
		.map(({ key }) => key);
const charges = () => stripe().report().charges.length;
const charge = async (item: IDataObject = ORDER, parameters = ONCE) =>
	(await registry.one(parameters, item, STRIPE)).json;
const retry = (item: IDataObject = ORDER, parameters = RETRY) => registry.one(parameters, item);

it.each([
	['after Stripe had executed it', 'resetAfter'],
	['before Stripe had executed it', 'resetBefore'],
	['while Stripe limited the rate', 'rateLimit429'],
	['at a key that was not valid', 'unauthorized401'],
] as const)('resends a lost request %s, with the same key and all its parameters', async (_when, kind) => {
	stripe().inject({ kind });
	expect((await charge()).error).toBeDefined();
	const { through, json } = await retry();
	expect(through).toBe(SUCCESS);
	expect(json).toMatchObject({ state: 'succeeded', fields: ORDER, attempt: 1, money: '19.99 EUR' });
	expect(new Set(keys()).size).toBe(1);
	expect(charges()).toBe(1);
	expect(stripe().report().charges[0]!.entry).toBe(json.entryId);
	// The workflow that it came from gets it from the ledger.
	expect(await charge()).toMatchObject({ idempotency: { replayed: true, entryId: json.entryId } });
	expect(charges()).toBe(1);
});

it('sends nothing above a limit of its workflow, including Retry of all due entries', async () => {
	const limited = {
		...ONCE,
		options: { maxRetries: 0, timeoutSeconds: 60, chargeAtMostPerItem: '10 EUR' },
	};
	expect((await charge(ORDER, limited)).error).toMatchObject({ outcome: 'blocked' });
	const { through, json } = await retry();
	expect([through, json.error.reason]).toEqual([REFUSED, 'over_cap']);
	await registry.run({ ...RETRY, which: 'due', alsoReleased: true }, [ORDER]);
	expect(charges()).toBe(0);
	expect(await charge()).not.toHaveProperty('error');
});

describe('a limit of the workflow, unknown to Retry', () => {
	const perRun = { ...ONCE, options: { maxRetries: 0, timeoutSeconds: 60, chargeAtMostPerRun: '30 EUR' } };
	const perItem = {
		...ONCE,
		options: { maxRetries: 0, timeoutSeconds: 60, chargeAtMostPerItem: '10 EUR' },
	};

	it.each([
		['an item above it', perItem, '20 EUR', 'chargeAtMostPerItem'],
		['an item that only its run knows to be above it', perRun, '30 EUR', 'chargeAtMostPerRun'],
	])(
		'%s is not sent where its worker was killed before the limit was checked',
		async (_of, limited, raised, name) => {
			await runKilledAt(registry.fixture, 'claimed', () => charge(ORDER, limited));
			registry.fixture.time.advance(HOUR);
			expect((await retry()).json.error).toMatchObject({
				reason: 'limit_unchecked',
				message: expect.stringMatching(/may have been sent.*not known.*Charge at Most/) as string,
				nextStep: expect.stringMatching(/Run its workflow again.*nothing is charged twice/) as string,
			});
			await registry.run({ ...RETRY, which: 'due', alsoReleased: true }, [ORDER]);
			expect(charges()).toBe(0);
			await charge(ORDER, { ...limited, options: { ...limited.options, [name]: raised } });
			expect(charges()).toBe(1);
		},
	);

	it('stops what its run has stopped, even if a killed worker may have sent it', async () => {
		const items = [{ order: '1001' }, { order: '1002' }];
		await runKilledAt(registry.fixture, 'claimed', () => charge({ order: '1002' }, perRun));
		registry.fixture.time.advance(HOUR);
		const inOrder = { ...perRun, options: { ...perRun.options, concurrency: 1 } };
		const { outputsOf } = await registry.run(inOrder, items, STRIPE);
		expect(outputsOf.map(({ length }) => length)).toEqual([1, 0, 1]);
		expect((await retry({ order: '1002' })).json.error).toMatchObject({ reason: 'over_cap' });
		expect(charges()).toBe(1);
	});

	it('allows what its run had sent, and whose response was lost', async () => {
		stripe().inject({ kind: 'resetAfter' });
		await charge(ORDER, perRun);
		expect((await retry()).json).toMatchObject({ state: 'succeeded' });
		expect(new Set(keys()).size).toBe(1);
		expect(charges()).toBe(1);
	});

	it('allows what its run had sent, and whose worker was killed after an error from Stripe', async () => {
		stripe().inject({ kind: 'error503' });
		const options = { ...perRun.options, maxRetries: 2 };
		await runKilledAt(registry.fixture, 'settling', () => charge(ORDER, { ...perRun, options }));
		registry.fixture.time.advance(HOUR);
		expect((await retry()).json).toMatchObject({ state: 'succeeded' });
		expect(charges()).toBe(1);
	});
});

it('never reports "nothing was sent" for what was sent before its limit was lowered', async () => {
	stripe().inject({ kind: 'resetAfter' });
	await charge();
	const options = { maxRetries: 0, timeoutSeconds: 60, chargeAtMostPerItem: '10 EUR' };
	await charge(ORDER, { ...ONCE, options });
	expect((await retry()).json.error).toMatchObject({
		reason: 'over_cap',
		message: expect.stringMatching(/may have been sent and executed before.*not sent again/) as string,
		nextStep: expect.stringContaining('Entry → Reconcile') as string,
	});
	await registry.one({ ...RETRY, operation: 'reconcile' }, ORDER);
	expect(await charge()).toMatchObject({ idempotency: { replayed: true, state: 'succeeded' } });
	expect(charges()).toBe(1);
});

it('keeps its origin and its retention', async () => {
	stripe().inject({ kind: 'resetBefore' });
	await charge(ORDER, { ...ONCE, options: { ...(ONCE.options as object), retentionDays: 3650 } });
	const [before] = await registry.fixture.entries();
	await retry();
	const [after] = await registry.fixture.entries();
	expect(after!.origin).toEqual(before!.origin);
	expect(after!.expiresAt - registry.time.now()).toBeGreaterThan(3649 * DAY);
});

it('reconciles an old one before anything is sent: what Stripe has executed is not executed again', async () => {
	stripe().inject({ kind: 'resetAfter' });
	await charge();
	registry.time.advance(25 * HOUR);
	expect((await retry()).json).toMatchObject({ state: 'succeeded' });
	expect(keys()).toHaveLength(1);
});

it('does not send an old one that cannot be found, and states when to check again', async () => {
	stripe().inject({ kind: 'error500NotStored' });
	await charge();
	registry.time.advance(25 * HOUR);
	const { through, json } = await retry();
	expect(through).toBe(RETRY_OUTPUT);
	expect(json.error).toMatchObject({ outcome: 'unknown', retryable: true });
	expect(json.error.nextStep).toMatch(/at the time given/);
	expect(keys()).toHaveLength(1);
	registry.time.advance(3 * DAY);
	expect((await retry()).through).toBe(SUCCESS);
	expect(new Set(keys()).size).toBe(1);
	expect(charges()).toBe(1);
});

it('does not resend blindly through a different account: Stripe may not know the key there', async () => {
	const connected = { ...ONCE, options: { ...(ONCE.options as object), stripeAccount: 'acct_connected' } };
	stripe().inject({ kind: 'resetBefore' });
	await charge(ORDER, connected);
	const own = { credential: { accountId: 'acct_connected', secretKey: 'rk_test_noaccount' } };
	expect((await registry.one(RETRY, ORDER, own)).through).toBe(RETRY_OUTPUT);
	expect(keys()).toHaveLength(1);
	expect((await retry()).json).toMatchObject({ state: 'succeeded', account: 'acct_connected' });
	expect(new Set(keys()).size).toBe(1);
	expect(charges()).toBe(1);
});

it('treats what was found not executed and then refused for a wrong key as not executed, not as unknown again', async () => {
	stripe().inject({ kind: 'resetBefore' });
	await charge();
	registry.time.advance(4 * DAY);
	stripe().inject({ kind: 'unauthorized401', match: { method: 'POST' } });
	const { through, json } = await retry();
	expect(through).toBe(FIX_OUTPUT);
	expect(json).toMatchObject({ error: { outcome: 'unauthorized' }, idempotency: { state: 'released' } });
	expect((await retry()).through).toBe(SUCCESS);
	expect(charges()).toBe(1);
});

it('leaves through Retry without a clear response, and through Fix if Stripe rejects it', async () => {
	stripe().inject({ kind: 'resetBefore', times: 2 });
	await charge();
	const again = await retry();
	expect(again.through).toBe(RETRY_OUTPUT);
	expect(again.json.error).toMatchObject({ outcome: 'unknown', retryable: true });

	stripe().inject({ kind: 'rateLimit429' });
	await charge({ order: '2', card: EMPTY_CARD });
	const declined = await retry({ order: '2' });
	expect(declined.through).toBe(FIX_OUTPUT);
	expect(declined.json).toMatchObject({
		error: { outcome: 'rejected', reason: 'insufficient_funds', statusCode: 402 },
		idempotency: { state: 'rejected' },
	});
});

it('sends a request without parameters, even if parameters are not stored', async () => {
	const { id } = await charge({ order: 'held' }, { ...ONCE, confirm: false });
	const cancel: INodeParameters = {
		resource: 'paymentIntent',
		operation: 'cancel',
		keySource: 'fields',
		keyFields: ONCE.keyFields,
		paymentIntent: { __rl: true, mode: 'id', value: id },
		options: { ...(ONCE.options as object), storeParameters: false },
	};
	stripe().inject({ kind: 'rateLimit429' });
	await charge(ORDER, cancel);
	expect((await retry()).json).toMatchObject({ state: 'succeeded', objectId: id });
});

it('returns what is completed already, and sends nothing', async () => {
	await charge();
	const { through, json } = await retry();
	expect(through).toBe(SUCCESS);
	expect(json).toMatchObject({ state: 'succeeded' });
	expect(keys()).toHaveLength(1);
});

it('sends once for two items that lead to one entry', async () => {
	stripe().inject({ kind: 'rateLimit429' });
	await charge();
	const { outputsOf } = await registry.run(RETRY, [ORDER, ORDER]);
	expect(outputsOf[SUCCESS]).toHaveLength(2);
	expect(charges()).toBe(1);
	expect(keys()).toHaveLength(2);
});

it('reports the progress of a run of many items', async () => {
	const orders = Array.from({ length: 29 }, (_, index) => ({ order: `A${index}` }));
	stripe().inject({ kind: 'resetBefore', times: 29 });
	await registry.run(ONCE, orders, STRIPE);
	const { hints } = await registry.run(RETRY, [{ order: 'nobody' }, ...orders]);
	expect(registry.log).toEqual(['Node: 25 of 30 retried: Refused 1, Success 24']);
	expect(registry.messages).toEqual(registry.log);
	expect(hints('Node').map(({ message }) => message)).toEqual(['30 of 30 retried: Refused 1, Success 29']);
});

it.each([
	['as usual', {}, 100],
	['as slowly as is wanted', { requestsPerSecond: 4 }, 250],
])('queries and sends %s: requests of one run are kept separate', async (_how, options, apartMs) => {
	const orders = [ORDER, { order: '1002' }, { order: '1003' }];
	stripe().inject({ kind: 'resetBefore', times: 3 });
	await registry.run(ONCE, orders, STRIPE);
	// So old that it is looked up before it is sent.
	registry.time.advance(4 * DAY);
	const parameters = { ...RETRY, options: { ...(RETRY.options as object), ...options } };
	const { left: itemCounts, requests, waitedMs } = await registry.paced(parameters, orders);
	expect(itemCounts).toEqual([3, 0, 0, 0]);
	expect(requests).toBeGreaterThan(6);
	// Whoever comes late may catch up on 100 ms.
	expect(waitedMs).toBeLessThanOrEqual((requests - 1) * apartMs);
	expect(waitedMs).toBeGreaterThanOrEqual((requests - 1) * apartMs - 100);
});

it('sends once when two runs retry at the same moment', async () => {
	stripe().inject({ kind: 'resetBefore' });
	await charge();
	const runs = await Promise.all([registry.run(RETRY, [ORDER]), registry.run(RETRY, [ORDER])]);
	const itemCounts = runs.flatMap(({ outputsOf }) => outputsOf.map((items) => items.length));
	expect(itemCounts.reduce((sum, count) => sum + count, 0)).toBe(2);
	expect(charges()).toBe(1);
});

describe('refuses', () => {
	const refused = async (item: IDataObject = ORDER, parameters = RETRY) => {
		const sendCount = keys().length;
		const { through, json } = await retry(item, parameters);
		expect(through).toBe(REFUSED);
		expect(keys()).toHaveLength(sendCount);
		return json.error;
	};

	it('what was rejected: its key gives the same answer', async () => {
		await charge({ ...ORDER, card: EMPTY_CARD });
		const error = await refused();
		expect(error).toMatchObject({ outcome: 'not_retried', reason: 'rejected', retryable: false });
		expect(error.message).toMatch(/insufficient funds/);
	});

	it('what a person has cancelled', async () => {
		stripe().inject({ kind: 'rateLimit429' });
		await charge();
		await registry.one({ ...RETRY, operation: 'cancel', by: 'Ada' }, ORDER);
		expect(await refused()).toMatchObject({ outcome: 'not_retried', reason: 'cancelled' });
	});

	it('what the ledger has not stored completely', async () => {
		const sparing = { ...ONCE, options: { ...(ONCE.options as object), storeParameters: false } };
		stripe().inject({ kind: 'rateLimit429' });
		await charge(ORDER, sparing);
		const error = await refused();
		expect(error).toMatchObject({ outcome: 'not_retried', reason: 'not_stored' });
		expect(error.nextStep).toMatch(/Run its workflow again/);
		expect(await charge(ORDER, sparing)).toMatchObject({ status: 'succeeded' });
	});

	it('what contained a secret, which the ledger hides', async () => {
		const withSecret = {
			resource: 'customApiCall',
			operation: 'request',
			method: 'POST',
			path: '/v1/customers',
			body: '{"description": "whsec_abcdefghijklmnop"}',
			keyFields: ONCE.keyFields,
			options: ONCE.options,
		};
		stripe().inject({ kind: 'rateLimit429' });
		await charge(ORDER, withSecret);
		expect(await refused()).toMatchObject({ reason: 'not_stored' });
	});

	it('what was claimed for another API', async () => {
		await registry.one({ ...CLAIM_ORDER, options: { holdMinutes: 1 } }, ORDER);
		registry.time.advance(HOUR);
		expect(await refused()).toMatchObject({ reason: 'not_of_stripe' });
	});

	it('what was reserved and not used', async () => {
		await registry.one(RESERVE, ORDER);
		expect(await refused()).toMatchObject({ reason: 'reserved' });
	});

	it('what belongs to the other mode, live or test', async () => {
		stripe().inject({ kind: 'rateLimit429' });
		await charge();
		const { through, json } = await registry.one(RETRY, ORDER, {
			credential: { secretKey: 'sk_live_shop' },
		});
		expect(through).toBe(REFUSED);
		expect(json.error).toMatchObject({ reason: 'other_mode' });
	});

	it('what matches several entries', async () => {
		stripe().inject({ kind: 'rateLimit429', times: 2 });
		await charge();
		await charge(ORDER, { ...ONCE, confirm: false, resource: 'customer', operation: 'create' });
		expect(await refused()).toMatchObject({ outcome: 'ambiguous' });
	});

	it('a model: it cannot decide what is sent', async () => {
		stripe().inject({ kind: 'rateLimit429' });
		await charge();
		const sendCount = keys().length;
		const [answer] = await registry.asTool({ ...RETRY, fieldValue: '1001' }, [{}]);
		expect(answer).toMatchObject({ outcome: 'refused', reason: 'not_for_models' });
		expect(keys()).toHaveLength(sendCount);
	});
});

describe('a payment by token', () => {
	const PAY_ONCE: INodeParameters = { ...PAY, options: ONCE.options };
	const payLost = async (kind: 'resetAfter' | 'rateLimit429') => {
		const { token } = (await registry.one(RESERVE, ORDER)).json;
		stripe().inject({ kind });
		await charge({ token }, PAY_ONCE);
	};
	const byId = async () => {
		const [entry] = await registry.fixture.entries();
		return { order: '1001', entryId: entry!.entryId };
	};

	it('is resent as it was reserved, once', async () => {
		await payLost('resetAfter');
		expect((await retry(await byId())).through).toBe(SUCCESS);
		expect(charges()).toBe(1);
	});

	it('is not sent while all tokens are blocked', async () => {
		await payLost('rateLimit429');
		await registry.one({ resource: 'token', operation: 'stop', by: 'Ada', reason: 'a test' });
		const { through, json } = await retry();
		expect(through).toBe(REFUSED);
		expect(json.error).toMatchObject({ outcome: 'not_retried', reason: 'payments_stopped' });
	});

	it('is not sent after it has expired', async () => {
		await payLost('rateLimit429');
		registry.time.advance(2 * DAY);
		expect((await retry()).json.error).toMatchObject({ reason: 'expired' });
		expect(charges()).toBe(0);
	});

	it('is not sent after it was revoked', async () => {
		await payLost('rateLimit429');
		const [entry] = await registry.fixture.entries();
		const { entryId, reservation } = entry!;
		const reference = encodeReference({ entryId, generationId: reservation!.generationId });
		await registry.one(decide('revoke'), { reservation: reference });
		expect((await retry()).json.error).toMatchObject({ reason: 'revoked' });
	});
});
