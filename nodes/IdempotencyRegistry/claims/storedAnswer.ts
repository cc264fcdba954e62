import { redactSecrets } from '../../../stripe/api/redact';
import { isRecord } from '../../shared/parameters/values';

/** The field that holds a response which is not an object: a list, a string or a number. */
const WRAPPED_VALUE = 'n8nAnswer';

/** Encodes a response for the ledger, as an object without secrets. */
export function encodeStoredAnswer(answer: unknown): Record<string, unknown> {
	const redacted = redactSecrets(answer);
	return isRecord(redacted) ? redacted : { [WRAPPED_VALUE]: redacted ?? null };
}

/** Returns a stored response as it was passed in. */
export function decodeStoredAnswer(body: Record<string, unknown> | undefined): unknown {
	const names = Object.keys(body ?? {});
	const isWrapped = names.length === 1 && names[0] === WRAPPED_VALUE && !isRecord(body?.[WRAPPED_VALUE]);
	return isWrapped ? body?.[WRAPPED_VALUE] : (body ?? null);
}
