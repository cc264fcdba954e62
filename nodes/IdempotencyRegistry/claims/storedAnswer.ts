import { redactSecrets } from '../../../stripe/api/redact';
import { isRecord } from '../../shared/parameters/values';

/** Under this name an answer is kept that is no object of its own: a list, a text, a number. */
const WRAPPED_VALUE = 'n8nAnswer';

/** An answer as the ledger keeps it: an object, in which nothing secret stands. */
export function encodeStoredAnswer(answer: unknown): Record<string, unknown> {
	const redacted = redactSecrets(answer);
	return isRecord(redacted) ? redacted : { [WRAPPED_VALUE]: redacted ?? null };
}

/** It comes back as it was given. */
export function decodeStoredAnswer(body: Record<string, unknown> | undefined): unknown {
	const names = Object.keys(body ?? {});
	const isWrapped = names.length === 1 && names[0] === WRAPPED_VALUE && !isRecord(body?.[WRAPPED_VALUE]);
	return isWrapped ? body?.[WRAPPED_VALUE] : (body ?? null);
}
