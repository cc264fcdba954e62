import type { IDataObject } from 'n8n-workflow';

import { repeat } from '../../crash/soak';
import { CHARGE, OrdersFixture } from '../fixtures/ordersFixture';

const ITEMS = repeat(150, 10_000);

let fixture: OrdersFixture;
beforeEach(async () => {
	fixture = await OrdersFixture.open();
});
afterEach(() => fixture.close());

const keyField = (path: string) => ({ ...CHARGE, keyFields: { field: [{ path, treatAs: 'text' }] } });

it(`${ITEMS} items of 40 orders: every item leaves once, in order, and 40 charges are made`, async () => {
	const items = Array.from({ length: ITEMS }, (_, n) => ({ order: n % 5 === 4 ? '' : `order ${n % 50}` }));
	const plain = { amount: 1999, currency: 'EUR', paymentMethod: 'pm_card_visa' };
	const result = await fixture.run({ ...CHARGE, ...plain, options: { concurrency: 25 } }, items);

	expect(result.error).toBeUndefined();
	const positions = result.items.map((output) => output.map(({ pairedItem }) => pairedItem));
	const expected = (wanted: boolean) =>
		items.flatMap(({ order }, item) => ((order !== '') === wanted ? [{ item }] : []));
	expect(positions).toEqual([expected(true), expected(false), []]);
	expect(result.success.filter(({ idempotency }) => !idempotency.replayed)).toHaveLength(40);
	expect(fixture.charges()).toBe(40);
});

it('an item of 10 MB is charged, and returned whole when it is refused', async () => {
	const text = 'x'.repeat(10 * 1024 * 1024);
	const { success, fix } = await fixture.run(CHARGE, [
		{ order: '1', text },
		{ order: '', text },
	]);
	expect(success).toHaveLength(1);
	expect((fix[0]!.input as { text: string }).text).toHaveLength(text.length);
});

it('a key of 10 MB is a key like any other', async () => {
	const order = '1001 '.repeat(2 * 1024 * 1024);
	const first = await fixture.run(CHARGE, [{ order }]);
	const again = await fixture.run(CHARGE, [{ order }]);
	expect(first.success[0]!.idempotency.key!.length).toBeLessThan(255);
	expect(again.success[0]!.idempotency).toMatchObject({ replayed: true });
	expect(fixture.charges()).toBe(1);
});

it.each([
	['emoji', '🧾🚀 1001'],
	['right-to-left text', 'طلب رقم ١٠٠١'],
	['a right-to-left override', '\u202e1001'],
	['combining marks', 'Ame\u0301lie 1001'],
	['quotes and a statement', `'; DROP TABLE entries; --"`],
	['line breaks', '10\n01\t'],
])('%s in a key field, a description and metadata', async (_what, order) => {
	const additionalFields = {
		description: '={{ $json.order }}',
		metadata: { entry: [{ key: 'order', value: '={{ $json.order }}' }] },
	};
	const parameters = { ...CHARGE, additionalFields, simplify: false };
	const [first] = (await fixture.run(parameters, [{ order }])).success;
	const [again] = (await fixture.run(parameters, [{ order }])).success;
	expect(first!.idempotency).toMatchObject({ state: 'succeeded', replayed: false });
	expect(again!.idempotency).toMatchObject({ key: first!.idempotency.key, replayed: true });
	expect(fixture.charges()).toBe(1);
	// A mark of direction beside Latin letters is no part of what is seen.
	expect(first!.description).toBe(order.normalize('NFC').replace('\u202e', '').trim());
});

// Characters that nobody sees, as spreadsheets and web forms leave them in an order number.
it.each([
	['a zero-width space', '10\u200b01'],
	['a byte order mark', '\ufeff1001'],
	['marks of direction', '\u202a1001\u202c'],
	['a word joiner and a blank', '1001\u2060 '],
])('order 1001, then the same with %s: one payment', async (_what, again) => {
	const additionalFields = { description: '={{ $json.order }}' };
	const parameters = { ...CHARGE, additionalFields };
	await fixture.run(parameters, [{ order: '1001' }]);
	const { success } = await fixture.run(parameters, [{ order: again }]);
	expect(success[0]!.idempotency).toMatchObject({ replayed: true });
	expect(fixture.charges()).toBe(1);
});

// A text that was cut in the middle of an emoji.
it('half an emoji does not keep a payment from being sent', async () => {
	const additionalFields = { description: '={{ $json.order }}' };
	const { success } = await fixture.run({ ...CHARGE, additionalFields, simplify: false }, [
		{ order: '1001 \ud83d' },
	]);
	expect(success).toMatchObject([{ description: '1001 \ufffd' }]);
});

it('emoji in NFC and NFD are the same order', async () => {
	const orders = ['Amélie 🧾', 'Ame\u0301lie 🧾 '];
	for (const order of orders) await fixture.run(CHARGE, [{ order }]);
	expect(fixture.charges()).toBe(1);
});

it('a field in nested arrays is found by its path', async () => {
	const item = { order: { lines: [[{ id: 'a' }], [{ id: 'b' }, { id: 'c' }]] } };
	const paths = ['order.lines[1][1].id', 'order.lines.1.1.id', `order["lines"][1][1]['id']`];
	for (const path of paths) {
		const { success } = await fixture.run(keyField(path), [item]);
		expect(success).toHaveLength(1);
	}
	const { fix } = await fixture.run(keyField('order.lines[1][2].id'), [item]);
	expect(fix[0]!.error.message).toContain('which this item does not have');
});

it('a field called __proto__ or constructor is an ordinary field', async () => {
	const item = JSON.parse(
		'{ "order": "1", "__proto__": { "polluted": true }, "constructor": "x" }',
	) as IDataObject;
	const result = await fixture.run(CHARGE, [item, { order: '' }]);
	expect(result.success).toHaveLength(1);
	expect(result.fix).toHaveLength(1);
	expect({}).not.toHaveProperty('polluted');
	expect((await fixture.run(keyField('constructor'), [item])).success).toHaveLength(1);
});

it('a body nested thousands of levels deep is refused, and the others are sent', async () => {
	const call = { resource: 'customApiCall', operation: 'request', method: 'POST', path: '/v1/products' };
	const deep = `{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}`;
	const result = await fixture.run({ ...call, body: '={{ $json.body }}', keyFields: CHARGE.keyFields! }, [
		{ order: '1', body: '{"name": "x"}' },
		{ order: '2', body: deep },
	]);
	expect(result.error).toBeUndefined();
	expect(result.success).toHaveLength(1);
	expect(result.fix[0]!.error.message).toContain('Body (JSON) is nested too deeply');
});

it('a run without items returns no items', async () => {
	const result = await fixture.run(CHARGE, []);
	expect(result.error).toBeUndefined();
	expect(result.items).toEqual([[], [], []]);
});
