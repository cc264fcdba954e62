import type { Outcome } from '../../../ledger/model/entry';
import type { Stop } from '../../../ledger/model/entry';
import type { Ledger } from '../../../ledger/ledger';
import { StoreUnavailable } from '../../../ledger/store';
import { barrierWords } from './blockMessages';
import type { UnsentWords } from './notSent';

/** What keeps a claimed request from leaving: the kill switch, a ledger that cannot tell whether it was pulled, or a limit. */
export type Halt =
	| { kind: 'stopped'; stop: Stop }
	| { kind: 'unreadable'; reason: string }
	| { kind: 'over_cap'; what: string };

/** Asked before every send. */
export type HaltCheck = () => Promise<Halt | undefined>;

/**
 * Reads the kill switch from the ledger, each time anew.
 *
 * @param reliesOnStripe whether a ledger that cannot be read counts as not stopped: a choice of the user, and none for tokens
 */
export function haltCheck(
	ledger: Ledger,
	{ isByToken, reliesOnStripe }: { isByToken: boolean; reliesOnStripe: () => Promise<boolean> },
): HaltCheck {
	const unread = async (error: unknown): Promise<Halt | undefined> => {
		if (!(error instanceof StoreUnavailable)) throw error;
		if (!isByToken && (await reliesOnStripe())) return undefined;
		return { kind: 'unreadable', reason: error.reason };
	};
	return () =>
		ledger
			.stop(isByToken)
			.then((stop): Halt | undefined => stop && { kind: 'stopped', stop })
			.catch(unread);
}

const CODES = {
	stopped: 'unsent_kill_switch',
	unreadable: 'unsent_unread_ledger',
	over_cap: 'unsent_over_cap',
} as const;

/** What becomes of a claim of which nothing left: it is free again. */
export function unsentBecause(halt: Halt): Outcome {
	return { kind: 'unreachable', code: CODES[halt.kind], message: reasonOf(halt) };
}

function reasonOf(halt: Halt): string {
	switch (halt.kind) {
		case 'stopped':
			return wordsOf(halt).what;
		case 'unreadable':
			return halt.reason;
		case 'over_cap':
			return halt.what;
	}
}

/** Which rule kept it from being sent at all: then to run it again is no cure. */
export function barrierOf({ kind, code }: Outcome): 'stopped' | 'over_cap' | undefined {
	if (kind === 'unknown') return undefined;
	return (['stopped', 'over_cap'] as const).find((rule) => code === CODES[rule]);
}

/** Better words than the outcome's own, where nothing was sent. */
export function wordsOfHalt({ kind, code }: Outcome): UnsentWords {
	const what = kind === 'unknown' ? 'It was sent before, and is not sent again now' : 'Nothing was sent';
	if (code === CODES.stopped) return { what, nextStep: STOPPED_NEXT_STEP, retryable: false };
	if (code === CODES.over_cap) return { what, nextStep: OVER_CAP_NEXT_STEP, retryable: false };
	if (code === CODES.unreadable)
		return {
			what: 'The ledger could not be read to see whether everything is stopped, so nothing was sent',
			nextStep: 'Do what the message says, then run it again with the same item.',
		};
	return {};
}

const STOPPED_NEXT_STEP = barrierWords('stopped').nextStep;
const OVER_CAP_NEXT_STEP =
	'Check the amount. If it is right, raise the option, or send it in a run of its own.';

/** What was sent before stays in doubt, and who reads that has to know why it was not sent again. */
export function warningOf(halt: Halt | undefined): string | undefined {
	if (!halt) return undefined;
	return halt.kind !== 'unreadable'
		? `It was not sent again: ${reasonOf(halt)}`
		: `It was not sent again, because the ledger could not be read to see whether everything is stopped: ${halt.reason}`;
}

function wordsOf({ stop }: { stop: Stop }) {
	return barrierWords('stopped', { stop });
}
