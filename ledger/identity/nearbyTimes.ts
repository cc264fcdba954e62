import type { TimeIndex } from '../model/row';
import { initialVersion } from '../model/row';
import type { TimeIndexRef } from './key';
import { isSameOccurrence } from './timeBucket';

/** The entry that a rounded time belongs to unless another occurrence is nearby. */
export interface OccurrenceOwner {
	entryId: string;
	timeIndex?: TimeIndexRef;
	/** Unique to the caller. */
	claimId: string;
	/** ms */
	retentionMs: number;
}

/** ms until a timeline past its retention is checked again if some of its entries still exist. */
const RECHECK_MS = 86_400_000;

/**
 * Returns the entries whose occurrences are past their retention. Those that the ledger no longer has may be dropped here too.
 */
export function expiredEntryIds({ occurrences }: TimeIndex, retentionMs: number, now: number): string[] {
	return occurrences.filter(({ at }) => now - at >= retentionMs).map(({ entryId }) => entryId);
}

/**
 * Returns the entry that a rounded time belongs to: the one of a nearby occurrence, or the claim's own, which then joins the
 * timeline.
 *
 * @param missing entries that the ledger no longer has. An occurrence stays while its entry exists, whatever its age: an
 * unknown payment must be found from both sides of its bucket's boundary
 * @returns `next` if the timeline has to be written before the entry may be claimed
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

/** Returns what remains of a timeline past its retention; undefined if none of its entries exist. */
export function dropMissing(
	timeIndex: TimeIndex,
	missing: ReadonlySet<string>,
	now: number,
): TimeIndex | undefined {
	const occurrences = timeIndex.occurrences.filter(({ entryId }) => !missing.has(entryId));
	if (occurrences.length === 0) return undefined;
	return { ...timeIndex, occurrences, version: timeIndex.version + 1, expiresAt: now + RECHECK_MS };
}
