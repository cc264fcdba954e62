/**
 * The prefixes and lengths of card numbers: the issuer ranges of ISO/IEC 7812 for Visa, Mastercard, American Express, Discover,
 * Diners Club, JCB, UnionPay, Maestro, Mir, Elo and RuPay.
 */
const BRANDS: readonly RegExp[] = [
	/^4(?:\d{12}|\d{15}|\d{18})$/,
	/^(?:5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d{2}|7[01]\d|720)\d{12})$/,
	/^3[47]\d{13}$/,
	/^(?:6011|64[4-9]\d|65\d{2})\d{12,15}$/,
	/^3(?:0[0-59]|[689]\d)\d{11,16}$/,
	/^35(?:2[89]|[3-8]\d)\d{12,15}$/,
	/^(?:62|81)\d{14,17}$/,
	/^(?:50|5[6-9]|6[0-9])\d{11,17}$/,
	/^220[0-4]\d{12,15}$/,
];

/** Characters that people put between the groups of a card number. */
const SEPARATOR = /[\s.\-\u2010-\u2015\u2212/_]/;

/** The code points of "0" in other scripts. Their digits are ten consecutive characters. */
const ZERO_CODES = [0x660, 0x6f0, 0x966, 0x9e6, 0xe50, 0xff10];

/** Returns the digit at a position as 0 to 9, in any of these scripts. */
function getDigitAt(text: string, position: number): string | undefined {
	const code = text.charCodeAt(position);
	if (code < 0x660) return code >= 0x30 && code <= 0x39 ? text.charAt(position) : undefined;
	const zero = ZERO_CODES.find((first) => code >= first && code < first + 10);
	return zero === undefined ? undefined : String(code - zero);
}

/** A sequence of digits, or the characters between two of them. */
interface Group {
	digits: string;
	from: number;
	to: number;
}

/** 12-digit invoice numbers are more common than Maestro cards of that length. */
const MIN_CARD_DIGITS = 13;
const MAX_CARD_DIGITS = 19;

/**
 * Replaces every card number in a text with `mark`. An unbroken sequence of digits counts only as a whole, because a 20-digit
 * order number may contain a card number by chance. Groups separated by single characters are tried in every combination, so that
 * adjacent digits (an expiry date or CVC) do not hide the number.
 */
export function maskCardNumbers(text: string, mark: string): string {
	const groups = findDigitGroups(text);
	let masked = '';
	let at = 0;
	for (let first = 0; first < groups.length;) {
		const last = findCardEnd(groups, first, text);
		const [from, to] = [groups[first]?.from ?? 0, groups[last ?? first]?.to ?? 0];
		if (last !== undefined) {
			masked += text.slice(at, from) + mark;
			at = to;
		}
		first = (last ?? first) + 1;
	}
	return masked + text.slice(at);
}

/** More characters than a card number has in any notation. */
const MAX_WRITTEN_LENGTH = 100;

/** Returns whether a value is a card number and nothing else. */
export function isCardNumber(value: unknown): boolean {
	if (typeof value !== 'string' && typeof value !== 'number') return false;
	const text = String(value).trim();
	if (text === '' || text.length > MAX_WRITTEN_LENGTH) return false;
	return maskCardNumbers(text.replace(/\s+/g, ' '), '') === '';
}

function findDigitGroups(text: string): Group[] {
	const groups: Group[] = [];
	for (let at = 0; at < text.length;) {
		const from = at;
		const digits: string[] = [];
		for (let digit = getDigitAt(text, at); digit !== undefined; digit = getDigitAt(text, ++at))
			digits.push(digit);
		if (digits.length > 0) groups.push({ digits: digits.join(''), from, to: at });
		else at += 1;
	}
	return groups;
}

/**
 * Returns the end of the longest card number that starts with a group; undefined if there is none. It looks at 19 groups at most.
 */
function findCardEnd(groups: readonly Group[], first: number, text: string): number | undefined {
	let digits = '';
	let found: number | undefined;
	for (let last = first; last < groups.length; last++) {
		const group = groups[last];
		const before = groups[last - 1];
		if (!group || (last > first && before && !isSingleSeparator(text, before.to, group.from))) break;
		digits += group.digits.slice(0, MAX_CARD_DIGITS + 1);
		if (digits.length > MAX_CARD_DIGITS) break;
		if (isCardNumberText(digits)) found = last;
	}
	return found;
}

function isSingleSeparator(text: string, from: number, to: number): boolean {
	return to - from === 1 && SEPARATOR.test(text.charAt(from));
}

function isCardNumberText(digits: string): boolean {
	return (
		digits.length >= MIN_CARD_DIGITS &&
		hasCheckDigit(digits) &&
		BRANDS.some((brand) => brand.test(digits))
	);
}

/** The Luhn check (ISO/IEC 7812-1), which few other numbers pass. */
function hasCheckDigit(digits: string): boolean {
	let sum = 0;
	for (let position = 0; position < digits.length; position++) {
		const digit = digits.charCodeAt(digits.length - 1 - position) - 0x30;
		const value = position % 2 === 0 ? digit : digit * 2;
		sum += value > 9 ? value - 9 : value;
	}
	return sum % 10 === 0;
}
