import type { Outcome } from '../ledger/model/entry';
import type { TimeSource } from '../ledger/clock';
import { getAccountId } from '../stripe/api/account';
import type { ReadRequest } from '../stripe/api/reads';
import { getAccount } from '../stripe/api/reads';

/** The accounts of the API keys of one run. A failed lookup is not repeated within the run. */
export type AccountsOfRun = Map<string, Promise<string | Outcome>>;

/**
 * Resolves the account of an entry's scope: the connected account, otherwise the account in the credential, otherwise the account
 * that Stripe reports. Without an account no key is derived, so that two accounts are never mixed in one ledger.
 *
 * @returns the account ID, or the outcome of the failed lookup
 */
export function resolveAccount(
	request: ReadRequest,
	given: string | undefined,
	time: TimeSource,
	accounts: AccountsOfRun = new Map(),
): Promise<string | Outcome> {
	const { connection, options } = request;
	const known = options.stripeAccount ?? given;
	if (known) return Promise.resolve(known);
	const { cacheKey } = connection;
	const account = accounts.get(cacheKey) ?? getAccountId(connection, () => getAccount(request, time));
	accounts.set(cacheKey, account);
	return account;
}
