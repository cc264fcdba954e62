import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { StaticDataStore } from '../../../../ledger/stores/staticData';
import { stripeAt } from '../../../simulator/client';
import { CLAIM_ORDER, COMPLETE, PAY, RELEASE, RESERVE } from '../../fixtures/registryFixture';
import { describeEveryLedger } from '../../fixtures/everyLedger';
import { CHARGE, EMPTY_CARD, toLocator, SECRET_KEY, STRIPE_NODE } from '../../fixtures/ordersFixture';

const [DONE, REFUSED] = [0, 1];
const [RETRIED, RETRY_REFUSED] = [0, 3];
const MINUTE = 60_000;
const DAY = 86_400_000;
const STRIPE = { type: STRIPE_NODE };

/** Nothing is sent twice by the node itself. */
const ONCE: INodeParameters = { ...CHARGE, options: { maxRetries: 0 } };

/** Stripe takes 50 fields of metadata: there is no room for the mark by which the object could be found. */
const NO_ROOM = { entry: Array.from({ length: 50 }, (_, index) => ({ key: `field_${index}`, value: 'x' })) };

const GET: INodeParameters = { resource: 'entry', operation: 'get' };
const byId: INodeParameters = { ...GET, findBy: 'entryId', entry: '={{ $json.entryId }}' };
const byKey: INodeParameters = { ...GET, findBy: 'key', idempotencyKey: '={{ $json.key }}' };
const byObject: INodeParameters = { ...GET, findBy: 'object', stripeObject: '={{ $json.id }}' };
const byField: INodeParameters = { ...GET, findBy: 'field', fieldValue: '={{ $json.order }}' };
const GET_MANY: INodeParameters = { resource: 'entry', operation: 'getMany' };
const CANCEL: INodeParameters = { ...byField, operation: 'cancel', by: 'Ada' };
const PURGE: INodeParameters = { resource: 'entry', operation: 'purge' };
const SUMMARIZE: INodeParameters = { resource: 'entry', operation: 'summarize' };

/** What the engine calls a workflow without an id: in one process, all tests share its static data. */
const WORKFLOW = 'test-workflow';

afterEach(async () => {
	const shared = new StaticDataStore({}, WORKFLOW);
	await shared.remove(await shared.list({ limit: Infinity }));
});

