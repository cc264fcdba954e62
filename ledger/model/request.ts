import { hash } from 'node:crypto';

import canonicalize from 'canonicalize';
import { DateTime } from 'luxon';

import { toWireText } from './canonicalText';

/** A parameter in its wire form: Stripe's v1 API is form-encoded, so every leaf is a text in the end. */
export type Param = string | Param[] | Params;
export interface Params {
	[name: string]: Param;
}

/** What is asked of the API, as it stands in an entry. */
export interface LedgerRequest {
	method: 'POST' | 'DELETE';
	path: string;
	params: Params;
	/**
	 * What the node has added by itself, or read from Stripe, to build the request. It is sent beside the parameters, frozen for
	 * every repeat of the attempt, and never compared: an id that is read anew is no other request. Ids, amounts and times only;
	 * kept also where the parameters are not.
	 */
	added?: Params;
	/**
	 * Where it goes in truth, where a look-up at Stripe decides that: to the object that was found. Frozen, and never compared,
	 * like `added`.
	 */
	sentPath?: string;
	/** Kept so that a later send of the same key speaks the same API version. */
	apiVersion?: string;
	/** The connected account, where the request names one: it comes with another secret key then than the account's own. */
	stripeAccount?: string;
}

/** A parameter that cannot be sent. */
export class InvalidParamError extends Error {
	constructor(readonly param: string) {
		super(`"${param}" cannot be sent as a parameter`);
		this.name = 'InvalidParamError';
	}
}

/** Assigning it would set a prototype instead of a parameter. */
const UNSENDABLE_NAMES = new Set(['__proto__']);

/** More levels than any parameter of Stripe's API has. */
const MAX_DEPTH = 60;

/**
 * One form for one request, which is also the form that is sent, so that Stripe's own comparison of parameters agrees with
 * ours: texts in one spelling (`toWireText`), numbers and booleans as texts, absent values left out, null as Stripe's "unset" (an empty
 * text).
 *
 * @throws InvalidParamError for what has no wire form (functions, `NaN`, what is nested endlessly), for `__proto__` and for half
 * a character in a name
 */
export function toCanonicalParams(values: object): Params {
	return toParamsWithin(MAX_DEPTH, values);
}

function toParamsWithin(levels: number, values: object): Params {
	return Object.fromEntries(
		Object.entries(values).flatMap(([name, value]: [string, unknown]) => {
			// A name that was cut within an emoji has no form on the wire; mended, it could be another one's.
			if (UNSENDABLE_NAMES.has(name) || !name.isWellFormed()) throw new InvalidParamError(name);
			return value === undefined ? [] : [[name, toCanonicalParam(value, name, levels)]];
		}),
	);
}

function toCanonicalParam(value: unknown, name: string, levels: number): Param {
	if (value === null) return '';
	// Half an emoji, left by a text that was cut, has no form on the wire.
	if (typeof value === 'string') return toWireText(value).toWellFormed();
	if (typeof value === 'boolean' || typeof value === 'bigint') return String(value);
	if (typeof value === 'number') {
		if (!Number.isFinite(value)) throw new InvalidParamError(name);
		return String(value);
	}
	if (value instanceof Date || DateTime.isDateTime(value)) return toUnixSeconds(value.valueOf(), name);
	if (typeof value === 'object' && levels === 0) throw new InvalidParamError(name);
	if (Array.isArray(value))
		return value.map((element: unknown) => toCanonicalParam(element ?? '', name, levels - 1));
	if (typeof value === 'object') return toParamsWithin(levels - 1, value);
	throw new InvalidParamError(name);
}

/** The parameters as they go over the wire: what was asked for, and what the node has added to it. */
export function sentParamsOf({ params, added }: Pick<LedgerRequest, 'params' | 'added'>): Params {
	return added ? combineParams(params, added) : params;
}

/** Lists are combined position by position: what is asked of the first item, and its id, belong together. */
function combineParams(requested: Params, added: Params): Params {
	const names = [...new Set([...Object.keys(requested), ...Object.keys(added)])];
	return Object.fromEntries(names.map((name) => [name, combineParam(requested[name], added[name])]));
}

function combineParam(requested: Param | undefined, added: Param | undefined): Param {
	if (requested === undefined || added === undefined) return added ?? requested ?? '';
	if (Array.isArray(requested) && Array.isArray(added)) {
		const length = Math.max(requested.length, added.length);
		return Array.from({ length }, (_, index) => combineParam(requested[index], added[index]));
	}
	return isNamed(requested) && isNamed(added) ? combineParams(requested, added) : added;
}

function isNamed(param: Param): param is Params {
	return typeof param === 'object' && !Array.isArray(param);
}

/** A time as Stripe's API takes it. */
function toUnixSeconds(ms: number, name: string): string {
	if (!Number.isFinite(ms)) throw new InvalidParamError(name);
	return String(Math.floor(ms / 1000));
}

/** Hash of the canonical request as it was asked for: same entry with another fingerprint is a conflict. */
export function fingerprintOf({ method, path, params }: LedgerRequest): string {
	const canonical = canonicalize([method, path.toWellFormed(), params]);
	if (canonical === undefined) throw new InvalidParamError(path);
	return hash('sha256', canonical, 'base64url');
}

/** Parameters may be left out of the ledger on purpose, and secrets among them are hidden: then they make another request. */
export function isStoredWhole(entry: { request: LedgerRequest; fingerprint: string }): boolean {
	return fingerprintOf(entry.request) === entry.fingerprint;
}

export interface Difference {
	name: string;
	stored: string;
	requested: string;
}

/** The parameters in which two requests differ, in words for a person: `amount`, `1999`, `2999`. */
export function diffRequests(stored: LedgerRequest, requested: LedgerRequest): Difference[] {
	const before = flatten(stored);
	const after = flatten(requested);
	const names = [...new Set([...before.keys(), ...after.keys()])].sort();
	return names.flatMap((name) => {
		const pair = { name, stored: before.get(name) ?? '(none)', requested: after.get(name) ?? '(none)' };
		return pair.stored === pair.requested ? [] : [pair];
	});
}

function flatten({ method, path, params }: LedgerRequest): Map<string, string> {
	const flat = new Map([
		['method', method],
		['path', path],
	]);
	const walk = (value: Param, name: string) => {
		if (typeof value === 'string') flat.set(name, value);
		else for (const [key, inner] of Object.entries(value)) walk(inner, name ? `${name}.${key}` : key);
	};
	walk(params, '');
	return flat;
}
