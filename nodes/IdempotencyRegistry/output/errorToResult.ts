import type { IExecuteFunctions } from 'n8n-workflow';

import type { Entry } from '../../../ledger/model/entry';
import { NoSecret } from '../../../ledger/tokenRegistry';
import { StoreUnavailable } from '../../../ledger/store';
import { departureIfRefusal as stripeDepartureIfRefusal } from '../../shared/run/errorToResult';
import { faultWords } from '../../shared/parameters/faults';
import type { Refused } from './result';
import { refused } from './result';
import type { OutputName } from './outputs';

/**
 * What kept an item from being dealt with, in words.
 *
 * @param whenDown the output for a ledger that cannot be used: the same item may be run again later
 * @returns undefined for what is a fault of the program
 */
export function departureIfRefusal(error: unknown, whenDown: OutputName): Refused | undefined {
	if (error instanceof StoreUnavailable) {
		return refused({
			output: whenDown,
			outcome: 'ledger_unavailable',
			message: `The ledger cannot be used, so nothing was done: ${error.reason}`,
			nextStep: 'Do what the message says, then run it again with the same item.',
			retryable: true,
		});
	}
	if (error instanceof NoSecret) {
		return refused({
			outcome: 'refused',
			reason: 'no_secret',
			message:
				'Tokens are made from a secret, and Workflow Static Data can be read by everybody who sees the workflow',
			nextStep:
				'A person has to fill in HMAC Secret in the Stripe credential, or choose another Ledger.',
		});
	}
	const known = stripeDepartureIfRefusal(error);
	if (!known) return undefined;
	const { outcome, reason, message, nextStep, retryable } = known;
	return refused({ outcome, reason, message, nextStep, retryable });
}

/** What nobody has foreseen leaves as words, too. */
export function fault(context: IExecuteFunctions, error: unknown): Refused {
	return refused({
		outcome: 'refused',
		message: faultWords(context, error),
		nextStep: 'Correct it and run it again.',
	});
}

/** One of many: what goes wrong with it, foreseen or not, must not hide what was done about the others. */
export function refusedAlone(context: IExecuteFunctions, error: unknown, entry: Entry): Refused {
	const known = departureIfRefusal(error, 'refused') ?? fault(context, error);
	return { ...known, entry };
}
