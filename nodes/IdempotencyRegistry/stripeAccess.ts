import { StripeAccess } from '../../payments/stripeAccess';
import { connect, DEFAULT_API_VERSION } from '../../stripe/api/connection';
import { readCredential } from '../shared/stripe/credential';
import { requireAccount } from '../shared/stripe/requireAccount';
import type { RegistryItem } from './item';

/** Timeout and retries for reading the account of a key. */
export const LOOKUP_OPTIONS = { timeoutMs: 20_000, maxRetries: 2, apiVersion: DEFAULT_API_VERSION };

/**
 * Opens the Stripe account of the item's credential.
 *
 * @throws PreflightError, TimeUnknownError if Stripe does not return the account or its time, ItemError, InvalidCredentialError
 */
export async function openStripeAccess({ index, run }: RegistryItem): Promise<StripeAccess> {
	const { context, accounts, time } = run;
	const credential = readCredential(await context.getCredentials('stripeIdempotentApi', index));
	const connection = connect(credential, time);
	const request = { connection, options: LOOKUP_OPTIONS };
	const account = await requireAccount(request, credential.accountId, accounts, time);
	await connection.clock.ascertain();
	return new StripeAccess(connection, account);
}
