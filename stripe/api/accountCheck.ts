import type { Outcome } from '../../ledger/model/entry';
import type { StripeResponse } from './client';
import { InvalidCredentialError } from './credentialError';
import { classify } from './outcome';

/**
 * Whether a key belongs to the account that somebody has said it belongs to. Under another account's ID, what was paid there
 * would be taken for paid here, and a repeat of what is unknown would charge a second time: Stripe keeps keys per account.
 */
export class AccountCheck {
	/** Whether there is nothing left to ask. */
	isDone: boolean;
	private isOther = false;

	/** @param given whose key it is said to be; without it, Stripe's word is taken wherever the account counts */
	constructor(private readonly given: string | undefined) {
		this.isDone = given === undefined;
	}

	/**
	 * @param askAccount `GET /v1/account`
	 * @returns the reason why Stripe has not answered; nothing where it has
	 * @throws InvalidCredentialError where it is the key of another account
	 */
	async ask(askAccount: () => Promise<StripeResponse>): Promise<string | undefined> {
		if (!this.isOther) {
			const { outcome } = classify(await askAccount());
			const actual = outcome.kind === 'succeeded' ? accountIdIn(outcome) : undefined;
			this.isOther = this.given !== undefined && actual !== undefined && actual !== this.given;
			// A key that may not read its account cannot be checked, and one that is not valid sends nothing.
			this.isDone ||= actual === this.given || outcome.kind === 'unauthorized';
			if (!this.isOther) return outcome.kind === 'succeeded' ? undefined : outcome.message;
		}
		throw new InvalidCredentialError('other_account');
	}
}

/** Another object in its place is none: its ID would make a new payment of every order. */
export function accountIdIn({ objectId }: Outcome): string | undefined {
	return objectId?.startsWith('acct_') ? objectId : undefined;
}
