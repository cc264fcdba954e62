import type { Difference } from '../../ledger/request';
import { withoutSecrets } from '../../stripe/redact';

/** In what two requests differ, for a person. */
export function differenceWords(differences: readonly Difference[]): string {
	const listed = withoutSecrets(differences).map(
		({ name, stored, asked }) => `${name} was ${quoted(stored)}, now it is ${quoted(asked)}`,
	);
	return listed.length > 0 ? listed.join('; ') : 'a parameter that is not kept in the ledger has changed';
}

function quoted(value: string): string {
	return /\s/.test(value) && value !== '(none)' ? `"${value}"` : value;
}
