import type { IDataObject } from 'n8n-workflow';

import { stripeAt } from '../../simulator/client';
import type { Execution } from '../harness/execution';
import { useRealN8n } from '../harness/useRealN8n';
import { items, loadExample, postWebhook, questionOf, submitForm } from './exampleWorkflows';
import { postEvent, publishTrigger } from './stripeEvents';
import type { TriggerEvent } from './stripeEvents';
import { until } from '../../servers/until';

const n8n = useRealN8n();

/** Longer waits are for life. */
const SOON = { 'Wait Five Minutes': { amount: 1, unit: 'seconds' } };

const SECRET = { 'x-app-secret': 'open-sesame' };

beforeAll(async () => {
	const [[name, value]] = Object.entries(SECRET) as [[string, string]];
	await n8n().api.createCredential('httpHeaderAuth', { name, value });
});
beforeEach(() => n8n().simulator.reset());

const stripe = () => stripeAt(n8n().simulator, 'sk_test_real_n8n');

const messages = (execution: Execution) => items(execution, 'Tell Somebody').map(({ message }) => message);

/** How often the node sends a request before the item leaves through Retry. */
const SENDS = 3;

/** The answers of Stripe to the requests of these items do not arrive, though it executes them, in a whole round. */
function loseAnswers(path: string | RegExp, itemCount = 1): void {
	const times = itemCount * SENDS;
	n8n().simulator.inject({ kind: 'resetAfter', times, match: { method: 'POST', path } });
}

async function importExample(name: string, changes: Record<string, IDataObject> = {}): Promise<string> {
	const { id } = await n8n().api.importWorkflow(loadExample(name, changes));
	return id;
}

async function runByHand(id: string): Promise<Execution> {
	const execution = await n8n().api.runByHand(id, 'Try It Manually');
	expect(execution.error).toBeUndefined();
	return execution;
}

const replayedItems = (execution: Execution, node: string) =>
	items(execution, node).map(({ idempotency }) => (idempotency as IDataObject).replayed);

const count = (type: string) =>
	n8n()
		.simulator.happened()
		.filter((event) => event.type === type).length;

it('timesheet-invoices.json sends three invoices once, though a response is lost', async () => {
	const id = await importExample('timesheet-invoices', SOON);
	loseAnswers(/add_lines$/, 3);
	const first = await runByHand(id);
	expect(items(first, 'Invoice Sent')).toHaveLength(3);
	expect(first.runs('Wait Five Minutes')).toHaveLength(1);
	expect(messages(first)).toEqual([]);
	expect(replayedItems(await runByHand(id), 'Invoice Sent')).toEqual([true, true, true]);
	const { data } = await stripe().invoices.list({ limit: 100 });
	expect(data.map(({ status, total }) => [status, total])).toEqual(
		expect.arrayContaining([
			['open', 48_000],
			['open', 37_405],
			['open', 59_375],
		]),
	);
	expect([data.length, count('invoice.sent'), count('customer.created')]).toEqual([3, 3, 2]);
});

