/** A plain decimal: digits, at most one point, no exponent, no thousands separator. */
const PLAIN_DECIMAL = /^([+-]?)(\d+)(?:\.(\d+))?$/;

/** Every decimal of up to 15 significant digits survives a double (IEEE 754). The 16th may be noise: 0.1 + 0.2. */
const EXACT_DOUBLE_DIGITS = 15;

/**
 * Returns the canonical decimal text of a number: `10`, `"10"` and `"10.00"` all give `"10"`, and `0.1 + 0.2` gives `"0.3"`.
 *
 * @returns undefined for anything that is not a plain decimal number (`"10,00"`, `"1e3"`, `NaN`, `""`)
 */
export function toDecimalText(value: unknown): string | undefined {
	if (typeof value === 'number') return parseDouble(value);
	if (typeof value === 'bigint') return value.toString();
	if (typeof value === 'string') return parseText(value.trim());
	return undefined;
}

function parseDouble(value: number): string | undefined {
	if (Number.isInteger(value)) return Number.isSafeInteger(value) ? parseText(String(value)) : undefined;
	if (!Number.isFinite(value)) return undefined;
	return parseText(String(Number(value.toPrecision(EXACT_DOUBLE_DIGITS))));
}

function parseText(text: string): string | undefined {
	const match = PLAIN_DECIMAL.exec(text);
	if (!match) return undefined;
	const whole = (match[2] ?? '').replace(/^0+(?=\d)/, '');
	const fraction = trimTrailingZeros(match[3] ?? '');
	const magnitude = fraction === '' ? whole : `${whole}.${fraction}`;
	return match[1] === '-' && magnitude !== '0' ? `-${magnitude}` : magnitude;
}

/** A loop, because `/0+$/` scans each run of zeros once per zero in it, which takes half a minute for 200,000 of them. */
function trimTrailingZeros(digits: string): string {
	let end = digits.length;
	while (digits[end - 1] === '0') end -= 1;
	return digits.slice(0, end);
}

/**
 * Returns whether a text is ambiguous between thousands and decimals: it has one point followed by exactly three digits, such
 * as `1.200`. A value of type number is unambiguous.
 */
export function isThousandsOrDecimals(value: unknown): boolean {
	return typeof value === 'string' && /^[+-]?\d+\.\d{3}$/.test(value.trim());
}

/** Returns the exact product of two decimal texts in the form that `toDecimalText` returns. */
export function multiplyDecimals(one: string, other: string): string {
	const parts = [one, other].map((text) => {
		const [whole = '', fraction = ''] = text.split('.');
		return { digits: BigInt(whole + fraction), places: fraction.length };
	});
	const places = parts.reduce((sum, part) => sum + part.places, 0);
	const product = parts.reduce((result, { digits }) => result * digits, 1n);
	const sign = product < 0n ? '-' : '';
	const digits = String(product < 0n ? -product : product).padStart(places + 1, '0');
	const at = digits.length - places;
	return parseText(`${sign}${digits.slice(0, at)}${places > 0 ? `.${digits.slice(at)}` : ''}`) ?? '0';
}
