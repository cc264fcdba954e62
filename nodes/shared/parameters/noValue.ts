import { toCanonicalText } from '../../../ledger/model/canonicalText';
import { detectUnusableText } from '../../../ledger/identity/unusableText';
import { MAX_VALUE_DEPTH } from './values';

/**
 * What a missing parameter changes. *Deciding*: what moves, how much, when, or from or to whom. *Describing*: descriptive text,
 * or timeouts.
 */
export type Importance = 'deciding' | 'describing';

/**
 * Returns whether an expression has no value. For a describing parameter, null and blank text count as empty; a deciding one
 * needs a value.
 */
export function isNoValue(value: unknown, importance: Importance): boolean {
	if (value === undefined) return true;
	if (importance === 'describing') return false;
	if (typeof value === 'string')
		return isBlank(value) || !['blank', undefined].includes(detectUnusableText(value));
	return value === null || Number.isNaN(value) || isEmptyTree(value);
}

/** Returns whether a value is a list, or an object other than a time. */
export function isListOrObject(value: unknown): value is object {
	return typeof value === 'object' && value !== null && !(value instanceof Date) && !('toISO' in value);
}

/** An empty list or object would be omitted from the request. */
function isEmptyTree(value: unknown): boolean {
	return isListOrObject(value) && Object.keys(value).length === 0;
}

/** Returns whether a text is empty or invisible. Punctuation is a value, which is checked by the parameter. */
function isBlank(text: string): boolean {
	return toCanonicalText(text) === '';
}

/** Returns whether a whole number exceeds the exact range of a double, so that it may have been rounded before. */
export function isUnsafeInteger(value: unknown): boolean {
	return typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value);
}

/** The same for a list or an object that is converted to text: one such number in it is enough. */
export function containsUnsafeInteger(value: unknown, levels = MAX_VALUE_DEPTH): boolean {
	if (typeof value !== 'object' || value === null || levels === 0) return isUnsafeInteger(value);
	return Object.values(value).some((inner) => containsUnsafeInteger(inner, levels - 1));
}
