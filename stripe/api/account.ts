import type { Outcome } from '../../ledger/model/entry';
import type { Connection } from './connection';

const accounts = new Map<string, Promise<string | Outcome>>();

/**
 * The id of the account that a key belongs to, asked of Stripe once per process and key. Not the secret key itself tells
 * accounts apart, because people rotate keys.
 *
 * @param ask `GET /v1/account`, as patiently as the caller likes
 * @returns the account id, or the outcome that kept us from knowing it
 */
export function accountOf(connection: Connection, ask: () => Promise<Outcome>): Promise<string | Outcome> {
	const known = accounts.get(connection.cacheKey);
	if (known) return known;
	const asked = ask()
		.then(accountIn)
		.then((answer) => {
			// Only what is known is remembered: a fault may be mended before the next run.
			if (typeof answer !== 'string') accounts.delete(connection.cacheKey);
			return answer;
		});
	accounts.set(connection.cacheKey, asked);
	return asked;
}

function accountIn(outcome: Outcome): string | Outcome {
	if (outcome.kind !== 'succeeded') return outcome;
	return outcome.objectId ?? { kind: 'unknown', message: 'Stripe named no account' };
}
