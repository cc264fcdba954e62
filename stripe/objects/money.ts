/** Stripe's currencies without a minor unit (docs.stripe.com/currencies#zero-decimal). */
const ZERO_DECIMAL = splitCodes('BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF');

/** Three decimals, of which the last must be 0 (docs.stripe.com/currencies#three-decimal). */
const THREE_DECIMAL = splitCodes('BHD JOD KWD OMR TND');

/** No minor unit in life, but sent as if there were one, always `00` (docs.stripe.com/currencies#special-cases). */
const WHOLE_UNITS_ONLY = splitCodes('ISK UGX');

/** Codes of ISO 4217 as the runtime knows them, and those of Stripe's that it may be too new or too old for. */
const CURRENCIES = new Set([...Intl.supportedValuesOf('currency'), ...splitCodes('SLE STD XCG')]);

const MAX_DIGITS = 40;

export type AmountFault =
	| ('currency' | 'not_a_number' | 'thousands_or_decimals' | 'not_positive' | 'negative')
	| ('too_many_digits' | 'too_many_decimals' | 'not_a_whole_number' | 'step');

/**
 * Which amounts there may be: of what moves money only those above zero, of a price also none, of what is added to an invoice
 * or a balance also those that take something off.
 */
export type AmountRange = 'positive' | 'notNegative' | 'signed';

/** An amount that is refused, because sending it would mean guessing. */
export class InvalidAmountError extends Error {
	constructor(
		readonly fault: AmountFault,
		/** What the currency allows: its decimals, or the step between two amounts in the minor unit. */
		readonly limit?: number,
	) {
		super(`money: ${fault}`);
		this.name = 'InvalidAmountError';
	}
}

/** What `read` gives, or why it was refused; anything else is thrown on. */
export function tryReadAmount<T>(read: () => T): T | InvalidAmountError {
	try {
		return read();
	} catch (error) {
		if (error instanceof InvalidAmountError) return error;
		throw error;
	}
}

/** Lower case, as Stripe writes it. @throws InvalidAmountError for what is no currency */
export function parseCurrency(text: string): string {
	const code = text.trim().toUpperCase();
	if (!CURRENCIES.has(code)) throw new InvalidAmountError('currency');
	return code.toLowerCase();
}

/** How many decimals Stripe's major unit of a currency has: 2 for EUR, 0 for JPY, 3 for KWD. */
export function getDecimals(currency: string): 0 | 2 | 3 {
	const code = currency.trim().toUpperCase();
	if (ZERO_DECIMAL.has(code)) return 0;
	return THREE_DECIMAL.has(code) ? 3 : 2;
}

/**
 * Minor units from a plain decimal text in major units: `19.99` EUR is `1999`, `500` JPY is `500`. Digits are moved, never
 * computed with; digits that do not fit are refused, never rounded.
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
 * Checks an amount that is given in minor units already.
 *
 * @throws InvalidAmountError for fractions, amounts out of range, and steps that the currency does not have
 */
export function checkMinorUnits(integer: string, currency: string, range: AmountRange = 'positive'): string {
	if (!/^-?\d+$/.test(integer))
		throw new InvalidAmountError(/^-?\d+\.\d+$/.test(integer) ? 'not_a_whole_number' : 'not_a_number');
	// More than any amount of Stripe's has, so that nobody waits for an endless one to be computed with.
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

/** Stripe keeps as many of the price of one unit (docs.stripe.com/api/prices/create, `unit_amount_decimal`). */
const MAX_UNIT_DECIMALS = 12;

/**
 * The price of one unit in minor units, which may be a part of one: `0.00125` USD is `0.125`.
 *
 * @param decimal a plain decimal text, in `unit`
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

/** Major units for people: `1999` EUR is `19.99`. */
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

/** For people: `1999` and `eur` is `19.99 EUR`. */
export function formatAmount(minor: string, currency: string): string {
	return `${toMajorUnits(minor, currency)} ${currency.toUpperCase()}`;
}

function withoutTrailingZeros(digits: string): string {
	let end = digits.length;
	while (digits[end - 1] === '0') end -= 1;
	return digits.slice(0, end);
}