it('subscriptions-from-a-sheet.json subscribes once, and makes an approved change once, though responses are lost', async () => {
	const COLUMNS = 'contract,customer_email,customer_name,plan,quantity,since';
	const upgrade = 'C-1002,billing@northside.example,Northside Bikes,team_monthly,5,2026-06-01';
	const value = `${COLUMNS}\n${upgrade}\n`;
	const assignments = { assignments: [{ id: 'csv', name: 'csv', type: 'string', value }] };
	const soon = { ...SOON, 'Wait Before the Change': SOON['Wait Five Minutes'] };
	const id = await importExample('subscriptions-from-a-sheet', soon);
	loseAnswers('/v1/subscriptions', 3);
	const [first, second] = [await runByHand(id), await runByHand(id)];
	for (const execution of [first, second]) expect(messages(execution)).toEqual([]);
	expect(items(first, 'Subscribed')).toHaveLength(3);
	expect(first.runs('Wait Five Minutes')).toHaveLength(1);
	expect(items(second, 'Nothing to Do')).toHaveLength(3);

	const changed = loadExample('subscriptions-from-a-sheet', {
		...soon,
		'Sample Contracts': { assignments },
	});
	await n8n().api.changeWorkflow(id, changed);
	const ask = async () => {
		const execution = await n8n().api.startByHand(id, 'Try It Manually');
		return { execution, ...(await questionOf(n8n().api, execution)) };
	};
	const denied = await ask();
	expect(denied.question).toMatch(
		/C-1002 Northside Bikes: 1 × solo_monthly to 5 × team_monthly: today \d+\.\d\d EUR, then 75\.00 EUR a month/,
	);
	expect(await (await fetch(denied.link)).text()).toContain('then 75.00 EUR a month');
	await submitForm(denied.link, 'Deny', 'Ada');
	expect((await n8n().api.ended(denied.execution)).runs('Not Changed')).toHaveLength(1);

	const outdated = await ask();
	const { data } = await stripe().subscriptions.list({ limit: 100 });
	const { id: subscription, items: rows } = data.find(({ metadata }) => metadata.contract === 'C-1002')!;
	const seats = (quantity: number) =>
		stripe().subscriptions.update(subscription, { items: [{ id: rows.data[0]!.id, quantity }] });
	await seats(2);
	await submitForm(outdated.link, 'Approve', 'Ada');
	expect(messages(await n8n().api.ended(outdated.execution))).toEqual([
		expect.stringMatching(/^Contract C-1002 .* not what was approved/),
	]);

	const approved = await ask();
	n8n().simulator.inject({
		kind: 'resetAfter',
		times: SENDS,
		match: { method: 'POST', path: `/v1/subscriptions/${subscription}` },
	});
	await submitForm(approved.link, 'Approve', 'Ada');
	const ended = await n8n().api.ended(approved.execution);
	expect(items(ended, 'Plan Changed')).toMatchObject([{ id: subscription, quantity: 5 }]);
	expect(ended.runs('Wait Before the Change')).toHaveLength(1);
	expect(items(await runByHand(id), 'Nothing to Do')).toHaveLength(1);
	const effects = ['customer.subscription.created', 'customer.subscription.updated', 'customer.created'];
	// One of the updates is the one by somebody else.
	expect(effects.map(count)).toEqual([3, 2, 3]);
});

describe('usage-to-meter.json', () => {
	const events = () =>
		n8n()
			.simulator.sends({ path: '/v1/billing/meter_events' })
			.filter(({ status, replayed, fault }) => !replayed && (status === 200 || fault === 'resetAfter'));

	it('counts the samples once, and reports which one is too old', async () => {
		const id = await importExample('usage-to-meter');
		const [first, second] = [await runByHand(id), await runByHand(id)];
		expect(replayedItems(first, 'Counted')).toEqual([false, false]);
		expect(replayedItems(second, 'Counted')).toEqual([true, true]);
		expect(messages(second)).toEqual([expect.stringMatching(/was not counted\. .*35/)]);
		expect(events()).toHaveLength(2);
	});

	it('responds 503 if the outcome is unknown, and counts once when the event is delivered again', async () => {
		const { id: customer } = await stripe().customers.create({});
		const sum = { formula: 'sum' } as const;
		const meter = { display_name: 'Calls', event_name: 'calls', default_aggregation: sum };
		await stripe().billing.meters.create(meter);
		const id = await importExample('usage-to-meter');
		await n8n().api.publish(id);
		const event = {
			event_id: 'evt_1',
			customer,
			meter: 'calls',
			value: 3,
			used_at: new Date().toISOString(),
		};
		const deliver = (body: object) => postWebhook(`${n8n().main.url}/webhook/usage`, body, SECRET);
		// Here the node repeats once: the sender waits.
		loseAnswers('/v1/billing/meter_events');
		const unclear = await deliver(event);
		expect(unclear).toMatchObject({ status: 503, body: { event_id: 'evt_1', counted: null } });
		expect(Number(unclear.headers.get('retry-after'))).toBeGreaterThan(0);
		n8n().simulator.clearFaults();
		const again = await deliver(event);
		expect(again).toMatchObject({ status: 200, body: { event_id: 'evt_1', counted: true } });
		expect(events()).toHaveLength(1);
		expect(await deliver({ ...event, event_id: 'evt_2', used_at: '2001-01-01' })).toMatchObject({
			status: 422,
			body: { counted: false, reason: expect.stringContaining('35') as string },
		});
		await n8n().api.unpublish(id);
	});
});

