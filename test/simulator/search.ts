import type { ObjectStore } from './collection';
import { invalid } from './errors';
import type { SimulatedObject } from './objects';
import { requireText, readText } from './parameters';
import { pageSize } from './lists';
import type { Call, RouteHandler } from './route';

type Clause = (object: SimulatedObject) => boolean;

/** `-` negates; then a field or `metadata['name']`; then an operator; then text in quotes, a number, or null. */
const CLAUSE =
	/^(-?)([\w.]+)(?:\[(?:'([^']*)'|"([^"]*)")\])?(:|~|>=|<=|>|<)(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|(\d+)|(null))/;

/**
 * Stripe's Search: does not see recent changes, so that an empty result proves nothing.
 * @param fields the searchable fields of this kind, besides `created` and `metadata`
 */
export function searching<T extends SimulatedObject>(
	call: Call,
	collection: ObjectStore<T>,
	fields: readonly string[],
): RouteHandler {
	const { params, path } = call;
	const matches = parseQuery(requireText(params, 'query'), [...fields, 'created', 'metadata']);
	const limit = pageSize(params);
	const start = pageStart(readText(params, 'page'));
	const found = collection.indexed(call.searchLagMs).filter(matches);
	const end = start + limit;
	const more = found.length > end;
	return () => ({
		object: 'search_result',
		data: found.slice(start, end),
		has_more: more,
		next_page: more ? Buffer.from(`page ${end}`).toString('base64url') : null,
		url: path,
	});
}

function pageStart(page: string | undefined): number {
	if (page === undefined) return 0;
	const start = /^page (\d+)$/.exec(Buffer.from(page, 'base64url').toString())?.[1];
	if (start === undefined) throw invalid('page', `Invalid page: ${page}`);
	return Number(start);
}

/** Clauses joined by AND or by OR, never both: Stripe's "Search query language". */
function parseQuery(query: string, fields: readonly string[]): Clause {
	const clauses: Clause[] = [];
	let joint: string | undefined;
	let rest = query.trim();
	while (rest !== '') {
		const found = CLAUSE.exec(rest);
		if (found === null) throw unparsable(query);
		clauses.push(clauseOf(found, fields));
		rest = rest.slice(found[0].length);
		if (rest.trim() === '') break;
		const next = /^\s+(AND|OR)\s+|^\s+/i.exec(rest);
		const word = next === null ? undefined : (next[1] ?? 'AND').toUpperCase();
		if (next === null || word === undefined || (joint !== undefined && joint !== word))
			throw unparsable(query);
		joint = word;
		rest = rest.slice(next[0].length);
		if (rest === '') throw unparsable(query);
	}
	if (clauses.length === 0) throw unparsable(query);
	if (joint === 'OR') return (object) => clauses.some((clause) => clause(object));
	return (object) => clauses.every((clause) => clause(object));
}

function clauseOf(found: RegExpExecArray, fields: readonly string[]): Clause {
	const [, minus, field = '', single, double, operator = ':', quoted, doubleQuoted, number, isNull] = found;
	if (!fields.includes(field)) {
		throw invalid('query', `Field \`${field}\` is an unsupported search field for this resource.`);
	}
	const inMetadata = single ?? double;
	const wanted = (quoted ?? doubleQuoted ?? number ?? '').replaceAll(/\\(.)/g, '$1');
	const read = (object: SimulatedObject): unknown => {
		if (inMetadata === undefined)
			return field
				.split('.')
				.reduce<unknown>((at, name) => (at as Record<string, unknown> | null)?.[name], object);
		const metadata = object.metadata ?? {};
		return Object.hasOwn(metadata, inMetadata) ? metadata[inMetadata] : undefined;
	};
	const holds = (object: SimulatedObject): boolean => {
		const value = read(object);
		if (isNull !== undefined) return value === null || value === undefined;
		return compare(value, operator, wanted);
	};
	return minus === '-' ? (object) => !holds(object) : holds;
}

/** `:` is exact but ignores case, `~` matches a substring, the others compare numbers. */
function compare(value: unknown, operator: string, wanted: string): boolean {
	if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return false;
	const held = String(value).toLowerCase();
	switch (operator) {
		case ':':
			return held === wanted.toLowerCase();
		case '~':
			return held.includes(wanted.toLowerCase());
		case '>':
			return Number(held) > Number(wanted);
		case '>=':
			return Number(held) >= Number(wanted);
		case '<':
			return Number(held) < Number(wanted);
		case '<=':
			return Number(held) <= Number(wanted);
		default:
			return false;
	}
}

function unparsable(query: string): Error {
	return invalid('query', `We were unable to parse your search query: ${query}`);
}
