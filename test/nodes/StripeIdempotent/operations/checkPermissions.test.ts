import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { StripeIdempotent } from '../../../../nodes/StripeIdempotent/StripeIdempotent.node.ts';
import { PERMISSIONS } from '../../../../stripe/api/permissions';
import { ACCOUNT, CHARGE, OrdersFixture, STRIPE_NODE } from '../../fixtures/ordersFixture';

const CHECK: INodeParameters = { resource: 'account', operation: 'checkPermissions' };
const RESTRICTED = 'rk_test_restricted';

let fixture: OrdersFixture;
afterEach(() => fixture.close());

async function check(
	permissions: readonly string[] | undefined,
	parameters: INodeParameters = {},
	item: IDataObject = {},
) {
	const secretKey = permissions ? RESTRICTED : 'sk_test_shop';
	fixture = await OrdersFixture.open({
		permissions: { [RESTRICTED]: permissions ?? [] },
		credential: { secretKey, accountId: ACCOUNT },
	});
	const { success, fix, hints } = await fixture.run({ ...CHECK, ...parameters }, [item]);
	const rows = new Map(success.map((row) => [row.stripeName as string, row as IDataObject]));
	const notes = hints('Node').map(({ message }) => message);
	return { rows, notes, fix, success };
}

const chosen = (...neededOperations: string[]): INodeParameters => ({
	neededFor: 'operations',
	neededOperations,
});
const verdicts = (rows: ReadonlyMap<string, IDataObject>) =>
	Object.fromEntries([...rows].map(([name, { verdict }]) => [name, verdict]));

it('reports by reads alone what a restricted key can and cannot do, and what no read shows', async () => {
	const { rows, notes } = await check(['charge_write', 'payment_intent_read', 'event_read']);
	expect(new Set(fixture.simulator.requests.map(({ method }) => method))).toEqual(new Set(['GET']));
	expect(rows.size).toBe(Object.keys(PERMISSIONS).length);
	expect(rows.get('charge')).toMatchObject({
		summary:
			'Charges and refunds: the key can read. Whether it can write shows only when something is written.',
		read: 'yes',
		write: 'unknown',
		can: ['Charge: Get', 'Charge: Get Many', 'Charge: Search', 'Refund: Get', 'Refund: Get Many'],
		cannot: ['Account: Find Duplicates'],
		unknown: expect.arrayContaining(['Refund: Create']) as string[],
	});
	expect(rows.get('customer')).toMatchObject({
		verdict: 'missing',
		read: 'no',
		write: 'no',
		cannot: expect.arrayContaining(['Customer: Create', 'Customer: Get']) as string[],
		can: [],
		unknown: [],
	});
	expect(notes.join(' ')).toMatch(/The key lacks: .*Customers/);
});

it('the simulated Stripe accepts a key that names its permissions: it can do that much, and no more', async () => {
	const secretKey = 'rk_test_may__payment_intent_write__customer_read';
	fixture = await OrdersFixture.open({ credential: { secretKey, accountId: ACCOUNT } });
	const parameters = { ...CHECK, ...chosen('paymentIntent.create', 'customer.get', 'refund.create') };
	const { success } = await fixture.run(parameters, [{}]);
	const found = new Map(success.map((row) => [row.stripeName as string, row as IDataObject]));
	expect(found.get('charge')).toMatchObject({ verdict: 'missing', read: 'no', write: 'no' });
	expect(found.get('customer')).toMatchObject({ verdict: 'enough', read: 'yes' });
	expect(found.get('payment_intent')).toMatchObject({ read: 'yes' });
	const charged = await fixture.run(CHARGE, [{ order: '1' }]);
	expect(charged.success).toHaveLength(1);
	const read = await fixture.run({ resource: 'charge', operation: 'getMany' }, [{}]);
	expect(read.fix[0]!.error.nextStep).toMatch(/^The restricted key lacks Charges and refunds: Read\./);
});

