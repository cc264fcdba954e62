import type { Evaluate, Reference } from './expression';
import { stripContents } from './expression';
import { isRecord } from './values';

/** A number as text, as spreadsheets and forms return it. */
const NUMBER_AS_TEXT = /^\s*[+-]?\d[\d.,]*\s*$/;

/** Converts a number to text on purpose. */
const CONVERSION = /\bto(?:Fixed|Precision|String|LocaleString)\b|\bString\(|\bformat/;

/** A plus sign that adds, or joins: one that is not beside a quoted text, and is no sign of a number. */
const PLUS = /[^\s+(,*/%=<>&|?:[{!~-]\s*\+(?!\s*["'`])/g;

/**
 * Returns whether a number is the result of joining texts: `"10" + "5"` is `"105"`. Numbers that are added give a number, so a text
 * without a conversion was joined.
 */
export function isJoinedNumber(code: string, value: unknown): boolean {
	if (!isNumberAsText(value) || CONVERSION.test(code)) return false;
	return [...stripContents(code).matchAll(PLUS)].some(([found]) => !/^["'`]/.test(found));
}

function isNumberAsText(value: unknown): value is string {
	return typeof value === 'string' && NUMBER_AS_TEXT.test(value);
}

/** Returns whether a value is a number or one as text; in a list or an object, whether there is one under these names. */
export function holdsNumber(value: unknown, [name, ...inner]: readonly string[] = []): boolean {
	if (Array.isArray(value))
		return value.some((row) => holdsNumber(row, name === undefined ? [] : [name, ...inner]));
	if (name === undefined) return typeof value === 'number' || isNumberAsText(value);
	return isRecord(value) && holdsNumber(value[name], inner);
}

/** Finds a field with a number as text that a plus sign joins, whatever is done with the result. */
export function findJoinedField(
	code: string,
	references: readonly Reference[],
	evaluate: Evaluate,
): Reference | undefined {
	if (!code.includes('+')) return undefined;
	return references.find(
		({ field }) => isBesidePlus(code, field) && isNumberAsText(evaluate(`{{ ${field} }}`)),
	);
}

/** Multiplying, dividing and subtracting convert a text to a number, and so does a sign before it. */
const MAKES_NUMBER = new Set(['*', '/', '%', '-']);

function isBesidePlus(code: string, field: string): boolean {
	for (let at = code.indexOf(field); at !== -1; at = code.indexOf(field, at + field.length)) {
		const before = code.slice(0, at).trimEnd();
		const rest = code.slice(at + field.length);
		const after = rest.trimStart();
		// It is the beginning of a longer name.
		if (/^[\w$]/.test(rest)) continue;
		if (MAKES_NUMBER.has(before.at(-1) ?? '') || isSign(before)) continue;
		const joinsBefore = before.endsWith('+') && !/["'`]\s*\+$/.test(before) && !/^[*/%]/.test(after);
		const joinsAfter = /^\+(?!\s*["'`])/.test(after);
		if (joinsBefore || joinsAfter) return true;
	}
	return false;
}

/** Whether code ends in a plus sign that is the sign of what follows. */
function isSign(code: string): boolean {
	return /(?:^|[+(,*/%=<>&|?:[{!~-])\s*\+$/.test(code);
}
