import { ItemError } from '../run/error';

/**
 * Returns the connected account; undefined if empty.
 *
 * @throws ItemError
 */
export function readConnectedAccount(id: string): string | undefined {
	if (id === '') return undefined;
	if (/^acct_[A-Za-z0-9_]+$/.test(id)) return id;
	throw new ItemError(
		'Stripe Account',
		`is "${id}"`,
		'Give the ID of the connected account, which begins with acct_.',
	);
}
