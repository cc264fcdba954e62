import type { Outcome } from '../ledger/entry';
import { sendOnce } from './client';
import type { Connection } from './connection';
import { classify } from './outcome';

const accounts = new Map<string, Promise<string | Outcome>>();

/**
 * The id of the account that a key belongs to, asked of Stripe once per process and key. Not the secret key itself tells
 * accounts apart, because people rotate keys.
 *
 * @returns the account id, or the outcome that kept us from knowing it
 */
export function accountOf(connection: Connection, timeoutMs: number): Promise<string | Outcome> {
	const known = accounts.get(connection.cacheKey);
	if (known) return known;
	const asked = askAccount(connection, timeoutMs).then((answer) => {
		// Only what is known is remembered: a fault may be mended before the next run.
		if (typeof answer !== 'string') accounts.delete(connection.cacheKey);
		return answer;
	});
	accounts.set(connection.cacheKey, asked);
	return asked;
}

async function askAccount(connection: Connection, timeoutMs: number): Promise<string | Outcome> {
	const { outcome } = classify(
		await sendOnce(connection, { method: 'GET', path: '/v1/account', timeoutMs }),
	);
	if (outcome.kind !== 'succeeded') return outcome;
	return outcome.objectId ?? { kind: 'unknown', message: 'Stripe named no account' };
}
