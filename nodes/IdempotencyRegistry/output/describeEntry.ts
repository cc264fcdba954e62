import type { Entry } from '../../../ledger/model/entry';

/** Describes an entry by the fields of its key. */
export function describeEntry({ operation, fields }: Entry): string {
	const named = fields.map(([name, value]) => `${name} ${value}`).join(', ');
	return named ? `${operation}, ${named}` : operation;
}
