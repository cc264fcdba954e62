import type { INodeParameters } from 'n8n-workflow';
import type Stripe from 'stripe';

import { runKilledAt } from '../../fixtures/killedAt';
import { NodeFixture, ONE_HOUR_MS } from '../../fixtures/nodeFixture';
import { toLocator } from '../../fixtures/ordersFixture';
import { PAID, stripeAt } from '../../../simulator/client';

/** Operations of which the state of the object decides what is requested. */

let fixture: NodeFixture;
let api: Stripe;
beforeAll(async () => {
	fixture = await NodeFixture.start();
	api = stripeAt(fixture.stripe, 'sk_test_operations');
});
afterAll(() => fixture.stop());
beforeEach(() => {
	fixture.stripe.clearFaults();
	fixture.stripe.requests.length = 0;
});

const DAY_MS = 24 * ONE_HOUR_MS;
const id = (value: string) => toLocator('id', value);
const none = { amount: '', paymentMethod: '' };

/** What the node has sent to change something. */
const sent = () =>
	fixture.stripe.requests
		.filter(({ method, key }) => method === 'DELETE' || key?.startsWith('n8n_') === true)
		.map(({ method, path }) => `${method} ${path}`);

async function run(parameters: INodeParameters, options: INodeParameters = {}) {
	const whole = { ...none, keySource: 'object', ...parameters };
	const { success, fix, retry } = await fixture.run([{ order: '1' }], { parameters: whole, options });
	const [left] = [...success, ...fix, ...retry];
	return { json: left!.json, error: left!.json.error };
}

async function draft(): Promise<string> {
	const { id: customer } = await api.customers.create();
	const invoice = await api.invoices.create({ customer, currency: 'eur', auto_advance: false });
	await api.invoices.addLines(invoice.id, { lines: [{ amount: 5000, description: 'Work' }] });
	return invoice.id;
}

async function open(): Promise<string> {
	return (await api.invoices.finalizeInvoice(await draft())).id;
}

const withdraw = (invoice: string, options?: INodeParameters) =>
	run({ resource: 'invoice', operation: 'deleteOrVoid', invoice: id(invoice) }, options);

describe('Invoice → Delete or Void', () => {
	it('deletes a draft, once', async () => {
		const invoice = await draft();
		expect((await withdraw(invoice)).json).toMatchObject({ id: invoice, deleted: true });
		expect((await withdraw(invoice)).json).toMatchObject({ idempotency: { alreadyDone: true } });
		expect(sent()).toEqual([`DELETE /v1/invoices/${invoice}`]);
	});

	it.each<[string, (invoice: string) => Promise<unknown>]>([
		['is open', () => Promise.resolve()],
		['was written off', (invoice) => api.invoices.markUncollectible(invoice)],
	])('voids one that %s, once', async (_state, prepare) => {
		const invoice = await open();
		await prepare(invoice);
		expect((await withdraw(invoice)).json).toMatchObject({ id: invoice, status: 'void' });
		expect((await withdraw(invoice)).json).toMatchObject({ idempotency: { alreadyDone: true } });
		expect(sent()).toEqual([`POST /v1/invoices/${invoice}/void`]);
	});

	it('sends nothing for a paid one, and reports it', async () => {
		const invoice = await open();
		await api.invoices.pay(invoice, { paid_out_of_band: true });
		const { error } = await withdraw(invoice);
		expect(error).toMatchObject({ outcome: 'conflict' });
		expect(error?.message).toContain('paid');
		expect(sent()).toEqual([]);
	});

	it.each([true, false])(
		'voids a draft whose deletion was lost, and which was finalized in the meantime, as a new attempt (Store Parameters %s)',
		async (storeParameters) => {
			const invoice = await draft();
			fixture.stripe.inject({ kind: 'resetBefore', times: 9, match: { method: 'DELETE' } });
			const options = { storeParameters, maxRetries: 0 };
			expect((await withdraw(invoice, options)).error).toMatchObject({ outcome: 'unknown' });
			fixture.stripe.clearFaults();
			await api.invoices.finalizeInvoice(invoice);
			const { json } = await withdraw(invoice, options);
			expect(json).toMatchObject({ status: 'void', idempotency: { attempt: 2 } });
			expect(sent()).toEqual([`DELETE /v1/invoices/${invoice}`, `POST /v1/invoices/${invoice}/void`]);
		},
	);

	it.each(['claimed', 'sending', 'answered', 'settling'])(
		'has one effect if the worker is killed: %s',
		async (point) => {
			for (const invoice of [await draft(), await open()]) {
				await runKilledAt(fixture, point, () => withdraw(invoice));
				expect((await withdraw(invoice)).error).toBeUndefined();
			}
		},
	);

	it('whose response to Void was lost is found as succeeded, even a day later', async () => {
		const invoice = await open();
		fixture.stripe.inject({ kind: 'resetAfter', match: { method: 'POST', path: /void$/ } });
		expect((await withdraw(invoice, { maxRetries: 0 })).error).toMatchObject({ outcome: 'unknown' });
		fixture.time.advance(26 * ONE_HOUR_MS);
		expect((await withdraw(invoice)).json).toMatchObject({ status: 'void' });
		expect(sent()).toHaveLength(1);
	});

	it('under Check Only sends nothing, and reports what it would send', async () => {
		const invoice = await open();
		const { json } = await withdraw(invoice, { checkOnly: true });
		expect(json.checked).toMatchObject({
			answer: 'new',
			message: expect.stringContaining(`/v1/invoices/${invoice}/void`) as string,
		});
		expect(sent()).toEqual([]);
	});

	it('that was approved for a draft is not sent once it is open', async () => {
		const invoice = await draft();
		const { json } = await withdraw(invoice, { checkOnly: true });
		await api.invoices.finalizeInvoice(invoice);
		const { error } = await withdraw(invoice, { approvedCheck: json.check as string });
		expect(error?.message).toContain('not what was approved');
		expect(sent()).toEqual([]);
	});

	it('that was lost as Void is repeated as Void', async () => {
		const invoice = await open();
		fixture.stripe.inject({ kind: 'resetBefore', times: 9, match: { method: 'POST', path: /void$/ } });
		expect((await withdraw(invoice, { maxRetries: 0 })).error).toMatchObject({ outcome: 'unknown' });
		fixture.stripe.clearFaults();
		expect((await withdraw(invoice)).json).toMatchObject({ status: 'void' });
		expect(new Set(sent())).toEqual(new Set([`POST /v1/invoices/${invoice}/void`]));
	});
});

