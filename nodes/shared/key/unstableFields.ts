import type { IExecuteFunctions } from 'n8n-workflow';

import type { CanonicalField } from '../../../ledger/identity/key';
import { explainUnstable, explainUnstableValue } from './unstableValues';

/**
 * Finds fields, and their parameters, that probably differ in the next run, with the reason.
 *
 * @param fields the fields of all entries of a run
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
		// The name of the field says more than the list that contains it.
		found.delete('Key Fields');
		found.set(name, why);
	}
	return [...found];
}
