import type { INodeParameters } from 'n8n-workflow';

import { Ledger } from '../../../../ledger/ledger';
import { SqliteStore } from '../../../../ledger/stores/sqlite/sqliteStore';
import { stripeAt } from '../../../simulator/client';
import { RegistryFixture, PAY, RESERVE } from '../../fixtures/registryFixture';
import { CHARGE, SECRET_KEY, STRIPE_NODE } from '../../fixtures/ordersFixture';

const [SUCCESS, FIX_OUTPUT, RETRY_OUTPUT] = [0, 1, 2];
const HOUR = 3_600_000;
const STRIPE = { type: STRIPE_NODE };
const LOST_CARD = 'pm_card_chargeDeclinedLostCard';

const QUICK: INodeParameters = { maxRetries: 0, timeoutSeconds: 60 };
const CHARGE_AGAIN: INodeParameters = { ...CHARGE, options: { ...QUICK, afterRejection: 'newAttempt' } };
const RETRY: INodeParameters = {
	resource: 'entry',
	operation: 'retry',
	options: QUICK,
	findBy: 'field',
	fieldValue: '={{ $json.order }}',
};
const ORDER = { order: '1001', amount: 1999 };
const OTHER = { ...ORDER, amount: 2999 };

let registry: RegistryFixture;
beforeEach(async () => {
	registry = await RegistryFixture.open();
});
afterEach(() => registry.close());

const simulator = () => registry.fixture.stripe;
const stripe = () => stripeAt(simulator(), SECRET_KEY);
const charges = () => simulator().report().charges;
const paid = (id: string) => stripe().paymentIntents.confirm(id, { payment_method: 'pm_card_visa' });

/** Declines the order, and leaves the claim of its next attempt behind as a killed worker does. @returns its payment */
async function leftBehind(requested: typeof ORDER, path: string | RegExp): Promise<string> {
	simulator().inject({ kind: 'decline' });
	const { json } = await registry.one(CHARGE_AGAIN, ORDER, STRIPE);
	simulator().inject({ kind: 'resetBefore', match: { method: 'POST', path } });
	expect((await registry.one(CHARGE_AGAIN, requested, STRIPE)).through).toBe(RETRY_OUTPUT);
	return json.error.objectId as string;
}

describe('Retry of an entry whose new attempt is unknown', () => {
	it('cancels the declined payment before it sends anything: one charge', async () => {
		const id = await leftBehind(OTHER, '/v1/payment_intents');
		const { through, json } = await registry.one(RETRY, ORDER);
		expect(through).toBe(SUCCESS);
		expect(json).toMatchObject({ state: 'succeeded', attempt: 2, money: '29.99 EUR' });
		expect((await stripe().paymentIntents.retrieve(id)).status).toBe('canceled');
		expect(charges()).toHaveLength(1);
	});

	it('confirms the declined payment again, as the attempt did: one charge, one payment', async () => {
		const id = await leftBehind(ORDER, /confirm$/);
		const { json } = await registry.one(RETRY, ORDER);
		expect(json).toMatchObject({ state: 'succeeded', objectId: id });
		expect((await stripe().paymentIntents.list()).data).toHaveLength(1);
		expect(charges()).toHaveLength(1);
	});

	it('returns the payment by which the customer has paid in the meantime: nothing is charged again', async () => {
		const id = await leftBehind(ORDER, /confirm$/);
		await paid(id);
		const { through, json } = await registry.one(RETRY, ORDER);
		expect(through).toBe(SUCCESS);
		expect(json).toMatchObject({ state: 'succeeded', objectId: id });
		expect(charges()).toHaveLength(1);
	});

	it('sends nothing if a killed claim had yet to cancel it, and the customer has paid', async () => {
		simulator().inject({ kind: 'decline' });
		const { json } = await registry.one(CHARGE_AGAIN, ORDER, STRIPE);
		const id = json.error.objectId as string;
		// Its worker died between the claim and the cancellation.
		const settle = jest.spyOn(Ledger.prototype, 'settle').mockRejectedValueOnce(new Error('killed'));
		simulator().inject({ kind: 'resetBefore', match: { path: /cancel$/ } });
		await registry.run(CHARGE_AGAIN, [OTHER], STRIPE);
		settle.mockRestore();
		const ledger = new Ledger(SqliteStore.open(registry.fixture.ledgerFile), registry.time);
		const [entry] = await ledger.list({ limit: 1 });
		expect(entry).toMatchObject({ state: 'in_flight', attempt: 2, renewal: { cancels: [{ id }] } });
		await paid(id);
		registry.time.advance(HOUR);
		const retried = await registry.one(RETRY, ORDER);
		expect(retried.through).toBe(FIX_OUTPUT);
		expect(retried.json.error).toMatchObject({ outcome: 'conflict' });
		expect(charges()).toHaveLength(1);
		expect((await registry.one(CHARGE_AGAIN, ORDER, STRIPE)).json).toMatchObject({ id });
	});
});

