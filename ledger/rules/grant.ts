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
import { initialVersion } from '../model/row';
import type { LedgerRequest } from '../model/request';
import type { ClaimRequest } from './claimRequest';
import { causeBeforeSend, mustReconcileFirst, uncertaintyCauseOf } from './uncertainty';
import { earlierPaymentsOf, planAttemptRenewal } from './renewal';
import { toComparableSpend } from './token';

const KEPT_PREVIOUS_ATTEMPTS = 20;

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

/** A granted entry is still to be written. */
export type GrantDecision = { kind: 'granted'; grant: Grant } | UnreadClaim;

/** A new attempt would begin, and what it has to know was not read for this entry as it stands. */
export interface UnreadClaim {
	kind: 'unread';
	current: Entry | undefined;
	/** The attempts before it that were rejected, where what they have left behind is asked for. */
	previousAttempts: PreviousAttempt[];
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

/** The same key once more. A claim that was left behind has sent, and may have met anything. */
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

/** What an attempt remains, whoever sends it. */
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

/** The stored API version goes with the stored key: a package update must not change what the key means to Stripe. */
function keepRequest(
	grant: Grant,
	{ request: stored }: Entry,
	{ request: input }: ClaimRequest,
	mayHaveExecuted: boolean,
): Grant {
	const { apiVersion = input.apiVersion, stripeAccount, added, sentPath } = stored;
	const request = { ...input, apiVersion, added, sentPath };
	// Stripe does not say whether it knows the key of an account's own request again when it comes from a platform.
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

/** What was reserved has sent nothing yet: its request comes with this claim. */
function grantReservedAttempt(current: ReservedEntry, request: ClaimRequest, now: number): GrantDecision {
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

/**
 * Another request, where what was sent under the key is none of those that the ledger knows: nothing of it is sent with that key,
 * but it may be the one that Stripe has. What was worked out for the request that stands is worked out anew.
 */
export function grantLook(current: SettledEntry, request: ClaimRequest, now: number): GrantDecision {
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

/** What a claim finds, or begins, for the attempt that it is granted. */
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
		...requestFacts(request, facts.entryId, previous),
		...(awaitsLimit(request, previous, expectation) ? { awaitsLimit: true as const } : {}),
		...(expectation ? { expectation } : {}),
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

/** That of the attempt; a new one has what was read for it. */
function expectationOf(
	facts: GrantFacts,
	{ isRepeat, preread }: ClaimRequest,
	previous: Entry | undefined,
): Expectation | undefined {
	if ('expectation' in facts) return facts.expectation;
	return isRepeat ? previous?.expectation : preread?.expectation;
}

/** Who sends again what stands in the ledger knows no limit. */
function awaitsLimit(
	{ isRepeat, mayExceedLimit }: ClaimRequest,
	previous: Entry | undefined,
	expectation: Expectation | undefined,
): boolean {
	return (isRepeat ? previous?.awaitsLimit : mayExceedLimit?.(expectation)) ?? false;
}

/** What a claim is made for, as it is written into the entry. */
function requestFacts(input: ClaimRequest, entryId: string, previous: Entry | undefined) {
	const { fingerprint, request, paramsStored, origin, samePayment, harmless, settleAfterMs } = input;
	const resent = input.isRepeat ? previous?.request.added : undefined;
	const added = resent ?? (input.preread?.addParams ?? input.addParams)?.(entryId);
	const sentPath = input.preread?.sentPath;
	const frozen = { ...(added ? { added } : {}), ...(sentPath === undefined ? {} : { sentPath }) };
	return {
		fingerprint,
		request: { ...request, ...frozen },
		paramsStored,
		origin,
		...(samePayment === undefined ? {} : { samePayment }),
		...(input.isByHostTime ? { isByHostTime: true as const } : {}),
		...(harmless ? { harmless } : {}),
		...(input.onlyOne ? { onlyOne: input.onlyOne } : {}),
		...(settleAfterMs === undefined ? {} : { settleAfterMs }),
	};
}

/** The reservation, with how much of it this claim uses. */
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
