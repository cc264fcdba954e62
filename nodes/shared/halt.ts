import type { Outcome } from '../../ledger/entry';
import type { Stop } from '../../ledger/entry';
import type { Ledger } from '../../ledger/ledger';
import { StoreUnavailable } from '../../ledger/store';
import { barrierWords } from './barrierWords';
import type { UnsentWords } from './unsent';

/** What keeps a claimed request from leaving: the kill switch, or a ledger that cannot tell whether it was pulled. */
export type Halt = { kind: 'stopped'; stop: Stop } | { kind: 'unreadable'; reason: string };

/** Asked before every send. */
export type HaltCheck = () => Promise<Halt | undefined>;

/**
 * Reads the kill switch from the ledger, each time anew.
 *
 * @param reliesOnStripe whether a ledger that cannot be read counts as not stopped: a choice of the user, and none for tokens
 */
export function haltCheck(
	ledger: Ledger,
	{ isByToken, reliesOnStripe }: { isByToken: boolean; reliesOnStripe: boolean },
): HaltCheck {
	const unread = (error: unknown): Halt | undefined => {
		if (!(error instanceof StoreUnavailable)) throw error;
		return reliesOnStripe && !isByToken ? undefined : { kind: 'unreadable', reason: error.reason };
	};
	return () =>
		ledger
			.stop(isByToken)
			.then((stop): Halt | undefined => stop && { kind: 'stopped', stop })
			.catch(unread);
}

const CODES = { stopped: 'unsent_kill_switch', unreadable: 'unsent_unread_ledger' } as const;

/** What becomes of a claim of which nothing left: it is free again. */
export function unsentBecause(halt: Halt): Outcome {
	const message = halt.kind === 'stopped' ? wordsOf(halt).what : halt.reason;
	return { kind: 'unreachable', code: CODES[halt.kind], message };
}

/** Whether the kill switch kept it from being sent at all: then to run it again is no cure. */
export function isStopped({ kind, code }: Outcome): boolean {
	return kind !== 'unknown' && code === CODES.stopped;
}

/** Better words than the outcome's own, where nothing was sent. */
export function wordsOfHalt({ kind, code }: Outcome): UnsentWords {
	if (code === CODES.stopped) {
		const what =
			kind === 'unknown' ? 'It was sent before, and is not sent again now' : 'Nothing was sent';
		return { what, nextStep: STOPPED_NEXT_STEP, retryable: false };
	}
	if (code === CODES.unreadable)
		return {
			what: 'The ledger could not be read to see whether everything is stopped, so nothing was sent',
			nextStep: 'Do what the message says, then run it again with the same item.',
		};
	return {};
}

const STOPPED_NEXT_STEP = barrierWords('stopped').nextStep;

/** What was sent before stays in doubt, and who reads that has to know why it was not sent again. */
export function warningOf(halt: Halt | undefined): string | undefined {
	if (!halt) return undefined;
	return halt.kind === 'stopped'
		? `It was not sent again: ${wordsOf(halt).what}`
		: `It was not sent again, because the ledger could not be read to see whether everything is stopped: ${halt.reason}`;
}

function wordsOf({ stop }: { stop: Stop }) {
	return barrierWords('stopped', { stop });
}
