import { TimeUnknownError } from '../ledger/clock';
import type { Outcome } from '../ledger/model/entry';
import { StoreUnavailableError } from '../ledger/store';
import { StoppedError } from '../stripe/api/rateLimiter';
import { ClaimEndsError } from './executeStep';
import type { Halt } from './halt';
import type { NotSentReason } from './notSent';
import { buildNotSent } from './notSent';

/** How far one run has taken a multi-step operation. */
export type MultiStepEnd =
	/** Every step is done, or no further step can ever succeed. The parent is settled with this outcome. */
	| {
			kind: 'settled';
			outcome: Outcome;
			/** The object that the first step created still exists. */
			stillExists?: true;
	  }
	/** A later run continues from here. */
	| { kind: 'unfinished'; outcome: Outcome; halt?: Halt };

export function endUnfinished(reason: NotSentReason, message: string): MultiStepEnd {
	return { kind: 'unfinished', outcome: buildNotSent(reason, message) };
}

/**
 * Reads the message of an expected interruption.
 *
 * @throws any other error
 */
export function readInterruption(error: unknown): { message: string; isBeforeClaim: boolean } {
	if (error instanceof StoppedError || error instanceof ClaimEndsError)
		return { message: error.message, isBeforeClaim: true };
	if (error instanceof StoreUnavailableError) return { message: error.reason, isBeforeClaim: false };
	if (error instanceof TimeUnknownError)
		return { message: error.reason ?? error.message, isBeforeClaim: false };
	throw error;
}
