import type {
	ICredentialsDecrypted,
	ICredentialTestFunctions,
	INodeCredentialTestResult,
} from 'n8n-workflow';

import { sendOnce } from '../../../stripe/api/client';
import { classify } from '../../../stripe/api/outcome';
import { errorToResult } from '../run/errorToResult';
import { toItemResult } from '../run/result';
import { checkAccountId, connectWithCredential, readSigningSecrets, readCredential } from './credential';

const TEST_TIMEOUT_MS = 20_000;

/**
 * Tests whether a key is valid. A restricted key may lack the permission to read the account: Stripe's 403 proves that it knows
 * the key (docs.stripe.com/keys).
 */
export async function stripeIdempotentApiTest(
	this: ICredentialTestFunctions,
	credential: ICredentialsDecrypted,
): Promise<INodeCredentialTestResult> {
	try {
		const stored = readCredential(credential.data);
		const { accountId: given } = stored;
		readSigningSecrets(stored);
		const named = given === undefined ? undefined : checkAccountId(given);
		const connection = connectWithCredential(credential.data);
		const answer = await sendOnce(connection, {
			method: 'GET',
			path: '/v1/account',
			timeoutMs: TEST_TIMEOUT_MS,
		});
		const { outcome } = classify(answer);
		if (outcome.kind === 'succeeded' && named !== undefined && named !== outcome.objectId) {
			return { status: 'Error', message: describeOtherAccount(named, outcome.objectId) };
		}
		if (outcome.kind === 'succeeded' || outcome.statusCode === 403) {
			return { status: 'OK', message: 'Connection successful' };
		}
		return { status: 'Error', message: toItemResult(outcome).message };
	} catch (error) {
		const { message, nextStep } = errorToResult(error);
		return { status: 'Error', message: `${message} ${nextStep}` };
	}
}

function describeOtherAccount(named: string, actual = 'a different account'): string {
	return `Account ID is ${named}, but the key belongs to ${actual}. Correct it before the first payment: payments recorded under a different account are not recognized.`;
}
