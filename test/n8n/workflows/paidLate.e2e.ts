import type { IDataObject } from 'n8n-workflow';

import { buildChargeNode } from './nodes';
import type { Endpoint, TriggerEvent } from './stripeEvents';
import { postEvent, publishTrigger } from './stripeEvents';
import { until } from '../../servers/until';
import { stripeAt } from '../../simulator/client';
import { loadExample, items } from './exampleWorkflows';
import type { Execution } from '../harness/execution';
import { isUnderway } from '../harness/execution';
import { useRealN8n } from '../harness/useRealN8n';
import { BY_HAND, byHand } from '../harness/webhookWorkflows';

const n8n = useRealN8n();

let workflowId: string;
let endpoint: Endpoint;
beforeAll(async () => {
	const published = await publishTrigger(n8n(), loadExample('paid-late'));
	workflowId = published.id;
	({ endpoint } = published);
});
afterEach(() => n8n().simulator.clearFaults());

const stripe = () => stripeAt(n8n().simulator, 'sk_test_real_n8n');

/** Charges an order by hand. @returns what left the node */
async function pay(order_number: string, card: string): Promise<IDataObject> {
	const { type, parameters } = buildChargeNode({
		amount: '1234',
		currency: 'eur',
		paymentMethod: card,
		options: { maxRetries: 0 },
		keyFields: { field: [{ path: 'order_number', treatAs: 'text' }] },
		additionalFields: {
			metadata: { entry: [{ key: 'order', value: '={{ $json.order_number }}' }] },
			returnUrl: 'https://shop.example.com/orders',
		},
	});
	const credentials = { stripeIdempotentApi: { id: '', name: 'Simulated Stripe' } };
	const node = { name: 'Charge', type, parameters, credentials };
	const { id } = await n8n().api.importWorkflow(byHand([{ order_number }], node));
	return items(await n8n().api.runByHand(id, BY_HAND), 'Charge')[0]!;
}

/** What Stripe has to say about the payment of an order. */
async function paidEvent(order: string): Promise<TriggerEvent> {
	const { data } = await stripe().events.list({ type: 'payment_intent.succeeded' });
	const found = data.find(
		(event) => (event.data.object as { metadata: IDataObject }).metadata.order === order,
	);
	return found as unknown as TriggerEvent;
}

/** The run that a delivery has started. */
async function runOf(event: TriggerEvent): Promise<Execution> {
	const before = new Set((await n8n().api.executions({ workflowId })).map(({ id }) => id));
	expect(await postEvent(endpoint, event)).toBe(200);
	return until('the run', async () => {
		const startedRun = (await n8n().api.executions({ workflowId })).find(({ id }) => !before.has(id));
		return startedRun && !isUnderway(startedRun) && n8n().api.execution(startedRun.id);
	});
}

it("a payment whose response was lost is shipped once when Stripe's event arrives, and is succeeded in the ledger from then on", async () => {
	n8n().simulator.inject({ kind: 'resetAfter', times: 1, match: { method: 'POST' } });
	expect(await pay('SO-1', 'pm_card_visa')).toMatchObject({ error: { outcome: 'unknown' } });
	const event = await paidEvent('SO-1');
	const run = await runOf(event);
	expect(items(run, 'Ship It')).toMatchObject([{ order_number: 'SO-1', money: '12.34 EUR' }]);
	expect(run.runs('It Is Shipped')).toHaveLength(1);

	expect(await postEvent(endpoint, event)).toBe(200);
	const again = await runOf({ ...event, id: 'evt_in_other_words' });
	expect(again.runs('Ship It')).toHaveLength(0);
	expect(items(again, 'Was Shipped Before')).toMatchObject([{ order_number: 'SO-1' }]);

	expect(await pay('SO-1', 'pm_card_visa')).toMatchObject({
		status: 'succeeded',
		idempotency: { replayed: true, source: 'ledger' },
	});
});

it('a payment that the customer had to confirm is shipped afterwards', async () => {
	const payment = await pay('SO-2', 'pm_card_authenticationRequired');
	expect(payment).toMatchObject({ status: 'requires_action' });
	await stripe().paymentIntents.confirm(payment.id as string, {
		payment_method: 'pm_card_visa',
		return_url: 'https://shop.example.com/orders',
	});
	const run = await runOf(await paidEvent('SO-2'));
	expect(items(run, 'Ship It')).toMatchObject([{ order_number: 'SO-2', payment: payment.id }]);
});

it('a payment made elsewhere is ignored', async () => {
	await stripe().paymentIntents.create({
		amount: 500,
		currency: 'eur',
		payment_method: 'pm_card_visa',
		confirm: true,
		metadata: { order: 'elsewhere' },
		automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
	});
	const run = await runOf(await paidEvent('elsewhere'));
	expect(run.runs('Not from Here')).toHaveLength(1);
	expect(run.runs('Ship It')).toHaveLength(0);
});
