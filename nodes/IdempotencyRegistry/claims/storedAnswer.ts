import { withoutSecrets } from '../../../stripe/api/redact';
import { isRecord } from '../../shared/parameters/values';

/** Under this name an answer is kept that is no object of its own: a list, a text, a number. */
const VALUE = 'n8nAnswer';

/** An answer as the ledger keeps it: an object, in which nothing secret stands. */
export function toKeep(answer: unknown): Record<string, unknown> {
	const shown = withoutSecrets(answer);
	return isRecord(shown) ? shown : { [VALUE]: shown ?? null };
}

/** It comes back as it was given. */
export function kept(body: Record<string, unknown> | undefined): unknown {
	const names = Object.keys(body ?? {});
	const isWrapped = names.length === 1 && names[0] === VALUE && !isRecord(body?.[VALUE]);
	return isWrapped ? body?.[VALUE] : (body ?? null);
}
