import { diffFromAdopted } from './adoption';
import {
	causeBeforeSend,
	assumeCause,
	uncertaintyCauseOf,
	isPlausibleTime,
	lastPossibleSendAt,
	mustReconcileFirst,
	pickWorstCause,
} from './doubt';
import type {
	UncertaintyCause,
	Entry,
	LateResponse,
	HarmlessKind,
	InFlightEntry,
	Origin,
	Outcome,
	OutcomeKind,
	PreviousAttempt,
	Renewal,
	ReservedEntry,
	SettledEntry,
	KillSwitch,
} from '../model/entry';
import { getProvenOutcome } from '../model/evidence';
import type { CanonicalField, Scope, TimeIndexRef } from '../identity/key';
import { keyOfAttempt } from '../identity/key';
import type { KeySecretMark } from '../identity/keySecret';
import { isLeaseExpired, isOfTheFuture } from '../model/entryStatus';
import { archiveAttempt } from '../model/pastAttempt';
import type { Difference, LedgerRequest, Params } from '../model/request';
import { diffRequests } from '../model/request';
import type { SeenPayment } from './renewal';
import { earlierPaymentsOf, rollBackRenewal, planRenewal, repeatRenewal } from './renewal';
import { DO_NOT_TRY_AGAIN } from './reservation';
import type { Block, BlockReason, PresentedToken } from './token';
import { checkToken, toComparableSpend } from './token';
import { initialVersion } from '../model/version';

const KEPT_LATE_RESPONSES = 10;
const KEPT_PREVIOUS_ATTEMPTS = 20;

/** What a claim asks for. */
export interface ClaimRequest extends Scope {
	entryId: string;
	operation: string;
	fields: CanonicalField[];
	timeIndex?: TimeIndexRef;
	/** Under which key secret `entryId` was derived; absent where no credential of Stripe has a part in it. */
	keySecret?: KeySecretMark;
	fingerprint: string;
	request: LedgerRequest;
	paramsStored: boolean;
	/** What a new attempt adds to the request by itself; a repeat sends what stands in the entry. See `LedgerRequest.added`. */
	addParams?: (entryId: string) => Params;
	/** Where a new attempt has to know something of Stripe before it is claimed: reads it. Nothing else is ever read for. */
	readFirst?: (current: Entry | undefined) => Promise<PrereadFacts>;
	/**
	 * Where a declined attempt leaves a payment behind: reads what Stripe shows of those of earlier attempts. None of a new
	 * attempt is claimed without it.
	 */
	readEarlier?: (previousAttempts: readonly PreviousAttempt[], current: Entry) => Promise<SeenPayment[]>;
	/**
	 * Hash of the request without what it is paid with: another request with the same one asks for the same payment. Undefined
	 * for what does not say with what to pay.
	 */
	samePayment?: string;
	/** What was read, and for which version of the entry: for another one it has to be read anew. */
	preread?: PrereadFacts & { version: number | undefined; earlier?: SeenPayment[] };
	/** What is held against an adopted entry, of which no request is known. Never stored. */
	comparedParams?: Params;
	/** Unique to this claim, so that a claim whose acknowledgement was lost is known as one's own. */
	claimId: string;
	/** ms; must outlast the slowest possible send loop. */
	leaseMs: number;
	/** ms */
	retentionMs: number;
	/** What a standing rejection means: give it back, or begin a new attempt. */
	afterRejection: 'returnStored' | 'newAttempt';
	/** Whether a person has begun it: only a person may try again what a bank has said not to try again. */
	byPerson?: boolean;
	/** Only what stands is to be sent again: where another request has come since, nothing new begins with the old one. */
	isRepeat?: true;
	/** As the table of operations says of it. */
	harmless?: HarmlessKind;
	/** ms after the last send until absence is believed, where the user wants more than the three days of the worst causes. */
	settleAfterMs?: number;
	/**
	 * What a repeat rests on where an earlier send may have taken effect: on what Stripe remembers and shows, on another
	 * API that knows a key for so many ms, or on nothing, so that a person has to find out.
	 */
	whenUncertain?: { kind: 'repeat'; forMs: number } | { kind: 'stop' };
	/** Its times are the host's: see `EntryFacts`. */
	isByHostTime?: true;
	/** It is no write, but an event that is delivered to n8n: the kill switch lets it pass. */
	isDelivery?: true;
	/** The token that the claim comes with, and what it is to be used for. */
	token?: PresentedToken;
	origin: Origin;
}

