import { toDecimalText } from '../../../ledger/identity/decimal';
import { MAX_VALUE_DEPTH, isNestedBeyond } from './values';

/** A number in JSON text that cannot be passed on as it stands there. */
export class InexactNumberError extends Error {
	constructor(readonly digits: string) {
		super(`"${digits}" is not an exact number`);
		this.name = 'InexactNumberError';
	}
}

/** Every decimal of up to 15 significant digits survives a double (IEEE 754). */
const DIGITS_A_DOUBLE_KEEPS = 15;

type Reviver = (key: string, value: unknown, context?: { source?: string }) => unknown;

/** Node 22 gives a reviver the text that a value was read from (ECMAScript "JSON.parse source text access"). */
const parseWithSource = JSON.parse as (text: string, reviver?: Reviver) => unknown;

/**
 * Parses JSON. A number that a double would round comes back as the text of its digits; nothing is ever rounded.
 *
 * @throws SyntaxError for what is no JSON, InexactNumberError for a number that has no exact text
 */
export function parseExactJson(text: string): unknown {
	const parsed = parseWithSource(text);
	// A reviver is not made for thousands of levels; no parameter has them, and whoever reads it says so.
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
