import type {
	Entry,
	EntryFacts,
	InFlightEntry,
	Outcome,
	SettledEntry,
	UncertaintyCause,
} from '../model/entry';
import { getProvenOutcome, isCurrentClaim, isLeaseExpired, toEntryFacts } from '../model/entryStatus';
import type { LedgerRequest } from '../model/request';
import { sentMethodOf } from '../model/request';
import {
	assumeCause,
	isPlausibleTime,
	isUncertain,
	lastPossibleSendAt,
	pickWorstCause,
	STATE_AFTER,
} from './uncertainty';
import type { Grant } from './grant';
import { recordLateResponse } from './lateResponse';
import { rollBackRenewal } from './renewal';
import { keepLimits } from './reservation';

/** The report of a send loop: the outcome of each send, in order. The last one decides, unless an earlier one is uncertain. */
export interface SendReport {
	outcomes: readonly [Outcome, ...Outcome[]];
	/** How many requests were sent with the key. 0 if the outcome was reconciled. */
	sends: number;
	/** Nothing of the attempt was sent, because an earlier payment is in the way. The entry is rolled back. */
	isHeldBack?: true;
	/** Nothing was sent because of the state of the object. The entry before the claim is restored. */
	keepsPrevious?: true;
	/** Stripe shows that no earlier send of the attempt was or will be executed. Only the sends of this claim count. */
	provedNotExecuted?: true;
	/** Nothing was sent: the state of the object shows that it was not executed, and never can be. */
	provedImpossible?: true;
	/** Resent because a repeat is harmless. An earlier send may still be executed, and may cause a rejection. */
	mayStillExecute?: true;
}

/** `outcome` is the resolved outcome, for the item. `entry` is the entry to write. */
export type SettleDecision = { outcome: Outcome } & (
	| { kind: 'settled'; entry: SettledEntry }
	/** Nothing of this claim remains: the entry is restored, or removed if there was none before. */
	| { kind: 'rolled_back'; entry: Entry | undefined }
	/** Another claim has taken over. The outcome is stored in `lateResponses` and changes nothing else. */
	| { kind: 'late'; entry: Entry }
);

/**
 * Returns whether this is Stripe's final response for a key, which holds whatever happened to earlier sends of it. A DELETE has
 * no key: "no such object" may be the effect of an earlier send whose response was lost.
 */
function isDefinitive({ kind }: Outcome, request: LedgerRequest, { mayStillExecute }: SendReport): boolean {
	return (
		kind === 'succeeded' ||
		(kind === 'rejected' && sentMethodOf(request) !== 'DELETE' && !mayStillExecute)
	);
}

/** Settles a claim, or says why it cannot be settled. `retentionMs` counts from now. */
export function decideSettle(
	current: Entry | undefined,
	grant: Grant,
	report: SendReport,
	now: number,
	retentionMs: number,
): SettleDecision {
	const { entry } = grant;
	if (!current || isCurrentClaim(current, entry))
		return settleClaim(current, grant, report, now, retentionMs);
	const outcome = resolveOutcome(report, weighUncertainty(entry, grant, report), entry.request);
	return recordLateResponse(current, entry, outcome, now);
}

/** The claim to settle: a grant, or the last claim of an unknown entry that reports its outcome after all. */
export type SettledClaim = Omit<Grant, 'entry' | 'reconcileFirst'> & { entry: InFlightEntry | SettledEntry };

