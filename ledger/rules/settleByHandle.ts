import type { Entry, InFlightEntry, OutcomeKind } from '../model/entry';
import { keyOfAttempt } from '../identity/key';
import type { SendReport, SettleDecision } from './settle';
import { isCurrentClaim } from '../model/entryStatus';
import { decideSettle } from './settle';

/** What a claim hands out, so that whoever did the work can say later what came of it. */
export interface ClaimHandle {
	entryId: string;
	fence: number;
	/** Empty where a person speaks for a claim that nobody holds any more. */
	claimId: string;
	attempt: number;
}

const HANDLE_PREFIX = 'claim_';

/** One opaque word that survives a copy through any node. */
export function encodeHandle({ entryId, fence, attempt, ...entry }: Entry): string {
	const claimId = 'claimId' in entry ? entry.claimId : '';
	const parts = JSON.stringify([entryId, fence, claimId, attempt]);
	return `${HANDLE_PREFIX}${Buffer.from(parts, 'utf8').toString('base64url')}`;
}

/** @returns undefined for what is no handle */
export function decodeHandle(text: string): ClaimHandle | undefined {
	const word = text.trim();
	if (!word.startsWith(HANDLE_PREFIX)) return undefined;
	const [entryId, fence, claimId, attempt] = decodeParts(word.slice(HANDLE_PREFIX.length));
	const isWhole =
		typeof entryId === 'string' &&
		/^v1_[\w-]{43}$/.test(entryId) &&
		typeof claimId === 'string' &&
		isCount(fence) &&
		isCount(attempt);
	return isWhole ? { entryId, fence, claimId, attempt } : undefined;
}

function decodeParts(encoded: string): unknown[] {
	try {
		const parts: unknown = JSON.parse(Buffer.from(encoded, 'base64url').toString('utf8'));
		return Array.isArray(parts) ? parts : [];
	} catch {
		return [];
	}
}

function isCount(value: unknown): value is number {
	return Number.isSafeInteger(value) && Number(value) > 0;
}

export type HandleDecision =
	/** To be written. */
	| Exclude<SettleDecision, { kind: 'rolled_back' }>
	/** The same was said before under this claim: nothing is left to do. */
	| { kind: 'already_settled'; entry: Entry }
	/** Another claim, or another word of this one, stands, and what is said now is kept beside it already. */
	| { kind: 'already_recorded'; entry: Entry };

/** What each word of the holder leaves behind, when nothing is in doubt. */
const STATE_AFTER_REPORT: Partial<Record<OutcomeKind, Entry['state']>> = {
	succeeded: 'succeeded',
	rejected: 'rejected',
	unreachable: 'released',
};

/**
 * What came of a claim, said under its handle: by the rules of every settle. A handle of an earlier claim overwrites
 * nothing. An unknown entry may still be told what came of its last claim: that is how the unknown becomes known.
 */
export function decideSettleByHandle(
	current: Entry,
	handle: ClaimHandle,
	report: SendReport,
	now: number,
	retentionMs: number,
): HandleDecision {
	const [reported] = report.outcomes;
	const isLastClaim = current.fence === handle.fence;
	if (isLastClaim && current.state === STATE_AFTER_REPORT[reported.kind])
		return { kind: 'already_settled', entry: current };
	const reopened = isLastClaim && current.state === 'unknown' ? reopenClaim(current, handle) : undefined;
	const entry = reopened ?? rebuildClaim(current, handle);
	const isRecorded = current.lateResponses?.some(
		({ fence, outcome }) => fence === handle.fence && outcome.kind === reported.kind,
	);
	if (isRecorded && !reopened && !isCurrentClaim(current, entry))
		return { kind: 'already_recorded', entry: current };
	const decision = decideSettle(
		reopened ?? current,
		{ entry, reconcileFirst: false },
		report,
		now,
		retentionMs,
	);
	// Only an answer of Stripe about its own keys puts back what stood before; no such word comes with a handle.
	if (decision.kind === 'rolled_back') throw new RangeError(`${reported.kind} cannot be said of a claim`);
	return decision;
}

/** The claim as it was granted, as far as the handle and the entry tell. */
function rebuildClaim(current: Entry, { fence, claimId, attempt }: ClaimHandle): InFlightEntry {
	if (current.state === 'in_flight' && current.fence === fence && current.claimId === claimId)
		return current;
	const key = keyOfAttempt(current.entryId, attempt);
	return { ...toInFlight(current), fence, claimId, attempt, key, mayHaveExecuted: false };
}

/** Nobody holds an unknown entry; its last claim may take it up once more, to say what came of it. */
function reopenClaim(current: Entry, { claimId }: ClaimHandle): InFlightEntry {
	return { ...toInFlight(current), claimId };
}

function toInFlight(current: Entry): InFlightEntry {
	const {
		outcome: _outcome,
		settledAt: _settledAt,
		cancellation: _cancellation,
		...facts
	} = fillOptionalFields(current);
	return { ...facts, state: 'in_flight', leaseUntil: 0, claimId: '' };
}

/** What only some states have is there, or undefined. */
function fillOptionalFields(entry: Entry) {
	return { outcome: undefined, settledAt: undefined, cancellation: undefined, ...entry };
}
