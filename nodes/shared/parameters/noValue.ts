import { toCanonicalText } from '../../../ledger/model/canonicalText';
import { detectUnusableText } from '../../../ledger/identity/unusableText';
import { MAX_VALUE_DEPTH } from './values';

/**
 * What the absence of a parameter changes. *Deciding*: what moves, how much, when, or to or from whom. *Describing*: words
 * beside it, or how patiently it is asked for.
 */
export type Importance = 'deciding' | 'describing';

/**
 * Whether an expression has found nothing. Of a parameter that only describes, null and blank text count as left empty; of
 * one that decides, only a value will do.
 */
export function isNoValue(value: unknown, importance: Importance): boolean {
	if (value === undefined) return true;
	if (importance === 'describing') return false;
	if (typeof value === 'string')
		return isBlank(value) || !['blank', undefined].includes(detectUnusableText(value));
	return value === null || Number.isNaN(value) || isEmptyTree(value);
}

/** A list, or an object that is no time. */
export function isListOrObject(value: unknown): value is object {
	return typeof value === 'object' && value !== null && !(value instanceof Date) && !('toISO' in value);
}

/** An empty list or object is sent as nothing at all. */
function isEmptyTree(value: unknown): boolean {
	return isListOrObject(value) && Object.keys(value).length === 0;
}

/** Nothing, or only what nobody sees. Signs alone are a value, which is judged by what the parameter takes. */
function isBlank(text: string): boolean {
	return toCanonicalText(text) === '';
}

/** A whole number that a double does not hold to the last digit: it may have been rounded before it came here. */
export function isUnsafeInteger(value: unknown): boolean {
	return typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value);
}

/** The same of a list or an object that becomes one text: one such number in it is enough. */
export function containsUnsafeInteger(value: unknown, levels = MAX_VALUE_DEPTH): boolean {
	if (typeof value !== 'object' || value === null || levels === 0) return isUnsafeInteger(value);
	return Object.values(value).some((inner) => containsUnsafeInteger(inner, levels - 1));
}
