import fc from '../../fastCheck';

import { toDecimalText } from '../../../ledger/identity/decimal';
import type { AmountFault } from '../../../stripe/objects/money';
import {
	parseCurrency,
	getDecimals,
	toMajorUnits,
	toMinorUnits,
	checkMinorUnits,
	InvalidAmountError,
	toUnitAmountDecimal,
	tryReadAmount,
} from '../../../stripe/objects/money';
import currencies from './currencies.json';

/** What an amount comes to, or why it is refused. */
function outcome(read: () => string): string {
	const result = tryReadAmount(read);
	return result instanceof InvalidAmountError ? `refused: ${result.fault}` : result;
}

const refused = (fault: AmountFault) => `refused: ${fault}`;

/** As the node does: by value first, then to minor units. */
function fromMajor(value: unknown, currency: string): string {
	const decimal = toDecimalText(value);
	return decimal === undefined
		? refused('not_a_number')
		: outcome(() => toMinorUnits(decimal, parseCurrency(currency)));
}

describe('the currencies of Stripe', () => {
	const { zeroDecimal, threeDecimal, wholeUnitsWithTwoDecimals, twoDecimal } = currencies;
	const all = [...zeroDecimal, ...threeDecimal, ...wholeUnitsWithTwoDecimals, ...twoDecimal];

	it('are in one list each', () => {
		expect(new Set(all).size).toBe(all.length);
	});

	it.each([
		['no decimals', 0, 1, zeroDecimal],
		['three decimals, of which the last must be 0', 3, 10, threeDecimal],
		['two decimals that must be 00', 2, 100, wholeUnitsWithTwoDecimals],
		['two decimals', 2, 1, twoDecimal],
	])('with %s', (_what, decimals, step, codes) => {
		for (const code of codes) {
			expect([code, getDecimals(code), getDecimals(` ${code.toLowerCase()} `)]).toEqual([
				code,
				decimals,
				decimals,
			]);
			const taken = Array.from({ length: 200 }, (_, amount) => String(amount + 1)).filter(
				(amount) =>
					!(tryReadAmount(() => checkMinorUnits(amount, code)) instanceof InvalidAmountError),
			);
			expect([code, taken.length, taken[0]]).toEqual([code, 200 / step, String(step)]);
		}
	});

	it.each(all)('%s is known, and written as by Stripe', (code) => {
		expect(parseCurrency(` ${code} `)).toBe(code.toLowerCase());
	});

	it.each(['', 'XYZ', 'EURO', 'E', '€', 'eu r', 'постоянно', '978', '__proto__'])(
		'%j is not a currency',
		(text) => {
			expect(outcome(() => parseCurrency(text))).toBe(refused('currency'));
		},
	);
});