it('compares a key with its use: what is missing first, then what is too much', async () => {
	const { rows, notes, success } = await check(
		['payment_intent_write', 'customer_read', 'event_read'],
		chosen('paymentIntent.create', 'refund.create', 'charge.get'),
	);
	expect(verdicts(rows)).toEqual({
		charge: 'missing',
		customer: 'wider',
		payment_intent: 'unknown',
		event: 'enough',
	});
	expect(success.map(({ verdict }) => verdict)).toEqual(['missing', 'wider', 'unknown', 'enough']);
	expect(rows.get('charge')).toMatchObject({ needed: 'Charges and refunds: Write' });
	expect(notes).toContain(
		'The key lacks: Charges and refunds. The key can do more than is needed: Customers. A restricted key needs: Payment intents: Write; Charges and refunds: Write; Events: Read.',
	);
});

it('a secret key has every permission', async () => {
	const { rows, notes } = await check(undefined, chosen('refund.get'));
	expect(rows.get('charge')).toMatchObject({
		verdict: 'wider',
		write: 'yes',
		needed: 'Charges and refunds: Read',
	});
	expect(rows.get('payout')).toMatchObject({ verdict: 'wider' });
	expect(notes).toContain(
		'This is a secret key (sk_…): it can do everything in the account. A restricted key needs: Charges and refunds: Read.',
	);
});

const node = (type: string, parameters: IDataObject, more: IDataObject = {}) => ({
	name: `${type} ${JSON.stringify(parameters)}`,
	type,
	parameters,
	...more,
});
const WORKFLOW = {
	name: 'Orders',
	nodes: [
		node(STRIPE_NODE, { amount: '={{ $json.amount }}' }),
		node(`${STRIPE_NODE}Tool`, { resource: 'price', operation: 'get' }),
		node(STRIPE_NODE, { resource: 'payout' }, { disabled: true }),
		node('n8n-nodes-stripe-idempotent.stripeIdempotentTrigger', {}),
		node('n8n-nodes-base.set', {}),
		{ ...node(STRIPE_NODE, { resource: 'customApiCall', path: '/v1/x' }), name: 'Anything' },
		{ ...node(STRIPE_NODE, { resource: '={{ $json.resource }}' }), name: 'Whatever' },
	],
	connections: {},
};

it.each([
	['as text', JSON.stringify(WORKFLOW)],
	['as n8n returns it', '={{ $json }}'],
])('reads a workflow %s, including defaults of its nodes', async (_how, workflow) => {
	const { rows, notes } = await check(
		['plan_read', 'webhook_write'],
		{ neededFor: 'workflow', workflow },
		WORKFLOW,
	);
	expect(verdicts(rows)).toEqual({
		payment_intent: 'missing',
		event: 'missing',
		plan: 'enough',
		webhook: 'unknown',
	});
	expect(notes.join(' ')).toContain('Not known, because they ask for anything: Anything, Whatever.');
});

it.each([
	[
		{ neededFor: 'operations', neededOperations: '={{ [] }}' },
		/Operation Names or IDs is an expression that returned no value/,
	],
	[chosen('refund.everything'), /has "refund\.everything", which is not an operation/],
	[{ neededFor: 'workflow', workflow: '{}' }, /Workflow \(JSON\) is not a workflow/],
	[{ neededFor: 'workflow', workflow: 'Orders' }, /Workflow \(JSON\) is not a workflow/],
])('%j is refused, and Stripe is not called', async (parameters, message) => {
	const { fix } = await check([], parameters);
	expect(fix[0]!.error).toMatchObject({
		outcome: 'refused',
		message: expect.stringMatching(message) as string,
	});
	expect(fixture.simulator.requests).toHaveLength(0);
});

it('a key that Stripe does not know is reported as such, without permissions', async () => {
	fixture = await OrdersFixture.open({ credential: { secretKey: 'rk_live_x', accountId: ACCOUNT } });
	await fixture.close();
	fixture = await OrdersFixture.open({ credential: { secretKey: 'rk_test_invalid', accountId: ACCOUNT } });
	const { success, fix } = await fixture.run(CHECK, [{}]);
	expect(success).toEqual([]);
	expect(fix[0]!.error.outcome).toBe('unauthorized');
});

it('the editor offers every operation that needs a permission', async () => {
	fixture = await OrdersFixture.open();
	const options = await new StripeIdempotent().methods.loadOptions.listOperations();
	expect(options).toContainEqual({ name: 'Refund: Create', value: 'refund.create' });
	expect(options).not.toContainEqual(expect.objectContaining({ value: 'customApiCall.request' }));
});
