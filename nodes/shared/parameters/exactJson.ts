import { toDecimalText } from '../../../ledger/identity/decimal';
import { MAX_VALUE_DEPTH, isNestedBeyond } from './values';

/** Thrown for a number in JSON that cannot be passed on exactly. */
export class InexactNumberError extends Error {
	constructor(readonly digits: string) {
		super(`"${digits}" is not an exact number`);
		this.name = 'InexactNumberError';
	}
}

/** A double represents every decimal of up to 15 significant digits (IEEE 754). */
const DIGITS_A_DOUBLE_KEEPS = 15;

type Reviver = (key: string, value: unknown, context?: { source?: string }) => unknown;

/** Since Node.js 22, a reviver gets the source text of a value (ECMAScript "JSON.parse source text access"). */
const parseWithSource = JSON.parse as (text: string, reviver?: Reviver) => unknown;

/**
 * Parses JSON. A number that a double would round is returned as the string of its digits, so nothing is rounded.
 *
 * @throws SyntaxError for invalid JSON, InexactNumberError for a number without an exact string
 */
export function parseExactJson(text: string): unknown {
	const parsed = parseWithSource(text);
	// A reviver does not work for thousands of levels. No parameter has them, and the reader refuses them.
	if (isNestedBeyond(MAX_VALUE_DEPTH, parsed)) return parsed;
	return parseWithSource(text, (_key, value, context) =>
		typeof value === 'number' ? toExactNumber(value, context?.source) : value,
	);
}

function toExactNumber(value: number, source = String(value)): number | string {
	const decimal = toDecimalText(source);
	if (decimal !== undefined) return toDecimalText(String(value)) === decimal ? value : source;
	const digits = source.split(/[eE]/)[0]?.replace(/\D/g, '').length ?? 0;
	if (Number.isFinite(value) && digits <= DIGITS_A_DOUBLE_KEEPS && !isBeyondIntegers(value)) return value;
	throw new InexactNumberError(source);
}

function isBeyondIntegers(value: number): boolean {
	return Number.isInteger(value) && !Number.isSafeInteger(value);
}
