import type { ApprovalChange, ApprovalFacts, ApprovedReads, PresentedCheck } from '../identity/check';
import type { Entry, InFlightEntry } from '../model/entry';
import { getProvenOutcome } from '../model/entryStatus';
import type { ClaimRequest } from './claimRequest';
import type { Grant, GrantDecision } from './grant';
import { mustReadAgain } from './grant';
import type { Block } from './token';

/** The `attempt` of an approval under which nothing may be sent, because the run would not have sent anything. */
const NOTHING = 'nothing';

/**
 * Grants a claim that needs a person's approval only if it matches what was approved. An approved attempt may be resent until it
 * is resolved, even if it has changed objects in Stripe itself.
 */
export function confirmApproval(
	grant: Grant,
	request: ClaimRequest,
): GrantDecision | ({ kind: 'blocked' } & Block) {
	const decision = { kind: 'granted', grant } as const;
	const { approval } = request;
	const kept = keptApproval(grant, request);
	if (kept && (!approval || kept.check === approval.check?.id)) return markApproved(grant, kept);
	// A proven outcome needs no send, and so no approval.
	if (!approval || getProvenOutcome(grant.entry)) return decision;
	if (isReadMissing(grant, request))
		return { kind: 'unread', current: grant.previous, previousAttempts: [] };
	const { check } = approval;
	if (!check) return decision;
	const attempt = ownAttempt(grant, check) ?? grant.entry.attempt;
	const facts = approvalFactsOf(grant, request, attempt);
	const changes = keepComparable(check.diff(facts), grant);
	if (changes.length === 0) return markApproved(grant, { check: check.id, attempt });
	const approvesNothing = !check.diff(clearApproved(facts)).includes('attempt');
	return {
		kind: 'blocked',
		reason: 'not_approved',
		entry: grant.previous,
		approvalMismatch: { changes, approvesNothing, spend: spendOf(grant, request) },
	};
}

/** Drops the changes that cannot be compared: nothing is read from Stripe for a request that may have been sent. */
function keepComparable(changes: ApprovalChange[], grant: Grant): ApprovalChange[] {
	const isOtherAttempt = mayHaveBeenSent(grant) && changes.includes('attempt');
	return isOtherAttempt ? changes.filter((change) => change !== 'amount' && change !== 'objects') : changes;
}

/**
 * Returns whether an attempt of this entry was approved with the presented check. If so, the outcome of that attempt answers the
 * claim.
 */
export function wasApproved({ approved }: Entry, { approval }: ClaimRequest): boolean {
	return approved !== undefined && approved.check === approval?.check?.id;
}

/** The facts about a grant that a person approves. */
export function approvalFactsOf(
	grant: Grant,
	request: ClaimRequest,
	attempt = grant.entry.attempt,
): ApprovalFacts {
	const { entry } = grant;
	const isRepeat = mayHaveBeenSent(grant);
	const { added = null, sentPath = null } = entry.request;
	return {
		...identityOf(entry),
		amount: spendOf(grant, request) ?? null,
		objects: [added, sentPath, isRepeat ? null : (request.preread?.approved?.objects ?? null)],
		attempt: [isRepeat ? 'repeat' : 'begin', attempt],
	};
}

/** The facts to approve for an item for which a run would send nothing and only return an outcome or a reason. */
export function buildNothingToApprove(request: ClaimRequest): ApprovalFacts {
	return { ...identityOf(request), amount: null, objects: null, attempt: NOTHING };
}

/** The facts of the same item for an approval under which nothing may be sent. */
export function clearApproved(facts: ApprovalFacts): ApprovalFacts {
	return { ...facts, amount: null, objects: null, attempt: NOTHING };
}

/** The API version is part of it, because another version may interpret the same parameters differently. */
function identityOf({ mode, account, entryId, fingerprint, request }: InFlightEntry | ClaimRequest) {
	return { account: [mode, account], entry: entryId, request: [fingerprint, request.apiVersion ?? null] };
}

/** The amount in the currency's minor unit. For a request that may have been sent, only the amount stored in the entry counts. */
export function spendOf(grant: Grant, { preread }: ClaimRequest): ApprovedReads['spend'] {
	const read = mayHaveBeenSent(grant) ? undefined : preread?.approved?.spend;
	const { amount, currency } = grant.entry.expectation?.spend ?? read ?? {};
	return amount === undefined || currency === undefined ? undefined : { amount, currency };
}

/** The approval of the attempt. A repeat of the attempt inherits it, unless what it sends is read again. */
function keptApproval({ entry, previous }: Grant, request: ClaimRequest): Entry['approved'] {
	if (!previous || request.isRepeat) return previous?.approved;
	const isSameAttempt = previous.attempt === entry.attempt && previous.state !== 'reserved';
	return isSameAttempt && !mustReadAgain(previous, request) ? previous.approved : undefined;
}

/** If an approved attempt was not executed, and its key is spent, the next attempt keeps its number in the approval. */
function ownAttempt({ previous }: Grant, { id }: PresentedCheck): number | undefined {
	const isOwn = previous?.state === 'released' && previous.approved?.check === id;
	return isOwn ? previous.approved?.attempt : undefined;
}

/**
 * Returns whether an earlier claim may have sent this request. It is then resent unchanged, because it may have changed the
 * objects itself. An abandoned claim counts as sent.
 */
function mayHaveBeenSent({ entry, previous }: Grant): boolean {
	return previous?.state === 'unknown' || entry.mayHaveExecuted;
}

function isReadMissing(grant: Grant, { preread, readFirst }: ClaimRequest): boolean {
	if (mayHaveBeenSent(grant) || !readFirst) return false;
	return preread?.approved === undefined || preread.version !== grant.previous?.version;
}

function markApproved(grant: Grant, approved: Entry['approved']): GrantDecision {
	return { kind: 'granted', grant: { ...grant, entry: { ...grant.entry, approved } } };
}
