import type { CanonicalField, Scope } from '../identity/key';
import type { Payment } from './payment';
import type { LedgerRequest, Params } from './request';

/** The classification of one response. `stripe/api/outcome.ts` has the table. */
export type OutcomeKind =
	| 'succeeded'
	| 'rejected'
	| 'unauthorized'
	| 'conflict'
	| 'busy'
	| 'rate_limited'
	| 'unknown'
	| 'unreachable';

/**
 * Why the outcome of a send is unknown. It determines how long a missing result does not count as "not executed". From the
 * mildest to the worst: Stripe's load shedder returned 503 (`shed`); the response was lost, or an intermediary answered (`lost`);
 * Stripe returned 500, or something unknown (`failed`); Stripe returned an error that it has stored under the key (`replayed`);
 * Stripe knows the key with a request that is not in the ledger (`mismatched`).
 */
export type UncertaintyCause = 'shed' | 'lost' | 'failed' | 'replayed' | 'mismatched';

/**
 * Why it is harmless to execute an operation twice, from the operations table: a repeat has no effect (`twice`), only creates an
 * object that moves no money (`create`), or only sends an e-mail (`email`). For a full refund (`wholeRefund`) and a change of
 * descriptive text (`wordsOnly`), Stripe has to show that it applies.
 */
export type HarmlessKind = 'twice' | 'create' | 'email' | 'wholeRefund' | 'wordsOnly';

export interface Outcome {
	kind: OutcomeKind;
	/** Set for an unknown outcome, and for a conflict that proves an earlier send. A missing cause counts as `failed`. */
	uncertaintyCause?: UncertaintyCause;
	statusCode?: number;
	type?: string;
	code?: string;
	declineCode?: string;
	/** The issuer's advice: `do_not_try_again`, `try_again_later` or `confirm_card_data`. */
	adviceCode?: string;
	param?: string;
	message?: string;
	requestId?: string;
	/** The request that was executed first under the key. It differs from `requestId` in a response that Stripe replays. */
	originalRequestId?: string;
	objectId?: string;
	/** The status of the object in an error response. */
	objectStatus?: string;
	/** The Stripe object, without client secrets and card data. */
	body?: Record<string, unknown>;
	/** The state of the payment. It may be newer than `body`. */
	payment?: Payment;
	retryAfterSeconds?: number;
	/** The rate limit that a 429 is about (docs.stripe.com/rate-limits). */
	rateLimitedReason?: string;
	/** The person who decided the outcome, if Stripe's records could not. */
	decidedBy?: string;
}

/** Where a claim came from, so that people can trace it. Never part of a key. */
export interface Origin {
	workflowId?: string;
	workflowName?: string;
	executionId?: string;
	nodeName?: string;
	/** One run of one node in one execution. Retry On Fail keeps it; each pass of a loop has its own. */
	run?: string;
}

/** A definitively rejected attempt that was followed by a newer one. Older versions did not store the optional fields. */
export interface PreviousAttempt {
	attempt: number;
	key: string;
	outcome: Outcome;
	/** All times are ms since the epoch. */
	settledAt: number;
	firstSentAt?: number;
	lastSentAt?: number;
	sends?: number;
	/** In the currency's minor unit. A changed request may have another amount. */
	amount?: number;
	currency?: string;
	origin?: Origin;
	/** See `EntryFacts`. */
	samePayment?: string;
	/** Parameters sent in addition to its own: see `LedgerRequest.added`. */
	added?: Params;
}

/**
 * A declined payment of an earlier attempt of the entry. The customer can still pay it
 * (docs.stripe.com/payments/paymentintents/lifecycle), so a new attempt has to cancel it, or confirm it again, first.
 */
export interface EarlierPayment {
	/** The ID of the PaymentIntent. */
	id: string;
	/** The number of the attempt that created it. */
	attempt: number;
}

/** How an attempt after a declined one starts. It is frozen in the claim, so that every claim of the attempt does the same. */
export interface Renewal {
	/** Nothing of the attempt is sent until Stripe has confirmed that each of these is cancelled. */
	cancels: EarlierPayment[];
	/**
	 * Confirmed again instead of creating a payment, if only the payment method changes. It makes at most one successful charge.
	 */
	confirms?: EarlierPayment;
	/** The state to restore if an earlier payment is in the way. */
	previous: PreviousState;
}

/** A state of the entry, without the fields that do not depend on its attempts. */
type PreviousState = Omit<SettledEntry, RetainedFields> | Omit<ReservedEntry, RetainedFields>;
type RetainedFields = 'lateResponses' | 'reservation';

/** An outcome that arrived too late to change the entry. It is kept because it is true. */
export interface LateResponse {
	fence: number;
	key: string;
	outcome: Outcome;
	at: number;
}

/** What a token may be used for, frozen in the reservation. Amounts are in the currency's minor unit. */
export interface Intent {
	/** The resource and operation, without the object: `refund.create`. */
	operation: string;
	amount: number;
	/** Whether `amount` is a maximum. */
	isMaximum: boolean;
	/** In lower case. */
	currency: string;
	customer?: string;
	/** The object to act on: the payment to refund, confirm or capture. */
	object?: string;
	/** Free text for the person who approves. It is never compared, because a model phrases it differently each time. */
	purpose: string;
}

/** Who requested a reservation. */
export interface Spender {
	agent: string;
	session?: string;
}

/** Whether a person has to approve a reservation before its token can be used. */
export interface Approval {
	state: 'not_needed' | 'waiting' | 'approved';
	decidedBy?: string;
	/** ms since the epoch */
	at?: number;
}

