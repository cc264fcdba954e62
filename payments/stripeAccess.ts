import type { Entry } from '../ledger/model/entry';
import type { Connection } from '../stripe/api/connection';

/** Where an entry's request went, and what it is called there. */
export interface EntryStripeAccess {
	connection: Connection;
	/** The connected account, where it is not the credential's own. */
	stripeAccount?: string;
}

/** The Stripe that one credential leads to. */
export class StripeAccess {
	constructor(
		readonly connection: Connection,
		private readonly ownAccount: string,
	) {}

	/** @returns undefined where the entry is of the other one of live and test mode, for which the key is not good */
	forEntry({ mode, account }: Entry): EntryStripeAccess | undefined {
		const { connection, ownAccount } = this;
		if (mode !== connection.mode) return undefined;
		return { connection, ...(account === ownAccount ? {} : { stripeAccount: account }) };
	}

	/** Whether it was sent with a key of this very account, for itself or for an account that is connected to it. */
	isOwn({ account, request }: Entry): boolean {
		return account === this.ownAccount || request.stripeAccount === account;
	}
}

/** What else than a request to Stripe an entry can be about. */
export type EntryKind = 'stripe' | 'event' | 'other';

/** Accounts of Stripe begin so; an entry for another API has none, and an event for a workflow has no path. */
export function entryKindOf({ account, operation, request }: Entry): EntryKind {
	if (account.startsWith('acct_') && request.path.startsWith('/')) return 'stripe';
	return operation === 'event' && request.path.startsWith('event ') ? 'event' : 'other';
}
