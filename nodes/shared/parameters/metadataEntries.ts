import type { ItemError } from '../run/error';
import { MAX_VALUE_DEPTH, isNestedBeyond, isRecord, toInputText } from './values';

type BuildError = (problem: string, nextStep: string) => ItemError;

/** The rows of Metadata as texts by names. @throws ItemError for a name that is missing, or stands there twice */
export function readMetadataEntries(value: unknown, buildError: BuildError): Record<string, string> {
	const entries = isRecord(value) && Array.isArray(value.entry) ? (value.entry as unknown[]) : [];
	const pairs = entries
		.filter(isRecord)
		.map(({ key, value: text }): [string, string] => [
			toInputText(key).trim(),
			toShallowText(text, buildError),
		]);
	const names = pairs.map(([name]) => name);
	if (names.includes('')) throw buildError('has an entry without a key', 'Enter the key, e.g. order_id.');
	if (new Set(names).size < names.length)
		throw buildError('has the same key twice', 'Keep one of the two entries.');
	return Object.fromEntries(pairs);
}

/** @throws ItemError for what is nested more deeply than any parameter of Stripe's API */
function toShallowText(value: unknown, buildError: BuildError): string {
	if (!isNestedBeyond(MAX_VALUE_DEPTH, value)) return toInputText(value);
	throw buildError(
		'is nested too deeply',
		"No parameter of Stripe's API has that many levels. Check where the value comes from.",
	);
}
