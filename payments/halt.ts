import type { Entry, Outcome } from '../ledger/model/entry';
import type { KillSwitch } from '../ledger/model/row';
import type { Ledger } from '../ledger/ledger';
import { LostEntriesError, StoreUnavailableError } from '../ledger/store';

/** What stops a claimed request: the kill switch, a ledger that cannot be read, or a limit. */
export type Halt =
	| { kind: 'payments_stopped'; killSwitch: KillSwitch }
	| { kind: 'unreadable'; reason: string }
	| { kind: 'over_cap'; message: string };

/** Called before every send. */
export type HaltCheck = (entry: Entry) => Promise<Halt | undefined>;

/**
 * Builds the check that reads the kill switch from the ledger, without a cache.
 *
 * @param reliesOnStripe whether to continue if the ledger cannot be read. It is the user's choice, and never applies to tokens
 */
export function buildHaltCheck(
	ledger: Ledger,
	{ isByToken, reliesOnStripe }: { isByToken: boolean; reliesOnStripe: () => Promise<boolean> },
): () => ReturnType<HaltCheck> {
	const unread = async (error: unknown): Promise<Halt | undefined> => {
		if (!(error instanceof StoreUnavailableError)) throw error;
		const isDown = !(error instanceof LostEntriesError);
		if (isDown && !isByToken && (await reliesOnStripe())) return undefined;
		return { kind: 'unreadable', reason: error.reason };
	};
	return () =>
		ledger
			.readKillSwitch({ isByToken })
			.then((killSwitch): Halt | undefined => killSwitch && { kind: 'payments_stopped', killSwitch })
			.catch(unread);
}

export const HALT_CODES = {
	payments_stopped: 'not_sent_payments_stopped',
	unreadable: 'not_sent_ledger_unavailable',
	over_cap: 'not_sent_over_cap',
} as const;

/** The outcome of a claim under which nothing was sent. It is released. */
export function toHaltOutcome(halt: Halt): Outcome {
	return { kind: 'unreachable', code: HALT_CODES[halt.kind], message: describeHalt(halt) };
}

export function describeHalt(halt: Halt): string {
	switch (halt.kind) {
		case 'payments_stopped':
			return describeKillSwitch(halt.killSwitch);
		case 'unreadable':
			return halt.reason;
		case 'over_cap':
			return halt.message;
	}
}

/** Returns the rule that stopped the request, if running it again does not help. */
export function getHaltRule({ kind, code }: Outcome): 'payments_stopped' | 'over_cap' | undefined {
	if (kind === 'unknown') return undefined;
	return (['payments_stopped', 'over_cap'] as const).find((rule) => code === HALT_CODES[rule]);
}

const STOPPED_SUBJECTS = {
	tokens: 'All payments by token',
	everything: 'All writes protected by this ledger',
};

/** Says who activated the kill switch, and why, as a sentence. */
export function describeKillSwitch(killSwitch: KillSwitch | undefined): string {
	const subject = STOPPED_SUBJECTS[killSwitch?.width ?? 'tokens'];
	return killSwitch
		? `${subject} were stopped by ${killSwitch.decidedBy}: ${killSwitch.reason}`
		: `${subject} are stopped`;
}
