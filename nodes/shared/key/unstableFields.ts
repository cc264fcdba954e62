import type { IExecuteFunctions } from 'n8n-workflow';

import type { CanonicalField } from '../../../ledger/identity/key';
import { explainUnstable, explainUnstableValue } from './unstableValues';

/**
 * The fields, and the parameters that they come from, which look as if they were not the same at the next run; each with
 * the reason.
 *
 * @param fields of all entries of a run
 */
export function findUnstableFields(
	context: IExecuteFunctions,
	fields: readonly CanonicalField[],
): [name: string, why: string][] {
	const { customKey, eventId, keyFields } = context.getNode().parameters;
	const expressions = { 'Custom Value': customKey, 'Event ID': eventId, 'Key Fields': keyFields };
	const found = new Map<string, string>();
	for (const [label, value] of Object.entries(expressions)) {
		const why = explainUnstable(JSON.stringify(value ?? ''));
		if (why !== undefined) found.set(label, why);
	}
	for (const [name, value] of fields) {
		const why = explainUnstable(name) ?? explainUnstableValue(value);
		if (why === undefined) continue;
		// The field's own name says more than the list that it stands in.
		found.delete('Key Fields');
		found.set(name, why);
	}
	return [...found];
}