describe('Retry of a confirmation whose stored error is known by its replay', () => {
	const DAY = 24 * HOUR;

	/** Declined; its confirmation by the next attempt met an error that Stripe has stored. @returns its payment */
	async function storedError(): Promise<string> {
		simulator().inject({ kind: 'decline' });
		const { json } = await registry.one(CHARGE_AGAIN, ORDER, STRIPE);
		const id = json.error.objectId as string;
		simulator().inject({ kind: 'error500Before', match: { path: /confirm$/ }, unanswered: true });
		await registry.one(CHARGE_AGAIN, ORDER, STRIPE);
		const replayed = await registry.one(CHARGE_AGAIN, ORDER, STRIPE);
		expect(replayed.json.error).toMatchObject({ outcome: 'unknown', statusCode: 500 });
		registry.time.advance(3 * DAY + HOUR);
		return id;
	}

	it('confirms the same payment under a new key: one charge', async () => {
		const id = await storedError();
		const { json } = await registry.one(RETRY, ORDER);
		expect(json).toMatchObject({ state: 'succeeded', objectId: id, attempt: 3 });
		expect(charges()).toHaveLength(1);
	});

	it('by its workflow, with a different card: the same payment, one charge', async () => {
		const id = await storedError();
		const other = { ...CHARGE_AGAIN, paymentMethod: 'pm_card_amex' };
		expect((await registry.one(other, ORDER, STRIPE)).through).not.toBe(SUCCESS);
		const { json } = await registry.one(RETRY, ORDER);
		expect(json).toMatchObject({ state: 'succeeded', objectId: id });
		expect(charges()).toHaveLength(1);
	});

	it('sends nothing while everything is stopped, and pays once when it is resumed', async () => {
		const id = await storedError();
		const before = simulator().sends().length;
		await registry.run(
			{ resource: 'token', operation: 'stop', by: 'Ada', reason: 'Look first', width: 'everything' },
			[{}],
		);
		const { json } = await registry.one(RETRY, ORDER);
		expect(json.error).toMatchObject({ outcome: 'not_retried', reason: 'payments_stopped' });
		expect(simulator().sends()).toHaveLength(before);
		await registry.run({ resource: 'token', operation: 'resume', width: 'everything' }, [{}]);
		const after = await registry.one(RETRY, ORDER);
		expect(after.json).toMatchObject({ state: 'succeeded', objectId: id, attempt: 3 });
		expect(charges()).toHaveLength(1);
	});

	it('returns to the state before that new attempt if the payment is changed', async () => {
		const id = await storedError();
		const keys = () =>
			simulator()
				.sends()
				.map(({ key }) => key);
		const before = keys();
		simulator().changeIntent(id, { amount: 500 });
		const { through } = await registry.one(RETRY, ORDER);
		expect(through).not.toBe(SUCCESS);
		const [entry] = await registry.fixture.entries();
		expect(entry).toMatchObject({ attempt: 2, state: 'released', previousAttempts: [{ attempt: 1 }] });
		simulator().changeIntent(id, { amount: 1999 });
		const { json } = await registry.one(RETRY, ORDER);
		expect(json).toMatchObject({ state: 'succeeded', objectId: id, attempt: 3 });
		expect(before).not.toContain(keys().at(-1));
		expect(charges()).toHaveLength(1);
	});
});