/** What a new attempt had to know of Stripe. */
export interface PrereadFacts {
	/** Takes the place of the claim's own. */
	addParams?: ClaimRequest['addParams'];
}

export interface Grant {
	entry: InFlightEntry;
	/** What stood before the claim: Stripe's own "conflict" puts it back. */
	previous?: Entry;
	/** The key may have been forgotten by Stripe, or is ignored by it: find out what happened before any send. */
	reconcileFirst: boolean;
	/** The request as this claim sends it, where an earlier one was sent for another account, as the entry's still tells. */
	requestForOtherAccount?: LedgerRequest;
	/** The store could not be written: the user relies on Stripe alone. */
	notPersisted?: true;
}

export type ClaimDecision =
	| { kind: 'granted'; grant: Grant }
	| { kind: 'busy'; entry: InFlightEntry }
	| { kind: 'replay'; entry: SettledEntry }
	| { kind: 'stored_rejection'; entry: SettledEntry }
	| { kind: 'conflict'; entry: Entry; differences: Difference[] }
	/** It may have been done, and nothing makes a repeat safe. */
	| { kind: 'uncertain'; entry: Entry }
	| ({ kind: 'blocked'; entry?: Entry } & Block)
	| UnreadClaim;

/** A decision that stands: whatever had to be read for it was read. */
export type FinalClaimDecision = Exclude<ClaimDecision, UnreadClaim>;

/** A new attempt would begin, and what it has to know was not read for this entry as it stands. */
export interface UnreadClaim {
	kind: 'unread';
	current: Entry | undefined;
	/** The attempts before it that were rejected, where what they have left behind is asked for. */
	previousAttempts: PreviousAttempt[];
}

/**
 * The one table of claims. A granted entry is still to be written.
 *
 * @param killSwitch the kill switch, where it is pulled: nothing is granted, and what needs no send is answered all the same
 */
export function decideClaim(
	current: Entry | undefined,
	request: ClaimRequest,
	now: number,
	killSwitch?: KillSwitch,
): ClaimDecision {
	const decision = decideByState(current, request, now);
	if (!killSwitch || !mightSend(decision)) return decision;
	return { kind: 'blocked', reason: 'payments_stopped', entry: current, killSwitch };
}

/** What stands is told whatever the time is. */
export function needsNoTime({ kind, ...decision }: ClaimDecision): boolean {
	if (kind === 'blocked') return !('reason' in decision && DEPENDS_ON_TIME.has(decision.reason));
	return kind === 'replay' || kind === 'stored_rejection' || kind === 'conflict';
}

const DEPENDS_ON_TIME: ReadonlySet<BlockReason> = new Set([
	'waiting_for_approval',
	'reservation_incomplete',
	'expired',
]);

/** Also later, when what it waits for has come: then the stop is what has to be told first. */
function mightSend(decision: ClaimDecision): boolean {
	if (decision.kind === 'blocked') return DEPENDS_ON_TIME.has(decision.reason);
	return decision.kind === 'granted' || decision.kind === 'unread';
}

function decideByState(current: Entry | undefined, request: ClaimRequest, now: number): ClaimDecision {
	const block = checkToken(current, request, now);
	if (block) return { kind: 'blocked', ...block };
	if (!current) return grantFirstAttempt(request, now);
	const isSame = isSameRequest(current, request);
	// A token is used once: however the second request is worded, it is answered with what came of the first.
	if (request.token && current.state === 'succeeded') return { kind: 'replay', entry: current };
	if (request.token && current.state === 'rejected' && !getProvenOutcome(current))
		return { kind: 'stored_rejection', entry: current };
	if (request.isRepeat && !isSame) return toConflict(current, request);
	// A late answer under this very key proved that it took effect, whatever was written since: nothing new may begin.
	if (current.state !== 'in_flight' && current.state !== 'succeeded' && getProvenOutcome(current)) {
		return isSame ? grantSameAttempt(current, current, request, now) : toConflict(current, request);
	}
	switch (current.state) {
		case 'in_flight':
			if (!isSame) return toConflict(current, request);
			// Time alone frees nothing: a claim whose lease is over may have sent. It goes on under the same key.
			if (!isLeaseExpired(current, now)) return { kind: 'busy', entry: current };
			// No Stripe can be looked at, so when it was done nobody knows: a person decides.
			if (current.isByHostTime && isOfTheFuture(current, now))
				return { kind: 'uncertain', entry: current };
			return resendIfSafe(markAbandoned(current), current, request, now);
		case 'unknown':
			return isSame ? resendIfSafe(current, current, request, now) : toConflict(current, request);
		case 'succeeded':
			return isSame ? { kind: 'replay', entry: current } : toConflict(current, request);
		case 'rejected':
			return (isSame && !allowsNewAttempt(current, request)) || isRetryForbidden(current, request)
				? { kind: 'stored_rejection', entry: current }
				: grantNextAttempt(current, request, now);
		case 'released':
			// Under its key Stripe says nothing but the error that it has stored.
			if (isSame && current.uncertaintyCause === 'replayed' && !current.mayHaveExecuted)
				return grantNextAttempt(current, request, now);
			if (isSame) return grantSameAttempt(current, current, request, now);
			// A claim that relied on Stripe alone may have sent it after all: then its key must not be left behind.
			return current.mayHaveExecuted
				? toConflict(current, request)
				: grantNextAttempt(current, request, now);
		case 'reserved':
			return grantSameAttempt(current, current, request, now);
		case 'cancelled':
			return { kind: 'blocked', entry: current, reason: current.cancellation?.reason ?? 'cancelled' };
	}
}

