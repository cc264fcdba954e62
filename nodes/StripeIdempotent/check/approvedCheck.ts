import type { PresentedCheck } from '../../../ledger/identity/check';
import { readCheck } from '../../../ledger/identity/check';
import type { InputReader } from '../../shared/parameters/inputReader';
import { ItemError } from '../../shared/run/error';

const LABEL = 'Approved Check';
const CURE =
	'Check the items with Check Only, let a person approve the result, and pass on the items from Checked, with {{ $json.check }} here.';

/**
 * Reads Approved Check.
 *
 * @returns undefined if the option was not added, so that no approval is required
 * @throws ItemError for an empty value, or a value that is not a check
 */
export function readApprovedCheck(input: InputReader, keySecret?: string): PresentedCheck | undefined {
	const value = input.valueAsFound('options.approvedCheck') ?? '';
	if (!input.fieldNames('options').includes('approvedCheck')) return undefined;
	const text = typeof value === 'string' ? value.trim() : undefined;
	if (text === '') throw new ItemError(LABEL, 'has no value in this item, so it was not approved', CURE);
	const check = text === undefined ? undefined : readCheck(text, keySecret);
	if (check) return check;
	throw new ItemError(LABEL, 'is not a check that Check Only returned, or not all of it', CURE);
}
