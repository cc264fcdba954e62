import { TimeUnknownError } from '../ledger/clock';
import type { Outcome } from '../ledger/model/entry';
import { StoreUnavailableError } from '../ledger/store';
import { StoppedError } from './halt';
import { ClaimEndsError } from './executeStep';
import type { Halt } from './halt';
import type { NotSentReason } from './notSent';
import { buildNotSent } from './notSent';

/** Where a whole has come to in one run. */
export type WholeEnd =
	/** Nothing is left to do, or nothing of it can ever be done any more: the whole is settled so. */
	| { kind: 'settled'; outcome: Outcome; /** What its first step made is still there. */ stands?: true }
	/** It stopped on its way: a later run goes on from there. */
	| { kind: 'unfinished'; outcome: Outcome; halt?: Halt };

export function stop(reason: NotSentReason, message: string): WholeEnd {
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