/** The same key once more, where something makes that safe. */
function resendIfSafe(latest: Entry, current: Entry, request: ClaimRequest, now: number): ClaimDecision {
	const { whenUncertain } = request;
	const { firstSentAt } = latest;
	const isSafe =
		whenUncertain?.kind === 'repeat'
			? isPlausibleTime(firstSentAt, now) && now - firstSentAt < whenUncertain.forMs
			: !whenUncertain;
	return isSafe ? grantSameAttempt(latest, current, request, now) : { kind: 'uncertain', entry: current };
}

/** Tries of one and the same run (Retry On Fail, a twin in the batch) are no new decision of anybody. */
function allowsNewAttempt(current: Entry, request: ClaimRequest): boolean {
	const isSameRun = request.origin.run !== undefined && request.origin.run === current.origin.run;
	return request.afterRejection === 'newAttempt' && !isSameRun;
}

/**
 * A try of what its bank has said not to try again costs a fee (docs.stripe.com/declines/card#retrying-issuer-declines): no
 * automation begins one, unless it is paid with something else, and nothing but that has changed.
 */
function isRetryForbidden(current: SettledEntry, request: ClaimRequest): boolean {
	if (current.outcome.adviceCode !== DO_NOT_TRY_AGAIN || request.byPerson === true) return false;
	const { fingerprint, samePayment } = current;
	const isPaidOtherwise =
		samePayment !== undefined &&
		samePayment === request.samePayment &&
		fingerprint !== request.fingerprint;
	return !isPaidOtherwise;
}

function markAbandoned(current: InFlightEntry): InFlightEntry {
	return {
		...current,
		mayHaveExecuted: true,
		uncertaintyCause: uncertaintyCauseOf(current),
		sends: current.sends + 1,
	};
}

function isSameRequest(current: Entry, request: ClaimRequest): boolean {
	if (current.fingerprint === request.fingerprint) return true;
	return current.adopted !== undefined && differencesOf(current, request).length === 0;
}

function toConflict(entry: Entry, request: ClaimRequest): ClaimDecision {
	return { kind: 'conflict', entry, differences: differencesOf(entry, request) };
}

/** None where the entry keeps nothing to compare with, although the fingerprints differ. */
function differencesOf({ adopted, paramsStored, request }: Entry, input: ClaimRequest): Difference[] {
	if (adopted) return diffFromAdopted(adopted.params, input.comparedParams ?? {});
	return paramsStored ? diffRequests(request, input.request) : [];
}

/** What a new attempt has to know, where that is still to be read, or was read for what does not stand any more. */
function findMissingRead(
	{ readFirst, readEarlier, preread }: ClaimRequest,
	current: Entry | undefined,
	previousAttempts: readonly PreviousAttempt[] = [],
): UnreadClaim | undefined {
	if (preread !== undefined && preread.version === current?.version) return undefined;
	// What was released was not executed, so it has left nothing behind.
	const left = readEarlier ? previousAttempts.filter(({ outcome }) => outcome.kind === 'rejected') : [];
	return readFirst || left.length > 0 ? { kind: 'unread', current, previousAttempts: left } : undefined;
}

