import { keyOfAttempt } from '../identity/key';
import type {
	Entry,
	Expectation,
	InFlightEntry,
	PreviousAttempt,
	Reservation,
	ReservedEntry,
	SettledEntry,
} from '../model/entry';
import { archiveAttempt } from '../model/entryFacts';
import { hadNoEffect } from '../model/entryStatus';
import { initialVersion } from '../model/row';
import type { LedgerRequest } from '../model/request';
import type { ClaimRequest } from './claimRequest';
import { toRequestFacts } from './claimRequest';
import { causeBeforeSend, mayBeSentBefore, mustReconcileFirst, uncertaintyCauseOf } from './uncertainty';
import { earlierPaymentsOf, planAttemptRenewal } from './renewal';
import { toComparableSpend } from './token';

const KEPT_PREVIOUS_ATTEMPTS = 20;

export interface Grant {
	entry: InFlightEntry;
	/** The entry before the claim. A `conflict` response from Stripe restores it. */
	previous?: Entry;
	/** Stripe may have forgotten the key, or ignores it: the outcome has to be reconciled before anything is sent. */
	reconcileFirst: boolean;
	/** Stripe may have forgotten the key all the same, because a lost ledger has sent it: the entry is searched before a send. */
	verifyFirst?: true;
	/** The request of this claim, if an earlier send was made for another account. The entry keeps the earlier one. */
	requestForOtherAccount?: LedgerRequest;
	/** The ledger could not be written, and the user chose to rely on Stripe's idempotency alone. */
	notPersisted?: true;
}

/** The caller has to write a granted entry. */
export type GrantDecision = { kind: 'granted'; grant: Grant } | UnreadClaim;

/** The claim would start a new attempt, but what it has to know was not read for this version of the entry. */
export interface UnreadClaim {
	kind: 'unread';
	current: Entry | undefined;
	/** The rejected attempts before it, if the payments they left behind have to be read. */
	previousAttempts: PreviousAttempt[];
}

/** Checks whether the reads for a new attempt are missing, or were made for another version of the entry. */
function findMissingRead(
	{ readFirst, readEarlier, preread }: ClaimRequest,
	current: Entry | undefined,
	previousAttempts: readonly PreviousAttempt[] = [],
): UnreadClaim | undefined {
	if (preread !== undefined && preread.version === current?.version) return undefined;
	// A released attempt was not executed, so it left nothing behind.
	const left = readEarlier ? previousAttempts.filter(({ outcome }) => outcome.kind === 'rejected') : [];
	return readFirst || left.length > 0 ? { kind: 'unread', current, previousAttempts: left } : undefined;
}

