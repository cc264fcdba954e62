import type { ParameterReader } from '../../shared/parameters/parameterReader';
import { readDueTerms } from './billing';

/** A date takes the place of the days. */
export function readTerms(read: ParameterReader): Record<string, unknown> {
	const terms = readDueTerms(read);
	return 'due_date' in read.additionalFields() ? { ...terms, days_until_due: undefined } : terms;
}
