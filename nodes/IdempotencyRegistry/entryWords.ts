import type { Entry } from '../../ledger/entry';
import type { Difference } from '../../ledger/request';
import { withoutSecrets } from '../../stripe/redact';

/** What an entry is about, in the words of the fields that it was made from. */
export function whatOf({ operation, fields }: Entry): string {
	const named = fields.map(([name, value]) => `${name} ${value}`).join(', ');
	return named ? `${operation}, ${named}` : operation;
}

/** In what two requests differ. */
export function differenceWords(differences: readonly Difference[]): string {
	const listed = withoutSecrets(differences).map(
		({ name, stored, asked }) => `${name} was ${quoted(stored)}, now it is ${quoted(asked)}`,
	);
	return listed.length > 0 ? listed.join('; ') : 'a value that is not kept in the ledger has changed';
}

function quoted(value: string): string {
	return /\s/.test(value) && value !== '(none)' ? `"${value}"` : value;
}