describe('major units', () => {
	it.each<[unknown, string, string]>([
		[19.99, 'eur', '1999'],
		['19.99', 'EUR', '1999'],
		['19.9', 'eur', '1990'],
		[20, 'eur', '2000'],
		['20.00', 'eur', '2000'],
		['20.000', 'eur', '2000'],
		[0.1 + 0.2, 'usd', '30'],
		['0.3', 'usd', '30'],
		[1.1 + 2.2, 'usd', '330'],
		[4.35 * 100, 'jpy', '435'],
		[1.005, 'usd', refused('too_many_decimals')],
		['1.005', 'usd', refused('too_many_decimals')],
		['10,00', 'eur', refused('not_a_number')],
		['1.000,00', 'eur', refused('not_a_number')],
		['1,000.00', 'usd', refused('not_a_number')],
		['€10', 'eur', refused('not_a_number')],
		['10 EUR', 'eur', refused('not_a_number')],
		['1e3', 'eur', refused('not_a_number')],
		['١٠', 'eur', refused('not_a_number')],
		['', 'eur', refused('not_a_number')],
		['.5', 'eur', refused('not_a_number')],
		['5.', 'eur', refused('not_a_number')],
		[NaN, 'eur', refused('not_a_number')],
		[Infinity, 'eur', refused('not_a_number')],
		[null, 'eur', refused('not_a_number')],
		[['5'], 'eur', refused('not_a_number')],
		[0, 'eur', refused('not_positive')],
		['0.00', 'eur', refused('not_positive')],
		['-0', 'eur', refused('not_positive')],
		[-5, 'eur', refused('not_positive')],
		['-19.99', 'eur', refused('not_positive')],
		[500, 'jpy', '500'],
		['500.00', 'jpy', '500'],
		[500.5, 'jpy', refused('too_many_decimals')],
		['1.230', 'kwd', '1230'],
		[1.23, 'kwd', '1230'],
		[1.234, 'kwd', refused('step')],
		['1.2345', 'kwd', refused('too_many_decimals')],
		[5, 'isk', '500'],
		['5.50', 'isk', refused('step')],
		[5, 'ugx', '500'],
		['5.01', 'ugx', refused('step')],
		['99999999999999999999.99', 'usd', '9999999999999999999999'],
		[2 ** 53, 'usd', refused('not_a_number')],
		['007.50', 'eur', '750'],
	])('%j %s: %s', (value, currency, expected) => {
		expect(fromMajor(value, currency)).toBe(expected);
	});

	it.each(['1e3', ' 1', '1 ', '+1', '--1', '1.2.3', 'NaN', '0x10', '1_000', '\n1', '1\n'])(
		'%j is not accepted as a decimal number, in any type',
		(text) => {
			expect(outcome(() => toMinorUnits(text, 'eur'))).toBe(refused('not_a_number'));
		},
	);
});

describe('minor units', () => {
	it.each<[string, string, string]>([
		['1999', 'eur', '1999'],
		['500', 'jpy', '500'],
		['1230', 'kwd', '1230'],
		['1234', 'kwd', refused('step')],
		['550', 'isk', refused('step')],
		['500', 'isk', '500'],
		['101', 'ugx', refused('step')],
		['19.99', 'eur', refused('not_a_whole_number')],
		['-19.99', 'eur', refused('not_a_whole_number')],
		['10,00', 'eur', refused('not_a_number')],
		['1e3', 'eur', refused('not_a_number')],
		['', 'eur', refused('not_a_number')],
		['0', 'eur', refused('not_positive')],
		['-1', 'eur', refused('not_positive')],
		['00123', 'eur', '123'],
		['123456789012345678901234567890', 'eur', '123456789012345678901234567890'],
		['9'.repeat(40), 'eur', '9'.repeat(40)],
		['9'.repeat(41), 'eur', refused('too_many_digits')],
	])('%j %s: %s', (text, currency, expected) => {
		expect(outcome(() => checkMinorUnits(text, currency))).toBe(expected);
	});
});

describe('a refusal', () => {
	it.each<[string, string, AmountFault, number]>([
		['1.005', 'usd', 'too_many_decimals', 2],
		['1.5', 'jpy', 'too_many_decimals', 0],
		['1.2345', 'kwd', 'too_many_decimals', 3],
		['1.234', 'kwd', 'step', 10],
		['1.50', 'isk', 'step', 100],
	])('of %s %s states what the currency allows', (text, currency, fault, limit) => {
		expect(tryReadAmount(() => toMinorUnits(text, currency))).toMatchObject({ fault, limit });
	});

	it('is the only error that is caught', () => {
		const broken = () => {
			throw new TypeError('a fault of the program');
		};
		expect(() => tryReadAmount(broken)).toThrow(TypeError);
	});
});

