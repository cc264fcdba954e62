import { valueAt } from '../../nodes/shared/path';

const ITEM = {
	order: { number: 1001, lines: [{ id: 'a' }, { id: 'b' }], 'net.total': 5, empty: null },
	'order.number': 'the field with the dots',
	'customer name': 'Ada',
	list: [[1, 2], [3]],
	zero: 0,
	no: false,
	'': 'nameless',
};

it.each<[path: string, value: unknown]>([
	['order', ITEM.order],
	['order.lines[0].id', 'a'],
	['order.lines.1.id', 'b'],
	['order["lines"][1].id', 'b'],
	[`order['lines'][1]['id']`, 'b'],
	['["customer name"]', 'Ada'],
	['customer name', 'Ada'],
	['list[0][1]', 2],
	['list.1.0', 3],
	['order.empty', null],
	['zero', 0],
	['no', false],
])('%s', (path, value) => {
	expect(valueAt(ITEM, path)).toEqual(value);
});

it('a field whose own name has dots wins', () => {
	expect(valueAt(ITEM, 'order.number')).toBe('the field with the dots');
	expect(valueAt({ order: { number: 7 } }, 'order.number')).toBe(7);
});

it('a field with dots is found inside of another by brackets', () => {
	expect(valueAt(ITEM, 'order["net.total"]')).toBe(5);
});

it.each([
	...[
		'missing',
		'order.missing',
		'order.lines[2]',
		'order.lines[0].id.length',
		'zero.toFixed',
		'list.length',
	],
	...['__proto__', 'constructor', 'order.__proto__', 'order.constructor.name', 'list.map', 'toString'],
	...['order.empty.deeper', 'customer name.x'],
])('%s is not there', (path) => {
	expect(valueAt(ITEM, path)).toBeUndefined();
});

it('a field that is really called __proto__ is found', () => {
	expect(valueAt(JSON.parse('{ "__proto__": "x" }') as object, '__proto__')).toBe('x');
});
