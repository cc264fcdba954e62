import { TimeUnknownError } from '../ledger/clock';
import type { Outcome } from '../ledger/model/entry';
import { StoreUnavailableError } from '../ledger/store';
import { StoppedError } from './halt';
import { ClaimEndsError } from './billStep';
import type { Halt } from './halt';
import type { NotSentReason } from './notSent';
import { buildNotSent } from './notSent';

/** How far a bill got in one run. */
export type BillEnd =
	/** Nothing is left to do, or the bill can never be completed. It is settled with this outcome. */
	| { kind: 'settled'; outcome: Outcome }
	/** The bill stopped before its end. A later run resumes it. */
	| { kind: 'unfinished'; outcome: Outcome; halt?: Halt };

export function stop(reason: NotSentReason, message: string): BillEnd {
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
