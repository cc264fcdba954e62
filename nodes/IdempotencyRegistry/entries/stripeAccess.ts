import type { Entry } from '../../../ledger/model/entry';
import type { Connection } from '../../../stripe/api/connection';
import { connect, DEFAULT_API_VERSION } from '../../../stripe/api/connection';
import { requireAccount } from '../../shared/stripe/requireAccount';
import { readCredential } from '../../shared/stripe/credential';
import type { RegistryItem } from '../item';

/** How patiently Stripe is asked whose key it is. */
export const LOOKUP_OPTIONS = { timeoutMs: 20_000, maxRetries: 2, apiVersion: DEFAULT_API_VERSION };

/** Where an entry's request went, and what it is called there. */
export interface EntryStripeAccess {
	connection: Connection;
	/** The connected account, where it is not the credential's own. */
	stripeAccount?: string;
}

/** The Stripe that the item's credential leads to. */
export class ItemStripeAccess {
	private constructor(
		readonly connection: Connection,
		private readonly ownAccount: string,
	) {}

	/** @throws PreflightError, TimeUnknownError where Stripe does not say whose key it is, or what time, ItemError, InvalidCredentialError */
	static async of({ index, run: { context, accounts, time } }: RegistryItem): Promise<ItemStripeAccess> {
		const credential = readCredential(await context.getCredentials('stripeIdempotentApi', index));
		const connection = connect(credential, time);
		const request = { connection, options: LOOKUP_OPTIONS };
		const account = await requireAccount(request, credential.accountId, accounts, time);
		await connection.clock.ascertain();
		return new ItemStripeAccess(connection, account);
	}

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
