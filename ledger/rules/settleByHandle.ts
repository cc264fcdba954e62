import { isEntryId, keyOfAttempt } from '../identity/key';
import type { Entry } from '../model/entry';
import type { ClaimRef } from '../model/entryStatus';
import { isCurrentClaim } from '../model/entryStatus';
import { recordLateResponse } from './lateResponse';
import type { SendReport, SettleDecision, SettledClaim } from './settle';
import { settleClaim } from './settle';
import { STATE_AFTER } from './uncertainty';

/** What a claim hands out, so that whoever did the work can say later what came of it. */
export interface ClaimHandle extends ClaimRef {
	entryId: string;
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
		isEntryId(entryId) &&
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
	if (isLastClaim && reported.kind !== 'conflict' && current.state === STATE_AFTER[reported.kind])
		return { kind: 'already_settled', entry: current };
	// Nobody holds an unknown entry; its last claim may say what came of it.
	if (isCurrentClaim(current, handle) || (isLastClaim && current.state === 'unknown'))
		return settleOpen(current, report, now, retentionMs);
	const isRecorded = current.lateResponses?.some(
		({ fence, outcome }) => fence === handle.fence && outcome.kind === reported.kind,
	);
	if (isRecorded) return { kind: 'already_recorded', entry: current };
	const { entryId, firstSentAt } = current;
	const claim = { fence: handle.fence, key: keyOfAttempt(entryId, handle.attempt), firstSentAt };
	return recordLateResponse(current, claim, reported, now);
}

function settleOpen(
	current: SettledClaim['entry'],
	report: SendReport,
	now: number,
	retentionMs: number,
): HandleDecision {
	const decision = settleClaim(current, { entry: current }, report, now, retentionMs);
	// Only an answer of Stripe about its own keys puts back what stood before; no such word comes with a handle.
	if (decision.kind === 'rolled_back')
		throw new RangeError(`${decision.outcome.kind} cannot be said of a claim`);
	return decision;
}
