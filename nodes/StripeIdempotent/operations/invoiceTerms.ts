import type { ParameterReader } from '../../shared/parameters/parameterReader';
import { readDueTerms } from './billing';

/** A due date replaces the number of days. */
export function readTerms(read: ParameterReader): Record<string, unknown> {
	const terms = readDueTerms(read);
	return 'due_date' in read.additionalFields() ? { ...terms, days_until_due: undefined } : terms;
}
