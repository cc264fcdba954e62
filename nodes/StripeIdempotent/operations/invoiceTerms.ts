import type { Params } from '../../../ledger/model/request';
import type { ParameterReader } from '../../shared/parameters/parameterReader';
import { readDueTerms } from './billing';

/** A date takes the place of the days. */
export function readTerms(read: ParameterReader): Record<string, unknown> {
	const terms = readDueTerms(read);
	return 'due_date' in read.additionalFields() ? { ...terms, days_until_due: undefined } : terms;
}

/** @throws ItemError */
export function refuseUnclearTerms(read: ParameterReader, params: Params): void {
	if (params.collection_method !== 'charge_automatically' || !('due_date' in params)) return;
	throw read.buildError(
		'additionalFields.dueDate',
		'is filled in, but the invoice is charged automatically',
		'Choose Send Invoice in Collection Method, or leave Due Date out.',
	);
}
