import type { Outcome } from '../../ledger/model/entry';
import { accountIdIn } from './accountCheck';
import type { Connection } from './connection';

const accounts = new Map<string, Promise<string | Outcome>>();

/**
 * The id of the account that a key belongs to, asked of Stripe once per process and key. Not the secret key itself tells
 * accounts apart, because people rotate keys.
 *
 * @param fetchAccount `GET /v1/account`, as patiently as the caller likes
 * @returns the account id, or the outcome that kept us from knowing it
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
			// Only what is known is remembered: a fault may be mended before the next run.
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
