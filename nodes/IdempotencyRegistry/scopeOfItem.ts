import type { Scope } from '../../ledger/identity/key';
import type { Connection } from '../../stripe/api/connection';
import { connect } from '../../stripe/api/connection';
import { readCredential, readConnectedAccount } from '../shared/stripe/credential';
import { toInputText } from '../shared/parameters/values';
import { requireAccount } from '../shared/stripe/requireAccount';
import type { RegistryItem } from './item';
import { LOOKUP_OPTIONS } from './stripeAccess';

/** The account and mode of an item, before it has an entry. */
export interface ItemScope {
	scope: Scope;
	keySecret: string | undefined;
	connection: Connection;
	/** The connected account in the option Stripe Account. */
	stripeAccount: string | undefined;
}

/**
 * Derives mode and account exactly as the paying node does, because otherwise it would be a different entry.
 *
 * @throws PreflightError if Stripe does not return the account of the key
 */
export async function resolveScope({ read, index, run }: RegistryItem): Promise<ItemScope> {
	const { context, accounts, time } = run;
	const credential = readCredential(await context.getCredentials('stripeIdempotentApi', index));
	const connection = connect(credential, time);
	const stripeAccount = readConnectedAccount(toInputText(read.options().stripeAccount).trim());
	const request = { connection, options: { stripeAccount, ...LOOKUP_OPTIONS } };
	const account = await requireAccount(request, credential.accountId, accounts, time);
	const scope = { mode: connection.mode, account };
	return { scope, keySecret: credential.keySecret, connection, stripeAccount };
}