function grantFirstAttempt(request: ClaimRequest, now: number): ClaimDecision {
	const missing = findMissingRead(request, undefined);
	if (missing) return missing;
	const { entryId, operation, fields, mode, account } = request;
	return grantClaim(request, now, {
		entryId,
		version: initialVersion(request.claimId),
		operation,
		fields,
		mode,
		account,
		attempt: 1,
		fence: 1,
		createdAt: now,
		sends: 0,
		mayHaveExecuted: false,
	});
}

function grantSameAttempt(latest: Entry, current: Entry, input: ClaimRequest, now: number): ClaimDecision {
	if (current.state === 'reserved') return grantReservedAttempt(current, input, now);
	const {
		lateResponses,
		previousAttempts,
		firstSentAt,
		sends,
		mayHaveExecuted,
		attempt,
		renewal,
		samePayment,
	} = latest;
	const uncertaintyCause = causeBeforeSend(latest);
	const { grant } = grantClaim(
		input,
		now,
		{
			...keepIdentity(current),
			attempt,
			sends,
			mayHaveExecuted,
			firstSentAt: mayHaveExecuted ? firstSentAt : undefined,
			lateResponses,
			previousAttempts,
			...(uncertaintyCause ? { uncertaintyCause } : {}),
			...(renewal ? { renewal } : {}),
			...(samePayment === undefined ? {} : { samePayment }),
		},
		current,
	);
	const { apiVersion = input.request.apiVersion, stripeAccount } = current.request;
	const { added } = current.request;
	// Stripe does not say whether it knows the key of an account's own request again when it comes from a platform.
	const isFromOtherAccount = mayHaveExecuted && input.request.stripeAccount !== stripeAccount;
	// The stored API version goes with the stored key: a package update must not change what the key means to Stripe.
	const request = { ...input.request, apiVersion, ...(added ? { added } : {}) };
	if (!isFromOtherAccount)
		return { kind: 'granted', grant: { ...grant, entry: { ...grant.entry, request } } };
	const entry = { ...grant.entry, request: { ...request, stripeAccount } };
	return {
		kind: 'granted',
		grant: { ...grant, entry, reconcileFirst: true, requestForOtherAccount: request },
	};
}

function grantNextAttempt(current: SettledEntry, request: ClaimRequest, now: number): ClaimDecision {
	const previousAttempts = [...(current.previousAttempts ?? []), archiveAttempt(current)].slice(
		-KEPT_PREVIOUS_ATTEMPTS,
	);
	const missing = findMissingRead(request, current, previousAttempts);
	if (missing) return missing;
	return grantClaim(
		request,
		now,
		{
			...keepIdentity(current),
			attempt: current.attempt + 1,
			sends: 0,
			mayHaveExecuted: false,
			lateResponses: current.lateResponses,
			previousAttempts,
			...planAttemptRenewal(current, previousAttempts, request),
		},
		current,
	);
}

/** What was reserved has sent nothing yet: its request comes with this claim. */
function grantReservedAttempt(current: ReservedEntry, request: ClaimRequest, now: number): ClaimDecision {
	const { attempt, sends, mayHaveExecuted, lateResponses, previousAttempts } = current;
	const missing = findMissingRead(request, current, previousAttempts);
	if (missing) return missing;
	return grantClaim(
		request,
		now,
		{
			...keepIdentity(current),
			attempt,
			sends,
			mayHaveExecuted,
			lateResponses,
			previousAttempts,
			...planAttemptRenewal(current, previousAttempts ?? [], request),
		},
		current,
	);
}

function planAttemptRenewal(
	current: SettledEntry | ReservedEntry,
	previousAttempts: readonly PreviousAttempt[],
	{ samePayment, preread, isRepeat }: ClaimRequest,
): { renewal?: Renewal } {
	// What is sent again as it stands in the ledger begins as it began before: nothing was read for it.
	const renewal = isRepeat
		? repeatRenewal(current)
		: planRenewal(current, previousAttempts, samePayment, preread?.earlier ?? []);
	return renewal ? { renewal } : {};
}

function keepIdentity({
	entryId,
	operation,
	fields,
	mode,
	account,
	createdAt,
	version,
	fence,
	reservation,
}: Entry) {
	return {
		entryId,
		operation,
		fields,
		mode,
		account,
		createdAt,
		version: version + 1,
		fence: fence + 1,
		...(reservation ? { reservation } : {}),
	};
}

type GrantFacts = Omit<
	InFlightEntry,
	| ('state' | 'key' | 'fingerprint' | 'request' | 'paramsStored' | 'origin')
	| ('claimId' | 'grantedAt' | 'leaseUntil' | 'lastSentAt' | 'expiresAt')
	| ('harmless' | 'settleAfterMs' | 'isByHostTime')
