import { TOO_DEEPLY_NESTED } from '../../../stripe/api/redact';

export type Values = Record<string, unknown>;

/** More levels than any parameter of Stripe's API has. */
export const MAX_VALUE_DEPTH = 50;

export function isFilled(value: unknown): boolean {
	return value !== undefined && value !== null && value !== '';
}

/** Splits comma-separated text. */
export function splitList(value: unknown): string[] {
	return toInputText(value)
		.split(',')
		.map((part) => part.trim())
		.filter(Boolean);
}

/** Merges values: the second one takes precedence, and objects are merged by key. */
export function mergeValues(first: Values, second: Values): Values {
	const merged = Object.entries(second).map(([name, value]): [string, unknown] => {
		const before = Object.hasOwn(first, name) ? first[name] : undefined;
		return [name, isRecord(before) && isRecord(value) ? mergeValues(before, value) : value];
	});
	return { ...first, ...Object.fromEntries(merged) };
}

export function isRecord(value: unknown): value is Values {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Returns a value as a person would type it. */
export function toInputText(value: unknown): string {
	if (typeof value === 'string') return value;
	return value === undefined || value === null ? '' : toJson(value);
}

/**
 * Converts an external value to JSON. A value that is nested too deeply for any parameter becomes a message instead of an error.
 */
export function toJson(value: unknown): string {
	return isNestedBeyond(MAX_VALUE_DEPTH, value) ? TOO_DEEPLY_NESTED : JSON.stringify(value);
}

/** Lists what an expression may return, as in `minor or major`. The empty choice of the editor is none of them. */
export function joinChoices(values: readonly string[]): string {
	const choices = values.filter((value) => value !== '');
	return [choices.slice(0, -1).join(', '), ...choices.slice(-1)].filter(Boolean).join(' or ');
}

/** Describes a value where a single one is expected. */
export function describeStructure(value: object): string {
	return Array.isArray(value) ? 'is a list' : 'is an object';
}

export function isNestedBeyond(levels: number, value: unknown): boolean {
	if (typeof value !== 'object' || value === null) return false;
	return levels === 0 || Object.values(value).some((inner) => isNestedBeyond(levels - 1, inner));
}

/**
 * Formats a time for items; null if there is none.
 *
 * @param ms since the epoch
 */
export function toIsoTime(ms: number | undefined): string | null {
	return ms === undefined ? null : new Date(ms).toISOString();
}
