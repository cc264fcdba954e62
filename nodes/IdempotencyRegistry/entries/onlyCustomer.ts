import type { Entry } from '../../../ledger/model/entry';
import { buildOnlyCustomerProperty, isEntryOf, readOnlyCustomer } from '../../shared/parameters/onlyCustomer';
import type { RegistryItem } from '../item';

export const onlyCustomer = buildOnlyCustomerProperty(
	'ID of the only customer whose entries may be read or changed, e.g. the one who is chatting with an AI agent. Entries of others, and entries in which the ledger has no customer, are treated as if they did not exist.',
);

/**
 * Leaves out the entries that are not certain to belong to the customer that the item is limited to.
 *
 * @throws ItemError for an option that is not the ID of a customer
 */
export function limitEntriesToCustomer({ read }: RegistryItem, entries: readonly Entry[]): Entry[] {
	const only = readOnlyCustomer(read.options());
	return entries.filter((entry) => isEntryOf(entry, only));
}
