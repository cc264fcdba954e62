import type { Scope } from '../../ledger/identity/key';
import type { Connection } from '../../stripe/api/connection';
import { connect } from '../../stripe/api/connection';
import { storedCredential } from '../shared/stripe/credential';
import { plain } from '../shared/parameters/values';
import { accountFor } from '../shared/stripe/resolveAccount';
import { connectedAccount } from '../StripeIdempotent/options';
import type { Item } from './item';
import { ASKING } from './entries/stripeAccess';

/** The Stripe that an item is about, before there is an entry to tell it. */
export interface ScopeOfItem {
	scope: Scope;
	keySecret: string | undefined;
	connection: Connection;
	/** The connected account, where the option Stripe Account names one. */
	stripeAccount: string | undefined;
}

/**
 * Mode and account exactly as the node derives them that pays: else its entry would be another one.
 *
 * @throws NotSent where Stripe does not say whose key it is
 */
export async function scopeOf({ read, index, run }: Item): Promise<ScopeOfItem> {
	const { context, accounts, time } = run;
	const credential = storedCredential(await context.getCredentials('stripeIdempotentApi', index));
	const connection = connect(credential, time);
	const stripeAccount = connectedAccount(plain(read.options().stripeAccount).trim());
	const asked = { connection, options: { stripeAccount, ...ASKING } };
	const account = await accountFor(asked, credential.accountId, accounts, time);
	const scope = { mode: connection.mode, account };
	return { scope, keySecret: credential.keySecret, connection, stripeAccount };
}
