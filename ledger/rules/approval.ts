import type { ApprovalChange, ApprovalFacts, ApprovedReads, PresentedCheck } from '../identity/check';
import type { Entry, InFlightEntry } from '../model/entry';
import { getProvenOutcome } from '../model/entryStatus';
import type { ClaimRequest } from './claimRequest';
import type { Grant, GrantDecision } from './grant';
import type { Block } from './token';

/** Of a check that lets nothing be sent, because a run would have sent nothing. */
const NOTHING = 'nothing';

/**
 * Where a person has to approve what is sent: grants what was approved, and nothing else. The attempt that was approved may be
 * repeated until it is decided, whatever it has changed in Stripe itself.
 */
export function confirmApproval(
	grant: Grant,
	request: ClaimRequest,
): GrantDecision | ({ kind: 'blocked' } & Block) {
	const decision = { kind: 'granted', grant } as const;
	const { approval } = request;
	const kept = keptApproval(grant, request);
	if (kept && (!approval || kept.check === approval.check?.id)) return markApproved(grant, kept);
	// Nothing is sent for what is proven.
	if (!approval || getProvenOutcome(grant.entry)) return decision;
	if (isReadMissing(grant, request))
		return { kind: 'unread', current: grant.previous, previousAttempts: [] };
	const { check } = approval;
	if (!check) return decision;
	const attempt = ownAttempt(grant, check) ?? grant.entry.attempt;
	const facts = approvalFactsOf(grant, request, attempt);
	const changes = keepTelling(check.diff(facts), grant);
	if (changes.length === 0) return markApproved(grant, { check: check.id, attempt });
	const approvesNothing = !check.diff(approvingNothing(facts)).includes('attempt');
	return {
		kind: 'blocked',
		reason: 'not_approved',
		entry: grant.previous,
		disapproval: { changes, approvesNothing, spend: spendOf(grant, request) },
	};
}

/** Of what may have been sent nothing is read: neither amount nor objects can be compared with what was to begin. */
function keepTelling(changes: ApprovalChange[], grant: Grant): ApprovalChange[] {
	const isOtherAttempt = mayHaveBeenSent(grant) && changes.includes('attempt');
	return isOtherAttempt ? changes.filter((change) => change !== 'amount' && change !== 'objects') : changes;
}

/** Whether an attempt of the entry is the one that was approved with the check that is presented: then its outcome is the answer. */
export function wasApproved({ approved }: Entry, { approval }: ClaimRequest): boolean {
	return approved !== undefined && approved.check === approval?.check?.id;
}

/** What a person approves of a grant. */
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

/** What a person approves where a run would send nothing: its outcome, or the reason why. */
export function nothingToApprove(request: ClaimRequest): ApprovalFacts {
	return { ...identityOf(request), amount: null, objects: null, attempt: NOTHING };
}

/** The same item, of which nothing may be sent. */
export function approvingNothing(facts: ApprovalFacts): ApprovalFacts {
	return { ...facts, amount: null, objects: null, attempt: NOTHING };
}

/** Another API version may read the same parameters differently. */
function identityOf({ mode, account, entryId, fingerprint, request }: InFlightEntry | ClaimRequest) {
	return { account: [mode, account], entry: entryId, request: [fingerprint, request.apiVersion ?? null] };
}

/** In the minor unit. Of what may have been sent only what stands in its entry. */
export function spendOf(grant: Grant, { preread }: ClaimRequest): ApprovedReads['spend'] {
	const read = mayHaveBeenSent(grant) ? undefined : preread?.approved?.spend;
	const { amount, currency } = grant.entry.expectation?.spend ?? read ?? {};
	return amount === undefined || currency === undefined ? undefined : { amount, currency };
}

/** That of the attempt, which whoever repeats it goes on with. */
function keptApproval({ entry, previous }: Grant, { isRepeat }: ClaimRequest): Entry['approved'] {
	const isSameAttempt = previous?.attempt === entry.attempt && previous.state !== 'reserved';
	return isSameAttempt || isRepeat ? previous?.approved : undefined;
}

/** An approved attempt of which nothing was executed is followed by another one for the same decision. */
function ownAttempt({ previous }: Grant, { id }: PresentedCheck): number | undefined {
	const isOwn = previous?.state === 'released' && previous.approved?.check === id;
	return isOwn ? previous.approved?.attempt : undefined;
}

/** What may have been sent is repeated as it is: it may have changed the objects itself. A claim that was left behind may have. */
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
