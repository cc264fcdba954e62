import type { Outcome } from '../ledger/model/entry';
import type { TimeSource } from '../ledger/clock';
import { getAccountId } from '../stripe/api/account';
import type { ReadRequest } from '../stripe/api/reads';
import { getAccount } from '../stripe/api/reads';

/** What Stripe said in one run about whom a key belongs to: an answer that did not come is not waited for again. */
export type AccountsOfRun = Map<string, Promise<string | Outcome>>;

/**
 * The account that separates entries: the connected one that is acted for, else the one that was given, else the one that
 * Stripe names. Two accounts in one ledger are never mixed: without an account there is no key.
 *
 * @returns the account id, or the outcome that kept us from knowing it
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
