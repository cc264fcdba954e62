import { unflatten } from './flatted';

it('restores texts, numbers, lists and objects', () => {
	const text = JSON.stringify([
		{ name: '1', list: '2', count: 3, none: null },
		'0',
		['1', 4, '3'],
		{ a: '1' },
	]);
	expect(unflatten(text)).toEqual({ name: '0', list: ['0', 4, { a: '0' }], count: 3, none: null });
});

it('keeps identical references identical, including circular ones', () => {
	const root = unflatten('[{"self":"0","twice":["1"]},{"x":1}]') as { self: unknown };
	expect(root.self).toBe(root);
});
