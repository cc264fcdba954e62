import type { Outcome } from '../../../ledger/model/entry';
import type { TimeSource } from '../../../ledger/clock';
import { getAccountId } from '../../../stripe/api/account';
import type { Connection } from '../../../stripe/api/connection';
import type { ReadOptions } from './reads';
import { getAccount, describeReadOutcome } from './reads';
import { PreflightError, downgradeToUnreachable } from '../run/errorToResult';
import { checkAccountId } from './credential';

/** What Stripe said in this run about whom a key belongs to. */
export type AccountsOfRun = Map<string, Promise<string | Outcome>>;

/**
 * The account that separates entries: the connected one that is acted for, else the credential's, else the one that Stripe
 * names. Two accounts in one ledger must never be taken for one: without an account there is no key.
 *
 * @throws PreflightError where Stripe does not say it; ItemError for what is no account ID
 */
export async function resolveAccount(
	{ connection, options }: { connection: Connection; options: ReadOptions },
	given: string | undefined,
	accounts: AccountsOfRun,
	time: TimeSource,
): Promise<string> {
	if (options.stripeAccount) return options.stripeAccount;
	if (given) return checkAccountId(given);
	const account = await askOnce(accounts, connection, () => getAccount({ connection, options }, time));
	if (typeof account === 'string') return account;
	throw new PreflightError(downgradeToUnreachable(account), describeAccountFailure(account));
}

/** An answer that did not come for the first item is not waited for again at each of the others. */
function askOnce(accounts: AccountsOfRun, connection: Connection, ask: () => Promise<Outcome>) {
	const account = accounts.get(connection.cacheKey) ?? getAccountId(connection, ask);
	accounts.set(connection.cacheKey, account);
	return account;
}

function describeAccountFailure(outcome: Outcome) {
	const message = `Nothing was sent, because Stripe did not say which account the key belongs to. ${describeReadOutcome(outcome)}`;
	const isForbidden = outcome.kind === 'unauthorized' && outcome.statusCode === 403;
	return isForbidden
		? {
				message,
				nextStep:
					'Fill in Account ID (acct_…) in the credential: a restricted key may lack the permission to read it.',
			}
		: { message };
}
