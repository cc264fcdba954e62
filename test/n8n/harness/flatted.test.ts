import { unflatten } from './flatted';

it('puts texts, numbers, lists and objects back where they belong', () => {
	const text = JSON.stringify([
		{ name: '1', list: '2', count: 3, none: null },
		'0',
		['1', 4, '3'],
		{ a: '1' },
	]);
	expect(unflatten(text)).toEqual({ name: '0', list: ['0', 4, { a: '0' }], count: 3, none: null });
});

it('keeps what is the same the same, also in a circle', () => {
	const root = unflatten('[{"self":"0","twice":["1"]},{"x":1}]') as { self: unknown };
	expect(root.self).toBe(root);
});
