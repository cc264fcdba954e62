/**
 * Stripe's v1 wire format: `application/x-www-form-urlencoded` with brackets for nesting
 * (`metadata[order]=7`, `expand[0]=customer`, `expand[]=customer`). Everything on the wire is text.
 */
export type ParamValue = string | ParamValue[] | ParamMap;
export interface ParamMap {
	[name: string]: ParamValue;
}

/** The text is not a form that Stripe would accept. */
export class MalformedForm extends Error {}

/** Deeper than the parameters of Stripe; prevents a hostile body from exhausting the stack. */
const DEEPEST = 20;

/** Parses a form body or a query string (without `?`). Throws `MalformedForm`. */
export function parseForm(text: string): ParamMap {
	const root: ParamMap = {};
	for (const pair of text.split('&')) {
		if (pair === '') continue;
		const cut = pair.indexOf('=');
		const name = decode(cut < 0 ? pair : pair.slice(0, cut));
		const value = cut < 0 ? '' : decode(pair.slice(cut + 1));
		place(root, pathOf(name), value);
	}
	return listsFrom(root) as ParamMap;
}

/** Merges two sets of parameters; the second wins. Safe for a parameter called `__proto__`. */
export function mergeParams(first: ParamMap, second: ParamMap): ParamMap {
	const merged: ParamMap = {};
	for (const source of [first, second])
		for (const [name, value] of Object.entries(source)) put(merged, name, value);
	return merged;
}

/** Returns the same text for equal parameters in any order. A key compares requests by it. */
export function toCanonicalForm(value: ParamValue): string {
	if (typeof value === 'string') return JSON.stringify(value);
	if (Array.isArray(value)) return `[${value.map(toCanonicalForm).join(',')}]`;
	const names = Object.keys(value).sort();
	return `{${names.map((name) => `${JSON.stringify(name)}:${toCanonicalForm(value[name] ?? '')}`).join(',')}}`;
}

export function isMap(value: ParamValue | undefined): value is ParamMap {
	return typeof value === 'object' && !Array.isArray(value);
}

/** Reads own properties only: `params.constructor` must not return the inherited one. */
export function getOwn(map: ParamMap, name: string): ParamValue | undefined {
	return Object.hasOwn(map, name) ? map[name] : undefined;
}

function decode(text: string): string {
	try {
		return decodeURIComponent(text.replaceAll('+', ' '));
	} catch {
		throw new MalformedForm(`Invalid percent-encoding in '${text.slice(0, 40)}'`);
	}
}

/** `a[b][]` → `['a', 'b', '']`. */
function pathOf(name: string): string[] {
	const open = name.indexOf('[');
	if (open <= 0 || !name.endsWith(']')) return [name];
	const path = [name.slice(0, open), ...name.slice(open + 1, -1).split('][')];
	if (path.length > DEEPEST) throw new MalformedForm(`'${path[0]}' is nested too deeply`);
	return path;
}

function place(root: ParamMap, path: string[], value: string): void {
	let here = root;
	path.forEach((step, depth) => {
		const name = step === '' && depth > 0 ? String(Object.keys(here).length) : step;
		if (depth === path.length - 1) {
			put(here, name, value);
			return;
		}
		const below = getOwn(here, name);
		if (below === undefined) put(here, name, {});
		else if (!isMap(below)) throw new MalformedForm(`'${path[0]}' is both a value and a hash`);
		here = getOwn(here, name) as ParamMap;
	});
}

/**
 * Defines instead of assigning, so that `__proto__` becomes an ordinary property and does not change the
 * prototype.
 */
function put(map: ParamMap, name: string, value: ParamValue): void {
	Object.defineProperty(map, name, { value, enumerable: true, writable: true, configurable: true });
}

/** Converts hashes with the names 0…n to lists. Metadata stays a hash, because a field may be called `0`. */
function listsFrom(value: ParamValue, name = ''): ParamValue {
	if (!isMap(value)) return value;
	const names = Object.keys(value);
	for (const inner of names) put(value, inner, listsFrom(getOwn(value, inner) ?? '', inner));
	const counted = names.length > 0 && names.every((inner, index) => inner === String(index));
	return counted && name !== 'metadata' && name !== '' ? Object.values(value) : value;
}
