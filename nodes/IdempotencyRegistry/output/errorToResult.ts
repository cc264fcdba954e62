import type { IExecuteFunctions } from 'n8n-workflow';

import type { Entry } from '../../../ledger/model/entry';
import { TokenSecretMissingError } from '../../../ledger/tokenRegistry';
import { StoreUnavailableError } from '../../../ledger/store';
import { knownErrorToResult } from '../../shared/run/errorToResult';
import { logUnexpectedError } from '../../shared/parameters/faults';
import type { RefusedResult } from './result';
import { refuse } from './result';
import type { RegistryOutput } from './outputs';

/**
 * What kept an item from being dealt with, in words.
 *
 * @param whenDown the output for a ledger that cannot be used: the same item may be run again later
 * @returns undefined for what is a fault of the program
 */
export function errorToRegistryResult(error: unknown, whenDown: RegistryOutput): RefusedResult | undefined {
	if (error instanceof StoreUnavailableError) {
		return refuse({
			output: whenDown,
			outcome: 'ledger_unavailable',
			message: `The ledger cannot be used, so nothing was changed: ${error.reason}`,
			nextStep: 'Follow the message, then run it again with the same item.',
			retryable: true,
		});
	}
	if (error instanceof TokenSecretMissingError) {
		return refuse({
			outcome: 'refused',
			reason: 'no_secret',
			message:
				'Tokens need a secret, and Workflow Static Data can be read by everyone who can see the workflow',
			nextStep:
				'A person must fill in HMAC Secret in the Stripe credential, or choose a different Ledger.',
		});
	}
	const known = knownErrorToResult(error);
	if (!known) return undefined;
	const { outcome, reason, message, nextStep, retryable } = known;
	return refuse({ outcome, reason, message, nextStep, retryable });
}

/** What nobody has foreseen leaves as words, too. */
export function unexpectedErrorToResult(context: IExecuteFunctions, error: unknown): RefusedResult {
	return refuse({
		outcome: 'refused',
		message: logUnexpectedError(context, error),
		nextStep: 'Correct it and run it again.',
	});
}

/** One of many: what goes wrong with it, foreseen or not, must not hide what was done about the others. */
export function errorToEntryResult(context: IExecuteFunctions, error: unknown, entry: Entry): RefusedResult {
	const known = errorToRegistryResult(error, 'refused') ?? unexpectedErrorToResult(context, error);
	return { ...known, entry };
}