describeEveryLedger((registry) => {
	const isSparse = () => registry().parameters({}).ledger === 'staticData';
	const paid = async (order: string, more: IDataObject = {}, parameters = CHARGE) =>
		(await registry().one(parameters, { order, ...more }, STRIPE)).json;
	/** What everybody can read keeps no secret, so one has to be given. */
	const reserve = (order: string) =>
		registry().one(RESERVE, { order }, { credential: { keySecret: 'a long secret of this shop' } });
	const found = async (parameters: INodeParameters, item: IDataObject = {}) => {
		const { outputsOf, error } = await registry().run(parameters, [item]);
		if (error) throw error;
		expect(outputsOf[REFUSED]).toEqual([]);
		return outputsOf[DONE]!;
	};
	const refused = async (parameters: INodeParameters, item: IDataObject = {}) => {
		const { through, json } = await registry().one(parameters, item);
		expect(through).toBe(REFUSED);
		return json.error;
	};

	it('reconcile writes what Stripe shows, and the workflow receives it as succeeded', async () => {
		registry().fixture.stripe.inject({ kind: 'resetAfter' });
		const { error } = await paid('1001', {}, ONCE);
		expect(error.outcome).toBe('unknown');
		const RECONCILE = { resource: 'entry', operation: 'reconcile', which: 'unknown', limit: 1_000 };
		const { outputsOf } = await registry().run(RECONCILE);
		expect(outputsOf.map((outputItem) => outputItem.map(({ state }) => state))).toEqual([
			['succeeded'],
			[],
			[],
		]);
		expect(await paid('1001')).toMatchObject({ idempotency: { replayed: true, source: 'ledger' } });
		expect(registry().fixture.stripe.report().charges).toHaveLength(1);
	});

	it('retry resends a lost request with the same key, if the ledger stores what was sent', async () => {
		registry().fixture.stripe.inject({ kind: 'resetBefore' });
		const { error, idempotency } = await paid('1001', {}, ONCE);
		expect(error.outcome).toBe('unknown');
		const RETRY = { ...byField, operation: 'retry', options: { maxRetries: 0 } };
		const { through, json } = await registry().one(RETRY, { order: '1001' });
		if (isSparse()) {
			expect([through, json.error.reason]).toEqual([RETRY_REFUSED, 'not_stored']);
			expect(await paid('1001', {}, ONCE)).toMatchObject({ status: 'succeeded' });
		} else {
			expect(through).toBe(RETRIED);
			expect(json).toMatchObject({ state: 'succeeded', fields: { order: '1001' }, sends: 2 });
			expect(await paid('1001')).toMatchObject({ idempotency: { replayed: true, source: 'ledger' } });
		}
		const keys = registry()
			.fixture.stripe.sends()
			.map(({ key }) => key);
		expect(keys).toEqual([idempotency.key, idempotency.key]);
		expect(registry().fixture.charges()).toBe(1);
	});

	describe('manual settle', () => {
		const SETTLE = { ...byField, operation: 'settle', by: 'Ada' };

		it("records a person's finding as succeeded, and the workflow receives it as succeeded", async () => {
			registry().fixture.stripe.inject({ kind: 'resetAfter' });
			await paid('1001', {}, { ...ONCE, additionalFields: { metadata: NO_ROOM } });
			registry().time.advance(40 * DAY);
			const objectId = registry().fixture.stripe.report().charges[0]!.paymentIntent;
			const [entry] = await found({ ...SETTLE, verdict: 'done', objectId }, { order: '1001' });
			expect(entry).toMatchObject({ state: 'succeeded', objectId, outcome: { decidedBy: 'Ada' } });
			const again = await paid('1001', {}, { ...ONCE, additionalFields: { metadata: NO_ROOM } });
			expect(again).toMatchObject({ idempotency: { replayed: true, source: 'ledger' } });
			expect(registry().fixture.charges()).toBe(1);
		});

		it('records that nothing was executed: it is resent with the same key', async () => {
			registry().fixture.stripe.inject({ kind: 'resetBefore' });
			const { idempotency } = await paid('1001', {}, ONCE);
			registry().time.advance(40 * DAY);
			const [entry] = await found({ ...SETTLE, verdict: 'notDone' }, { order: '1001' });
			expect(entry).toMatchObject({
				state: 'released',
				outcome: { decidedBy: 'Ada', code: 'not_executed' },
			});
			const again = await paid('1001', {}, ONCE);
			expect(again).toMatchObject({ status: 'succeeded', idempotency: { key: idempotency.key } });
			expect(registry().fixture.charges()).toBe(1);
		});
	});

	describe('get', () => {
		it('returns the same entry by its ID, its key, its object and its field', async () => {
			const { id, idempotency } = await paid('1001');
			await paid('1002');
			for (const parameters of [byId, byKey, byObject, byField]) {
				const [entry, ...others] = await found(parameters, { ...idempotency, id, order: '1001' });
				expect(others).toEqual([]);
				expect(entry).toMatchObject({
					entryId: idempotency.entryId,
					key: idempotency.key,
					state: 'succeeded',
					operation: 'paymentIntent.create',
					fields: { order: '1001' },
					objectId: id,
					amount: 1999,
					currency: 'eur',
					money: '19.99 EUR',
					attempt: 1,
					sends: 1,
					outcome: { kind: 'succeeded', statusCode: 200 },
				});
				expect(entry).not.toHaveProperty('object');
				expect(entry).not.toHaveProperty('outcome.body');
				expect(new Date(entry!.settledAt as string).toISOString()).toBe(entry!.settledAt);
			}
		});

		it('returns the stored object and the request if it is not simplified, without secrets', async () => {
			const { id } = await paid('1001');
			const [entry] = await found({ ...byObject, simplify: false }, { id });
			expect(entry!.object).toMatchObject({ id, object: 'payment_intent', amount: 1999 });
			const { latest_charge } = entry!.object as IDataObject;
			expect(entry!.objectIds).toEqual(isSparse() ? [id] : [id, latest_charge]);
			expect(entry!.request).toMatchObject({ path: '/v1/payment_intents' });
			expect(JSON.stringify(entry)).not.toMatch(/_secret_[A-Za-z0-9]/);
		});

		it('returns every entry for one object, the newest first', async () => {
			const { id } = await paid('1001');
			registry().time.advance(MINUTE);
			const refund = { resource: 'refund', operation: 'create', refundOf: 'paymentIntent' };
			const keyFields = { field: [{ path: 'order', treatAs: 'text' }] };
			const paymentIntent = { __rl: true, mode: 'id', value: '={{ $json.id }}' };
			await registry().one({ ...refund, paymentIntent, keyFields }, { id, order: '1001' }, STRIPE);
			const operations = async (parameters: INodeParameters) =>
				(await found(parameters, { id, order: '1001' })).map(({ operation }) => operation);
			expect(await operations(byField)).toEqual(['refund.create', 'paymentIntent.create']);
			if (!isSparse()) {
				expect(await operations(byObject)).toEqual(['refund.create', 'paymentIntent.create']);
			}
		});

		it.each([
			['an entry', byId, { entryId: 'v1_nobody' }, /v1_nobody/, /Check that Ledger/],
			[
				'a key',
				byKey,
				{ key: `n8n_v1_${'a'.repeat(43)}` },
				/no entry for the key/,
				/Check that Ledger/,
			],
			['a foreign key', byKey, { key: 'order-1001' }, /not a key of these nodes/, /Stripe's logs/],
			['an object', byObject, { id: 'pi_by_hand' }, /pi_by_hand/, /n8n_entry.*created elsewhere/s],
			['a field', byField, { order: '9' }, /key field that is 9/, /Get Many with the filter Text/],
		])('states where to look for a missing %s', async (_what, parameters, item, what, next) => {
			await paid('1001');
			const error = await refused(parameters, item);
			expect(error).toMatchObject({ outcome: 'not_found', retryable: false });
			expect(error.message).toMatch(what);
			expect(error.nextStep).toMatch(next);
		});

		it('names the parameter that is empty', async () => {
			for (const [parameters, message] of [
				[byId, /Entry is an expression that returned no value/],
				[byKey, /Idempotency Key is an expression that returned no value/],
				[byObject, /Stripe Object is an expression that returned no value/],
				[byField, /Field Value is an expression that returned no value/],
			] as const)
				expect((await refused(parameters)).message).toMatch(message);
		});

		it('reports a key whose attempt the ledger has not reached', async () => {
			const { idempotency } = await paid('1001');
			const error = await refused(byKey, { key: `${idempotency.key}_3` });
			expect(error).toMatchObject({ outcome: 'not_found', reason: 'attempt_unknown' });
			expect(error.nextStep).toMatch(/older copy/);
		});

		it('shows an interrupted claim as one whose lease has expired', async () => {
			await registry().one(CLAIM_ORDER, { order: '1001' });
			const [held] = await found(byField, { order: '1001' });
			expect(held).toMatchObject({ state: 'in_flight' });
			expect(held).not.toHaveProperty('leaseExpired');
			registry().time.advance(11 * MINUTE);
			expect(await found(byField, { order: '1001' })).toMatchObject([
				{ state: 'in_flight', leaseExpired: true },
			]);
		});
	});

	describe('get many', () => {
		it('returns the newest first, and no more than the limit', async () => {
			for (const order of ['1', '2', '3']) {
				await paid(order);
				registry().time.advance(MINUTE);
			}
			const orders = async (parameters: INodeParameters) =>
				(await found({ ...GET_MANY, ...parameters })).map(
					({ fields }) => (fields as IDataObject).order,
				);
			expect(await orders({ limit: 2 })).toEqual(['3', '2']);
			expect(await orders({ returnAll: true })).toEqual(['3', '2', '1']);
			expect(await orders({})).toHaveLength(3);
		});

		it('filters by state, operation, workflow, customer, text and age', async () => {
			const began = new Date(registry().time.now() - 1_000).toISOString();
			const customer = (await stripeAt(registry().fixture.stripe, SECRET_KEY).customers.create()).id;
			const named = { ...CHARGE, customer: toLocator('id', customer) };
			await registry().one(named, { order: '1001' }, STRIPE);
			registry().time.advance(MINUTE);
			const between = new Date(registry().time.now()).toISOString();
			registry().time.advance(MINUTE);
			await registry().one({ ...CHARGE, paymentMethod: EMPTY_CARD }, { order: '1002' }, STRIPE);
			await registry().one(CLAIM_ORDER, { order: '1003' });
			const orders = async (parameters: INodeParameters) =>
				(await found({ ...GET_MANY, ...parameters }))
					.map(({ fields }) => (fields as { order: string }).order)
					.sort();
			expect(await orders({ states: ['rejected', 'in_flight'] })).toEqual(['1002', '1003']);
			expect(await orders({ states: '={{ "rejected, succeeded" }}' })).toEqual(['1001', '1002']);
			expect(await orders({ filters: { operation: 'paymentIntent' } })).toEqual(['1001', '1002']);
			expect(await orders({ filters: { text: 'INSUFFICIENT' } })).toEqual(['1002']);
			expect(await orders({ filters: { createdAfter: began } })).toHaveLength(3);
			expect(await orders({ filters: { createdBefore: began } })).toEqual([]);
			expect(await orders({ filters: { settledAfter: began, text: '100' } })).toEqual(['1001', '1002']);
			expect(await orders({ filters: { settledAfter: between } })).toEqual(['1002']);
			expect(await orders({ filters: { settledBefore: between } })).toEqual(['1001']);
			// Workflow static data keeps neither what was sent nor the whole answer.
			expect(await orders({ filters: { customer } })).toEqual(isSparse() ? [] : ['1001']);
			expect(await orders({ filters: { customer: 'cus_nobody' } })).toEqual([]);
			expect(await orders({ filters: { workflow: WORKFLOW } })).toHaveLength(3);
			expect(await orders({ filters: { workflow: 'no such' } })).toEqual([]);
		});

		it.each([
			[{ states: ['paid'] }, /States has "paid"/],
			[{ filters: { createdAfter: 'yesterday' } }, /Created After is not a date/],
			[{ limit: 0 }, /Limit is "0"/],
		])('refuses %j, by its label', async (parameters, message) => {
			expect((await refused({ ...GET_MANY, ...parameters })).message).toMatch(message);
		});

		it('never shows what makes a token valid', async () => {
			const { json } = await reserve('1001');
			const items = await found({ ...GET_MANY, simplify: false, returnAll: true });
			expect(items).toMatchObject([
				{ state: 'reserved', amount: 1999, reservation: { purpose: 'An order', agent: 'shop' } },
			]);
			const shown = JSON.stringify(items);
			expect(shown).not.toMatch(/tokenHash|"secret"/);
			expect(shown).not.toContain(json.token.slice(-22));
		});
	});

	describe('summarize', () => {
		it('counts entries and money, and reports what waits', async () => {
			await paid('1');
			await paid('2', { amount: 1, currency: 'USD' });
			await registry().one({ ...CHARGE, paymentMethod: EMPTY_CARD }, { order: '3' }, STRIPE);
			await registry().one(CLAIM_ORDER, { order: '4' });
			registry().time.advance(11 * MINUTE);
			const [summary] = await found(SUMMARIZE);
			expect(summary).toMatchObject({
				entries: 4,
				leaseExpired: 1,
				waitingForApproval: 0,
				states: { succeeded: 2, rejected: 1, unknown: 1, in_flight: 0, reserved: 0 },
				oldestUnknown: { operation: 'shipment.create', fields: { order: '4' } },
			});
			const charge = {
				operation: 'paymentIntent.create',
				state: 'succeeded',
				paymentState: 'paid',
				entries: 1,
				notMoved: 0,
			};
			expect(summary!.total).toEqual(
				expect.arrayContaining([
					{
						...charge,
						amount: 1999,
						currency: 'eur',
						money: '19.99 EUR',
						notMovedMoney: '0.00 EUR',
					},
					{ ...charge, amount: 1, currency: 'usd', money: '0.01 USD', notMovedMoney: '0.00 USD' },
					{
						operation: 'shipment.create',
						state: 'unknown',
						paymentState: null,
						entries: 1,
						amount: null,
						currency: null,
						money: null,
						notMoved: null,
						notMovedMoney: null,
					},
				]),
			);
			expect((summary!.days as IDataObject[])[0]!.day).toMatch(/^\d{4}-\d{2}-\d{2}$/);
		});

		it('of an empty ledger is all zeros', async () => {
			expect(await found(SUMMARIZE)).toMatchObject([
				{ entries: 0, total: [], days: [], oldestUnknown: null },
			]);
		});
	});

	describe('cancel', () => {
		it('cancels a reservation: its token moves nothing any more', async () => {
			const { json } = await reserve('1001');
			const [entry] = await found(CANCEL, { order: '1001' });
			expect(entry).toMatchObject({
				state: 'cancelled',
				cancellation: { reason: 'cancelled', decidedBy: 'Ada' },
			});
			const paying = await registry().one(PAY, { token: json.token }, STRIPE);
			expect(paying.json.error).toMatchObject({ outcome: 'blocked' });
			expect(registry().fixture.charges()).toBe(0);
		});

		it('stores no card number given as the name of the person', async () => {
			const { json } = await registry().one(CLAIM_ORDER, { order: '1001' });
			await registry().one(RELEASE, { claim: json.idempotency.claim });
			const by = 'Ada, 4242 4242 4242 4242';
			const [entry] = await found({ ...CANCEL, by }, { order: '1001' });
			expect(entry).toMatchObject({ cancellation: { decidedBy: 'Ada, [hidden]' } });
		});

		it('cancels nothing that is found only by ignoring case', async () => {
			await registry().one(CLAIM_ORDER, { order: 'SO-1001' });
			await registry().one(CLAIM_ORDER, { order: 'so-1002' });
			const other = { order: 'So-1001' };
			expect(await found(byField, other)).toMatchObject([{ fields: { order: 'SO-1001' } }]);
			expect(await found(byField, { order: 'SO-1002' })).toMatchObject([
				{ fields: { order: 'so-1002' } },
			]);
			expect(await refused(CANCEL, other)).toMatchObject({ outcome: 'not_found' });
			await registry().one(CLAIM_ORDER, other);
			expect(await found(byField, other)).toMatchObject([{ fields: { order: 'So-1001' } }]);
		});

		it('cancels a released entry, and may be repeated', async () => {
			const { json } = await registry().one(CLAIM_ORDER, { order: '1001' });
			await registry().one(RELEASE, { claim: json.idempotency.claim });
			const [first] = await found(CANCEL, { order: '1001' });
			const [second] = await found({ ...CANCEL, by: 'Bob' }, { order: '1001' });
			expect(second).toEqual(first);
			expect((await registry().one(CLAIM_ORDER, { order: '1001' })).json.error).toMatchObject({
				outcome: 'blocked',
			});
		});

		it('refuses what succeeded, is in flight or unknown, and states what can be done', async () => {
			await paid('1001');
			expect(await refused(CANCEL, { order: '1001' })).toMatchObject({
				outcome: 'not_cancelled',
				reason: 'succeeded',
				nextStep: expect.stringMatching(/refund/) as string,
			});
			await registry().one(CLAIM_ORDER, { order: '1002' });
			expect(await refused(CANCEL, { order: '1002' })).toMatchObject({
				outcome: 'not_cancelled',
				reason: 'in_flight',
				retryable: true,
				nextStep: expect.stringMatching(/Wait for its outcome/) as string,
			});
			registry().time.advance(11 * MINUTE);
			expect(await refused(CANCEL, { order: '1002' })).toMatchObject({
				outcome: 'not_cancelled',
				reason: 'unknown',
				nextStep: expect.stringMatching(/Resolve it first/) as string,
			});
			expect(await found(byField, { order: '1001' })).toMatchObject([{ state: 'succeeded' }]);
		});

		it('changes nothing if several entries match, or no person is named', async () => {
			await reserve('1001');
			await registry().one(CLAIM_ORDER, { order: '1001' });
			const error = await refused(CANCEL, { order: '1001' });
			expect(error).toMatchObject({ outcome: 'ambiguous' });
			expect(error.message).toMatch(/2 entries.*reserved/s);
			expect((await refused({ ...CANCEL, by: ' ' }, { order: '1001' })).message).toMatch(
				/Decided By is empty/,
			);
			const states = (await found(byField, { order: '1001' })).map(({ state }) => state as string);
			expect(states.sort()).toEqual(['in_flight', 'reserved']);
		});
	});

	describe('purge', () => {
		it('keeps recent entries, and whatever protects money', async () => {
			await paid('1001');
			await registry().one(CLAIM_ORDER, { order: '1002' });
			expect(await found(PURGE)).toEqual([{ removed: 0, isClear: true }]);
			// A server whose clock is the real one does not take these entries for expired.
			registry().time.advance(401 * DAY);
			expect(await found(PURGE)).toEqual([{ removed: 1, isClear: true }]);
			expect(await found({ ...GET_MANY, returnAll: true })).toMatchObject([
				{ fields: { order: '1002' }, state: 'in_flight', leaseExpired: true },
			]);
		});

		it('removes no more than its limit', async () => {
			for (const order of ['1', '2', '3']) {
				const { json } = await registry().one(CLAIM_ORDER, { order });
				await registry().one(COMPLETE, { claim: json.idempotency.claim });
			}
			// What is done at other APIs says nothing of the time; what is paid does.
			expect(await refused(PURGE)).toMatchObject({ outcome: 'time_unknown' });
			await paid('4');
			registry().time.advance(401 * DAY);
			expect(await found({ ...PURGE, mostEntries: 2 })).toEqual([{ removed: 2, isClear: false }]);
			expect(await found({ ...PURGE, mostEntries: 3 })).toEqual([{ removed: 2, isClear: true }]);
			expect((await refused({ ...PURGE, mostEntries: 0.5 })).message).toMatch(/Max Entries/);
		});
	});

	it('a model gets one response, with what to do next', async () => {
		await paid('1001');
		const ask = { ...byField, fieldValue: "={{ $fromAI('order') }}" };
		const [known, unknown] = await registry().asTool(ask, [{ order: '1001' }, { order: '9' }]);
		expect(known).toMatchObject({ state: 'succeeded', money: '19.99 EUR' });
		expect(unknown).toMatchObject({ outcome: 'not_found', nextStep: expect.any(String) as string });
	});
});
