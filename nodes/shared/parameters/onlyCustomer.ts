import type { INodeProperties } from 'n8n-workflow';

import type { Entry } from '../../../ledger/model/entry';
import { customersOf } from '../../../ledger/model/entryFacts';
import { isOwnId } from '../../../stripe/objects/ids';
import { ItemError } from '../run/error';

export const ONLY_CUSTOMER = 'Only This Customer';

/** Builds the option that limits a node to one customer. A model cannot fill in options. */
export function buildOnlyCustomerProperty(description: string): INodeProperties {
	return {
		displayName: ONLY_CUSTOMER,
		name: 'onlyCustomer',
		type: 'string',
		default: '',
		placeholder: 'e.g. cus_NffrFeUfNV2Hib',
		description,
	};
}

/**
 * Reads the customer that the option allows; undefined if it is not set.
 *
 * @throws ItemError for a value that is not an ID, so that an expression without a value does not allow every customer
 */
export function readOnlyCustomer(given: Readonly<Record<string, unknown>>): string | undefined {
	if (!('onlyCustomer' in given)) return undefined;
	const { onlyCustomer: id } = given;
	if (typeof id === 'string' && id.trim() !== '' && isOwnId(id.trim())) return id.trim();
	throw new ItemError(
		ONLY_CUSTOMER,
		'is not the ID of a customer',
		'Enter it, e.g. cus_NffrFeUfNV2Hib, or remove the option. Empty by mistake, it would allow every customer.',
	);
}

/** Returns whether an entry is certain to belong to the customer. Without a limit, each one does. */
export function isEntryOf(entry: Entry, only: string | undefined): boolean {
	const customers = customersOf(entry);
	return only === undefined || (customers.length > 0 && customers.every((customer) => customer === only));
}
