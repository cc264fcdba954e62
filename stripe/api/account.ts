import type { Outcome } from '../../ledger/model/entry';
import { accountIdIn } from './accountCheck';
import type { Connection } from './connection';

const accounts = new Map<string, Promise<string | Outcome>>();

/**
 * Returns the ID of the account that a key belongs to. Stripe is asked once per process and key. The secret key itself does not
 * identify an account, because keys are rotated.
 *
 * @param fetchAccount requests `GET /v1/account`, with the caller's retry policy
 * @returns the account ID, or the outcome if it could not be read
 */
export function getAccountId(
	connection: Connection,
	fetchAccount: () => Promise<Outcome>,
): Promise<string | Outcome> {
	const known = accounts.get(connection.cacheKey);
	if (known) return known;
	const pending = fetchAccount()
		.then(toAccountId)
		.then((account) => {
			// Only successes are cached: a failure may be resolved before the next run.
			if (typeof account !== 'string') accounts.delete(connection.cacheKey);
			return account;
		});
	accounts.set(connection.cacheKey, pending);
	return pending;
}

function toAccountId(outcome: Outcome): string | Outcome {
	if (outcome.kind !== 'succeeded') return outcome;
	return accountIdIn(outcome) ?? { kind: 'unknown', message: 'Stripe named no account' };
}
