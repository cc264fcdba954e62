import type { Entry } from '../ledger/model/entry';
import type { Connection } from '../stripe/api/connection';

/** The account of an entry's request, and how the request names it. */
export interface EntryStripeAccess {
	connection: Connection;
	/** The connected account, if it is not the account of the credential. */
	stripeAccount?: string;
}

/** The account and mode of one credential. */
export class StripeAccess {
	constructor(
		readonly connection: Connection,
		private readonly ownAccount: string,
	) {}

	/** @returns undefined if the entry belongs to the other mode (live or test), for which the key is not valid */
	forEntry({ mode, account }: Entry): EntryStripeAccess | undefined {
		const { connection, ownAccount } = this;
		if (mode !== connection.mode) return undefined;
		return { connection, ...(account === ownAccount ? {} : { stripeAccount: account }) };
	}

	/** Returns whether the request was sent with a key of this account, for itself or for a connected account. */
	isOwn({ account, request }: Entry): boolean {
		return account === this.ownAccount || request.stripeAccount === account;
	}
}

/** The kinds of requests that an entry can be about. */
export type EntryKind = 'stripe' | 'event' | 'other';

/** Stripe account IDs start with `acct_`. An entry for another API has none, and an event delivery has no path. */
export function entryKindOf({ account, operation, request }: Entry): EntryKind {
	if (account.startsWith('acct_') && request.path.startsWith('/')) return 'stripe';
	return operation === 'event' && request.path.startsWith('event ') ? 'event' : 'other';
}
