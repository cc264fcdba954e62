import type { IDataObject } from 'n8n-workflow';

import type { NodeRun } from '../fixtures/nodeFixture';
import { NodeFixture } from '../fixtures/nodeFixture';
import { connectTo } from '../../stripe/api/sending';
import { sendOnce } from '../../../stripe/api/client';

let fixture: NodeFixture;
beforeEach(async () => (fixture = await NodeFixture.start()));
afterEach(() => fixture.stop());

async function post(path: string, params: Record<string, string> = {}): Promise<string> {
	const request = { method: 'POST', path, params, idempotencyKey: `k${Math.random()}` } as const;
	const answer = await sendOnce(connectTo(fixture.stripe.url), { ...request, timeoutMs: 10_000 });
	if (answer.kind !== 'object') throw new Error(JSON.stringify(answer));
	return String(answer.body.id);
}

const newIntent = (more: Record<string, string> = {}) =>
	post('/v1/payment_intents', { amount: '1999', currency: 'eur', ...more });
const cancel = { resource: 'paymentIntent', operation: 'cancel', keySource: 'object' };
const capture = { resource: 'paymentIntent', operation: 'capture', keySource: 'object', amount: '' };
const deletion = { resource: 'customer', operation: 'delete', yesDelete: true, keySource: 'object' };

function run(parameters: IDataObject, ids: readonly string[], options: IDataObject = {}): Promise<NodeRun> {
	const target = parameters.resource as string;
	const items = ids.map((id) => ({ id }));
	return fixture.run(items, { parameters: { [target]: '={{ $json.id }}', ...parameters }, options });
}

const writes = () => fixture.stripe.sends().filter(({ key }) => key?.startsWith('n8n_') ?? true);
const idempotencyOf = ({ success }: NodeRun) => success[0]?.json.idempotency;

it('is executed once, and every later run reads that state', async () => {
	const id = await newIntent();
	expect(idempotencyOf(await run(cancel, [id]))).toMatchObject({ alreadyDone: false, replayed: false });
	const again = await run(cancel, [id]);
	expect(idempotencyOf(again)).toMatchObject({ alreadyDone: true, replayed: true, attempt: 1, sends: 1 });
	expect(again.success[0]?.json.status).toBe('canceled');
	expect(writes()).toHaveLength(1);
});

it('what somebody else has executed already is a success, and is not sent', async () => {
	const id = await newIntent();
	await post(`/v1/payment_intents/${id}/cancel`);
	expect(idempotencyOf(await run(cancel, [id]))).toMatchObject({
		alreadyDone: true,
		replayed: false,
		sends: 0,
		state: 'succeeded',
	});
	expect(writes()).toHaveLength(0);
});

it.each([
	['customer', deletion, 'cus_ofAnotherMode'],
	[
		'subscription',
		{ resource: 'subscription', operation: 'cancel', when: 'now', keySource: 'object' },
		'sub_ofAnotherMode',
	],
])(
	'a %s that Stripe does not know is not reported as ended: it may exist in a different mode or account',
	async (_kind, parameters, id) => {
		const { success, fix } = await run(parameters, [id]);
		expect(success).toEqual([]);
		expect(fix[0]?.json.error).toMatchObject({ outcome: 'rejected', code: 'resource_missing' });
	},
);

it('in a different final state it is left alone, and nothing is stored in the ledger', async () => {
	const id = await newIntent({
		confirm: 'true',
		payment_method: 'pm_card_visa',
		return_url: 'https://example.com',
	});
	const { fix } = await run(cancel, [id]);
	expect(fix[0]?.json.error).toMatchObject({
		outcome: 'conflict',
		message: expect.stringContaining(`The status of ${id} is succeeded`) as string,
	});
	expect(writes()).toHaveLength(0);
	expect(await fixture.entries()).toEqual([]);
});

it('executed with a different amount is not a success', async () => {
	const held = {
		capture_method: 'manual',
		confirm: 'true',
		payment_method: 'pm_card_visa',
		return_url: 'https://example.com',
	};
	const id = await newIntent(held);
	expect((await run(capture, [id])).success).toHaveLength(1);
	const part = { ...capture, amount: '500', amountUnit: 'minor' };
	const { fix } = await run(part, [id]);
	expect(fix[0]?.json.error).toMatchObject({ outcome: 'conflict' });
	expect(writes()).toHaveLength(1);
	expect((await fixture.entries())[0]).toMatchObject({ state: 'succeeded', attempt: 1 });
});