async function payout(): Promise<string> {
	await api.paymentIntents.create({ ...PAID, amount: 100_000 });
	return (await api.payouts.create({ amount: 1000, currency: 'usd' })).id;
}

const takeBack = (of: string, options?: INodeParameters) =>
	run({ resource: 'payout', operation: 'cancelOrReverse', payout: id(of) }, options);

describe('Payout → Cancel or Reverse', () => {
	it('cancels one that is pending, once', async () => {
		const of = await payout();
		expect((await takeBack(of)).json).toMatchObject({ id: of, status: 'canceled' });
		expect((await takeBack(of)).json).toMatchObject({ idempotency: { alreadyDone: true } });
		expect(sent()).toEqual([`POST /v1/payouts/${of}/cancel`]);
	});

	it('reverses one that has gone out, once', async () => {
		const of = await payout();
		fixture.time.advance(3 * DAY_MS);
		expect((await takeBack(of)).json).toMatchObject({ amount: -1000, object: 'payout' });
		expect((await api.payouts.retrieve(of)).reversed_by).not.toBeNull();
		expect((await takeBack(of)).json).toMatchObject({ id: of, idempotency: { alreadyDone: true } });
		expect(sent()).toEqual([`POST /v1/payouts/${of}/reverse`]);
	});

	it('repeats the cancellation whose response was lost, whatever the state of the payout, and has one effect', async () => {
		const of = await payout();
		fixture.stripe.inject({ kind: 'resetAfter', match: { method: 'POST', path: /cancel$/ } });
		expect((await takeBack(of, { maxRetries: 0 })).error).toMatchObject({ outcome: 'unknown' });
		fixture.time.advance(3 * DAY_MS);
		expect((await takeBack(of)).json).toMatchObject({ id: of, status: 'canceled' });
		expect(sent()).toEqual([`POST /v1/payouts/${of}/cancel`]);
	});

	it('reverses under a different key if Stripe has stored a rejection of the cancellation, which was lost', async () => {
		const of = await payout();
		await takeBack(of, { checkOnly: true });
		// It goes out between the read and the send.
		const stop = fixture.stripe.onPoint(({ name, request }) => {
			if (name !== 'received' || !request.path.endsWith('/cancel')) return;
			stop();
			fixture.time.advance(3 * DAY_MS);
		});
		fixture.stripe.inject({ kind: 'resetAfter', match: { method: 'POST', path: /cancel$/ } });
		expect((await takeBack(of, { maxRetries: 0 })).error).toMatchObject({ outcome: 'unknown' });
		expect((await takeBack(of)).json).toMatchObject({ amount: -1000, idempotency: { attempt: 2 } });
		expect(sent()).toEqual([`POST /v1/payouts/${of}/cancel`, `POST /v1/payouts/${of}/reverse`]);
	});

	it('reverses as a new attempt once the payout shows that its lost cancellation can never be executed', async () => {
		const of = await payout();
		fixture.stripe.inject({ kind: 'resetBefore', times: 9, match: { method: 'POST', path: /cancel$/ } });
		await takeBack(of, { maxRetries: 0 });
		fixture.stripe.clearFaults();
		fixture.time.advance(3 * DAY_MS);
		expect((await takeBack(of)).json).toMatchObject({ amount: -1000, idempotency: { attempt: 2 } });
		expect(sent()).toEqual([`POST /v1/payouts/${of}/cancel`, `POST /v1/payouts/${of}/reverse`]);
	});
});