/** Settles a claim that is still current, or whose entry no longer exists. */
export function settleClaim(
	current: Entry | undefined,
	claim: SettledClaim,
	report: SendReport,
	now: number,
	retentionMs: number,
): Exclude<SettleDecision, { kind: 'late' }> {
	const { entry } = claim;
	const uncertainty = weighUncertainty(current ?? entry, claim, report);
	const resolved = resolveOutcome(report, uncertainty, entry.request);
	const outcome = preferProvenOutcome(current, resolved);
	if (report.isHeldBack && entry.renewal && outcome === resolved) {
		const { version, lateResponses } = current ?? entry;
		const { fence } = entry;
		const carriedOver = { version, fence, lateResponses, reservation: (current ?? entry).reservation };
		return { kind: 'rolled_back', outcome, entry: rollBackRenewal(carriedOver, entry.renewal) };
	}
	const stored = toStoredOutcome(outcome);
	if (stored.kind === 'conflict' || report.keepsPrevious) return rollBack(claim, current, outcome);
	const state = STATE_AFTER[stored.kind];
	const facts = settledFacts(current ?? entry, claim, report, uncertainty, now);
	return {
		kind: 'settled',
		outcome,
		entry: {
			...facts,
			// A renewal is needed as long as the attempt may be sent again.
			...(entry.renewal && (state === 'unknown' || state === 'released')
				? { renewal: entry.renewal }
				: {}),
			state,
			mayHaveExecuted: uncertainty.mayHaveExecuted && !isDefinitive(outcome, entry.request, report),
			expiresAt: endOfSettled(state, facts, now + retentionMs),
			retentionMs,
			outcome: stored,
			settledAt: now,
		},
	};
}

/** The item gets a conflict. The entry becomes unknown, because the outcome of the other send is unknown. */
function toStoredOutcome(outcome: Outcome): Outcome {
	return outcome.kind === 'conflict' && isUncertain(outcome) ? { ...outcome, kind: 'unknown' } : outcome;
}

/** A released reservation keeps its expiry: it is then found as expired, and its limits are released. */
function endOfSettled(
	state: SettledEntry['state'],
	{ reservation }: EntryFacts,
	retainedUntil: number,
): number {
	return state === 'released' && reservation
		? Math.min(reservation.validUntil, retainedUntil)
		: retainedUntil;
}

/** What the entry keeps of the claim, whatever the outcome. */
function settledFacts(
	latest: Entry,
	claim: SettledClaim,
	report: SendReport,
	{ isProvedNotExecuted, cause }: Uncertainty,
	now: number,
): EntryFacts {
	const { entry } = claim;
	const { renewal, awaitsLimit, ...facts } = toEntryFacts(entry);
	const grantedAt = 'grantedAt' in entry ? entry.grantedAt : undefined;
	return {
		...facts,
		...(cause ? { uncertaintyCause: cause } : {}),
		...(awaitsLimit && report.sends === 0 ? { awaitsLimit } : {}),
		lateResponses: latest.lateResponses,
		...keepLimits(facts.reservation, latest.reservation),
		request: isProvedNotExecuted ? (claim.requestForOtherAccount ?? entry.request) : entry.request,
		// Sends that were not executed left nothing at Stripe, so the key is only as old as this claim.
		firstSentAt: isProvedNotExecuted
			? (grantedAt ?? entry.lastSentAt)
			: dropImplausibleTime(latest.firstSentAt, now),
		version: latest.version + 1,
		sends: entry.sends + report.sends,
		lastSentAt: hasSentAnew(report) ? now : previousLastSentAt(claim, now),
	};
}

/** What earlier sends of the attempt may have done, and what has been ruled out. */
interface Uncertainty {
	isProvedNotExecuted: boolean;
	mayHaveExecuted: boolean;
	cause: UncertaintyCause | undefined;
}

function weighUncertainty(latest: Entry, claim: SettledClaim, report: SendReport): Uncertainty {
	const { entry } = claim;
	// A late response during the claim may have made the key uncertain again.
	const isProvedNotExecuted =
		latest.version === entry.version &&
		(report.provedImpossible === true ||
			(report.provedNotExecuted === true && sentMethodOf(entry.request) !== 'DELETE'));
	const mayHaveExecuted =
		(latest.mayHaveExecuted && !isProvedNotExecuted) || report.outcomes.some(isUncertain);
	return { isProvedNotExecuted, mayHaveExecuted, cause: mergeCause(latest, claim, report) };
}

/** A replayed response was executed by an earlier send, and a reconciliation sends nothing. */
function hasSentAnew({ outcomes, sends }: SendReport): boolean {
	return sends > 0 && outcomes.some(({ uncertaintyCause }) => uncertaintyCause !== 'replayed');
}

/** If a reconciliation counted as a send, each one would restart the time in which Stripe may still finish the request. */
function previousLastSentAt({ entry, previous }: SettledClaim, now: number): number | undefined {
	return previous?.key === entry.key ? lastPossibleSendAt(previous, now) : entry.lastSentAt;
}

