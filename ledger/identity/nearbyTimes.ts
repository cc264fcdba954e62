import type { Timeline } from '../model/entry';
import type { TimelineRef } from './key';
import { isSameMoment } from './timeBucket';
import { firstVersion } from '../model/version';

/** Whose entry a rounded time belongs to, where no other one is close by. */
export interface MomentOwner {
	entryId: string;
	timeline?: TimelineRef;
	/** Unique to what asks. */
	holder: string;
	/** ms */
	retentionMs: number;
}

/** ms until a timeline is looked at again whose entries still stand although its retention is over. */
const LOOKED_AT_AGAIN_MS = 86_400_000;

/** Entries whose moments are past their retention: what is not known of them any more may be forgotten here too. */
export function agedEntries({ moments }: Timeline, retentionMs: number, now: number): string[] {
	return moments.filter(({ at }) => now - at >= retentionMs).map(({ entryId }) => entryId);
}

/**
 * Which entry a rounded time belongs to: the one of a moment close by, or the claim's own, which then joins the timeline.
 *
 * @param gone entries that the ledger has forgotten. A moment stays while its entry stands, whatever its age: an unknown
 * payment must be found from both sides of its boundary
 * @returns `next` when the timeline has to be written before the entry may be claimed
 */
export function placeMoment(
	standing: Timeline | undefined,
	asked: MomentOwner & { timeline: TimelineRef },
	gone: ReadonlySet<string>,
	now: number,
): { entryId: string; next?: Timeline } {
	const { times, timelineId } = asked.timeline;
	const kept = standing?.moments.filter(({ entryId }) => !gone.has(entryId)) ?? [];
	const near = kept.find(({ instants }) =>
		times.every(({ instant, bucket, timeZone }, position) => {
			const other = instants[position];
			return other !== undefined && isSameMoment(other, instant, bucket, timeZone);
		}),
	);
	if (near) return { entryId: near.entryId };
	const moment = { entryId: asked.entryId, instants: times.map(({ instant }) => instant), at: now };
	return {
		entryId: asked.entryId,
		next: {
			state: 'timeline',
			entryId: timelineId,
			version: standing ? standing.version + 1 : firstVersion(asked.holder),
			expiresAt: now + asked.retentionMs,
			moments: [...kept, moment],
		},
	};
}

/** What is left of a timeline past its retention; nothing when all of its entries are gone. */
export function withoutGone(
	timeline: Timeline,
	gone: ReadonlySet<string>,
	now: number,
): Timeline | undefined {
	const moments = timeline.moments.filter(({ entryId }) => !gone.has(entryId));
	if (moments.length === 0) return undefined;
	return { ...timeline, moments, version: timeline.version + 1, expiresAt: now + LOOKED_AT_AGAIN_MS };
}
