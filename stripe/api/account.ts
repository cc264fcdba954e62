import type { Outcome } from '../../ledger/model/entry';
import type { StripeResponse } from './client';
import { InvalidCredentialError } from './credentialError';
import { classify } from './outcome';

const accounts = new Map<string, Promise<string | Outcome>>();

/**
 * Returns the ID of the account that a key belongs to. Stripe is asked once per process and key. The secret key itself does not
 * identify an account, because keys are rotated.
 *
 * @param fetchAccount requests `GET /v1/account`, with the caller's retry policy
 * @returns the account ID, or the outcome if it could not be read
 */
export function getAccountId(
	connection: { cacheKey: string },
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

/**
 * Checks that a key belongs to the account given in the credential. With a wrong account ID, payments of another account would
 * count as made here, and repeating an unknown one would charge twice, because Stripe stores keys per account.
 */
export class AccountCheck {
	/** Whether nothing is left to check. */
	isDone: boolean;
	private isOther = false;

	/** @param given the account ID from the credential; without it, the ID that Stripe returns is used */
	constructor(private readonly given: string | undefined) {
		this.isDone = given === undefined;
	}

	/**
	 * @param askAccount requests `GET /v1/account`
	 * @returns why Stripe did not answer; undefined if it did
	 * @throws InvalidCredentialError if the key belongs to another account
	 */
	async ask(askAccount: () => Promise<StripeResponse>): Promise<string | undefined> {
		if (!this.isOther) {
			const { outcome } = classify(await askAccount());
			const actual = outcome.kind === 'succeeded' ? accountIdIn(outcome) : undefined;
			this.isOther = this.given !== undefined && actual !== undefined && actual !== this.given;
			// A key without permission to read its account cannot be checked, and an invalid key sends nothing.
			this.isDone ||= actual === this.given || outcome.kind === 'unauthorized';
			if (!this.isOther) return outcome.kind === 'succeeded' ? undefined : outcome.message;
		}
		throw new InvalidCredentialError('other_account');
	}
}

/** Accepts only an account ID: the ID of any other object would make every order a new payment. */
function accountIdIn({ objectId }: Outcome): string | undefined {
	return objectId?.startsWith('acct_') ? objectId : undefined;
}
