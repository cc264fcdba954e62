/**
 * What card numbers begin with, and how long they are then: the issuers' ranges of ISO/IEC 7812 for Visa, Mastercard,
 * American Express, Discover, Diners Club, JCB, UnionPay, Maestro, Mir, Elo and RuPay.
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

/** Signs that people put between the groups of a card number. */
const SEPARATOR = /[\s.\-\u2010-\u2015\u2212/_]/;

/** First digits of the scripts whose digits are read as 0 to 9; ten characters each. */
const ZERO_CODES = [0x660, 0x6f0, 0x966, 0x9e6, 0xe50, 0xff10];

/** A digit of any of these scripts, by its value. */
function getDigitAt(text: string, position: number): string | undefined {
	const code = text.charCodeAt(position);
	if (code < 0x660) return code >= 0x30 && code <= 0x39 ? text.charAt(position) : undefined;
	const zero = ZERO_CODES.find((first) => code >= first && code < first + 10);
	return zero === undefined ? undefined : String(code - zero);
}

/** A run of digits, or what stands between two of them. */
interface Group {
	digits: string;
	from: number;
	to: number;
}

/** Invoice numbers of 12 digits are more frequent than Maestro cards of that length. */
const MIN_CARD_DIGITS = 13;
const MAX_CARD_DIGITS = 19;

/**
 * A text in which `mark` stands for each card number. One unbroken run of digits is a card only as a whole: an order number
 * of 20 digits may hold a card's by chance. Groups that are set apart by single signs are looked at in every combination, so
 * that what stands beside a card (its expiry date, its check number) does not hide it.
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

/** More characters than a card number has, however it is written. */
const MAX_WRITTEN_LENGTH = 100;

/** Whether a value is a card number and nothing else. */
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

/** The longest card number that begins with a group; undefined for none. At most 19 groups are looked at. */
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

/** Luhn's formula (ISO/IEC 7812-1): few numbers that are no card's obey it. */
function hasCheckDigit(digits: string): boolean {
	let sum = 0;
	for (let position = 0; position < digits.length; position++) {
		const digit = digits.charCodeAt(digits.length - 1 - position) - 0x30;
		const value = position % 2 === 0 ? digit : digit * 2;
		sum += value > 9 ? value - 9 : value;
	}
	return sum % 10 === 0;
}
