import type { Entry, LateResponse, Outcome } from '../model/entry';
import { assumeCause, isUncertain, pickWorstCause } from './uncertainty';

const KEPT_LATE_RESPONSES = 10;

/** The claim that has come too late, as far as it is known. */
type LateClaim = Pick<Entry, 'fence' | 'key' | 'firstSentAt'>;

/** Another has taken over: the outcome is kept beside, and overwrites nothing. */
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
		// Whoever comes late, and may not know himself, is told what is known by now.
		outcome: current.state === 'succeeded' && current.key === claimed.key ? current.outcome : outcome,
		entry: {
			...current,
			...mergeUncertainty(current, claimed, outcome),
			version: current.version + 1,
			lateResponses: trimLateResponses(lateResponses),
		},
	};
}

/** The newest ones; a proof of success is never pushed out by what proves nothing. */
export function trimLateResponses(lateResponses: readonly LateResponse[]): LateResponse[] {
	const surplus = lateResponses.length - KEPT_LATE_RESPONSES;
	const first = lateResponses.findIndex(({ outcome }) => outcome.kind !== 'succeeded');
	return surplus > 0
		? lateResponses.filter((_, index) => index !== Math.max(first, 0))
		: [...lateResponses];
}

/** A send of this very key that may have taken effect: from now on the key is no older than that, and in doubt. */
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
