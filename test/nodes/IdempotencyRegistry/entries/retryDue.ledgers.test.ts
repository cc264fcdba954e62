import type { IDataObject, INodeParameters } from 'n8n-workflow';

import type { SettledEntry } from '../../../../ledger/model/entry';
import { letLiveKeysReachTheSimulator } from '../../../simulator/asStripesOwn';
import type { FaultKind } from '../../../simulator/fault';
import { CLAIM_ORDER, RegistryFixture, PAY, RESERVE } from '../../fixtures/registryFixture';
import { ageLedger } from '../../fixtures/lostLedger';
import { describeEveryLedger } from '../../fixtures/everyLedger';
import { CHARGE, EMPTY_CARD, STRIPE_NODE } from '../../fixtures/ordersFixture';

letLiveKeysReachTheSimulator();

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;
const STRIPE = { type: STRIPE_NODE };
const ONCE: INodeParameters = { ...CHARGE, options: { maxRetries: 0, timeoutSeconds: 60 } };
const DUE: INodeParameters = {
	resource: 'entry',
	operation: 'retry',
	which: 'due',
	returnAll: true,
	options: { maxRetries: 0, timeoutSeconds: 60 },
};
const ALSO_RELEASED: INodeParameters = { ...DUE, alsoReleased: true };
const CANCEL: INodeParameters = {
	resource: 'paymentIntent',
	operation: 'cancel',
	keySource: 'fields',
	keyFields: ONCE.keyFields,
	paymentIntent: { __rl: true, mode: 'id', value: '={{ $json.payment }}' },
	options: ONCE.options,
};

const sends = (registry: RegistryFixture) => registry.fixture.stripe.sends();
const charges = (registry: RegistryFixture) => registry.fixture.stripe.report().charges.length;
const orders = (count: number) => Array.from({ length: count }, (_, index) => ({ order: `A${index}` }));

/** Pays, or tries to: the next sends meet `kind`. */
async function meets(
	registry: RegistryFixture,
	kind: FaultKind,
	items: IDataObject[],
	parameters = ONCE,
	more = {},
) {
	registry.fixture.stripe.inject({ kind, times: items.length });
	return registry.run(parameters, items, { ...STRIPE, ...more });
}

const retryDue = async (registry: RegistryFixture, parameters = DUE, items: IDataObject[] = [{}]) => {
	const { outputsOf, error, hints } = await registry.run(parameters, items);
	expect(error).toBeUndefined();
	const [success = [], fix = [], retry = [], refusedItem = []] = outputsOf;
	const messages = hints('Node').map(({ message }) => message);
	return {
		success,
		fix,
		retry,
		refused: refusedItem,
		words: messages,
		left: outputsOf.map((all) => all.length),
	};
};

describe('Retry of all due entries', () => {
	describeEveryLedger((registry) => {
		/** Each test has orders of its own: one process remembers what it has written into the data of one workflow. */
		const held = async (count: number, name: string) => {
			const items = orders(count).map(({ order }) => ({ order: `${name} ${order}` }));
			const made = await registry().run({ ...ONCE, confirm: false }, items, STRIPE);
			return made.outputsOf[0]!.map(({ id }, index) => ({ order: `${name}${index}`, payment: id }));
		};

		it('resends each unknown one with its own key, and nothing else: one effect each', async () => {
			const items = await held(4, 'B');
			// In a new ledger they would be looked for first.
			registry().time.advance(WEEK);
			await registry().run(CANCEL, items.slice(0, 1), STRIPE);
			await meets(registry(), 'resetAfter', items.slice(1, 2), CANCEL);
			await meets(registry(), 'resetBefore', items.slice(2), CANCEL);
			const before = sends(registry()).map(({ key }) => key);
			const { success, left: itemCounts } = await retryDue(registry());
			expect(itemCounts).toEqual([3, 0, 0, 0]);
			const done = success.map(({ fields }) => (fields as IDataObject).order);
			expect(done.sort()).toEqual(['B1', 'B2', 'B3']);
			const again = sends(registry()).slice(before.length);
			expect(again.map(({ key }) => key).sort()).toEqual(before.slice(-3).sort());
			expect((await retryDue(registry())).left).toEqual([0, 0, 0, 0]);
		});

		it('leaves alone what was definitely not executed, unless it is requested', async () => {
			const items = await held(2, 'C');
			await meets(registry(), 'rateLimit429', items.slice(0, 1), CANCEL);
			await meets(registry(), 'resetBefore', items.slice(1), CANCEL);
			expect((await retryDue(registry())).success).toMatchObject([{ fields: { order: 'C1' } }]);
			expect((await retryDue(registry())).left).toEqual([0, 0, 0, 0]);
			expect((await retryDue(registry(), ALSO_RELEASED)).success).toMatchObject([
				{ fields: { order: 'C0' } },
			]);
		});
	});
});

