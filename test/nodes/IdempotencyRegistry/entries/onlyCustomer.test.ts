import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { stripeAt } from '../../../simulator/client';
import { CHARGE, SECRET_KEY, STRIPE_NODE } from '../../fixtures/ordersFixture';
import { RegistryFixture, RESERVE } from '../../fixtures/registryFixture';

/** The ledger as the tool of a model that talks to one customer. */

let registry: RegistryFixture;
let own: string;
let other: string;
beforeAll(async () => {
	registry = await RegistryFixture.open();
	const { customers } = stripeAt(registry.fixture.stripe, SECRET_KEY);
	[own, other] = [(await customers.create()).id, (await customers.create()).id];
	const charge = { ...CHARGE, customer: '={{ $json.customer }}', options: { maxRetries: 0 } };
	for (const item of [
		{ order: 'own', customer: own },
		{ order: 'other', customer: other },
	])
		expect((await registry.one(charge, item, { type: STRIPE_NODE })).json.error).toBeUndefined();
	const nobody = await registry.one({ ...CHARGE }, { order: 'nobody' }, { type: STRIPE_NODE });
	expect(nobody.json.error).toBeUndefined();
	registry.fixture.stripe.inject({ kind: 'resetBefore', match: { method: 'POST' } });
	await registry.one(charge, { order: 'other, lost', customer: other }, { type: STRIPE_NODE });
	await registry.one(
		{ ...RESERVE, customer: '={{ $json.customer }}' },
		{ order: 'other, reserved', customer: other },
	);
});
afterAll(() => registry.close());

const byField = (operation: string): INodeParameters => ({
	resource: 'entry',
	operation,
	findBy: 'field',
	fieldValue: "={{ $fromAI('value') }}",
});
const limited = (parameters: INodeParameters, onlyCustomer: string = own): INodeParameters => ({
	...parameters,
	options: { onlyCustomer },
});
const call = async (parameters: INodeParameters, args: IDataObject = {}) =>
	(await registry.asTool(parameters, [args]))[0]!;

it('finds the entries of that customer', async () => {
	expect(await call(limited(byField('get')), { value: 'own' })).toMatchObject({
		customer: own,
		state: 'succeeded',
	});
});

it.each(['other', 'nobody', 'other, lost', 'other, reserved'])(
	'reports an entry of other customers exactly like a missing one (%s)',
	async (value) => {
		expect(await call(byField('get'), { value })).toMatchObject({ fields: { order: value } });
		const response = await call(limited(byField('get')), { value });
		const none = await call(limited(byField('get')), { value: 'absent' });
		expect(response).toEqual(JSON.parse(JSON.stringify(none).replaceAll('absent', value)));
	},
);

it.each<[string, (id: string) => INodeParameters]>([
	['entry ID', (entry) => ({ findBy: 'entryId', entry })],
	['key', (id) => ({ findBy: 'key', idempotencyKey: `n8n_${id}` })],
	['key of a later attempt', (id) => ({ findBy: 'key', idempotencyKey: `n8n_${id}_2` })],
])('finds nothing of other customers by %s', async (_by, find) => {
	const { entryId } = await call(byField('get'), { value: 'other' });
	const parameters = { resource: 'entry', operation: 'get', ...find(entryId as string) };
	const response = await call(limited(parameters));
	expect(response).toMatchObject({ outcome: 'not_found' });
	expect(response.message).not.toMatch(/succeeded|paymentIntent|attempt/);
});

const listed = async (filters: INodeParameters) => {
	const list = { resource: 'entry', operation: 'getMany', returnAll: true, filters };
	const { outputsOf } = await registry.run(limited(list));
	return outputsOf[0]!.map(({ customer }) => customer);
};

it('lists only those of that customer, whatever is requested', async () => {
	expect(await listed({})).toEqual([own]);
	expect(await listed({ text: 'o' })).toEqual([own]);
	expect(await listed({ customer: other })).toEqual([]);
});

it('reconciles and cancels nothing of other customers', async () => {
	const before = await registry.fixture.entries();
	const by = { which: 'one', by: 'a person' };
	for (const operation of ['reconcile', 'cancel'])
		for (const value of ['other, lost', 'other, reserved'])
			expect(await call(limited({ ...byField(operation), ...by }), { value })).toMatchObject({
				outcome: 'not_found',
			});
	await registry.run(
		limited({ resource: 'entry', operation: 'reconcile', which: 'unknown', returnAll: true }),
	);
	expect(await registry.fixture.entries()).toEqual(before);
});

it.each(['', ' ', 'everybody?', '={{ $json.missing }}'])('is refused without an ID (%j)', async (id) => {
	const { json } = await registry.one(
		limited({ resource: 'entry', operation: 'getMany', returnAll: true }, id),
	);
	expect(json.error).toMatchObject({ outcome: 'refused' });
});
