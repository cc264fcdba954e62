import { stripQuotes } from '../parameters/expression';
import type { IExecuteFunctions } from 'n8n-workflow';

import type { CanonicalField } from '../../../ledger/identity/key';

const ONE_TIME_TOKEN = 'a one-time token is different in every attempt';

/** Values that change with every run, so that a key with them protects nothing. */
const UNSTABLE_PATTERNS: readonly (readonly [pattern: RegExp, why: string])[] = [
	[/\$execution\.(?:id|resumeUrl)|execution_?id/i, 'the execution ID is different in every run'],
	[
		/\$(?:runIndex|itemIndex|prevNode|position)|\bcurrentRunIndex\b|Math\.random/,
		'it is different in every run',
	],
	[
		/uuid|nanoid|random|\b(?:ulid|cuid2?)\(|token_(?:hex|urlsafe|bytes)/i,
		'a random ID is usually generated anew in every run',
	],
	[/tool_?call_?id/i, 'a tool call has a different ID in every call'],
	[/\btok_|_secret_|client_?secret/i, ONE_TIME_TOKEN],
];

/** How expressions, JavaScript, Python and shells read the clock. A date constructed from a value is stable. */
const RUN_TIME = new RegExp(
	[
		/\$now|\$today|Date\.now|\bDate\[["']now|\bDate\(\s*\)|new Date\b(?!\s*\()|DateTime\.(?:now|local|utc)\(/,
		/\bperformance\.now|\bhrtime\b|\bTemporal\.Now\b|\b(?:moment|dayjs)\(\s*\)/,
		/\btime\.time(?:_ns)?\(|\b(?:datetime|date)\.(?:now|utcnow|today)\(/,
		/\$\(date\b|\bdate\s{1,9}["']?\+%/,
	]
		.map(({ source }) => source)
		.join('|'),
);

/** Code for a part of a time, in Luxon's formats, properties and rounding. From the shortest to the longest. */
const PERIODS: readonly (readonly [period: string, pattern: RegExp])[] = [
	['second', /\.second\b/],
	['minute', /\.minute\b|startOf\(\W*minute/],
	['hour', /\.hour\b|startOf\(\W*hour/],
	['day', /toISODate|\.(?:day|weekday|ordinal)\b|startOf\(\W*day/],
	['week', /\.weekNumber\b|startOf\(\W*week/],
	['month', /\.month\b|startOf\(\W*month/],
	['quarter', /\.quarter\b|startOf\(\W*quarter/],
	['year', /\.(?:year|weekYear)\b|startOf\(\W*year/],
];

const FORMAT_LETTERS: readonly (readonly [period: string, letters: RegExp])[] = [
	...([
		['second', /[sS]/],
		['minute', /m/],
		['hour', /[hH]/],
		['day', /[docCE]/],
	] as const),
	...([
		['week', /W/],
		['month', /[ML]/],
		['quarter', /q/],
		['year', /[yk]/],
	] as const),
];

/** Returns the period to which code reduces the time of the run, if it is known. The key is stable within that period. */
function findPeriod(code: string): string | undefined {
	const [, format] = /(?:toFormat|format)\(\s{0,9}["']([^"']*)/.exec(code) ?? [];
	const found =
		format === undefined
			? PERIODS.find(([, pattern]) => pattern.test(code))
			: FORMAT_LETTERS.find(([, letters]) => letters.test(format));
	return found?.[0] ?? (code.includes('$today') ? 'day' : undefined);
}

/**
 * Explains why a key field probably differs between two runs for the same decision.
 *
 * @param text a field name, or an expression
 */
export function explainUnstable(text: string): string | undefined {
	const why = UNSTABLE_PATTERNS.find(([pattern]) => pattern.test(text))?.[1];
	if (why !== undefined || !RUN_TIME.test(text)) return why;
	const period = findPeriod(text);
	return `it contains the time of the run, so ${period ? `the key changes every ${period}` : 'it is different in every run'}`;
}

/** The same for a value, which may be any text: a customer may be called "Random House". */
export function explainUnstableValue(value: string): string | undefined {
	return /^tok_\w|^[a-z]+_\w+_secret_\w/.test(value) ? ONE_TIME_TOKEN : undefined;
}

/** References that differ in every run, even if two evaluations in one run agree. `$execution.mode` is not among them. */
const RUN_REFERENCES: readonly (readonly [pattern: RegExp, why: string])[] = [
	[/\$execution\b(?!\??\.(?:mode|customData)\b)/, 'the execution, which is different in every run'],
	[/\bresume(?:Form)?Url\b/, 'the resume URL of this execution'],
	[
		/\b(?:runIndex|currentRunIndex)\b|[)\]]\??\.context(?:\?\.)?\[""\]/,
		'the position in a loop, which is different in every run',
	],
];

/** Returns the reference in code that identifies this run, if any. */
export function explainRunReference(code: string): string | undefined {
	return RUN_REFERENCES.find(([pattern]) => pattern.test(stripQuotes(code)))?.[1];
}

/**
 * Finds fields, and their parameters, that probably differ in the next run, with the reason.
 *
 * @param fields the fields of all entries of a run
 */
export function findUnstableFields(
	context: IExecuteFunctions,
	fields: readonly CanonicalField[],
): [name: string, why: string][] {
	const { customKey, eventId, keyFields } = context.getNode().parameters;
	const expressions = { 'Custom Value': customKey, 'Event ID': eventId, 'Key Fields': keyFields };
	const found = new Map<string, string>();
	for (const [label, value] of Object.entries(expressions)) {
		const why = explainUnstable(JSON.stringify(value ?? ''));
		if (why !== undefined) found.set(label, why);
	}
	for (const [name, value] of fields) {
		const why = explainUnstable(name) ?? explainUnstableValue(value);
		if (why === undefined) continue;
		// The name of the field says more than the list that contains it.
		found.delete('Key Fields');
		found.set(name, why);
	}
	return [...found];
}