it('a rejection of an earlier run does not block it', async () => {
	const id = await newIntent();
	// Nothing is authorized yet, so Stripe refuses.
	expect((await run(capture, [id])).fix).toHaveLength(1);
	expect((await run(capture, [id])).fix).toHaveLength(1);
	expect(writes().map(({ key }) => key?.endsWith('_2'))).toEqual([false, true]);
	expect((await fixture.entries())[0]).toMatchObject({ state: 'rejected', attempt: 2 });
});

it('two items of one batch on one object are one send, in order', async () => {
	const id = await newIntent();
	const both = await run(cancel, [id, id], { concurrency: 5 });
	expect(both.success).toHaveLength(2);
	expect(writes()).toHaveLength(1);
});

it('an object that was deleted before is a success', async () => {
	const id = await post('/v1/customers');
	expect((await run(deletion, [id])).success[0]?.json).toMatchObject({ deleted: true });
	expect(idempotencyOf(await run(deletion, [id]))).toMatchObject({ alreadyDone: true, sends: 1 });
	expect(writes()).toHaveLength(1);
});

it('an entry is kept if its object cannot be read', async () => {
	const id = await newIntent();
	await run(cancel, [id]);
	const match = { method: 'GET', path: `/v1/payment_intents/${id}` };
	fixture.stripe.inject({ kind: 'error503', match });
	await run(cancel, [id]);
	expect((await fixture.entries())[0]).toMatchObject({ state: 'succeeded', attempt: 1 });
	expect(writes()).toHaveLength(1);
});

it('is refused as the key of an operation that can be repeated on one object', async () => {
	const id = await newIntent();
	const change = { amount: '', currency: '', additionalFields: { description: 'new' } };
	const update = { resource: 'paymentIntent', operation: 'update', keySource: 'object', ...change };
	expect((await run(update, [id])).fix[0]?.json.error).toMatchObject({ outcome: 'missing_key' });
	const part = { ...capture, additionalFields: { otherParameters: '{ "final_capture": false }' } };
	expect((await run(part, [id])).fix[0]?.json.error).toMatchObject({ outcome: 'missing_key' });
});

it('under Check Only is read as in a run, and each possible state is reported', async () => {
	const [open, canceled] = [await newIntent(), await newIntent()];
	await post(`/v1/payment_intents/${canceled}/cancel`);
	const paid = await newIntent({
		confirm: 'true',
		payment_method: 'pm_card_visa',
		return_url: 'https://example.com',
	});
	const checked = await run(cancel, [open, canceled, paid], { checkOnly: true });
	// Its one output is the first.
	const answers = checked.success.map(({ json }) => (json.checked as IDataObject).answer);
	expect(answers).toEqual(['new', 'doneBefore', 'conflict']);
	expect(writes()).toHaveLength(0);
});

it('an invoice whose payment was declined is tried again by the same workflow, three days later', async () => {
	const customer = await post('/v1/customers', {
		'invoice_settings[default_payment_method]': 'pm_card_visa',
	});
	const invoice = await post('/v1/invoices', { customer, currency: 'eur' });
	await post(`/v1/invoices/${invoice}/add_lines`, {
		'lines[0][amount]': '5000',
		'lines[0][description]': 'Work',
	});
	await post(`/v1/invoices/${invoice}/finalize`);
	const pay = { resource: 'invoice', operation: 'pay', keySource: 'object', paymentMethod: '' };
	fixture.stripe.setDeclines(customer, true);
	expect((await run(pay, [invoice])).fix[0]?.json.error).toMatchObject({
		outcome: 'rejected',
		declineCode: expect.any(String) as string,
	});
	fixture.stripe.setDeclines(customer, false);
	fixture.time.advance(3 * 24 * 60 * 60 * 1000);
	expect((await run(pay, [invoice])).success[0]?.json).toMatchObject({ status: 'paid' });
	expect(writes().map(({ key }) => key?.endsWith('_2'))).toEqual([false, true]);
	expect(idempotencyOf(await run(pay, [invoice]))).toMatchObject({ alreadyDone: true });
	expect(writes()).toHaveLength(2);
});