/** A time from a wrong clock counts as unknown, so the entry is reconciled before any send. */
function dropImplausibleTime(at: number | undefined, now: number): number | undefined {
	return isPlausibleTime(at, now) ? at : undefined;
}

/** The worst cause of all sends. A reconciliation adds none. Without the ledger, other sends may be unknown. */
function mergeCause(
	latest: Entry,
	claim: SettledClaim,
	{ outcomes, sends, provedImpossible }: SendReport,
): UncertaintyCause | undefined {
	// Stripe may have stored an error under the key, and refuses it for what is sent instead.
	if (provedImpossible) return 'replayed';
	if (sends === 0) return latest.uncertaintyCause;
	const uncertaintyCauses = outcomes
		.filter(isUncertain)
		.map(({ uncertaintyCause }) => assumeCause(uncertaintyCause));
	return pickWorstCause(
		latest.uncertaintyCause,
		...uncertaintyCauses,
		claim.notPersisted && uncertaintyCauses.length > 0 ? assumeCause(undefined) : undefined,
	);
}

/**
 * Stores why the outcome of a send is uncertain before it is resent, so that no other process assumes a milder cause.
 *
 * @returns undefined if another claim has taken over: then nothing more may be sent
 */
export function markUncertain(
	current: Entry | undefined,
	{ entry }: Grant,
	{ uncertaintyCause }: Outcome,
	now: number,
): InFlightEntry | undefined {
	if (!current || !isCurrentClaim(current, entry)) return undefined;
	const { awaitsLimit: _passed, ...claimed } = current;
	return {
		...claimed,
		version: current.version + 1,
		mayHaveExecuted: true,
		uncertaintyCause: pickWorstCause(current.uncertaintyCause, assumeCause(uncertaintyCause)),
		lastSentAt: uncertaintyCause === 'replayed' ? current.lastSentAt : now,
	};
}

/**
 * Extends the lease of a claim.
 *
 * @returns undefined if another claim has taken over, or the entry is settled
 */
export function extendLease(
	current: Entry | undefined,
	{ entry }: Grant,
	leaseMs: number,
	now: number,
): InFlightEntry | undefined {
	if (!current || !isCurrentClaim(current, entry) || isLeaseExpired(current, now)) return undefined;
	return {
		...current,
		version: current.version + 1,
		leaseUntil: Math.max(current.leaseUntil, now + leaseMs),
	};
}

/**
 * One uncertain send makes the whole attempt unknown until Stripe's final response for its key: a 401 or a refused connection
 * after a timeout says nothing about the request that timed out.
 */
function resolveOutcome(
	report: SendReport,
	{ mayHaveExecuted }: Uncertainty,
	request: LedgerRequest,
): Outcome {
	const { outcomes } = report;
	const last = outcomes[outcomes.length - 1] ?? outcomes[0];
	// If an earlier payment is in the way, nothing of this attempt was ever sent, so nothing is uncertain.
	const isInDoubt = mayHaveExecuted && !report.isHeldBack && !report.keepsPrevious;
	const isFinal = !isInDoubt || isDefinitive(last, request, report);
	const isReported = isFinal || last.kind === 'busy' || (last.kind === 'conflict' && isUncertain(last));
	return isReported ? last : { ...last, kind: 'unknown' };
}

/** A late response that proves success under this key overrides the sends of this claim. */
function preferProvenOutcome(current: Entry | undefined, resolved: Outcome): Outcome {
	if (!current || resolved.kind === 'succeeded' || resolved.kind === 'conflict') return resolved;
	return getProvenOutcome(current) ?? resolved;
}

function rollBack(
	{ entry, previous }: SettledClaim,
	current: Entry | undefined,
	outcome: Outcome,
): Exclude<SettleDecision, { kind: 'late' | 'settled' }> {
	if (!previous || !current) return { kind: 'rolled_back', outcome, entry: undefined };
	return {
		kind: 'rolled_back',
		outcome,
		entry: {
			...previous,
			...keepLimits(previous.reservation, current.reservation),
			version: current.version + 1,
			fence: entry.fence,
			lateResponses: current.lateResponses,
		},
	};
}
