/** Currencies without a minor unit (docs.stripe.com/currencies#zero-decimal). */
const ZERO_DECIMAL = splitCodes('BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF');

/** Currencies with three decimals, of which the last must be 0 (docs.stripe.com/currencies#three-decimal). */
const THREE_DECIMAL = splitCodes('BHD JOD KWD OMR TND');

/**
 * Currencies without a minor unit that Stripe takes with two decimals, always `00` (docs.stripe.com/currencies#special-cases).
 */
const WHOLE_UNITS_ONLY = splitCodes('ISK UGX');

/** ISO 4217 codes that the runtime knows, and codes of Stripe's that it may be too new or too old for. */
const CURRENCIES = new Set([...Intl.supportedValuesOf('currency'), ...splitCodes('SLE STD XCG')]);

const MAX_DIGITS = 40;

export type AmountFault =
	| ('currency' | 'not_a_number' | 'thousands_or_decimals' | 'not_positive' | 'negative')
	| ('too_many_digits' | 'too_many_decimals' | 'not_a_whole_number' | 'step');

/**
 * The allowed amounts: above zero for payments (`positive`), zero and above for prices (`notNegative`), and any sign for invoice
 * items and balances (`signed`).
 */
export type AmountRange = 'positive' | 'notNegative' | 'signed';

/** Thrown for an amount that could only be sent by guessing what it means. */
export class InvalidAmountError extends Error {
	constructor(
		readonly fault: AmountFault,
		/** What the currency allows: its number of decimals, or the step between two amounts in minor units. */
		readonly limit?: number,
	) {
		super(`money: ${fault}`);
		this.name = 'InvalidAmountError';
	}
}

/** Returns the result of `read`, or its InvalidAmountError. Other errors are rethrown. */
export function tryReadAmount<T>(read: () => T): T | InvalidAmountError {
	try {
		return read();
	} catch (error) {
		if (error instanceof InvalidAmountError) return error;
		throw error;
	}
}

/**
 * Returns a currency in lower case, as Stripe writes it.
 *
 * @throws InvalidAmountError if it is not a currency
 */
export function parseCurrency(text: string): string {
	const code = text.trim().toUpperCase();
	if (!CURRENCIES.has(code)) throw new InvalidAmountError('currency');
	return code.toLowerCase();
}

/** Returns the number of decimals of a currency's major unit: 2 for EUR, 0 for JPY, 3 for KWD. */
export function getDecimals(currency: string): 0 | 2 | 3 {
	const code = currency.trim().toUpperCase();
	if (ZERO_DECIMAL.has(code)) return 0;
	return THREE_DECIMAL.has(code) ? 3 : 2;
}

/**
 * Converts a plain decimal number in major units to minor units: `19.99` EUR is `1999`, `500` JPY is `500`. It moves digits
 * without arithmetic. Surplus digits are refused, never rounded.
 *
 * @throws InvalidAmountError
 */
export function toMinorUnits(decimal: string, currency: string, range: AmountRange = 'positive'): string {
	const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(decimal);
	if (!match) throw new InvalidAmountError('not_a_number');
	const [, sign = '', whole = '', fraction = ''] = match;
	const decimals = getDecimals(currency);
	if (fraction.length > decimals) throw new InvalidAmountError('too_many_decimals', decimals);
	return checkMinorUnits(`${sign}${whole}${fraction.padEnd(decimals, '0')}`, currency, range);
}

/**
 * Checks an amount in minor units.
 *
 * @throws InvalidAmountError for fractions, amounts out of range, and amounts that the currency does not have
 */
export function checkMinorUnits(integer: string, currency: string, range: AmountRange = 'positive'): string {
	if (!/^-?\d+$/.test(integer))
		throw new InvalidAmountError(/^-?\d+\.\d+$/.test(integer) ? 'not_a_whole_number' : 'not_a_number');
	// More digits than any amount in Stripe. The limit prevents long computations.
	if (integer.length > MAX_DIGITS) throw new InvalidAmountError('too_many_digits');
	const amount = BigInt(integer);
	refuseOutOfRange(amount, range);
	const step = getAmountStep(currency);
	if (amount % BigInt(step) !== 0n) throw new InvalidAmountError('step', step);
	return amount.toString();
}

function refuseOutOfRange(amount: bigint, range: AmountRange): void {
	if (range === 'positive' && amount <= 0n) throw new InvalidAmountError('not_positive');
	if (range === 'notNegative' && amount < 0n) throw new InvalidAmountError('negative');
}

/** The number of decimals that Stripe stores for a unit price (docs.stripe.com/api/prices/create, `unit_amount_decimal`). */
const MAX_UNIT_DECIMALS = 12;

/**
 * Converts a unit price to minor units, with decimals: `0.00125` USD is `0.125`.
 *
 * @param decimal a plain decimal number, in `unit`
 * @throws InvalidAmountError
 */
export function toUnitAmountDecimal(
	decimal: string,
	{ unit, currency, range }: { unit: 'minor' | 'major'; currency: string; range: AmountRange },
): string {
	const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(decimal);
	if (!match) throw new InvalidAmountError('not_a_number');
	const [, sign = '', whole = '', fraction = ''] = match;
	const shift = unit === 'major' ? getDecimals(currency) : 0;
	const minorFraction = withoutTrailingZeros(fraction.slice(shift));
	if (whole.length > MAX_DIGITS) throw new InvalidAmountError('too_many_digits');
	if (minorFraction.length > MAX_UNIT_DECIMALS)
		throw new InvalidAmountError('too_many_decimals', MAX_UNIT_DECIMALS + shift);
	const minor = BigInt(whole + fraction.slice(0, shift).padEnd(shift, '0'));
	const isZero = minor === 0n && minorFraction === '';
	refuseOutOfRange(isZero ? 0n : sign === '-' ? -1n : 1n, range);
	return `${isZero ? '' : sign}${minor}${minorFraction === '' ? '' : `.${minorFraction}`}`;
}

/** Formats minor units as major units, for people: `1999` EUR is `19.99`. */
export function toMajorUnits(integer: string, currency: string): string {
	const decimals = getDecimals(currency);
	if (decimals === 0) return integer;
	const [, sign = '', magnitude = ''] = /^(-?)(.*)$/s.exec(integer) ?? [];
	const digits = magnitude.padStart(decimals + 1, '0');
	return `${sign}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

function getAmountStep(currency: string): number {
	const code = currency.trim().toUpperCase();
	if (WHOLE_UNITS_ONLY.has(code)) return 100;
	return THREE_DECIMAL.has(code) ? 10 : 1;
}

function splitCodes(text: string): ReadonlySet<string> {
	return new Set(text.split(' '));
}

/** Formats an amount with its currency, for people: `1999` and `eur` is `19.99 EUR`. */
export function formatAmount(minor: string, currency: string): string {
	return `${toMajorUnits(minor, currency)} ${currency.toUpperCase()}`;
}

function withoutTrailingZeros(digits: string): string {
	let end = digits.length;
	while (digits[end - 1] === '0') end -= 1;
	return digits.slice(0, end);
}
