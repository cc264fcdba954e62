import type { IDataObject } from 'n8n-workflow';

import type { RunResult } from '../../../engine';
import { runNode } from '../../../engine';
import { StripeIdempotent } from '../../../../nodes/StripeIdempotent/StripeIdempotent.node.ts';
import { stripeAt } from '../../../simulator/client';
import { ACCOUNT, CHARGE, SECRET_KEY, STRIPE_NODE } from '../../fixtures/ordersFixture';
import { TriggerFixture } from '../../fixtures/triggerFixture';

let fixture: TriggerFixture;
beforeEach(async () => {
	fixture = await TriggerFixture.open();
});
afterEach(() => fixture.close());

/** The Stripe Idempotent node, on the same ledger. */
async function charge(order: string, parameters: IDataObject = {}): Promise<RunResult> {
	const { ledgerFile, simulator } = fixture;
	const options = { timeoutSeconds: 60, maxRetries: 0, waitForBusySeconds: 0 };
	return runNode(
		{ type: STRIPE_NODE, parameters: { ...CHARGE, ledgerFile, options, ...parameters } },
		{
			nodeTypes: { [STRIPE_NODE]: new StripeIdempotent() },
			credentials: {
				stripeIdempotentApi: { secretKey: SECRET_KEY, accountId: ACCOUNT, baseUrl: simulator.url },
			},
			items: [{ order }],
		},
	);
}

/** What Stripe has to tell, in its order. */
async function eventsOfStripe(stripeAccount?: string): Promise<object[]> {
	const { events } = stripeAt(fixture.simulator, SECRET_KEY);
	const { data } = await events.list({ limit: 100 }, { stripeAccount });
	return data.reverse().map((event) => JSON.parse(JSON.stringify(event)) as object);
}

const typed = (events: object[], type: string) =>
	events.find((one) => (one as { type: string }).type === type)!;
const charged = () => fixture.entriesOf('paymentIntent.create');
const charges = () => fixture.simulator.report().charges.length;

it('a payment whose response was lost is settled by its event, and is not sent again', async () => {
	fixture.simulator.inject({ kind: 'resetAfter', match: { method: 'POST' } });
	await charge('1001');
	expect(await charged()).toMatchObject([{ state: 'unknown' }]);

	const { items } = await fixture.deliver(typed(await eventsOfStripe(), 'payment_intent.succeeded'));
	const [entry] = await charged();
	expect(entry).toMatchObject({
		state: 'succeeded',
		outcome: { body: { object: 'payment_intent', amount: 1999 } },
	});
	expect(items![0]!.json).toMatchObject({
		entryId: entry!.entryId,
		idempotency: { key: entry!.key, state: 'succeeded', attempt: 1, sends: 1 },
	});

	const sends = fixture.simulator.sends().length;
	const again = await charge('1001');
	expect(again.outputs('Node')[0]).toMatchObject([
		{ json: { status: 'succeeded', idempotency: { replayed: true } } },
	]);
	expect([fixture.simulator.sends().length, charges()]).toEqual([sends, 1]);
});

it('a payment for a connected account whose response was lost is settled by the event of that account', async () => {
	const options = { timeoutSeconds: 60, maxRetries: 0, stripeAccount: 'acct_connected' };
	fixture.simulator.inject({ kind: 'resetAfter', match: { method: 'POST' } });
	await charge('1001', { options });
	expect(await charged()).toMatchObject([{ state: 'unknown', account: 'acct_connected' }]);

	const paid = typed(await eventsOfStripe('acct_connected'), 'payment_intent.succeeded');
	const { items } = await fixture.deliver({ ...paid, account: 'acct_connected' });
	const [entry] = await charged();
	expect(entry).toMatchObject({ state: 'succeeded', account: 'acct_connected' });
	expect(items![0]!.json).toMatchObject({ entryId: entry!.entryId, account: 'acct_connected' });
	expect((await charge('1001', { options })).outputs('Node')[0]).toHaveLength(1);
	expect(fixture.simulator.sends()).toHaveLength(1);
});

it('a payment that Stripe rolls forward after a stored 500 is settled by its event', async () => {
	fixture.simulator.inject({ kind: 'error500After', match: { method: 'POST' } });
	await charge('1001');
	await charge('1001');
	expect(await charged()).toMatchObject([{ state: 'unknown' }]);
	await fixture.deliver(typed(await eventsOfStripe(), 'charge.succeeded'));
	const [entry] = await charged();
	expect(entry).toMatchObject({
		state: 'succeeded',
		outcome: { body: { object: 'payment_intent', status: 'succeeded' } },
	});
	expect((await charge('1001')).outputs('Node')[0]).toHaveLength(1);
	expect(charges()).toBe(1);
});

it('events in any order, each of them twice, lead to the same result', async () => {
	for (const turn of [0, 1, 2]) {
		fixture.simulator.inject({ kind: 'resetAfter', match: { method: 'POST' } });
		await charge(`order ${turn}`);
	}
	const events = await eventsOfStripe();
	const mixed = [...events, ...events].sort((a, b) => JSON.stringify(b).localeCompare(JSON.stringify(a)));
	let runs = 0;
	for (const one of mixed) runs += (await fixture.deliver(one)).items?.length ?? 0;
	expect(runs).toBe(events.length);
	expect((await charged()).map(({ state }) => state)).toEqual(['succeeded', 'succeeded', 'succeeded']);
});