describe('Retry of all due entries, if the ledger stores complete requests', () => {
	let registry: RegistryFixture;
	beforeEach(async () => {
		registry = await RegistryFixture.open();
	});
	afterEach(() => registry.close());

	it('sends an interrupted entry once its lease has expired, and not before', async () => {
		await meets(registry, 'resetAfter', [{ order: '1' }]);
		const [{ settledAt, outcome: _lost, ...facts }] = (await registry.fixture.entries()) as [
			SettledEntry,
		];
		const claim = {
			claimId: 'a run that was killed',
			grantedAt: settledAt,
			leaseUntil: settledAt + HOUR,
		};
		await registry.fixture.rewrite({ ...facts, state: 'in_flight', ...claim });
		expect((await retryDue(registry)).left).toEqual([0, 0, 0, 0]);
		registry.time.advance(2 * HOUR);
		expect((await retryDue(registry)).left).toEqual([1, 0, 0, 0]);
		expect(charges(registry)).toBe(1);
	});

	it('returns nothing, and throws nothing, if nothing is due', async () => {
		expect(await retryDue(registry)).toMatchObject({ left: [0, 0, 0, 0], words: [] });
	});

	it('passes each on separately: succeeded, declined, still unknown', async () => {
		await meets(registry, 'resetBefore', [
			{ order: '1' },
			{ order: '2', card: EMPTY_CARD },
			{ order: '3' },
		]);
		const third = (await registry.fixture.entries()).find(({ fields }) => fields[0]![1] === '3');
		registry.fixture.stripe.inject({ kind: 'resetAfter', match: { key: third!.key } });
		const { success, fix, retry, left: itemCounts } = await retryDue(registry);
		expect(itemCounts).toEqual([1, 1, 1, 0]);
		expect(success).toMatchObject([{ state: 'succeeded', fields: { order: '1' } }]);
		expect(fix).toMatchObject([
			{
				error: { outcome: 'rejected', reason: 'insufficient_funds' },
				idempotency: { state: 'rejected' },
			},
		]);
		expect(retry).toMatchObject([
			{ error: { outcome: 'unknown' }, retryBefore: expect.any(String) as string },
		]);
	});

	it('reconciles an old one before anything is sent, like a single Retry', async () => {
		await meets(registry, 'resetAfter', [{ order: 'done' }]);
		await meets(registry, 'resetBefore', [{ order: 'lost' }]);
		// Too old to be sent by its key alone, too young to be taken for absent.
		registry.time.advance(23.5 * HOUR);
		const sent = sends(registry).length;
		const { success, retry } = await retryDue(registry);
		expect(success).toMatchObject([{ fields: { order: 'done' } }]);
		expect(retry).toMatchObject([{ error: { outcome: 'unknown' } }]);
		expect(sends(registry)).toHaveLength(sent);
	});

	it('starts with those not tried for longest: with a limit, all get their turn', async () => {
		for (const item of orders(4)) {
			await meets(registry, 'resetBefore', [item]);
			registry.time.advance(60_000);
		}
		const limited = { ...DUE, returnAll: false, limit: 2 };
		const tried: unknown[] = [];
		for (let round = 0; round < 2; round++) {
			registry.fixture.stripe.inject({ kind: 'resetBefore', times: 2 });
			const { retry } = await retryDue(registry, limited);
			const entries = await registry.fixture.entries();
			for (const { idempotency } of retry)
				tried.push(entries.find(({ entryId }) => entryId === idempotency.entryId)!.fields[0]![1]);
			registry.time.advance(60_000);
		}
		expect(tried).toEqual(['A0', 'A1', 'A2', 'A3']);
	});

	it('sends requests about one object in their original order', async () => {
		const { json } = await registry.one({ ...ONCE, confirm: false }, { order: 'held' }, STRIPE);
		const describe = (description: string): INodeParameters => ({
			resource: 'customApiCall',
			operation: 'request',
			method: 'POST',
			path: `/v1/payment_intents/${json.id}`,
			body: JSON.stringify({ description }),
			keyFields: ONCE.keyFields,
			options: ONCE.options,
		});
		for (const text of ['first', 'second', 'third']) {
			await meets(registry, 'resetBefore', [{ order: text }], describe(text));
			registry.time.advance(1_000);
		}
		registry.fixture.stripe.inject({ kind: 'delay', delayMs: 50, match: { nth: 1 } });
		expect((await retryDue(registry)).left).toEqual([3, 0, 0, 0]);
		const sent = sends(registry).slice(-3);
		expect(sent.map(({ params }) => params.description)).toEqual(['first', 'second', 'third']);
	});

	it('omits what it could not send anyway, and reports how many', async () => {
		const sparing = { ...ONCE, options: { ...(ONCE.options as object), storeParameters: false } };
		await meets(registry, 'resetBefore', [{ order: 'not kept' }], sparing);
		const live = { credential: { secretKey: 'sk_live_shop' } };
		await meets(registry, 'resetBefore', [{ order: 'live' }], ONCE, live);
		const foreign = { credential: { accountId: 'acct_other', secretKey: 'rk_test_noaccount' } };
		await meets(registry, 'resetBefore', [{ order: 'foreign' }], ONCE, foreign);
		await registry.one({ ...CLAIM_ORDER, options: { holdMinutes: 1 } }, { order: 'parcel' });
		await registry.one(RESERVE, { order: 'reserved' });
		registry.time.advance(HOUR);
		const sent = sends(registry).length;
		const { left: itemCounts, words: messages } = await retryDue(registry);
		expect(itemCounts).toEqual([0, 0, 0, 0]);
		expect(sends(registry)).toHaveLength(sent);
		expect(messages).toEqual([
			'Left out: 1 without all parameters in the ledger, 1 of live mode, 1 of a different account, 1 not sent to Stripe. Retry a single one to see why.',
		]);
	});

	it('sends what was sent for a connected account', async () => {
		const connected = {
			...ONCE,
			options: { ...(ONCE.options as object), stripeAccount: 'acct_connected' },
		};
		await meets(registry, 'resetBefore', [{ order: '1' }], connected);
		expect((await retryDue(registry)).success).toMatchObject([{ account: 'acct_connected' }]);
	});

	describe('a payment by token', () => {
		const lose = async (kind: FaultKind) => {
			const { token } = (await registry.one(RESERVE, { order: '1' })).json;
			await meets(registry, kind, [{ token }], { ...PAY, options: ONCE.options });
		};

		it('is reconciled however late, and not sent if it was definitely not executed and has expired', async () => {
			await lose('rateLimit429');
			registry.time.advance(2 * DAY);
			const { left: itemCounts, words: messages } = await retryDue(registry, ALSO_RELEASED);
			expect(itemCounts).toEqual([0, 0, 0, 0]);
			expect(messages).toEqual([
				expect.stringMatching(/^Left out: 1 whose token can no longer be used/),
			]);
			expect(charges(registry)).toBe(0);
		});

		it('does not get past the kill switch, and blocks no other', async () => {
			await lose('resetBefore');
			await meets(registry, 'resetBefore', [{ order: '2' }]);
			await registry.one({ resource: 'token', operation: 'stop', by: 'Ada', reason: 'a test' });
			const { refused: refusedItem, left: itemCounts } = await retryDue(registry);
			expect(itemCounts).toEqual([1, 0, 0, 1]);
			expect(refusedItem).toMatchObject([
				{ error: { outcome: 'not_retried', reason: 'payments_stopped' } },
			]);
			expect(charges(registry)).toBe(1);
		});
	});

	it('an entry whose object Stripe does not show leaves through Refused with a message, and the others are sent', async () => {
		const { json } = await registry.one({ ...ONCE, confirm: false }, { order: 'held' }, STRIPE);
		const reserve = { ...RESERVE, intentOperation: 'paymentIntent.confirm', object: json.id };
		const { token } = (await registry.one(reserve, { order: 'by token' })).json;
		await meets(registry, 'resetBefore', [{ token }], {
			resource: 'paymentIntent',
			operation: 'confirm',
			keySource: 'token',
			token: '={{ $json.token }}',
			paymentIntent: { __rl: true, mode: 'id', value: json.id },
			paymentMethod: 'pm_card_visa',
			options: ONCE.options,
		});
		await ageLedger(registry.fixture);
		await meets(registry, 'resetBefore', orders(3));
		registry.fixture.stripe.inject({ kind: 'error503', times: Infinity, match: { method: 'GET' } });
		const { left: itemCounts, refused: refusedItem } = await retryDue(registry);
		expect(itemCounts).toEqual([3, 0, 0, 1]);
		expect(refusedItem).toMatchObject([
			{ idempotency: { state: 'unknown', entryId: expect.any(String) as string } },
		]);
		expect(refusedItem[0]!.error.nextStep).not.toBe('');
		registry.fixture.stripe.clearFaults();
		expect((await retryDue(registry)).left).toEqual([1, 0, 0, 0]);
		expect(charges(registry)).toBe(4);
	});

	it('sends once when two runs retry all at the same moment', async () => {
		await meets(registry, 'resetBefore', orders(5));
		const runs = await Promise.all([retryDue(registry), retryDue(registry)]);
		expect(
			runs.flatMap(({ left: itemCounts }) => itemCounts).reduce((sum, count) => sum + count, 0),
		).toBeGreaterThan(4);
		expect(charges(registry)).toBe(5);
	});

	it('reports its progress', async () => {
		await meets(registry, 'resetBefore', orders(29));
		const { words: messages } = await retryDue(registry);
		expect(registry.log).toEqual(['Node: 25 of 29 retried: Success 25']);
		expect(messages).toEqual(['29 of 29 retried: Success 29']);
	});

	it('cannot be used by a model', async () => {
		await meets(registry, 'resetBefore', [{ order: '1' }]);
		const sent = sends(registry).length;
		const [answer] = await registry.asTool(DUE, [{}]);
		expect(answer).toMatchObject({ outcome: 'refused', reason: 'not_for_models' });
		expect(sends(registry)).toHaveLength(sent);
	});
});
