import type { Outcome } from '../../../ledger/model/entry';
import type { Time } from '../../../ledger/clock';
import { accountOf } from '../../../stripe/api/account';
import type { Connection } from '../../../stripe/api/connection';
import type { ReadOptions } from '../../StripeIdempotent/readOperation';
import { getAccount, readWords } from '../../StripeIdempotent/readOperation';
import { NotSent, nothingSent } from '../run/errorToResult';
import { accountId } from './credential';

/** What Stripe said in this run about whom a key belongs to. */
export type AccountsOfRun = Map<string, Promise<string | Outcome>>;

/**
 * The account that separates entries: the connected one that is acted for, else the credential's, else the one that Stripe
 * names. Two accounts in one ledger must never be taken for one: without an account there is no key.
 *
 * @throws NotSent where Stripe does not say it; Refusal for what is no account ID
 */
export async function accountFor(
	{ connection, options }: { connection: Connection; options: ReadOptions },
	given: string | undefined,
	accounts: AccountsOfRun,
	time: Time,
): Promise<string> {
	if (options.stripeAccount) return options.stripeAccount;
	if (given) return accountId(given);
	const account = await askedOnce(accounts, connection, () => getAccount({ connection, options }, time));
	if (typeof account === 'string') return account;
	throw new NotSent(nothingSent(account), accountWords(account));
}

/** An answer that did not come for the first item is not waited for again at each of the others. */
function askedOnce(accounts: AccountsOfRun, connection: Connection, ask: () => Promise<Outcome>) {
	const account = accounts.get(connection.cacheKey) ?? accountOf(connection, ask);
	accounts.set(connection.cacheKey, account);
	return account;
}

function accountWords(outcome: Outcome) {
	const what = `Nothing was sent, because Stripe did not say which account the key belongs to. ${readWords(outcome)}`;
	const isForbidden = outcome.kind === 'unauthorized' && outcome.statusCode === 403;
	return isForbidden
		? {
				what,
				nextStep:
					'Fill in Account ID (acct_…) in the credential: a restricted key may not ask for it.',
			}
		: { what };
}
