import type { INodeProperties } from 'n8n-workflow';

import { buildFilters, buildTextProperty, metadataFilter, paging } from '../../shared/parameters/fields';
import type { ParameterReader } from '../../shared/parameters/parameterReader';
import type { Values } from '../../shared/parameters/values';
import { isRecord, toInputText } from '../../shared/parameters/values';
import { buildIncludeSwitches } from './includes';
import type { ListOperation } from './operation';
import type { Kind } from './reads';
import type { PickableObject } from '../../shared/parameters/picker';

/**
 * @param example a query for what the filters do not cover
 * @param filters fields that Stripe's Search covers (docs.stripe.com/search#query-fields-and-syntax)
 */
export function buildSearch(
	{ path, many, includes }: Kind<PickableObject>,
	example: string,
	filters: INodeProperties[],
): ListOperation {
	return {
		kind: 'search',
		includes,
		value: 'search',
		name: 'Search',
		action: `Search ${many}`,
		description: `Find ${many} by what they contain`,
		path: () => `${path}/search`,
		params: (read) => ({ query: readQuery(read) }),
		properties: [
			{
				...buildFilters([metadataFilter, ...filters]),
				description: 'All of them have to apply',
			},
			buildTextProperty('Query', 'query', {
				placeholder: `e.g. ${example}`,
				description:
					'What the filters do not cover, in <a href="https://docs.stripe.com/search#search-query-language">Stripe\'s search language</a>. Search shows new objects about a minute late, so an object may exist without being found.',
			}),
			...paging,
			...buildIncludeSwitches(includes),
		],
	};
}

/** @throws ItemError if nothing is searched for, or Stripe could not combine query and filters */
function readQuery(read: ParameterReader): string {
	const query = read.optionalText('query');
	const filters = read.filters();
	refuseBlankMetadata(read, filters);
	const clauses = toClauses(filters);
	if (query === undefined) {
		if (clauses.length > 0) return clauses.join(' AND ');
		throw read.buildError(
			'query',
			'is empty, and no filter is filled in',
			'Add a filter, or write a query.',
		);
	}
	if (clauses.length === 0) return query;
	// Stripe combines clauses either with AND or with OR, and knows no brackets.
	if (!/\bOR\b/i.test(withoutQuotes(query))) return [query, ...clauses].join(' AND ');
	throw read.buildError(
		'query',
		'contains OR, which Stripe cannot combine with filters',
		'Remove the filters, or leave OR out and search twice.',
	);
}

function withoutQuotes(query: string): string {
	return query.replaceAll(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, '');
}

/** An empty cell would find objects that have an empty value. */
function refuseBlankMetadata(read: ParameterReader, { metadata }: Values): void {
	if (!isRecord(metadata)) return;
	const blank = Object.keys(metadata).find((key) => toInputText(metadata[key]).trim() === '');
	if (blank === undefined) return;
	throw read.buildError('filters.metadata', `has no value for "${blank}"`, 'Enter it, or remove the row.');
}

const BOUNDS: ReadonlyMap<string, string> = new Map([
	['gt', '>'],
	['gte', '>='],
	['lt', '<'],
	['lte', '<='],
]);

/** Clauses for a part of a text, by the names of the filters. */
const PARTS: ReadonlyMap<string, (part: string) => string> = new Map([
	['email_domain', (domain) => `email~${quote(`@${domain.replace(/^@/, '')}`)}`],
	['name_contains', (part) => `name~${quote(part)}`],
]);

/** @param within the name of the object that contains the values */
function toClauses(values: Values, within = ''): string[] {
	return Object.entries(values).flatMap(([name, value]) => {
		const field = `${within}${name}`;
		const bound = BOUNDS.get(name);
		if (bound !== undefined) return `${within.slice(0, -1)}${bound}${toInputText(value)}`;
		if (!isRecord(value))
			return PARTS.get(name)?.(toInputText(value)) ?? `${field}:${quote(toInputText(value))}`;
		return name === 'metadata'
			? Object.entries(value).map(
					([key, text]) => `metadata[${quote(key)}]:${quote(toInputText(text))}`,
				)
			: toClauses(value, `${field}.`);
	});
}

/** Quotes a value, so that it cannot become another clause. */
function quote(value: string): string {
	return `"${value.replaceAll(/[\\"]/g, String.raw`\$&`)}"`;
}
