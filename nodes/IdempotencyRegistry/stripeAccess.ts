import { StripeAccess } from '../../payments/stripeAccess';
import { connect, DEFAULT_API_VERSION } from '../../stripe/api/connection';
import { readCredential } from '../shared/stripe/credential';
import { requireAccount } from '../shared/stripe/requireAccount';
import type { RegistryItem } from './item';

/** How patiently Stripe is asked whose key it is. */
export const LOOKUP_OPTIONS = { timeoutMs: 20_000, maxRetries: 2, apiVersion: DEFAULT_API_VERSION };

/**
 * The Stripe that the item's credential leads to.
 *
 * @throws PreflightError, TimeUnknownError where Stripe does not say whose key it is, or what time, ItemError, InvalidCredentialError
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
