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
	const named = fields.map(
		([name, value]) => [name, explainUnstable(name) ?? explainUnstableValue(value)] as const,
	);
	const { customKey, eventId, keyFields } = context.getNode().parameters;
	const expressions = Object.entries({
		'Custom Value': customKey,
		'Event ID': eventId,
		'Key Fields': keyFields,
	});
	const written = expressions.map(
		([label, value]) => [label, explainUnstable(JSON.stringify(value ?? ''))] as const,
	);
	const found = new Map(
		[...written, ...named].filter((pair): pair is [string, string] => pair[1] !== undefined),
	);
	// The field's own name says more than the list that it stands in.
	if (named.some(([, why]) => why)) found.delete('Key Fields');
	return [...found];
}
