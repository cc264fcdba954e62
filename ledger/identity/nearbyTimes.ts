import type { TimeIndex } from '../model/row';
import { initialVersion } from '../model/row';
import type { TimeIndexRef } from './key';
import { isSameOccurrence } from './timeBucket';

/** Whose entry a rounded time belongs to, where no other one is close by. */
export interface OccurrenceOwner {
	entryId: string;
	timeIndex?: TimeIndexRef;
	/** Unique to what asks. */
	claimId: string;
	/** ms */
	retentionMs: number;
}

/** ms until a timeline is looked at again whose entries still stand although its retention is over. */
const RECHECK_MS = 86_400_000;

/** Entries whose moments are past their retention: what is not known of them any more may be forgotten here too. */
export function expiredEntryIds({ occurrences }: TimeIndex, retentionMs: number, now: number): string[] {
	return occurrences.filter(({ at }) => now - at >= retentionMs).map(({ entryId }) => entryId);
}

/**
 * Which entry a rounded time belongs to: the one of a moment close by, or the claim's own, which then joins the timeline.
 *
 * @param missing entries that the ledger has forgotten. A moment stays while its entry stands, whatever its age: an unknown
 * payment must be found from both sides of its boundary
 * @returns `next` when the timeline has to be written before the entry may be claimed
 */
export function assignOccurrence(
	current: TimeIndex | undefined,
	request: OccurrenceOwner & { timeIndex: TimeIndexRef },
	missing: ReadonlySet<string>,
	now: number,
): { entryId: string; next?: TimeIndex } {
	const { times, timeIndexId: timelineId } = request.timeIndex;
	const present = current?.occurrences.filter(({ entryId }) => !missing.has(entryId)) ?? [];
	const nearby = present.find(({ times: knownTimes }) =>
		times.every(({ instant, bucket, timeZone }, position) => {
			const other = knownTimes[position];
			return other !== undefined && isSameOccurrence(other, instant, bucket, timeZone);
		}),
	);
	if (nearby) return { entryId: nearby.entryId };
	const occurrence = { entryId: request.entryId, times: times.map(({ instant }) => instant), at: now };
	return {
		entryId: request.entryId,
		next: {
			state: 'timeline',
			entryId: timelineId,
			version: current ? current.version + 1 : initialVersion(request.claimId),
			expiresAt: now + request.retentionMs,
			occurrences: [...present, occurrence],
		},
	};
}

/** What is left of a timeline past its retention; nothing when all of its entries are gone. */
export function dropMissing(
	timeIndex: TimeIndex,
	missing: ReadonlySet<string>,
	now: number,
): TimeIndex | undefined {
	const occurrences = timeIndex.occurrences.filter(({ entryId }) => !missing.has(entryId));
	if (occurrences.length === 0) return undefined;
	return { ...timeIndex, occurrences, version: timeIndex.version + 1, expiresAt: now + RECHECK_MS };
}
