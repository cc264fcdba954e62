import { createHash } from 'node:crypto';

import canonicalize from 'canonicalize';
import { DateTime } from 'luxon';

import { wireText } from './canonicalText';

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
	/** Kept so that a later send of the same key speaks the same API version. */
	apiVersion?: string;
	/** The connected account, where the request names one: it comes with another secret key then than the account's own. */
	stripeAccount?: string;
}

/** A parameter that cannot be sent. */
export class ParamRefusal extends Error {
	constructor(readonly param: string) {
		super(`"${param}" cannot be sent as a parameter`);
		this.name = 'ParamRefusal';
	}
}

/** Assigning it would set a prototype instead of a parameter. */
const UNSENDABLE_NAMES = new Set(['__proto__']);

/** More levels than any parameter of Stripe's API has. */
const DEEPEST = 60;

/**
 * One form for one request, which is also the form that is sent, so that Stripe's own comparison of parameters agrees with
 * ours: texts in one spelling (`wireText`), numbers and booleans as texts, absent values left out, null as Stripe's "unset" (an empty
 * text).
 *
 * @throws ParamRefusal for what has no wire form (functions, `NaN`, what is nested endlessly), for `__proto__` and for half
 * a character in a name
 */
export function canonicalParams(values: object): Params {
	return paramsWithin(DEEPEST, values);
}

function paramsWithin(levels: number, values: object): Params {
	return Object.fromEntries(
		Object.entries(values).flatMap(([name, value]: [string, unknown]) => {
			// A name that was cut within an emoji has no form on the wire; mended, it could be another one's.
			if (UNSENDABLE_NAMES.has(name) || !name.isWellFormed()) throw new ParamRefusal(name);
			return value === undefined ? [] : [[name, canonicalParam(value, name, levels)]];
		}),
	);
}

function canonicalParam(value: unknown, name: string, levels: number): Param {
	if (value === null) return '';
	// Half an emoji, left by a text that was cut, has no form on the wire.
	if (typeof value === 'string') return wireText(value).toWellFormed();
	if (typeof value === 'boolean' || typeof value === 'bigint') return String(value);
	if (typeof value === 'number') {
		if (!Number.isFinite(value)) throw new ParamRefusal(name);
		return String(value);
	}
	if (value instanceof Date || DateTime.isDateTime(value)) return unixSeconds(value.valueOf(), name);
	if (typeof value === 'object' && levels === 0) throw new ParamRefusal(name);
	if (Array.isArray(value))
		return value.map((element: unknown) => canonicalParam(element ?? '', name, levels - 1));
	if (typeof value === 'object') return paramsWithin(levels - 1, value);
	throw new ParamRefusal(name);
}

/** The parameters as they go over the wire: what was asked for, and what the node has added to it. */
export function sentParams({ params, added }: Pick<LedgerRequest, 'params' | 'added'>): Params {
	return added ? combined(params, added) : params;
}

/** Lists are combined position by position: what is asked of the first item, and its id, belong together. */
function combined(asked: Params, added: Params): Params {
	const names = [...new Set([...Object.keys(asked), ...Object.keys(added)])];
	return Object.fromEntries(names.map((name) => [name, combinedParam(asked[name], added[name])]));
}

function combinedParam(asked: Param | undefined, added: Param | undefined): Param {
	if (asked === undefined || added === undefined) return added ?? asked ?? '';
	if (Array.isArray(asked) && Array.isArray(added)) {
		const length = Math.max(asked.length, added.length);
		return Array.from({ length }, (_, index) => combinedParam(asked[index], added[index]));
	}
	return isNamed(asked) && isNamed(added) ? combined(asked, added) : added;
}

function isNamed(param: Param): param is Params {
	return typeof param === 'object' && !Array.isArray(param);
}

/** A time as Stripe's API takes it. */
function unixSeconds(ms: number, name: string): string {
	if (!Number.isFinite(ms)) throw new ParamRefusal(name);
	return String(Math.floor(ms / 1000));
}

/** Hash of the canonical request as it was asked for: same entry with another fingerprint is a conflict. */
export function fingerprintOf({ method, path, params }: LedgerRequest): string {
	const canonical = canonicalize([method, path.toWellFormed(), params]);
	if (canonical === undefined) throw new ParamRefusal(path);
	return createHash('sha256').update(canonical, 'utf8').digest('base64url');
}

export interface Difference {
	name: string;
	stored: string;
	asked: string;
}

/** The parameters in which two requests differ, in words for a person: `amount`, `1999`, `2999`. */
export function differences(stored: LedgerRequest, asked: LedgerRequest): Difference[] {
	const before = flatten(stored);
	const after = flatten(asked);
	const names = [...new Set([...before.keys(), ...after.keys()])].sort();
	return names.flatMap((name) => {
		const pair = { name, stored: before.get(name) ?? '(none)', asked: after.get(name) ?? '(none)' };
		return pair.stored === pair.asked ? [] : [pair];
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
