import { toCanonicalText } from '../../../ledger/model/canonicalText';
import { containsCode } from './jsonTemplate';
import { isListOrObject } from './noValue';

/**
 * Leaves out the texts that an expression has returned empty. Stripe removes what is sent empty (docs.stripe.com/metadata), so
 * only a value that a person has typed empty is sent as such.
 *
 * @param typed what was typed, in the same shape, with code or a mark where an expression stands
 * @param mayBeEmpty returns whether the value at a path may be empty; by default every one may
 */
export function leaveOutEmptied<T>(
	value: T,
	typed: unknown,
	mayBeEmpty: (path: readonly string[]) => boolean = () => true,
): T {
	return leaveOutWithin([], value, typed, mayBeEmpty) as T;
}

function leaveOutWithin(
	path: readonly string[],
	value: unknown,
	typed: unknown,
	mayBeEmpty: (path: readonly string[]) => boolean,
): unknown {
	if (!isListOrObject(value)) return value;
	const kept = Object.entries(value).flatMap(([name, inner]: [string, unknown]) => {
		const [typedInner, innerPath] = [findTyped(typed, name), [...path, name]];
		if (isEmptyText(inner) && !isEmptyText(typedInner) && mayBeEmpty(innerPath)) return [];
		return [[name, leaveOutWithin(innerPath, inner, typedInner, mayBeEmpty)] as const];
	});
	return Array.isArray(value) ? kept.map(([, inner]) => inner) : Object.fromEntries(kept);
}

/** Which name comes from which expression is not known here, so a value that was typed empty counts for each of them. */
function findTyped(typed: unknown, name: string): unknown {
	if (!isListOrObject(typed)) return undefined;
	const rows: [string, unknown][] = Object.entries(typed);
	const named = rows.filter(([key]) => key === name);
	const found = (named.length > 0 ? named : rows.filter(([key]) => containsCode(key))).map(
		([, inner]) => inner,
	);
	return found.find(isEmptyText) ?? found[0];
}

function isEmptyText(value: unknown): boolean {
	return value === null || (typeof value === 'string' && toCanonicalText(value) === '');
}