it('dunning.json sends one reminder for the sample, and one for an event delivered twice', async () => {
	const workflow = loadExample('dunning', SOON);
	const { id, endpoint } = await publishTrigger(n8n(), { ...workflow, settings: {} });
	const first = await runByHand(id);
	expect(items(first, 'Send the Mail')).toMatchObject([{ to: 'office@bergmann.example' }]);
	const second = await runByHand(id);
	expect(second.runs('Send the Mail')).toHaveLength(0);
	expect(second.runs('Reminded Before')).toHaveLength(1);

	const invoice = (await stripe().invoices.list()).data[0]!.id;
	const payment_method = 'pm_card_chargeDeclinedInsufficientFunds';
	await stripe()
		.invoices.pay(invoice, { payment_method })
		.catch(() => undefined);
	const [event] = (await stripe().events.list({ type: 'invoice.payment_failed' })).data;
	n8n().simulator.inject({ kind: 'error503', times: 3, match: { path: '/v1/billing_portal/sessions' } });
	const before = (await n8n().api.executions({ workflowId: id })).length;
	const delivered = event as unknown as TriggerEvent;
	for (const eventId of [delivered.id, delivered.id, 'evt_other'])
		expect(await postEvent(endpoint, { ...delivered, id: eventId })).toBe(200);
	const ended = await until('both runs', async () => {
		const runs = (await n8n().api.executions({ workflowId: id, status: ['success'] })).slice(0, -before);
		return runs.length === 2 && Promise.all(runs.map((run) => n8n().api.execution(run.id)));
	});
	expect(ended.flatMap((run) => items(run, 'Send the Mail'))).toHaveLength(1);
	expect(ended.flatMap(messages)).toEqual([]);
	await n8n().api.unpublish(id);
});

it('cancel-and-credit.json cancels and credits once, though a response is lost and it is requested twice', async () => {
	const id = await importExample('cancel-and-credit', SOON);
	loseAnswers('/v1/credit_notes');
	for (const replayed of [false, true]) {
		const execution = await n8n().api.startByHand(id, 'Try It Manually');
		const { question, link } = await questionOf(n8n().api, execution);
		expect(question).toMatch(/now \(too_expensive: .*\)\?\nRefund 20\.00 EUR of invoice/);
		expect(await (await fetch(link)).text()).toContain('Cancellation T-1001');
		await submitForm(link, 'Approve', 'Ada');
		const ended = await n8n().api.ended(execution);
		expect(messages(ended)).toEqual([]);
		expect(items(ended, 'Canceled')).toMatchObject([{ total: 2000 }]);
		expect(ended.runs('Wait Five Minutes')).toHaveLength(replayed ? 0 : 1);
	}
	const effects = ['customer.subscription.deleted', 'credit_note.created', 'refund.created'];
	expect(effects.map(count)).toEqual([1, 1, 1]);
});

it('payout-reconciliation.json makes the same file in each run, with a total that equals the payout', async () => {
	const id = await importExample('payout-reconciliation', SOON);
	expect(items(await runByHand(id), 'Nothing to Read Yet')).toHaveLength(1);
	n8n().simulator.payOut();
	const lines = { method: 'GET', path: '/v1/balance_transactions' };
	n8n().simulator.inject({ kind: 'error503', times: 3, match: lines });
	const first = await runByHand(id);
	expect(first.runs('Wait Five Minutes')).toHaveLength(1);
	const files = [first, await runByHand(id)].map((execution) => items(execution, 'Does It Add Up?'));
	expect(files[0]).toMatchObject([{ amount: '47.28', total: '47.28', fees: '1.72', lines: 1 }]);
	expect(files[1]).toEqual(files[0]);
	expect(first.runs('Keep the File')).toHaveLength(1);
	expect(messages(first)).toEqual([]);
	expect(n8n().simulator.report().charges).toHaveLength(1);
});