export function grantFirstAttempt(request: ClaimRequest, now: number): GrantDecision {
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

/**
 * Grants the same attempt with its key. The request of an abandoned claim counts as sent, with the worst cause of uncertainty.
 */
export function grantSameAttempt(current: Entry, request: ClaimRequest, now: number): GrantDecision {
	if (current.state === 'reserved') return grantReservedAttempt(current, request, now);
	const latest = current.state === 'in_flight' ? markAbandoned(current) : current;
	const { expectation } = latest;
	const facts = { ...keepIdentity(current), ...keepAttempt(latest), expectation };
	const { grant } = grantClaim(request, now, facts, current);
	return { kind: 'granted', grant: keepRequest(grant, current, request, latest.mayHaveExecuted) };
}

function markAbandoned(current: InFlightEntry): InFlightEntry {
	return {
		...current,
		mayHaveExecuted: true,
		uncertaintyCause: uncertaintyCauseOf(current),
		sends: current.sends + 1,
	};
}

/** The facts of an attempt that do not depend on the claim that sends it. */
function keepAttempt(latest: Entry) {
	const { attempt, sends, mayHaveExecuted, firstSentAt, lateResponses, previousAttempts } = latest;
	const { renewal, samePayment } = latest;
	const uncertaintyCause = causeBeforeSend(latest);
	return {
		attempt,
		sends,
		mayHaveExecuted,
		firstSentAt: mayHaveExecuted ? firstSentAt : undefined,
		lateResponses,
		previousAttempts,
		...(uncertaintyCause ? { uncertaintyCause } : {}),
		...(renewal ? { renewal } : {}),
		...(samePayment === undefined ? {} : { samePayment }),
	};
}

/** Keeps the stored API version with the stored key: a package update must not change what the key means to Stripe. */
function keepRequest(
	grant: Grant,
	{ request: stored }: Entry,
	{ request: input }: ClaimRequest,
	mayHaveExecuted: boolean,
): Grant {
	const { apiVersion = input.apiVersion, stripeAccount, added, sentPath, sentMethod, seen } = stored;
	const request = { ...input, apiVersion, added, sentPath, sentMethod, seen };
	// Stripe does not document whether a platform's request matches a key that was first used with the account's own secret key.
	const isFromOtherAccount = mayHaveExecuted && input.stripeAccount !== stripeAccount;
	if (!isFromOtherAccount) return { ...grant, entry: { ...grant.entry, request } };
	const entry = { ...grant.entry, request: { ...request, stripeAccount } };
	return { ...grant, entry, reconcileFirst: true, requestForOtherAccount: request };
}

export function grantNextAttempt(current: SettledEntry, request: ClaimRequest, now: number): GrantDecision {
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

/** This claim brings the first request. A late response of an earlier claim may have reported a send under its key. */
function grantReservedAttempt(current: ReservedEntry, request: ClaimRequest, now: number): GrantDecision {
	const { previousAttempts = [] } = current;
	const missing = findMissingRead(request, current, previousAttempts);
	if (missing) return missing;
	return grantClaim(
		request,
		now,
		{
			...keepIdentity(current),
			...keepAttempt(current),
			...planAttemptRenewal(current, previousAttempts, request),
		},
		current,
	);
}

/**
 * Returns whether the request is sent again without reconciling it, because Stripe still knows its key. That has to be judged by a
 * fresh response: a machine that was paused does not notice how much time has passed.
 */
export function reliesOnKey({ entry, reconcileFirst }: Grant): boolean {
	return entry.mayHaveExecuted && !reconcileFirst;
}

/** Returns whether a request is planned again from fresh reads. */
export function mustReadAgain(current: Entry, { readFirst, readsParams }: ClaimRequest): boolean {
	const wasRead = readsParams === true || (current.expectation ?? current.onlyOne) !== undefined;
	return readFirst !== undefined && hadNoEffect(current) && (current.state === 'reserved' || wasRead);
}

/**
 * Grants the same attempt with its key, and derives everything that was derived from the stored request again: it was not executed,
 * so older reads are outdated; or the key was used for a request that is not in the ledger, which may be the one in question. The
 * key stays, so that Stripe recognizes what a lost ledger has sent with it.
 */
export function grantFreshReads(current: SettledEntry, request: ClaimRequest, now: number): GrantDecision {
	const missing = findMissingRead(request, current);
	if (missing) return missing;
	return grantClaim(request, now, { ...keepIdentity(current), ...keepAttempt(current) }, current);
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

/** What an attempt inherits, or starts with, when a claim is granted. */
type GrantFacts = Pick<
	InFlightEntry,
	| ('entryId' | 'operation' | 'fields' | 'mode' | 'account' | 'createdAt' | 'version' | 'fence')
	| ('attempt' | 'sends' | 'mayHaveExecuted' | 'firstSentAt' | 'uncertaintyCause' | 'samePayment')
	| ('renewal' | 'reservation' | 'lateResponses' | 'previousAttempts' | 'expectation')
>;

function grantClaim(request: ClaimRequest, now: number, facts: GrantFacts, previous?: Entry) {
	const expectation = expectationOf(facts, request, previous);
	const entry: InFlightEntry = {
		...facts,
		...claimedReservation(facts, request, previous, expectation),
		state: 'in_flight',
		key: keyOfAttempt(facts.entryId, facts.attempt),
		...toRequestFacts(request, facts.entryId, previous),
		...(awaitsLimit(request, previous, expectation) ? { awaitsLimit: true as const } : {}),
		...(expectation ? { expectation } : {}),
		claimId: request.claimId,
		grantedAt: now,
		// Handling each earlier payment takes further requests.
		leaseUntil: now + request.leaseMs * (1 + earlierPaymentsOf(facts).length),
		// The claim precedes the send, so the key is at most this old at Stripe. An unknown time stays unknown.
		firstSentAt: facts.mayHaveExecuted ? facts.firstSentAt : now,
		lastSentAt: now,
		expiresAt: now + request.retentionMs,
		retentionMs: request.retentionMs,
	};
	const grant = { entry, previous, reconcileFirst: mustReconcileFirst(entry, now) };
	const isOfLost = reliesOnKey(grant) && mayBeSentBefore(entry, now, request.ledgerBeganAt);
	return { kind: 'granted', grant: isOfLost ? { ...grant, verifyFirst: true as const } : grant } as const;
}

/** The expectation of the attempt. A new attempt takes what was read for it. */
function expectationOf(
	facts: GrantFacts,
	{ isRepeat, preread }: ClaimRequest,
	previous: Entry | undefined,
): Expectation | undefined {
	if ('expectation' in facts) return facts.expectation;
	return isRepeat ? previous?.expectation : preread?.expectation;
}

/** A repeat from the ledger is not checked against the limits of a workflow. */
function awaitsLimit(
	{ isRepeat, mayExceedLimit }: ClaimRequest,
	previous: Entry | undefined,
	expectation: Expectation | undefined,
): boolean {
	return (isRepeat ? previous?.awaitsLimit : mayExceedLimit?.(expectation)) ?? false;
}

/** The reservation, with the amount that this claim uses. */
function claimedReservation(
	{ reservation }: GrantFacts,
	{ token }: ClaimRequest,
	previous: Entry | undefined,
	expectation: Expectation | undefined,
): { reservation?: Reservation } {
	if (!reservation || !token) return {};
	const { requestedSpend } = token;
	const spend = requestedSpend ? toComparableSpend(previous, requestedSpend) : expectation?.spend;
	const usedAmount = spend?.amount;
	return { reservation: { ...reservation, usedAmount } };
}
