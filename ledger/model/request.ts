import { hash } from 'node:crypto';

import canonicalize from 'canonicalize';
import { DateTime } from 'luxon';

import { toWireText } from './canonicalText';

/** A parameter as it is sent: Stripe's v1 API is form-encoded, so every leaf is a string. */
export type Param = string | Param[] | Params;
export interface Params {
	[name: string]: Param;
}

/** The API request of an entry. */
export interface LedgerRequest {
	method: 'POST' | 'DELETE';
	path: string;
	params: Params;
	/**
	 * Parameters that the node has added, or has read from Stripe. They are sent with `params` and frozen for every repeat of the
	 * attempt, but never compared: a fresh ID does not make it a different request. IDs, amounts and times only. Stored even if
	 * `params` is not.
	 */
	added?: Params;
	/** The path that is really used, if it depends on an object found in Stripe. Frozen and never compared, like `added`. */
	sentPath?: string;
	/** The method that is really used, likewise. */
	sentMethod?: 'POST';
	/** The object from which the request was built, and what it showed, likewise. It is not sent if that has changed since. */
	seen?: Seen;
	/** Stored so that a later send of the same key uses the same API version. */
	apiVersion?: string;
	/** The connected account, if the request names one. The secret key is then not the account's own. */
	stripeAccount?: string;
}

/** An object as it was read: its path, and a description of each field that matters. */
export interface Seen {
	path: string;
	state: Readonly<Record<string, string>>;
}

/** Thrown for a parameter that cannot be sent. */
export class InvalidParamError extends Error {
	constructor(readonly param: string) {
		super(`"${param}" cannot be sent as a parameter`);
		this.name = 'InvalidParamError';
	}
}

/** Assigning this name would set a prototype instead of a parameter. */
const UNSENDABLE_NAMES = new Set(['__proto__']);

/** More levels than any parameter of Stripe's API has. */
const MAX_DEPTH = 60;

/**
 * Converts parameters to their canonical form, which is also the form that is sent, so that Stripe's comparison of parameters
 * agrees with ours: strings in canonical form (`toWireText`), numbers and booleans as strings, absent values omitted, and null as
 * an empty string, which unsets a value in Stripe.
 *
 * @throws InvalidParamError for values that cannot be sent (functions, `NaN`, endless nesting), for `__proto__`, and for a name
 * with half a surrogate pair
 */
export function toCanonicalParams(values: object): Params {
	return toParamsWithin(MAX_DEPTH, values);
}

function toParamsWithin(levels: number, values: object): Params {
	return Object.fromEntries(
		Object.entries(values).flatMap(([name, value]: [string, unknown]) => {
			// A name with half a surrogate pair cannot be sent, and repairing it could turn it into another name.
			if (UNSENDABLE_NAMES.has(name) || !name.isWellFormed()) throw new InvalidParamError(name);
			return value === undefined ? [] : [[name, toCanonicalParam(value, name, levels)]];
		}),
	);
}

function toCanonicalParam(value: unknown, name: string, levels: number): Param {
	if (value === null) return '';
	// Half a surrogate pair, from a string that was cut, cannot be sent.
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

/** The parameters as they are sent: those of the request, and those that the node has added. */
export function sentParamsOf({ params, added }: Pick<LedgerRequest, 'params' | 'added'>): Params {
	return added ? combineParams(params, added) : params;
}

/** Merges lists by position: the requested fields of the first item belong to its added ID. */
function combineParams(requested: Params, added: Params): Params {
	const combined = { ...requested };
	for (const [name, param] of Object.entries(added)) combined[name] = combineParam(requested[name], param);
	return combined;
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

/** Converts a time to Stripe's format. */
function toUnixSeconds(ms: number, name: string): string {
	if (!Number.isFinite(ms)) throw new InvalidParamError(name);
	return String(Math.floor(ms / 1000));
}

/** Returns the method that is really used. */
export function sentMethodOf({ method, sentMethod }: LedgerRequest): LedgerRequest['method'] {
	return sentMethod ?? method;
}

/** Returns the hash of the canonical request. The same entry with another fingerprint is a conflict. */
export function fingerprintOf({ method, path, params }: LedgerRequest): string {
	const canonical = canonicalize([method, path.toWellFormed(), params]);
	if (canonical === undefined) throw new InvalidParamError(path);
	return hash('sha256', canonical, 'base64url');
}

/**
 * Returns whether the stored parameters are those that were sent. They differ if the user chose not to store them, or if secrets
 * in them are masked.
 */
export function isStoredInFull(entry: { request: LedgerRequest; fingerprint: string }): boolean {
	return fingerprintOf(entry.request) === entry.fingerprint;
}

export interface Difference {
	name: string;
	stored: string;
	requested: string;
}

/** Lists the parameters in which two requests differ, for people: `amount`, `1999`, `2999`. */
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