/** The counter that counts an entry towards a limit. */
export interface LimitReference {
	budgetId: string;
	epoch: string;
}

export interface Reservation {
	intent: Intent;
	spender: Spender;
	/** Where it was requested. The entry's own origin is that of its latest claim. Missing in entries of older versions. */
	origin?: Origin;
	approval: Approval;
	/** The SHA-256 hash of the token. The token itself is not stored. */
	tokenHash: string;
	/** Hashes of the newest earlier tokens of this entry, so that they can be recognized as expired. */
	earlierTokens?: string[];
	/** Incremented by every new reservation of this entry. A token, and every decision of a person, belongs to one generation. */
	generation: number;
	/** A random ID of the generation. It is never reused, even if the entry is purged and created again. */
	generationId: string;
	/** When this generation started, in ms since the epoch. The limits of that day count it. */
	reservedAt: number;
	/** Whether every limit has room for it. The token cannot be used before. */
	limitsHeld: boolean;
	/** The limits that count it, each with the epoch of its counter. */
	limits?: LimitReference[];
	/** ms since the epoch */
	validUntil: number;
	/** ms the token can be used, counted from the approval if there is one. */
	validForMs: number;
	/** ms an unused reservation can still be looked up. Missing in entries of older versions. */
	retentionMs?: number;
	/** The amount of the request that used the token. Until then the amount of the intent counts. */
	usedAmount?: number;
}

/**
 * What an attempt would move, read from Stripe before its claim because the request names no amount. Repeats of the attempt keep
 * it; a new attempt reads it again.
 */
export interface Expectation {
	/** In the currency's minor unit. */
	spend: Omit<Intent, 'isMaximum' | 'purpose'>;
	/** The maximum that a person has allowed, in the minor unit. */
	atMost?: number;
	/** A description for people: what is due now, and what later. */
	inWords?: string;
}

/**
 * A rule that at most one of something may exist: while the entry is unresolved, no other entry may work on the same things of
 * the same owner, and nothing is created if a live one is found.
 */
export interface OnlyOne {
	/** What is created. Older versions omit it for a subscription. */
	kind?: 'subscription' | 'customer';
	/** The ID of the customer who subscribes. For customers, how they are matched: `email`, or `metadata` and a name. */
	owner: string;
	/** Price IDs. For customers, the value to match. */
	values: string[];
}

/** Why an entry will not be sent. */
export interface Cancellation {
	reason: 'cancelled' | 'denied' | 'revoked' | 'expired' | 'over_limit';
	decidedBy?: string;
	/** ms since the epoch */
	at: number;
}

/** The fields that every entry has, in any state. */
export interface EntryFacts extends Scope {
	entryId: string;
	/** For compare-and-swap. Incremented by every write. */
	version: number;
	operation: string;
	fields: CanonicalField[];
	attempt: number;
	key: string;
	fingerprint: string;
	request: LedgerRequest;
	/** Whether `request.params` contains the parameters. If not, only their hash is stored, in `fingerprint`. */
	paramsStored: boolean;
	/** Incremented by every grant. A claim with an older fence settles too late. */
	fence: number;
	/** All times are ms since the epoch. */
	createdAt: number;
	/** When this attempt's key may have reached Stripe for the first time. */
	firstSentAt?: number;
	/** When a send of this attempt may last have started work. A replayed response does not count. */
	lastSentAt?: number;
	sends: number;
	/** Whether a send of this attempt may have been executed without its outcome being known. */
	mayHaveExecuted: boolean;
	/** The worst cause of uncertainty over all sends of this attempt. Read it with `uncertaintyCauseOf`. */
	uncertaintyCause?: UncertaintyCause;
	harmless?: HarmlessKind;
	/** ms before a missing result counts as not executed after the worst causes, if the user wants more than the default. */
	settleAfterMs?: number;
	expiresAt: number;
	/** ms the entry is kept after it was resolved. Missing in entries of older versions. */
	retentionMs?: number;
	/** The times are the host's, because the entry is about another API, whose clock cannot be read. */
	isByHostTime?: true;
	origin: Origin;
	previousAttempts?: PreviousAttempt[];
	/** Hash of the request without its payment method: see `ClaimRequest`. */
	samePayment?: string;
	/** How the current attempt starts, if it follows a declined one. */
	renewal?: Renewal;
	onlyOne?: OnlyOne;
	/** A limit of the workflow has not been checked yet. Until then only that workflow may send the attempt. */
	awaitsLimit?: true;
	/** What the request would move, if its parameters do not say so. */
	expectation?: Expectation;
	lateResponses?: LateResponse[];
	/** The check with which a person approved the current attempt, and the attempt that it approves. */
	approved?: { check: string; attempt: number };
	/** The reservation. The entry can only be claimed with its token. */
	reservation?: Reservation;
	/** Set if the payment was made before this ledger existed. A later request has to match `params`. */
	adopted?: { at: number; decidedBy: string; params: Params };
}

export type InFlightEntry = EntryFacts & {
	state: 'in_flight';
	/** When the claim was granted and its lease started. */
	grantedAt?: number;
	leaseUntil: number;
	claimId: string;
};
export type SettledEntry = EntryFacts & {
	state: 'succeeded' | 'rejected' | 'unknown' | 'released';
	outcome: Outcome;
	settledAt: number;
};
export type ReservedEntry = EntryFacts & { state: 'reserved' };
export type CancelledEntry = EntryFacts & { state: 'cancelled'; cancellation?: Cancellation };

/** One row of the ledger: one business decision to do one thing in Stripe. */
export type Entry = InFlightEntry | SettledEntry | ReservedEntry | CancelledEntry;
export type EntryState = Entry['state'];
