import { toCanonicalForm, MalformedForm, parseForm } from './form';

describe('Stripe form bodies', () => {
	it.each([
		['a=1&b=two', { a: '1', b: 'two' }],
		['metadata[order]=7&metadata[shop]=a+b', { metadata: { order: '7', shop: 'a b' } }],
		['expand[0]=customer&expand[1]=latest_charge', { expand: ['customer', 'latest_charge'] }],
		['expand[]=customer&expand[]=latest_charge', { expand: ['customer', 'latest_charge'] }],
		['items[0][price]=p1&items[1][price]=p2', { items: [{ price: 'p1' }, { price: 'p2' }] }],
		['metadata[0]=zero', { metadata: { '0': 'zero' } }],
		['name=%F0%9F%8D%95+%D7%A9', { name: '🍕 ש' }],
		['metadata%5Ba%5D=b%26c%3Dd', { metadata: { a: 'b&c=d' } }],
		['flag', { flag: '' }],
		['', {}],
	])('reads %s', (text, expected) => {
		expect(parseForm(text)).toStrictEqual(expected);
	});

	it('treats __proto__ as an ordinary name and changes no prototype', () => {
		const params = parseForm(
			'__proto__[polluted]=yes&metadata[__proto__]=x&constructor[prototype][polluted]=yes',
		);
		expect(({} as Record<string, unknown>).polluted).toBeUndefined();
		expect(Object.keys(params)).toEqual(['__proto__', 'metadata', 'constructor']);
		expect(JSON.stringify(params.metadata)).toBe('{"__proto__":"x"}');
	});

	it.each(['a=1&a[b]=2', 'a=%E0%A4', `a${'[b]'.repeat(30)}=1`])('refuses %s', (text) => {
		expect(() => parseForm(text)).toThrow(MalformedForm);
	});

	it('treats the same parameters in a different order as the same', () => {
		const one = parseForm('amount=5&metadata[a]=1&metadata[b]=2');
		const other = parseForm('metadata[b]=2&metadata[a]=1&amount=5');
		expect(toCanonicalForm(one)).toBe(toCanonicalForm(other));
		expect(toCanonicalForm(one)).not.toBe(toCanonicalForm(parseForm('amount=5&metadata[a]=1')));
	});
});
