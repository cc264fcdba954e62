import type { Params, Param } from '../../ledger/model/request';
import type { InvalidValue } from './parameterKinds';
import { findInvalidValue } from './parameterKinds';
import { EXCLUSIVE } from './exclusiveTable';
import { DEPENDENT } from './dependentTable';

/** A parameter that Stripe would refuse in any state of its objects, and why. */
type ParameterFault =
	| { kind: 'removed'; name: string; successor: string }
	| ({ kind: 'exclusive' } & ExclusiveParams)
	| ({ kind: 'unfit' } & InvalidValue)
	| ({ kind: 'dependent' } & DependentParam);

interface CheckedRequest {
	path: string;
	/** In wire form. */
	params: Params;
	/** `2026-10-28.endive`. Versions are compared as strings. */
	apiVersion: string;
}

/** Endpoints that accepted `payment_method_types` (changelog 2026-09-30, "Removes the payment method types parameter"). */
const HAD_METHOD_TYPES =
	/^\/v1\/(?:payment_intents(?:\/\w+(?:\/confirm)?)?|setup_intents(?:\/\w+)?|checkout\/sessions)$/;
const METHOD_TYPES_REMOVED_IN = '2026-09-30';

/**
 * Returns the first fault of a request that Stripe would refuse according to its documentation. It is reported before anything is
 * sent, so that no key is used for it.
 *
 * @returns undefined if no fault is known
 */
export function findParameterFault(request: CheckedRequest): ParameterFault | undefined {
	const { path, params } = request;
	const removed = findRemoved(request);
	if (removed) return removed;
	const exclusive = findExclusive(path, params);
	if (exclusive) return { kind: 'exclusive', ...exclusive };
	const unfit = findInvalidValue(params);
	if (unfit) return { kind: 'unfit', ...unfit };
	const dependent = findDependent(path, params);
	return dependent && { kind: 'dependent', ...dependent };
}

function findRemoved({ path, params, apiVersion }: CheckedRequest): ParameterFault | undefined {
	const name = 'payment_method_types';
	if (!(name in params) || !HAD_METHOD_TYPES.test(path) || apiVersion < METHOD_TYPES_REMOVED_IN)
		return undefined;
	return { kind: 'removed', name, successor: 'allowed_payment_method_types' };
}

/** Two parameters of which Stripe accepts only one, as full paths: `discounts.0.coupon`. */
export interface ExclusiveParams {
	name: string;
	other: string;
	/** The value of `other` to which the rule applies, if it depends on the value. */
	otherIs?: string;
}

/** Returns the first two parameters of a request that exclude each other. */
export function findExclusive(path: string, params: Params): ExclusiveParams | undefined {
	const named = EXCLUSIVE.filter(({ at }) => at.test(path));
	if (named.length === 0) return undefined;
	for (const { at, within, object } of listObjects(params)) {
		const rules = named.flatMap((one) =>
			one.isAnywhere || (one.within ?? '') === within ? one.rules : [],
		);
		for (const [rule, others] of rules) {
			const name = findSetParam(object, rule);
			if (name === undefined) continue;
			for (const other of others) {
				const found = findSetParam(object, other);
				if (found !== undefined) return describeExclusive(at, name, found, other);
			}
		}
	}
	return undefined;
}

function describeExclusive(at: string, name: string, other: string, rule: string): ExclusiveParams {
	const [, otherIs] = rule.split('=');
	return { name: `${at}${name}`, other: `${at}${other}`, ...(otherIs ? { otherIs } : {}) };
}

interface Within {
	/** The prefix of the names in the object: `discounts.0.`. */
	at: string;
	within: string;
	object: Params;
}

/** Lists a request and all objects nested in it, except those with names that users choose. */
function listObjects(object: Params, at = '', within = ''): Within[] {
	const inner = Object.entries(object)
		.filter(([name]) => name !== 'metadata')
		.flatMap(([name, param]) => listObjectsOf(param, `${at}${name}.`, name));
	return [{ at, within, object }, ...inner];
}

