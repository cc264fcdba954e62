import type { Entry } from '../../../ledger/model/entry';

/** What an entry is about, in the words of the fields that it was made from. */
export function describeEntry({ operation, fields }: Entry): string {
	const named = fields.map(([name, value]) => `${name} ${value}`).join(', ');
	return named ? `${operation}, ${named}` : operation;
}
