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

/** What a send loop reports: what each send told, in order. The last one decides, unless an earlier one is in doubt. */
export interface SendReport {
	outcomes: readonly [Outcome, ...Outcome[]];
	/** How many requests left with the key; none when the outcome was found out by reconciling. */
	sends: number;
	/** Nothing of the attempt was sent: an earlier payment is in its way, so the entry goes back to what it was before. */
	isHeldBack?: true;
	/** Nothing was sent, because of what the object shows: what stood before the claim stands again. */
	keepsPrevious?: true;
	/** Stripe shows that no earlier send of the attempt took effect, or will: only those of this claim count. */
	provedNotExecuted?: true;
	/** It was sent again, as that does no harm, although an earlier send may still take effect: a refusal may be its work. */
	mayStillExecute?: true;
}

/** `outcome` is the send loop's, weighed: what the item is told. `entry` is what is to be written. */
export type SettleDecision = { outcome: Outcome } & (
	| { kind: 'settled'; entry: SettledEntry }
	/** Nothing of this claim is left: the entry stands as it stood before, or is removed where none stood. */
	| { kind: 'rolled_back'; entry: Entry | undefined }
	/** Another has taken over: the outcome is kept beside, and overwrites nothing. */
	| { kind: 'late'; entry: Entry }
);

/**
 * Whether this is Stripe's last word on a key: then it holds whatever happened to earlier sends of that key. A DELETE has no
 * key: "no such object" may well be the work of the earlier send whose answer was lost.
 */
function isDefinitive(
	{ kind }: Outcome,
	{ method }: LedgerRequest,
	{ mayStillExecute }: SendReport,
): boolean {
	return kind === 'succeeded' || (kind === 'rejected' && method !== 'DELETE' && !mayStillExecute);
}

/** Writes an outcome into the entry that stands, or says why it may not. `retentionMs` counts from now. */
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

/** What is settled: a grant, or an unknown entry of whose last claim its holder has heard after all. */
export type SettledClaim = Omit<Grant, 'entry' | 'reconcileFirst'> & { entry: InFlightEntry | SettledEntry };

/** The same where the claim is still the one to settle, or nothing stands in its place. */
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
		const held = { version, fence, lateResponses, reservation: (current ?? entry).reservation };
		return { kind: 'rolled_back', outcome, entry: rollBackRenewal(held, entry.renewal) };
	}
	const kept = toKept(outcome);
	if (kept.kind === 'conflict' || report.keepsPrevious) return rollBack(claim, current, outcome);
	const state = STATE_AFTER[kept.kind];
	const facts = settledFacts(current ?? entry, claim, report, uncertainty, now);
	return {
		kind: 'settled',
		outcome,
		entry: {
			...facts,
			// How the attempt begins matters as long as it may be sent.
			...(entry.renewal && (state === 'unknown' || state === 'released')
				? { renewal: entry.renewal }
				: {}),
			state,
			mayHaveExecuted: uncertainty.mayHaveExecuted && !isDefinitive(outcome, entry.request, report),
			expiresAt: endOfSettled(state, facts, now + retentionMs),
			retentionMs,
			outcome: kept,
			settledAt: now,
		},
	};
}

/** What the item is told is a conflict; of the entry nobody knows what came of the send that the ledger does not know. */
function toKept(outcome: Outcome): Outcome {
	return outcome.kind === 'conflict' && isUncertain(outcome) ? { ...outcome, kind: 'unknown' } : outcome;
}

/** A token that was given back unused ends with its time: by this end it is found, and what it takes of its limits with it. */
function endOfSettled(
	state: SettledEntry['state'],
	{ reservation }: EntryFacts,
	retainedUntil: number,
): number {
	return state === 'released' && reservation
		? Math.min(reservation.validUntil, retainedUntil)
		: retainedUntil;
}

