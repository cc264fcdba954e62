import { toDecimalText } from '../../../ledger/identity/decimal';
import { MAX_VALUE_DEPTH, isNestedBeyond } from './values';

/** Thrown for a number in JSON that cannot be passed on exactly. */
export class InexactNumberError extends Error {
	constructor(readonly digits: string) {
		super(`"${digits}" is not an exact number`);
		this.name = 'InexactNumberError';
	}
}

/** Thrown for an object that has a name twice: it is not clear which value is meant. */
export class DuplicateNameError extends Error {
	constructor(readonly duplicate: string) {
		super(`"${duplicate}" is given twice`);
		this.name = 'DuplicateNameError';
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
 * @throws SyntaxError for invalid JSON, InexactNumberError for a number without an exact string, DuplicateNameError
 */
export function parseExactJson(text: string): unknown {
	const parsed = parseWithSource(text);
	// A reviver does not work for thousands of levels. No parameter has them, and the reader refuses them.
	if (isNestedBeyond(MAX_VALUE_DEPTH, parsed)) return parsed;
	refuseDuplicateNames(text);
	return parseWithSource(text, (_key, value, context) =>
		typeof value === 'number' ? toExactNumber(value, context?.source) : value,
	);
}

const JSON_TOKENS = /"(?:[^"\\]|\\.)*(?:"|$)|[{}[\],]/gs;

/** `JSON.parse` takes the last one. */
function refuseDuplicateNames(text: string): void {
	/** The names of the objects around a token; undefined for lists. */
	const around: (Set<string> | undefined)[] = [];
	let isName = false;
	for (const [token] of text.matchAll(JSON_TOKENS)) {
		if (token === '{' || token === '[') around.push(token === '{' ? new Set() : undefined);
		else if (token === '}' || token === ']') around.pop();
		else if (token !== ',' && isName) addName(around.at(-1), JSON.parse(token) as string);
		isName = token === '{' || (token === ',' && around.at(-1) !== undefined);
	}
}

function addName(names: Set<string> | undefined, name: string): void {
	if (names?.has(name)) throw new DuplicateNameError(name);
	names?.add(name);
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
