import { amountStep, isSupportedCurrency } from './currencies';
import { invalid, type StripeError } from './errors';
import { isMap, getOwn, type ParamMap, type ParamValue } from './form';

/**
 * Each function reads one parameter. They throw Stripe's 400 for an invalid one, which by Stripe's "Idempotent
 * requests" happens before the endpoint executes and is not remembered by the key.
 */

/** Stripe's largest amount: eight digits. */
const LARGEST_AMOUNT = 99_999_999;

export function rejectUnknown(params: ParamMap, allowed: readonly string[]): void {
	for (const name of Object.keys(params)) {
		if (!allowed.includes(name))
			throw invalid(name, `Received unknown parameter: ${name}`, 'parameter_unknown');
	}
}

/** Text, or undefined if absent or empty: in Stripe's wire format, an empty value unsets. */
export function readText(params: ParamMap, name: string): string | undefined {
	const value = getOwn(params, name);
	if (value === undefined || value === '') return undefined;
	if (typeof value !== 'string') throw invalid(name, `Invalid string: ${JSON.stringify(value)}`);
	return value;
}

export function requireText(params: ParamMap, name: string): string {
	const value = readText(params, name);
	if (value === undefined) throw missing(params, name);
	return value;
}

function missing(params: ParamMap, name: string): StripeError {
	if (getOwn(params, name) === undefined) {
		return invalid(name, `Missing required param: ${name}.`, 'parameter_missing');
	}
	const message = `You passed an empty string for '${name}'. We assume empty values are an attempt to unset a parameter; however '${name}' cannot be unset.`;
	return invalid(name, message, 'parameter_invalid_empty');
}

export function readInteger(params: ParamMap, name: string): number | undefined {
	const value = readText(params, name);
	if (value === undefined) return undefined;
	if (!/^-?\d+$/.test(value) || !Number.isSafeInteger(Number(value))) {
		throw invalid(name, `Invalid integer: ${value}`, 'parameter_invalid_integer');
	}
	return Number(value);
}

export function readFlag(params: ParamMap, name: string): boolean | undefined {
	const value = readText(params, name);
	if (value === undefined) return undefined;
	if (value !== 'true' && value !== 'false') throw invalid(name, `Invalid boolean: ${value}`);
	return value === 'true';
}

export function readChoice(params: ParamMap, name: string, allowed: readonly string[]): string | undefined {
	const value = readText(params, name);
	if (value === undefined || allowed.includes(value)) return value;
	throw invalid(name, `Invalid ${name}: must be one of ${allowed.join(', ')}`);
}

export function readHash(params: ParamMap, name: string): ParamMap | undefined {
	const value = getOwn(params, name);
	if (value === undefined || value === '') return undefined;
	if (!isMap(value)) throw invalid(name, `Invalid hash`, 'parameter_invalid_hash');
	return value;
}

export function readList(params: ParamMap, name: string): string[] {
	const value: ParamValue = getOwn(params, name) ?? [];
	if (Array.isArray(value) && value.every((entry) => typeof entry === 'string')) return value;
	if (value === '') return [];
	throw invalid(name, `Invalid array`);
}

export function readCurrency(params: ParamMap): string | undefined {
	const value = readText(params, 'currency');
	if (value !== undefined && !isSupportedCurrency(value)) {
		const message = `Invalid currency: ${value}. Stripe currently supports these currencies: usd, eur, gbp, jpy, …`;
		throw invalid('currency', message);
	}
	return value?.toLowerCase();
}

/** Minor units, at least 1, in the steps that the currency allows. */
export function readAmount(
	params: ParamMap,
	name: string,
	inCurrency: string | undefined,
): number | undefined {
	const value = readInteger(params, name);
	if (value === undefined) return undefined;
	if (value < 1) {
		throw invalid(name, 'This value must be greater than or equal to 1.', 'parameter_invalid_integer');
	}
	if (value > LARGEST_AMOUNT) {
		throw invalid(name, 'Amount must be no more than $999,999.99', 'amount_too_large');
	}
	const step = amountStep(inCurrency ?? '');
	if (value % step !== 0) {
		const message = `Invalid amount: amounts in ${inCurrency} must be evenly divisible by ${step}.`;
		throw invalid(name, message, 'parameter_invalid_integer');
	}
	return value;
}

/** The required amount and currency of a new object. */
export function requireMoney(params: ParamMap): { amount: number; currency: string } {
	const inCurrency = readCurrency(params);
	const given = readAmount(params, 'amount', inCurrency);
	if (given === undefined) throw missing(params, 'amount');
	if (inCurrency === undefined) throw missing(params, 'currency');
	return { amount: given, currency: inCurrency };
}

/**
 * The given metadata. An empty value removes one name, and null removes all (`metadata=`). Limits from Stripe's
 * API reference, "Metadata".
 */
export function readMetadata(params: ParamMap): Record<string, string> | null {
	if (getOwn(params, 'metadata') === '') return null;
	const given = readHash(params, 'metadata') ?? {};
	const names = Object.keys(given);
	if (names.length > 50) throw invalid('metadata', 'Metadata can have up to 50 keys.');
	for (const name of names) {
		const value = getOwn(given, name);
		const param = `metadata[${name}]`;
		if (typeof value !== 'string') throw invalid(param, 'Metadata values must be strings.');
		if (name.length > 40) throw invalid(param, 'Metadata keys can have up to 40 characters.');
		if (value.length > 500) {
			throw invalid(
				param,
				`Metadata values can have up to 500 characters, but you passed in a value of length ${value.length}.`,
			);
		}
	}
	return given as Record<string, string>;
}

/** Applies changes to existing metadata. Never assigns, so `__proto__` is an ordinary name. */
export function mergeMetadata(
	current: Record<string, string>,
	given: Record<string, string> | null,
): Record<string, string> {
	if (given === null) return {};
	const names = new Set([...Object.keys(current), ...Object.keys(given)]);
	const after: [string, string][] = [];
	for (const name of names) {
		const value = Object.hasOwn(given, name) ? given[name] : current[name];
		if (value !== undefined && value !== '') after.push([name, value]);
	}
	return Object.fromEntries(after);
}

/**
 * All parameters except `expand`, which only affects the answer, and `__proto__`, which would change a prototype.
 */
export function pickFields(params: ParamMap): ParamMap {
	return Object.fromEntries(
		Object.entries(params).filter(([name]) => name !== 'expand' && name !== '__proto__'),
	);
}
