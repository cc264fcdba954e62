import type { Outcome } from '../../../ledger/model/entry';
import type { KillSwitch } from '../../../ledger/model/row';
import type { Ledger } from '../../../ledger/ledger';
import { StoreUnavailableError } from '../../../ledger/store';
import { describeBlock } from './blockMessages';
import type { ItemMessage } from './notSent';

/** What keeps a claimed request from leaving: the kill switch, a ledger that cannot tell whether it was pulled, or a limit. */
export type Halt =
	| { kind: 'payments_stopped'; killSwitch: KillSwitch }
	| { kind: 'unreadable'; reason: string }
	| { kind: 'over_cap'; message: string };

/** Asked before every send. */
export type HaltCheck = () => Promise<Halt | undefined>;

/**
 * Reads the kill switch from the ledger, each time anew.
 *
 * @param reliesOnStripe whether a ledger that cannot be read counts as not stopped: a choice of the user, and none for tokens
 */
export function buildHaltCheck(
	ledger: Ledger,
	{ isByToken, reliesOnStripe }: { isByToken: boolean; reliesOnStripe: () => Promise<boolean> },
): HaltCheck {
	const unread = async (error: unknown): Promise<Halt | undefined> => {
		if (!(error instanceof StoreUnavailableError)) throw error;
		if (!isByToken && (await reliesOnStripe())) return undefined;
		return { kind: 'unreadable', reason: error.reason };
	};
	return () =>
		ledger
			.readKillSwitch(isByToken)
			.then((killSwitch): Halt | undefined => killSwitch && { kind: 'payments_stopped', killSwitch })
			.catch(unread);
}

const HALT_CODES = {
	payments_stopped: 'not_sent_payments_stopped',
	unreadable: 'not_sent_ledger_unavailable',
	over_cap: 'not_sent_over_cap',
} as const;

/** What becomes of a claim of which nothing left: it is free again. */
export function toHaltOutcome(halt: Halt): Outcome {
	return { kind: 'unreachable', code: HALT_CODES[halt.kind], message: describeHalt(halt) };
}

function describeHalt(halt: Halt): string {
	switch (halt.kind) {
		case 'payments_stopped':
			return describeStopOfHalt(halt).message;
		case 'unreadable':
			return halt.reason;
		case 'over_cap':
			return halt.message;
	}
}

/** Which rule kept it from being sent at all: then to run it again is no cure. */
export function getHaltRule({ kind, code }: Outcome): 'payments_stopped' | 'over_cap' | undefined {
	if (kind === 'unknown') return undefined;
	return (['payments_stopped', 'over_cap'] as const).find((rule) => code === HALT_CODES[rule]);
}

/** Better words than the outcome's own, where nothing was sent. */
export function getHaltMessage({ kind, code }: Outcome): ItemMessage {
	const message = kind === 'unknown' ? 'It was sent before, and is not sent again now' : 'Nothing was sent';
	if (code === HALT_CODES.payments_stopped)
		return { message, nextStep: STOPPED_NEXT_STEP, retryable: false };
	if (code === HALT_CODES.over_cap) return { message, nextStep: OVER_CAP_NEXT_STEP, retryable: false };
	if (code === HALT_CODES.unreadable)
		return {
			message: 'The ledger could not be read to see whether everything is stopped, so nothing was sent',
			nextStep: 'Do what the message says, then run it again with the same item.',
		};
	return {};
}

const STOPPED_NEXT_STEP = describeBlock('payments_stopped').nextStep;
const OVER_CAP_NEXT_STEP =
	'Check the amount. If it is right, raise the option, or send it in a run of its own.';

/** What was sent before stays in doubt, and who reads that has to know why it was not sent again. */
export function getHaltWarning(halt: Halt | undefined): string | undefined {
	if (!halt) return undefined;
	return halt.kind !== 'unreadable'
		? `It was not sent again: ${describeHalt(halt)}`
		: `It was not sent again, because the ledger could not be read to see whether everything is stopped: ${halt.reason}`;
}

function describeStopOfHalt({ killSwitch }: { killSwitch: KillSwitch }) {
	return describeBlock('payments_stopped', { killSwitch });
}
