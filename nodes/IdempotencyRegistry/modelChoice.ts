import { refuseFilledByModel } from '../shared/parameters/byModel';
import type { RegistryItem } from './item';

/**
 * Parameters that decide whether something is done twice, and where that is stored. A model could get around the protection
 * with each new value.
 */
const PERSONS_CHOICE = [
	'resource',
	'operation',
	'keySource',
	'keyFields',
	'action',
	'ledger',
	'ledgerFile',
	'options',
];

/** @throws ItemError with the label of a parameter that a model may not fill in */
export function refuseToolChoices({ read, isTool }: RegistryItem): void {
	if (!isTool) return;
	for (const parameter of PERSONS_CHOICE)
		refuseFilledByModel(read.input.labelOf(parameter), read.input.readWritten(parameter), isTool);
}