/** What the entry keeps of the claim, whatever its outcome. */
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
		// What had no effect left no trace at Stripe: the key is as old as this claim.
		firstSentAt: isProvedNotExecuted
			? (grantedAt ?? entry.lastSentAt)
			: dropImplausibleTime(latest.firstSentAt, now),
		version: latest.version + 1,
		sends: entry.sends + report.sends,
		lastSentAt: hasBegunWork(report) ? now : previousLastSentAt(claim, now),
	};
}

/** What earlier sends of the attempt may have done, and what was ruled out. */
interface Uncertainty {
	isProvedNotExecuted: boolean;
	mayHaveExecuted: boolean;
	cause: UncertaintyCause | undefined;
}

function weighUncertainty(latest: Entry, claim: SettledClaim, report: SendReport): Uncertainty {
	const { entry } = claim;
	// Evidence that came in during the claim may have put the key in doubt again.
	const isProvedNotExecuted =
		report.provedNotExecuted === true &&
		latest.version === entry.version &&
		entry.request.method !== 'DELETE';
	const mayHaveExecuted =
		(latest.mayHaveExecuted && !isProvedNotExecuted) || report.outcomes.some(isUncertain);
	return { isProvedNotExecuted, mayHaveExecuted, cause: mergeCause(latest, claim, report) };
}

/** Whether a send of this claim may have begun any work: one that was answered by a replay has not, and a look is no send. */
function hasBegunWork({ outcomes, sends }: SendReport): boolean {
	return sends > 0 && outcomes.some(({ uncertaintyCause }) => uncertaintyCause !== 'replayed');
}

/** To look is not to send: otherwise each look would begin the time anew in which Stripe may still finish it. */
function previousLastSentAt({ entry, previous }: SettledClaim, now: number): number | undefined {
	return previous?.key === entry.key ? lastPossibleSendAt(previous, now) : entry.lastSentAt;
}

/** What a wrong clock has written is not known: then a look comes before any send. */
function dropImplausibleTime(at: number | undefined, now: number): number | undefined {
	return isPlausibleTime(at, now) ? at : undefined;
}

/** The worst over all sends; a look adds nothing. Without the ledger nobody knows what else was sent. */
function mergeCause(
	latest: Entry,
	claim: SettledClaim,
	{ outcomes, sends }: SendReport,
): UncertaintyCause | undefined {
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
 * Writes down why it is not known what came of a send, before it is sent again: whoever goes on after this process need not
 * think of anything better.
 *
 * @returns undefined where the claim is another's by now: then nothing more may be sent
 */
export function markUncertain(
	current: Entry | undefined,
	{ entry }: Grant,
	{ uncertaintyCause }: Outcome,
	now: number,
): InFlightEntry | undefined {
	if (!current || !isCurrentClaim(current, entry)) return undefined;
	const { awaitsLimit: _passed, ...standing } = current;
	return {
		...standing,
		version: current.version + 1,
		mayHaveExecuted: true,
		uncertaintyCause: pickWorstCause(current.uncertaintyCause, assumeCause(uncertaintyCause)),
		lastSentAt: uncertaintyCause === 'replayed' ? current.lastSentAt : now,
	};
}

/** A claim that lasts longer. @returns undefined where it is another's by now, or has ended */
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
 * One send in doubt makes the whole attempt unknown until Stripe's last word on its key: a 401 or a refused connection
 * after a timeout says nothing about the request that timed out.
 */
function resolveOutcome(
	report: SendReport,
	{ mayHaveExecuted }: Uncertainty,
	request: LedgerRequest,
): Outcome {
	const { outcomes } = report;
	const last = outcomes[outcomes.length - 1] ?? outcomes[0];
	// Where an earlier payment is in the way, nothing of this attempt was ever sent: nothing is in doubt.
	const isInDoubt = mayHaveExecuted && !report.isHeldBack && !report.keepsPrevious;
	const isFinal = !isInDoubt || isDefinitive(last, request, report);
	const isTold = isFinal || last.kind === 'busy' || (last.kind === 'conflict' && isUncertain(last));
	return isTold ? last : { ...last, kind: 'unknown' };
}

/** What others have heard of this very key meanwhile is true, whatever the sends of this claim told. */
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