it('a declined payment stays declined, and its failed event belongs to it', async () => {
	await charge('1001', { paymentMethod: 'pm_card_chargeDeclined' });
	for (const one of await eventsOfStripe()) await fixture.deliver(one);
	expect(await charged()).toMatchObject([{ state: 'rejected' }]);
	const failed = typed(await eventsOfStripe(), 'payment_intent.payment_failed');
	const { items } = await fixture.deliver({ ...failed, id: 'evt_again' });
	expect(items![0]!.json).toMatchObject({ idempotency: { state: 'rejected' } });
});

/** The event as it would be of another payment onto which the metadata were copied, or of one that was changed. */
function changed(event: object, change: object): object {
	const { data, ...facts } = event as { data: { object: object } };
	return { ...facts, id: 'evt_changed', data: { object: { ...data.object, ...change } }, request: null };
}

it('a payment of a different amount with the same metadata settles nothing, and belongs to no entry', async () => {
	fixture.simulator.inject({ kind: 'resetAfter', match: { method: 'POST' } });
	await charge('1001');
	const paid = typed(await eventsOfStripe(), 'payment_intent.succeeded');
	const { items } = await fixture.deliver(changed(paid, { id: 'pi_copy', amount: 5 }));
	expect(items![0]!.json).not.toHaveProperty('entryId');
	expect(await charged()).toMatchObject([{ state: 'unknown' }]);
});

it('a payment that was declined, and is paid later with a different amount, still belongs to its entry', async () => {
	await charge('1001', { paymentMethod: 'pm_card_chargeDeclined' });
	const failed = typed(await eventsOfStripe(), 'payment_intent.payment_failed');
	const paid = { ...failed, type: 'payment_intent.succeeded' };
	const { items } = await fixture.deliver(changed(paid, { status: 'succeeded', amount: 2500 }));
	const [entry] = await charged();
	expect(items![0]!.json).toMatchObject({ entryId: entry!.entryId, idempotency: { state: 'rejected' } });
});

it('an event that starts no workflow is recorded', async () => {
	fixture.simulator.inject({ kind: 'resetAfter', match: { method: 'POST' } });
	await charge('1001');
	const parameters = { events: ['refund.created'] };
	const { items } = await fixture.deliver(typed(await eventsOfStripe(), 'payment_intent.succeeded'), {
		parameters,
	});
	expect(items).toBeUndefined();
	expect(await charged()).toMatchObject([{ state: 'succeeded' }]);
});

it.each([
	['of a different account', { account: 'acct_connected' }, {}],
	['at a trigger of a different account', {}, { accountId: 'acct_other', secretKey: 'rk_test_noaccount' }],
	['at a trigger with an unknown account', {}, { accountId: '', secretKey: 'rk_test_noaccount' }],
])('an event %s settles nothing', async (_, given, credential) => {
	fixture.simulator.inject({ kind: 'resetAfter', match: { method: 'POST' } });
	await charge('1001');
	const one = { ...typed(await eventsOfStripe(), 'payment_intent.succeeded'), ...given };
	const { status, items } = await fixture.deliver(one, { credential });
	expect(status).toBe(200);
	expect(items![0]!.json).not.toHaveProperty('entryId');
	expect(await charged()).toMatchObject([{ state: 'unknown' }]);
});

it('a refund whose response was lost is settled by its event', async () => {
	const paid = (await charge('1001')).outputs('Node')[0]![0]!.json;
	fixture.simulator.inject({ kind: 'resetAfter', match: { path: '/v1/refunds' } });
	const refund = { resource: 'refund', operation: 'create', refundOf: 'paymentIntent' };
	const paymentIntent = { __rl: true, mode: 'id', value: paid.id };
	await charge('1001', { ...refund, paymentIntent, amount: '' });
	expect(await fixture.entriesOf('refund.create')).toMatchObject([{ state: 'unknown' }]);
	await fixture.deliver(typed(await eventsOfStripe(), 'refund.created'));
	expect(await fixture.entriesOf('refund.create')).toMatchObject([{ state: 'succeeded' }]);
	expect(charges()).toBe(1);
});

it.each(['acct_connected', 'org_61RoyaKS/acct_connected'])(
	'an event of an organization belongs to the account that its context %s names',
	async (context) => {
		const match = { method: 'POST' };
		fixture.simulator.inject({ kind: 'resetAfter', match });
		await charge('1001', { options: { maxRetries: 0, stripeAccount: 'acct_connected' } });
		const paid = typed(await eventsOfStripe('acct_connected'), 'payment_intent.succeeded');
		const { items } = await fixture.deliver({ ...paid, context });
		expect(await charged()).toMatchObject([{ state: 'succeeded', account: 'acct_connected' }]);
		expect(items![0]!.json).toMatchObject({ context });
	},
);

it('an event of an organization that names no account proves nothing, and starts the workflow', async () => {
	fixture.simulator.inject({ kind: 'resetAfter', match: { method: 'POST' } });
	await charge('1001');
	const paid = typed(await eventsOfStripe(), 'payment_intent.succeeded');
	const { items } = await fixture.deliver({ ...paid, context: 'org_61RoyaKS' });
	expect(items).toHaveLength(1);
	expect(await charged()).toMatchObject([{ state: 'unknown' }]);
});
