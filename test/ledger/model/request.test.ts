import fc from '../../fastCheck';

import type { LedgerRequest, Params } from '../../../ledger/model/request';
import {
	toCanonicalParams,
	diffRequests,
	fingerprintOf,
	InvalidParamError,
} from '../../../ledger/model/request';
import { checkProperty } from '../property';

const post = (params: Params): LedgerRequest => ({ method: 'POST', path: '/v1/payment_intents', params });
const fingerprint = (values: object) => fingerprintOf(post(toCanonicalParams(values)));

describe('one request has one normal form, which is the form that is sent', () => {
	it.each<[string, object, Params]>([
		[
			'numbers and truth values are texts',
			{ amount: 1999, off: false },
			{ amount: '1999', off: 'false' },
		],
		['a bigint is its digits', { amount: 1999n }, { amount: '1999' }],
		['texts are trimmed, in NFC', { name: ' Zoe\u0308 ' }, { name: 'Zo\u00eb' }],
		['undefined is left out', { a: undefined, b: '1' }, { b: '1' }],
		['null unsets', { a: null }, { a: '' }],
		['a Date is Unix seconds', { at: new Date(1_999) }, { at: '1' }],
		['lists keep their order', { a: [2, 1, null] }, { a: ['2', '1', ''] }],
		['objects go deep', { a: { b: { c: 1 } } }, { a: { b: { c: '1' } } }],
		['names of Object are names', { constructor: 1, toString: 2 }, { constructor: '1', toString: '2' }],
	])('%s', (_name, values, params) => {
		expect(toCanonicalParams(values)).toEqual(params);
	});

	it('the normal form of a normal form is itself', () =>
		checkProperty(
			'requests: canonical parameters are stable',
			300,
			fc.property(fc.object({ maxDepth: 3, withNullPrototype: false, withBigInt: true }), (values) => {
				let once: Params;
				try {
					once = toCanonicalParams(values);
				} catch (error) {
					expect(error).toBeInstanceOf(InvalidParamError);
					return;
				}
				expect(toCanonicalParams(once)).toEqual(once);
			}),
		));
});

describe('a request without a normal form is refused by name', () => {
	it.each<[string, object, string]>([
		['NaN', { amount: Number.NaN }, 'amount'],
		['infinity', { amount: Number.POSITIVE_INFINITY }, 'amount'],
		['a function', { a: { b: () => 1 } }, 'b'],
		['a symbol', { a: [Symbol('x')] }, 'a'],
		['__proto__', JSON.parse('{"__proto__": {"amount": 1}}') as object, '__proto__'],
		['__proto__ deep inside', { metadata: JSON.parse('{"__proto__": "x"}') as object }, '__proto__'],
		['__proto__ in a list', { items: [JSON.parse('{"__proto__": 1}')] }, '__proto__'],
		['a name that was cut within an emoji', { metadata: { 'order \ud83d': '1' } }, 'order \ud83d'],
	])('%s', (_name, values, param) => {
		let refusal: unknown;
		try {
			toCanonicalParams(values);
		} catch (error) {
			refusal = error;
		}
		expect(refusal).toBeInstanceOf(InvalidParamError);
		expect(refusal).toMatchObject({ param });
	});
});

describe('the fingerprint', () => {
	it('is the same for metadata in another order', () => {
		expect(fingerprint({ metadata: { a: 1, b: 2 }, amount: 5 })).toBe(
			fingerprint({ amount: '5', metadata: { b: '2', a: '1' } }),
		);
	});

	it('can be computed for a path cut within an emoji', () => {
		const cut = { ...post({}), path: 'invoice \ud83d' };
		expect(fingerprintOf(cut)).toBe(fingerprintOf({ ...cut, path: 'invoice \ufffd' }));
	});

	it('is the same for NFC and NFD, and with white space around a text', () => {
		expect(fingerprint({ name: 'Zo\u00eb' })).toBe(fingerprint({ name: ' Zoe\u0308\n' }));
	});

	it.each<[string, LedgerRequest]>([
		['a different amount', post({ amount: '2' })],
		['one parameter more', post({ amount: '1', currency: 'usd' })],
		['a different path', { ...post({ amount: '1' }), path: '/v1/refunds' }],
		['a different method', { ...post({ amount: '1' }), method: 'DELETE' }],
		['a list of one instead of the one', post({ amount: ['1'] })],
	])('differs for %s', (_name, other) => {
		expect(fingerprintOf(other)).not.toBe(fingerprintOf(post({ amount: '1' })));
	});

	it('does not change with the API version, which is stored beside it', () => {
		const request = post({ amount: '1' });
		expect(fingerprintOf({ ...request, apiVersion: '2026-01-01' })).toBe(fingerprintOf(request));
	});

	it('pins the normal form: an update must not turn an existing entry into a conflict', () => {
		expect(fingerprint({ amount: 1999, currency: 'usd', metadata: { b: 'é', a: [1, true] } })).toBe(
			'DSofElnTms0goW_h_PPG7nZW8vEW0BZg8o_Glw-kCpk',
		);
	});
});

describe('the differences', () => {
	it('name each parameter with its stored and its requested value', () => {
		const stored = post({ amount: '1999', currency: 'usd', metadata: { order: '1' }, same: 'x' });
		const claimRequest = post({ amount: '2999', metadata: { order: '2', note: 'n' }, same: 'x' });
		expect(diffRequests(stored, claimRequest)).toEqual([
			{ name: 'amount', stored: '1999', requested: '2999' },
			{ name: 'currency', stored: 'usd', requested: '(none)' },
			{ name: 'metadata.note', stored: '(none)', requested: 'n' },
			{ name: 'metadata.order', stored: '1', requested: '2' },
		]);
	});

	it('include lists', () => {
		expect(diffRequests(post({ items: ['a', 'b'] }), post({ items: ['a', 'c'] }))).toEqual([
			{ name: 'items.1', stored: 'b', requested: 'c' },
		]);
	});

	it('report a different path', () => {
		const stored = { ...post({}), path: '/v1/refunds' };
		expect(diffRequests(stored, post({}))).toEqual([
			{ name: 'path', stored: '/v1/refunds', requested: '/v1/payment_intents' },
		]);
	});

	it('are empty for the same request', () => {
		expect(diffRequests(post({ a: ['1', { b: '2' }] }), post({ a: ['1', { b: '2' }] }))).toEqual([]);
	});

	it('are never empty for two requests with different fingerprints', () =>
		checkProperty(
			'requests: another fingerprint has a difference to name',
			500,
			fc.property(tree(), tree(), (one, other) => {
				fc.pre(fingerprintOf(post(one)) !== fingerprintOf(post(other)));
				expect(diffRequests(post(one), post(other))).not.toEqual([]);
			}),
		));
});

function tree(): fc.Arbitrary<Params> {
	const name = fc.constantFrom('amount', 'currency', 'a', 'b');
	const leaf = fc.constantFrom('1', '2', 'x');
	return fc.dictionary(
		name,
		fc.oneof(leaf, fc.array(leaf, { minLength: 1 }), fc.dictionary(name, leaf, { minKeys: 1 })),
		{
			maxKeys: 3,
			noNullPrototype: true,
		},
	);
}
