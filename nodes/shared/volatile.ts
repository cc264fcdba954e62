const ONE_TIME_TOKEN = 'a one-time token is another one at every try';

/** What changes at every run: a key made from it protects nothing. */
const VOLATILE: readonly (readonly [pattern: RegExp, why: string])[] = [
	[/\$execution\.(?:id|resumeUrl)|execution_?id/i, 'the execution ID is another one at every run'],
	[
		/\$now|\$today|Date\.now|new Date\(|DateTime\.(?:now|local|utc)\(/,
		'the time of the run is another one at every run',
	],
	[/\$(?:runIndex|itemIndex|prevNode)|Math\.random/, 'it is another one at every run'],
	[/uuid|nanoid|random/i, 'a random ID is usually made anew at every run'],
	[/tool_?call_?id/i, 'a tool call has another ID at every call'],
	[/\btok_|_secret_|client_?secret/i, ONE_TIME_TOKEN],
];

/**
 * Why a key field looks as if it changed between two runs for the same decision.
 *
 * @param text a field's name, or an expression
 */
export function whyVolatile(text: string): string | undefined {
	return VOLATILE.find(([pattern]) => pattern.test(text))?.[1];
}

/** The same of a value, which may be any text: a customer may be called "Random House". */
export function whyVolatileValue(value: string): string | undefined {
	return /^tok_\w|^[a-z]+_\w+_secret_\w/.test(value) ? ONE_TIME_TOKEN : undefined;
}
