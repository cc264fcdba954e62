import type { Entry, LateResponse, Outcome } from '../model/entry';
import { assumeCause, isUncertain, pickWorstCause } from './uncertainty';

const KEPT_LATE_RESPONSES = 10;

/** The claim that settles too late, as far as it is known. */
type LateClaim = Pick<Entry, 'fence' | 'key' | 'firstSentAt'>;

/** Another claim has taken over. The outcome is stored in `lateResponses` and changes nothing else. */
export interface LateSettle {
	kind: 'late';
	outcome: Outcome;
	entry: Entry;
}

export function recordLateResponse(
	current: Entry,
	claimed: LateClaim,
	outcome: Outcome,
	now: number,
): LateSettle {
	const lateResponses = [
		...(current.lateResponses ?? []),
		{ fence: claimed.fence, key: claimed.key, outcome, at: now },
	];
	return {
		kind: 'late',
		// A claim that settles late with an unclear outcome gets the one that is known by now.
		outcome: current.state === 'succeeded' && current.key === claimed.key ? current.outcome : outcome,
		entry: {
			...current,
			...mergeUncertainty(current, claimed, outcome),
			version: current.version + 1,
			lateResponses: trimLateResponses(lateResponses),
		},
	};
}

/** Keeps the newest responses. A proven success is never dropped in favour of a response that proves nothing. */
export function trimLateResponses(lateResponses: readonly LateResponse[]): LateResponse[] {
	const surplus = lateResponses.length - KEPT_LATE_RESPONSES;
	const first = lateResponses.findIndex(({ outcome }) => outcome.kind !== 'succeeded');
	return surplus > 0
		? lateResponses.filter((_, index) => index !== Math.max(first, 0))
		: [...lateResponses];
}

/**
 * A late send under the current key may have been executed: the key is at least as old as that send, and its outcome is
 * uncertain.
 */
function mergeUncertainty(
	{ state, key, uncertaintyCause, firstSentAt }: Entry,
	claimed: LateClaim,
	outcome: Outcome,
): Partial<Pick<Entry, 'mayHaveExecuted' | 'uncertaintyCause' | 'firstSentAt'>> {
	const isResolved = state === 'succeeded' || state === 'rejected';
	const isRelevant = outcome.kind === 'succeeded' || isUncertain(outcome);
	if (isResolved || key !== claimed.key || !isRelevant) return {};
	const times = [firstSentAt, claimed.firstSentAt].filter((at) => at !== undefined);
	const earliest = times.length > 0 ? Math.min(...times) : undefined;
	const worst = pickWorstCause(uncertaintyCause, assumeCause(outcome.uncertaintyCause));
	return { mayHaveExecuted: true, uncertaintyCause: worst, firstSentAt: earliest };
}
