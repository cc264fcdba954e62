/** Stripe's currencies without a minor unit (docs.stripe.com/currencies#zero-decimal). */
const ZERO_DECIMAL = words('BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF');

/** Three decimals, of which the last must be 0 (docs.stripe.com/currencies#three-decimal). */
const THREE_DECIMAL = words('BHD JOD KWD OMR TND');

/** No minor unit in life, but sent as if there were one, always `00` (docs.stripe.com/currencies#special-cases). */
const WHOLE_UNITS_ONLY = words('ISK UGX');

/** Codes of ISO 4217 as the runtime knows them, and those of Stripe's that it may be too new or too old for. */
const KNOWN = new Set([...Intl.supportedValuesOf('currency'), ...words('SLE STD XCG')]);

const MOST_DIGITS = 40;

export type MoneyFault =
	| ('currency' | 'not_a_number' | 'thousands_or_decimals' | 'not_positive')
	| ('too_many_digits' | 'too_many_decimals' | 'not_a_whole_number' | 'step');

/** An amount that is refused, because sending it would mean guessing. */
export class MoneyRefusal extends Error {
	constructor(
		readonly fault: MoneyFault,
		/** What the currency allows: its decimals, or the step between two amounts in the minor unit. */
		readonly limit?: number,
	) {
		super(`money: ${fault}`);
		this.name = 'MoneyRefusal';
	}
}

/** What `read` gives, or why it was refused; anything else is thrown on. */
export function orRefusal<T>(read: () => T): T | MoneyRefusal {
	try {
		return read();
	} catch (error) {
		if (error instanceof MoneyRefusal) return error;
		throw error;
	}
}

/** Lower case, as Stripe writes it. @throws MoneyRefusal for what is no currency */
export function currencyCode(text: string): string {
	const code = text.trim().toUpperCase();
	if (!KNOWN.has(code)) throw new MoneyRefusal('currency');
	return code.toLowerCase();
}

/** How many decimals Stripe's major unit of a currency has: 2 for EUR, 0 for JPY, 3 for KWD. */
export function decimalsOf(currency: string): 0 | 2 | 3 {
	const code = currency.trim().toUpperCase();
	if (ZERO_DECIMAL.has(code)) return 0;
	return THREE_DECIMAL.has(code) ? 3 : 2;
}

/**
 * Minor units from a plain decimal text in major units: `19.99` EUR is `1999`, `500` JPY is `500`. Digits are moved, never
 * computed with; digits that do not fit are refused, never rounded.
 *
 * @throws MoneyRefusal
 */
export function minorFromMajor(decimal: string, currency: string): string {
	const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(decimal);
	if (!match) throw new MoneyRefusal('not_a_number');
	const [, sign = '', whole = '', fraction = ''] = match;
	const decimals = decimalsOf(currency);
	if (fraction.length > decimals) throw new MoneyRefusal('too_many_decimals', decimals);
	return minorUnits(`${sign}${whole}${fraction.padEnd(decimals, '0')}`, currency);
}

/**
 * Checks an amount that is given in minor units already.
 *
 * @throws MoneyRefusal for fractions, amounts that are not positive, and steps that the currency does not have
 */
export function minorUnits(integer: string, currency: string): string {
	if (!/^-?\d+$/.test(integer))
		throw new MoneyRefusal(/^-?\d+\.\d+$/.test(integer) ? 'not_a_whole_number' : 'not_a_number');
	// More than any amount of Stripe's has, so that nobody waits for an endless one to be computed with.
	if (integer.length > MOST_DIGITS) throw new MoneyRefusal('too_many_digits');
	const amount = BigInt(integer);
	if (amount <= 0n) throw new MoneyRefusal('not_positive');
	const step = stepOf(currency);
	if (amount % BigInt(step) !== 0n) throw new MoneyRefusal('step', step);
	return amount.toString();
}

/** Major units for people: `1999` EUR is `19.99`. */
export function majorFromMinor(integer: string, currency: string): string {
	const decimals = decimalsOf(currency);
	if (decimals === 0) return integer;
	const [, sign = '', magnitude = ''] = /^(-?)(.*)$/s.exec(integer) ?? [];
	const digits = magnitude.padStart(decimals + 1, '0');
	return `${sign}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

function stepOf(currency: string): number {
	const code = currency.trim().toUpperCase();
	if (WHOLE_UNITS_ONLY.has(code)) return 100;
	return THREE_DECIMAL.has(code) ? 10 : 1;
}

function words(text: string): ReadonlySet<string> {
	return new Set(text.split(' '));
}

/** For people: `1999` and `eur` is `19.99 EUR`. */
export function inMajorUnits(minor: string, currency: string): string {
	return `${majorFromMinor(minor, currency)} ${currency.toUpperCase()}`;
}
