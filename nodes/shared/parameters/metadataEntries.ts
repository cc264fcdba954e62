import type { ItemError } from '../run/error';
import { leaveOutEmptied } from './emptiedValues';
import { isListOrObject } from './noValue';
import { MAX_VALUE_DEPTH, isNestedBeyond, isRecord, toInputText } from './values';

type BuildError = (problem: string, nextStep: string) => ItemError;

/**
 * Converts rows of key and value to an object.
 *
 * @throws ItemError for a missing or repeated key
 */
export function readEntries(value: unknown, buildError: BuildError): Record<string, string> {
	const entries = isRecord(value) && Array.isArray(value.entry) ? (value.entry as unknown[]) : [];
	const pairs = entries
		.filter(isRecord)
		.map(({ key, value: text }): [string, string] => [
			toName(key, buildError),
			toShallowText(text, buildError),
		]);
	const names = pairs.map(([name]) => name);
	if (names.includes('')) throw buildError('has an entry without a key', 'Enter the key, e.g. order_id.');
	const bracketed = names.find((name) => /[[\]]/.test(name));
	if (bracketed !== undefined)
		throw buildError(`has the key "${bracketed}"`, 'Use a key without square brackets, e.g. order_id.');
	if (new Set(names).size < names.length)
		throw buildError('has the same key twice', 'Keep one of the two entries.');
	return Object.fromEntries(pairs);
}

function toName(key: unknown, buildError: BuildError): string {
	if (isListOrObject(key))
		throw buildError('has an object as a key', 'Enter one value, e.g. {{ $json.id }}.');
	return toInputText(key).trim();
}

/** Stripe's limits for metadata, in characters (docs.stripe.com/metadata#data). */
const MAX_NAME_LENGTH = 40;
const MAX_VALUE_LENGTH = 500;

/** @throws ItemError for keys and values that exceed Stripe's limits */
export function refuseLongMetadata(entries: Readonly<Record<string, string>>, buildError: BuildError): void {
	for (const [name, text] of Object.entries(entries)) {
		const [nameLength, length] = [countCharacters(name), countCharacters(text)];
		if (nameLength > MAX_NAME_LENGTH)
			throw buildError(
				`has a key of ${nameLength} characters`,
				`Shorten it to ${MAX_NAME_LENGTH}: Stripe keeps no more.`,
			);
		if (length > MAX_VALUE_LENGTH)
			throw buildError(
				`has ${length} characters in "${name}"`,
				`Shorten them to ${MAX_VALUE_LENGTH}: Stripe keeps no more.`,
			);
	}
}

/**
 * Leaves out metadata whose expression returned no text.
 *
 * @param written the rows in the editor, which omits a value that was left empty
 */
export function leaveOutEmptiedEntries(
	entries: Record<string, string>,
	written: unknown,
): Record<string, string> {
	const rows = isRecord(written) && Array.isArray(written.entry) ? written.entry.filter(isRecord) : [];
	const typed = rows.map(({ key, value }) => [toInputText(key).trim(), value ?? '']);
	return leaveOutEmptied(entries, Object.fromEntries(typed));
}

/** @throws ItemError for deeper nesting than any parameter of Stripe's API has */
function toShallowText(value: unknown, buildError: BuildError): string {
	if (!isNestedBeyond(MAX_VALUE_DEPTH, value)) return toInputText(value);
	throw buildError(
		'is nested too deeply',
		"No parameter of Stripe's API has that many levels. Check where the value comes from.",
	);
}

/** An emoji counts as one character, as in Stripe. */
function countCharacters(text: string): number {
	return Array.from(text).length;
}