function listObjectsOf(param: Param, at: string, within: string): Within[] {
	if (typeof param === 'string') return [];
	if (!Array.isArray(param)) return listObjects(param, at, within);
	return param.flatMap((row, index) => listObjectsOf(row, `${at}${index}.`, within));
}

/** Returns the full path of the parameter of a rule, if it has a value. An empty string unsets a value and excludes nothing. */
function findSetParam(object: Params, rule: string): string | undefined {
	const [path = '', wanted] = rule.split('=');
	const found = findAt(object, path.split('.'));
	const isMeant = found && found.value !== '' && (wanted === undefined || found.value === wanted);
	return isMeant ? found.path.join('.') : undefined;
}

interface Found {
	path: string[];
	value: Param;
}

function findAt(param: Param | undefined, [first, ...below]: readonly string[]): Found | undefined {
	if (first === undefined) return param === undefined ? undefined : { path: [], value: param };
	if (typeof param !== 'object') return undefined;
	const isOfRows = first === '*' && Array.isArray(param);
	const inner: [string, Param | undefined][] = isOfRows
		? param.map((row, index) => [String(index), row])
		: [[first, Array.isArray(param) ? undefined : param[first]]];
	for (const [name, value] of inner) {
		const found = findAt(value, below);
		if (found) return { ...found, path: [name, ...found.path] };
	}
	return undefined;
}

/** A parameter that Stripe accepts only together with another one, which is missing. Both are full paths. */
export interface DependentParam {
	name: string;
	/** The value of `name` to which the rule applies, if it depends on the value. */
	nameIs?: string;
	/** The missing parameter: the first one, if one of several would do. */
	needed: string;
	/** The value that the other parameter must have. */
	neededIs?: string;
}

/** Returns the first parameter of a request that requires another one. */
export function findDependent(path: string, params: Params): DependentParam | undefined {
	const named = DEPENDENT.filter(({ at }) => at.test(path));
	if (named.length === 0) return undefined;
	for (const { at, within, object } of listObjects(params)) {
		for (const [rule, needs] of named.flatMap((one) =>
			(one.within ?? '') === within ? one.rules : [],
		)) {
			if (findSetParam(object, rule) === undefined) continue;
			if (needs.some((need) => findSetParam(object, need) !== undefined)) continue;
			return describeDependent(at, rule, needs[0] ?? '');
		}
	}
	return undefined;
}

function describeDependent(at: string, rule: string, need: string): DependentParam {
	const [[name = '', nameIs], [needed = '', neededIs]] = [rule.split('='), need.split('=')];
	return {
		name: `${at}${name}`,
		needed: `${at}${needed}`,
		...(nameIs ? { nameIs } : {}),
		...(neededIs ? { neededIs } : {}),
	};
}

/**
 * Returns the first parameter name that another parser may read differently: form-encoded, `[amount]` can be the same as
 * `amount`, and `metadata[order]` is part of `metadata`. A parameter must have one name only, so that the request that is
 * compared is the request that is executed.
 *
 * @returns undefined if every name is unambiguous
 */
export function findAmbiguousName(params: Params): string | undefined {
	const odd = Object.keys(params).find((name) => !/^\w+$/.test(name));
	return odd ?? findFirstAmbiguous(Object.values(params));
}

/** Names below the first level may be chosen by users, as in metadata. */
function findAmbiguousNameIn(param: Param): string | undefined {
	if (typeof param === 'string') return undefined;
	const odd = Object.keys(param).find((name) => /[[\]]/.test(name));
	return odd ?? findFirstAmbiguous(Object.values(param));
}

function findFirstAmbiguous(params: readonly Param[]): string | undefined {
	for (const param of params) {
		const odd = findAmbiguousNameIn(param);
		if (odd !== undefined) return odd;
	}
	return undefined;
}
