import type {
	Entry,
	InFlightEntry,
	Outcome,
	OutcomeKind,
	SettledEntry,
	UncertaintyCause,
} from '../model/entry';
import { isCurrentClaim, getProvenOutcome } from '../model/entryStatus';
import type { LedgerRequest } from '../model/request';
import { assumeCause, isPlausibleTime, lastPossibleSendAt, pickWorstCause } from './doubt';
import type { Grant } from './grant';
import { recordLateResponse, UNCERTAIN_KINDS } from './lateResponse';
import { rollBackRenewal } from './renewal';

/** What a send loop reports: what each send told, in order. The last one decides, unless an earlier one is in doubt. */
export interface SendReport {
	outcomes: readonly [Outcome, ...Outcome[]];
	/** How many requests left with the key; none when the outcome was found out by reconciling. */
	sends: number;
	/** Nothing of the attempt was sent: an earlier payment is in its way, so the entry goes back to what it was before. */
	isHeldBack?: true;
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

/** What an outcome makes of an entry, when no send of the attempt is in doubt. */
const STATE_AFTER: Record<Exclude<OutcomeKind, 'conflict'>, SettledEntry['state']> = {
	succeeded: 'succeeded',
	rejected: 'rejected',
	unauthorized: 'released',
	rate_limited: 'released',
	unreachable: 'released',
	busy: 'unknown',
	unknown: 'unknown',
};

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
	const isCurrent = !current || isCurrentClaim(current, entry);
	const latest = isCurrent ? (current ?? entry) : entry;
	// Evidence that came in during the claim may have put the key in doubt again.
	const isProvedNotExecuted =
		report.provedNotExecuted === true &&
		latest.version === entry.version &&
		entry.request.method !== 'DELETE';
	const mayHaveExecuted =
		(latest.mayHaveExecuted && !isProvedNotExecuted) ||
		report.outcomes.some(({ kind }) => UNCERTAIN_KINDS.has(kind));
	// Where an earlier payment is in the way, nothing of this attempt was ever sent: nothing is in doubt.
	const resolved = resolveOutcome(report, mayHaveExecuted && !report.isHeldBack, entry.request);
	const outcome = isCurrent ? preferProvenOutcome(current, resolved) : resolved;
	if (!isCurrent) return recordLateResponse(current, entry, outcome, now);
	if (report.isHeldBack && entry.renewal && outcome === resolved) {
		const { version, lateResponses } = latest;
		return {
			kind: 'rolled_back',
			outcome,
			entry: rollBackRenewal({ ...entry, version, lateResponses }, entry.renewal),
		};
	}
	if (outcome.kind === 'conflict') return rollBack(grant, current, outcome);
	const { claimId: _claimId, leaseUntil: _leaseUntil, grantedAt, renewal, ...facts } = entry;
	const state = STATE_AFTER[outcome.kind];
	const isUnresolved = state === 'unknown' || state === 'released';
	const uncertaintyCause = mergeCause(latest, grant, report);
	return {
		kind: 'settled',
		outcome,
		entry: {
			...facts,
			...(uncertaintyCause ? { uncertaintyCause } : {}),
			lateResponses: latest.lateResponses,
			request: isProvedNotExecuted ? (grant.requestForOtherAccount ?? entry.request) : entry.request,
			// What had no effect left no trace at Stripe: the key is as old as this claim.
			firstSentAt: isProvedNotExecuted
				? (grantedAt ?? entry.lastSentAt)
				: dropImplausibleTime(latest.firstSentAt, now),
			// How the attempt begins matters as long as it may be sent.
			...(renewal && isUnresolved ? { renewal } : {}),
			state,
			version: latest.version + 1,
			sends: entry.sends + report.sends,
			mayHaveExecuted: mayHaveExecuted && !isDefinitive(outcome, entry.request, report),
			lastSentAt: hasBegunWork(report) ? now : previousLastSentAt(grant, now),
			expiresAt: now + retentionMs,
			retentionMs,
			outcome,
			settledAt: now,
		},
	};
}

/** Whether a send of this claim may have begun any work: one that was answered by a replay has not, and a look is no send. */
function hasBegunWork({ outcomes, sends }: SendReport): boolean {
	return sends > 0 && outcomes.some(({ uncertaintyCause }) => uncertaintyCause !== 'replayed');
}

/** To look is not to send: otherwise each look would begin the time anew in which Stripe may still finish it. */
function previousLastSentAt({ entry, previous }: Grant, now: number): number | undefined {
	return previous?.key === entry.key ? lastPossibleSendAt(previous, now) : entry.lastSentAt;
}

/** What a wrong clock has written is not known: then a look comes before any send. */
function dropImplausibleTime(at: number | undefined, now: number): number | undefined {
	return isPlausibleTime(at, now) ? at : undefined;
}

/** The worst over all sends; a look adds nothing. Without the ledger nobody knows what else was sent. */
function mergeCause(
	latest: Entry,
	grant: Grant,
	{ outcomes, sends }: SendReport,
): UncertaintyCause | undefined {
	if (sends === 0) return latest.uncertaintyCause;
	const uncertaintyCauses = outcomes
		.filter(({ kind }) => UNCERTAIN_KINDS.has(kind))
		.map(({ uncertaintyCause }) => assumeCause(uncertaintyCause));
	return pickWorstCause(
		latest.uncertaintyCause,
		...uncertaintyCauses,
		grant.notPersisted && uncertaintyCauses.length > 0 ? assumeCause(undefined) : undefined,
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
	return {
		...current,
		version: current.version + 1,
		mayHaveExecuted: true,
		uncertaintyCause: pickWorstCause(current.uncertaintyCause, assumeCause(uncertaintyCause)),
		lastSentAt: uncertaintyCause === 'replayed' ? current.lastSentAt : now,
	};
}

/**
 * One send in doubt makes the whole attempt unknown until Stripe's last word on its key: a 401 or a refused connection
 * after a timeout says nothing about the request that timed out.
 */
function resolveOutcome(report: SendReport, mayHaveExecuted: boolean, request: LedgerRequest): Outcome {
	const { outcomes } = report;
	const last = outcomes[outcomes.length - 1] ?? outcomes[0];
	const isFinal = !mayHaveExecuted || isDefinitive(last, request, report) || last.kind === 'busy';
	return isFinal ? last : { ...last, kind: 'unknown' };
}

/** What others have heard of this very key meanwhile is true, whatever the sends of this claim told. */
function preferProvenOutcome(current: Entry | undefined, resolved: Outcome): Outcome {
	if (!current || resolved.kind === 'succeeded' || resolved.kind === 'conflict') return resolved;
	return getProvenOutcome(current) ?? resolved;
}

function rollBack({ entry, previous }: Grant, current: Entry | undefined, outcome: Outcome): SettleDecision {
	if (!previous || !current) return { kind: 'rolled_back', outcome, entry: undefined };
	return {
		kind: 'rolled_back',
		outcome,
		entry: {
			...previous,
			version: current.version + 1,
			fence: entry.fence,
			lateResponses: current.lateResponses,
		},
	};
}