it('an entry that returned to an attempt that was not executed still starts with the payment in its way: one charge', async () => {
	simulator().inject({ kind: 'decline' });
	const { json } = await registry.one(CHARGE_AGAIN, ORDER, STRIPE);
	const id = json.error.objectId as string;
	simulator().inject({ kind: 'rateLimit429', match: { path: /confirm$/ } });
	expect((await registry.one(CHARGE_AGAIN, ORDER, STRIPE)).through).toBe(RETRY_OUTPUT);
	simulator().clearFaults();
	simulator().inject({ kind: 'error503', match: { path: /cancel$/ } });
	expect((await registry.one(CHARGE_AGAIN, OTHER, STRIPE)).through).toBe(RETRY_OUTPUT);
	simulator().clearFaults();
	expect((await registry.one(CHARGE_AGAIN, ORDER, STRIPE)).json).toMatchObject({ id });
	expect((await stripe().paymentIntents.list()).data).toHaveLength(1);
	expect(charges()).toHaveLength(1);
});

describe('with tokens', () => {
	const RESERVE_FOR: INodeParameters = { ...RESERVE, customer: '={{ $json.customer }}' };
	const reserve = (item: object, more: INodeParameters = {}) =>
		registry.one(
			{ ...RESERVE_FOR, options: { afterRejection: 'newAttempt' }, ...more },
			{ ...item, customer },
		);
	const PAY_CUSTOMER: INodeParameters = { ...PAY, customer: '={{ $json.customer }}', options: QUICK };
	let customer = '';
	beforeEach(async () => {
		customer = (await stripe().customers.create({})).id;
	});

	async function declinedByToken(card = 'pm_card_chargeDeclinedInsufficientFunds'): Promise<string> {
		const { token } = (await reserve(ORDER)).json;
		const { json } = await registry.one(PAY_CUSTOMER, { ...ORDER, customer, token, card }, STRIPE);
		expect(json.error).toMatchObject({ outcome: 'rejected' });
		return json.error.objectId as string;
	}

	it('a declined payment is confirmed again by the next token for the same intent: one charge', async () => {
		const id = await declinedByToken();
		const { token } = (await reserve(ORDER)).json;
		const { json } = await registry.one(PAY_CUSTOMER, { ...ORDER, customer, token }, STRIPE);
		expect(json).toMatchObject({ id, idempotency: { attempt: 2 } });
		expect(charges()).toHaveLength(1);
	});

	it('a declined payment that the customer has paid is returned for the next token: one charge', async () => {
		const id = await declinedByToken();
		await paid(id);
		const { token } = (await reserve(ORDER)).json;
		expect((await registry.one(PAY_CUSTOMER, { ...ORDER, customer, token }, STRIPE)).json).toMatchObject({
			id,
		});
		expect(charges()).toHaveLength(1);
	});

	it('a declined payment is cancelled before a different amount is paid by token; paid in the meantime, it is a conflict', async () => {
		const id = await declinedByToken();
		const { token } = (await reserve(OTHER)).json;
		await paid(id);
		const { through, json } = await registry.one(PAY_CUSTOMER, { ...OTHER, customer, token }, STRIPE);
		expect(through).toBe(FIX_OUTPUT);
		expect(json.error).toMatchObject({ outcome: 'conflict', objectId: id });
		expect(json.idempotency).toMatchObject({ state: 'reserved' });
		expect(charges()).toHaveLength(1);
	});

	it("after a bank's advice not to try again, only a person can reserve again", async () => {
		await declinedByToken(LOST_CARD);
		const again = await reserve(ORDER);
		expect(again.json.error).toMatchObject({ outcome: 'rejected', adviceCode: 'do_not_try_again' });
		const byHand = await registry.one(RESERVE_FOR, { ...ORDER, customer }, { mode: 'manual' });
		expect(byHand.json.token).toMatch(/^token_/);
	});
});