describe('conversions', () => {
	const steps: [string, bigint][] = [
		['eur', 1n],
		['jpy', 1n],
		['kwd', 10n],
		['isk', 100n],
		['ugx', 100n],
		['huf', 1n],
	];
	const money = fc.tuple(fc.constantFrom(...steps), fc.bigInt({ min: 1n, max: 10n ** 30n }));

	it('minor → major → minor is the same amount', () => {
		fc.assert(
			fc.property(money, ([[currency, step], units]) => {
				const minor = String(units * step);
				expect(toMinorUnits(toMajorUnits(minor, currency), currency)).toBe(minor);
			}),
		);
	});

	it('major units are never computed with: their digits are those of the minor units', () => {
		fc.assert(
			fc.property(money, ([[currency], units]) => {
				const digits = toMajorUnits(String(units), currency).replace('.', '');
				expect(digits.replace(/^0+/, '')).toBe(String(units));
			}),
		);
	});

	it('a price as a double, as in JSON, is the amount that it displays', () => {
		fc.assert(
			fc.property(fc.integer({ min: 1, max: 10 ** 12 }), (cents) => {
				expect(fromMajor(cents / 100, 'eur')).toBe(String(cents));
			}),
		);
	});

	it.each([
		['1999', 'eur', '19.99'],
		['5', 'eur', '0.05'],
		['500', 'jpy', '500'],
		['5', 'kwd', '0.005'],
		['500', 'isk', '5.00'],
		['-5', 'eur', '-0.05'],
		['-1999', 'eur', '-19.99'],
		['0', 'eur', '0.00'],
	])('%s %s is formatted as %s', (minor, currency, major) => {
		expect(toMajorUnits(minor, currency)).toBe(major);
	});
});

describe('amounts that may be zero or negative', () => {
	it.each([
		['-5', 'signed', '-500'],
		['0', 'notNegative', '0'],
		['0', 'signed', '0'],
	] as const)('%s may be %s', (decimal, range, minor) => {
		expect(toMinorUnits(decimal, 'EUR', range)).toBe(minor);
	});

	it.each([
		['-0.01', 'notNegative', 'negative'],
		['0', 'positive', 'not_positive'],
	] as const)('%s cannot be %s', (decimal, range, fault) => {
		expect(() => toMinorUnits(decimal, 'EUR', range)).toThrow(`money: ${fault}`);
	});

	it.each([
		['0.00125', 'major', 'USD', '0.125'],
		['12.5', 'minor', 'EUR', '12.5'],
		['3', 'major', 'JPY', '3'],
		['-0.001', 'major', 'EUR', '-0.1'],
		['0.00000000000001', 'major', 'EUR', '0.000000000001'],
		['0.000', 'major', 'EUR', '0'],
	] as const)('the price of one unit, %s in the %s unit of %s, is %s', (decimal, unit, currency, minor) => {
		expect(toUnitAmountDecimal(decimal, { unit, currency, range: 'signed' })).toBe(minor);
	});

	it.each<['positive' | 'notNegative' | 'signed', string, boolean]>([
		['positive', '0.5', true],
		['positive', '0', false],
		['positive', '-0.5', false],
		['notNegative', '0.5', true],
		['notNegative', '0', true],
		['notNegative', '-0.5', false],
		['signed', '-0.5', true],
	])('in the range %s: %s is accepted: %s', (range, decimal, isTaken) => {
		const read = () => toUnitAmountDecimal(decimal, { unit: 'minor', currency: 'EUR', range });
		if (isTaken) expect(read()).toBe(decimal);
		else expect(read).toThrow(InvalidAmountError);
	});

	it('of which there are at most 12 decimals', () => {
		const unit = { unit: 'minor', currency: 'EUR', range: 'positive' } as const;
		expect(() => toUnitAmountDecimal('0.0000000000001', unit)).toThrow('money: too_many_decimals');
	});

	it.each<[string, string]>([
		['9'.repeat(40), '9'.repeat(40)],
		['9'.repeat(41), refused('too_many_digits')],
		['1e3', refused('not_a_number')],
		['1,5', refused('not_a_number')],
		['', refused('not_a_number')],
	])('the price of one unit %j: %s', (decimal, expected) => {
		const unit = { unit: 'minor', currency: 'EUR', range: 'positive' } as const;
		expect(outcome(() => toUnitAmountDecimal(decimal, unit))).toBe(expected);
	});
});
