import type { Outcome } from '../../../ledger/model/entry';
import type { TimeSource } from '../../../ledger/clock';
import type { AccountsOfRun } from '../../../payments/resolveAccount';
import { resolveAccount } from '../../../payments/resolveAccount';
import type { ReadRequest } from '../../../stripe/api/reads';
import { describeReadOutcome } from './reads';
import { PreflightError, downgradeToUnreachable } from '../run/errorToResult';
import { checkAccountId } from './credential';

/** @throws PreflightError if Stripe does not return the account of the key; ItemError for an invalid account ID */
export async function requireAccount(
	request: ReadRequest,
	given: string | undefined,
	accounts: AccountsOfRun,
	time: TimeSource,
): Promise<string> {
	const checked = given && !request.options.stripeAccount ? checkAccountId(given) : undefined;
	const account = await resolveAccount(request, checked, time, accounts);
	if (typeof account === 'string') return account;
	throw new PreflightError(downgradeToUnreachable(account), describeAccountFailure(account));
}

function describeAccountFailure(outcome: Outcome) {
	const message = `Nothing was sent, because Stripe did not say which account the key belongs to. ${describeReadOutcome(outcome)}`;
	const isForbidden = outcome.kind === 'unauthorized' && outcome.statusCode === 403;
	return isForbidden
		? {
				message,
				nextStep:
					'Fill in Account ID (acct_…) in the credential: a restricted key may lack the permission to read it.',
			}
		: { message };
}
