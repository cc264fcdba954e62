import { getByPath } from '../../../../nodes/shared/key/dotPath';

const valueAtPath = (json: object, path: string) => getByPath(json, path).value;

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
])('the path %s finds its value', (path, value) => {
	expect(valueAtPath(ITEM, path)).toEqual(value);
});

it('a field whose own name has dots wins', () => {
	expect(valueAtPath(ITEM, 'order.number')).toBe('the field with the dots');
	expect(valueAtPath({ order: { number: 7 } }, 'order.number')).toBe(7);
});

it('a field with dots is found inside of another by brackets', () => {
	expect(valueAtPath(ITEM, 'order["net.total"]')).toBe(5);
});

it.each([
	'missing',
	'order.missing',
	'order.lines[2]',
	'order.lines[0].id.length',
	'zero.toFixed',
	'list.length',
	'__proto__',
	'constructor',
	'order.__proto__',
	'order.constructor.name',
	'list.map',
	'toString',
	'order.empty.deeper',
	'customer name.x',
])('%s is not found', (path) => {
	expect(valueAtPath(ITEM, path)).toBeUndefined();
});

it('a field that is really called __proto__ is found', () => {
	expect(valueAtPath(JSON.parse('{ "__proto__": "x" }') as object, '__proto__')).toBe('x');
});

it('a field has one name, however its path is spelled', () => {
	const json = { order: { id: 7, lines: [{ id: 'a' }] }, 'net.total': 5 };
	const spellings = ['order.id', 'order["id"]', "['order']['id']", 'order..id'];
	expect(new Set(spellings.map((path) => getByPath(json, path).name))).toEqual(new Set(['order.id']));
	expect(getByPath(json, 'order.lines[0].id').name).toBe('order.lines.0.id');
	expect(getByPath(json, 'net.total')).toEqual({ name: 'net.total', value: 5 });
});

describe('a header with white space or invisible marks', () => {
	it.each([
		['a space behind it', 'Order Number ', 'Order Number'],
		['a space before it', ' Order Number', 'Order Number'],
		['a no-break space behind it', 'Order Number\u00a0', 'Order Number'],
		['a no-break space in it', 'Order\u00a0Number', 'Order Number'],
		['a byte order mark', '\ufeffOrder Number', 'Order Number'],
		['a zero-width space', 'Order\u200b Number', 'Order Number'],
		['a tab', 'Order Number\t', 'Order Number'],
		['an accent in two characters', 'Re\u0301f.'.replace('.', ''), 'R\u00e9f'],
	])('is found as dragged, and as seen: %s', (_what, header, seen) => {
		for (const path of [
			header,
			header.trim(),
			seen,
			`["${header}"]`,
			`['${header}']`,
			`row["${seen}"]`,
		]) {
			const json = path.startsWith('row') ? { row: { [header]: 7 } } : { [header]: 7 };
			expect([path, getByPath(json, path).value]).toEqual([path, 7]);
		}
	});

	it('is not confused with a field of exactly that name', () => {
		const json = { 'Order ': 1, Order: 2 };
		expect(getByPath(json, 'Order').value).toBe(2);
		expect(getByPath(json, 'Order ').value).toBe(1);
	});

	it('is not selected among several that look the same', () => {
		expect(getByPath({ 'Order ': 1, ' Order': 2 }, 'Order').value).toBeUndefined();
	});
});
