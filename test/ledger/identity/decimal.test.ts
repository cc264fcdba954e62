import fc from '../../fastCheck';

import { toDecimalText, isThousandsOrDecimals } from '../../../ledger/identity/decimal';
import { checkProperty } from '../property';

describe('a number has one text, determined by its value', () => {
	it.each<[unknown, string]>([
		[10, '10'],
		['10', '10'],
		['10.00', '10'],
		[' 010.50 ', '10.5'],
		['+3', '3'],
		['-0', '0'],
		[-0, '0'],
		['-0.00', '0'],
		['-1.10', '-1.1'],
		['000', '0'],
		[0.1 + 0.2, '0.3'],
		[19.99, '19.99'],
		[1.005, '1.005'],
		[Number.MAX_SAFE_INTEGER, '9007199254740991'],
		[123456789012345678901234567890n, '123456789012345678901234567890'],
		['123456789012345678901234567890.10', '123456789012345678901234567890.1'],
		['0.000000000000000000001', '0.000000000000000000001'],
	])('%p is %s', (value, text) => {
		expect(toDecimalText(value)).toBe(text);
	});
});

describe('a number that would have to be guessed is refused', () => {
	it.each<[string, unknown]>([
		['a decimal comma', '10,00'],
		['a thousands separator', '1,000.00'],
		['an exponent', '1e3'],
		['a hexadecimal', '0x10'],
		['a point without digits before it', '.5'],
		['a point without digits after it', '5.'],
		['two points', '1.2.3'],
		['white space inside', '1 000'],
		['an empty text', ''],
		['digits of a different script', '\u0661\u0662'],
		['a currency', '10 USD'],
		['NaN', Number.NaN],
		['infinity', Number.POSITIVE_INFINITY],
		['an integer that a double cannot hold', 2 ** 53],
		['a double that prints with an exponent', 1e-7],
		['null', null],
		['a truth value', true],
		['an array', ['10']],
		['an object with a value', { valueOf: () => 10 }],
	])('%s', (_name, value) => {
		expect(toDecimalText(value)).toBeUndefined();
	});
});

it('every amount of cents is preserved as number, as text, and with more zeros', () =>
	checkProperty(
		'decimals: cents survive',
		500,
		fc.property(fc.integer({ min: 0, max: 1e12 }), fc.integer({ min: 0, max: 99 }), (whole, cents) => {
			const text = `${whole}.${String(cents).padStart(2, '0')}`;
			const canonical = toDecimalText(text);
			expect(toDecimalText(Number(text))).toBe(canonical);
			expect(toDecimalText(`00${text}000`)).toBe(canonical);
			expect(Number(canonical)).toBe(Number(text));
		}),
	));

describe('thousands or decimals', () => {
	it.each(['1.200', '2.000', '500.000', '-1.200', '+1.200', ' 1.200 ', '0.125', '1234.567'])(
		'%j may be either',
		(text) => {
			expect(isThousandsOrDecimals(text)).toBe(true);
		},
	);

	it.each([1.125, 1200, '1.20', '1.2000', '1200', '1.200.000', '1,200', '.200', 'A1.200'])(
		'%p is not ambiguous',
		(value) => {
			expect(isThousandsOrDecimals(value)).toBe(false);
		},
	);
});
