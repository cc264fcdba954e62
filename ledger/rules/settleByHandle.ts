import { isEntryId, keyOfAttempt } from '../identity/key';
import type { Entry } from '../model/entry';
import type { ClaimRef } from '../model/entryStatus';
import { isCurrentClaim } from '../model/entryStatus';
import { recordLateResponse } from './lateResponse';
import type { SendReport, SettleDecision, SettledClaim } from './settle';
import { settleClaim } from './settle';
import { STATE_AFTER } from './uncertainty';

/** A reference to a claim. The worker that did the job uses it later to report the outcome. */
export interface ClaimHandle extends ClaimRef {
	entryId: string;
	/** Empty if a person settles an abandoned claim. */
	claimId: string;
	attempt: number;
}

const HANDLE_PREFIX = 'claim_';

/** Encodes the handle as one opaque, URL-safe string. */
export function encodeHandle({ entryId, fence, attempt, ...entry }: Entry): string {
	const claimId = 'claimId' in entry ? entry.claimId : '';
	const parts = JSON.stringify([entryId, fence, claimId, attempt]);
	return `${HANDLE_PREFIX}${Buffer.from(parts, 'utf8').toString('base64url')}`;
}

/** @returns undefined if the text is not a handle */
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
	/** The caller has to write the entry. */
	| Exclude<SettleDecision, { kind: 'rolled_back' }>
	/** The same outcome was already recorded under this claim. */
	| { kind: 'already_settled'; entry: Entry }
	/** Another claim or another outcome is recorded, and this outcome is already among the late responses. */
	| { kind: 'already_recorded'; entry: Entry };

/**
 * Settles a claim by its handle, with the same rules as every settle. A handle of an earlier claim overwrites nothing. The last
 * claim of an unknown entry may still report its outcome.
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
	// An unknown entry has no active claim, but its last claim may still report the outcome.
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
	// Only Stripe's response about its own keys rolls an entry back, and a handle never brings one.
	if (decision.kind === 'rolled_back')
		throw new RangeError(`${decision.outcome.kind} cannot be said of a claim`);
	return decision;
}
