import type { Outcome } from '../../ledger/model/entry';
import type { StripeResponse } from './client';
import { InvalidCredentialError } from './credentialError';
import { classify } from './outcome';

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
export function accountIdIn({ objectId }: Outcome): string | undefined {
	return objectId?.startsWith('acct_') ? objectId : undefined;
}