>;

function grantClaim(request: ClaimRequest, now: number, facts: GrantFacts, previous?: Entry) {
	const { reservation } = facts;
	const { harmless, settleAfterMs } = request;
	const resent = request.isRepeat ? previous?.request.added : undefined;
	const added = resent ?? (request.preread?.addParams ?? request.addParams)?.(facts.entryId);
	const entry: InFlightEntry = {
		...facts,
		...(reservation && request.token
			? {
					reservation: {
						...reservation,
						usedAmount: toComparableSpend(previous, request.token.requestedSpend).amount,
					},
				}
			: {}),
		state: 'in_flight',
		key: keyOfAttempt(facts.entryId, facts.attempt),
		fingerprint: request.fingerprint,
		request: added ? { ...request.request, added } : request.request,
		paramsStored: request.paramsStored,
		...(request.samePayment === undefined ? {} : { samePayment: request.samePayment }),
		origin: request.origin,
		...(request.isByHostTime ? { isByHostTime: true } : {}),
		...(harmless ? { harmless } : {}),
		...(settleAfterMs === undefined ? {} : { settleAfterMs }),
		claimId: request.claimId,
		grantedAt: now,
		// Each earlier payment is taken out of the way by sends of its own.
		leaseUntil: now + request.leaseMs * (1 + earlierPaymentsOf(facts).length),
		// The claim comes before the send, so the key is at most this old at Stripe. What is not known stays so.
		firstSentAt: facts.mayHaveExecuted ? facts.firstSentAt : now,
		lastSentAt: now,
		expiresAt: now + request.retentionMs,
		retentionMs: request.retentionMs,
	};
	return {
		kind: 'granted',
		grant: { entry, previous, reconcileFirst: mustReconcileFirst(entry, now) },
	} as const;
}

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

/** After these a send may have taken effect without our knowing. */
const UNCERTAIN_KINDS: ReadonlySet<OutcomeKind> = new Set(['unknown', 'busy']);

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

/** Whether the entry that stands is still the one that this claim was granted. */
export function isCurrentClaim(current: Entry, claimed: InFlightEntry): current is InFlightEntry {
	return (
		current.state === 'in_flight' &&
		current.fence === claimed.fence &&
		current.claimId === claimed.claimId
	);
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

function recordLateResponse(
	current: Entry,
	claimed: InFlightEntry,
	outcome: Outcome,
	now: number,
): SettleDecision {
	const lateResponses = [
		...(current.lateResponses ?? []),
		{ fence: claimed.fence, key: claimed.key, outcome, at: now },
	];
	return {
		kind: 'late',
		// Whoever comes late, and may not know himself, is told what is known by now.
		outcome: current.state === 'succeeded' && current.key === claimed.key ? current.outcome : outcome,
		entry: {
			...current,
			...mergeUncertainty(current, claimed, outcome),
			version: current.version + 1,
			lateResponses: trimLateResponses(lateResponses),
		},
	};
}

/** The newest ones; a proof of success is never pushed out by what proves nothing. */
export function trimLateResponses(lateResponses: readonly LateResponse[]): LateResponse[] {
	const surplus = lateResponses.length - KEPT_LATE_RESPONSES;
	const first = lateResponses.findIndex(({ outcome }) => outcome.kind !== 'succeeded');
	return surplus > 0
		? lateResponses.filter((_, index) => index !== Math.max(first, 0))
		: [...lateResponses];
}

/** A send of this very key that may have taken effect: from now on the key is no older than that, and in doubt. */
function mergeUncertainty(
	{ state, key, mayHaveExecuted, uncertaintyCause, firstSentAt }: Entry,
	claimed: InFlightEntry,
	outcome: Outcome,
): Pick<Entry, 'mayHaveExecuted' | 'uncertaintyCause' | 'firstSentAt'> {
	const isResolved = state === 'succeeded' || state === 'rejected';
	const isRelevant = outcome.kind === 'succeeded' || UNCERTAIN_KINDS.has(outcome.kind);
	if (isResolved || key !== claimed.key || !isRelevant)
		return { mayHaveExecuted, uncertaintyCause, firstSentAt };
	const times = [firstSentAt, claimed.firstSentAt].filter((at) => at !== undefined);
	const worst = pickWorstCause(uncertaintyCause, assumeCause(outcome.uncertaintyCause));
	return { mayHaveExecuted: true, uncertaintyCause: worst, firstSentAt: Math.min(...times) };
}
