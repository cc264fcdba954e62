import type { CanonicalField, Scope } from '../identity/key';
import type { Payment } from './payment';
import type { LedgerRequest, Params } from './request';

/** What one send told us, classified. Which row of the table it is stands in `stripe/api/outcome.ts`. */
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
 * Why it is not known what came of a send: it decides for how long what is not there is not believed to be absent. From the
 * best to the worst: Stripe's load shedder said 503; the answer was lost, or somebody on the way gave another; Stripe said 500,
 * or anything else that nobody knows; Stripe gave an error that it has stored under the key; Stripe knows the key with a request
 * that the ledger does not know of.
 */
export type UncertaintyCause = 'shed' | 'lost' | 'failed' | 'replayed' | 'mismatched';

/**
 * That something does no harm, or little, when it is done twice, as the table of operations says: at all; because it makes an
 * object that moves no money; because it only sends an e-mail. Of a whole refund, and of a change of words only, Stripe has to
 * show that it holds.
 */
export type HarmlessKind = 'twice' | 'create' | 'email' | 'wholeRefund' | 'wordsOnly';

export interface Outcome {
	kind: OutcomeKind;
	/** Of what is unknown, and of a conflict that proves an earlier send. What gives none is as bad as a 500. */
	uncertaintyCause?: UncertaintyCause;
	statusCode?: number;
	type?: string;
	code?: string;
	declineCode?: string;
	/** What the card's bank advises: `do_not_try_again`, `try_again_later`, `confirm_card_data`. */
	adviceCode?: string;
	param?: string;
	message?: string;
	requestId?: string;
	/** The request that first ran under the key: differs from `requestId` in a replay by Stripe. */
	originalRequestId?: string;
	objectId?: string;
	/** The status of the object that an error is about. */
	objectStatus?: string;
	/** The Stripe object, without client secrets and card data. */
	body?: Record<string, unknown>;
	/** What is known of its money; the newest that was heard, also where the body is older. */
	payment?: Payment;
	retryAfterSeconds?: number;
	/** Which of its limits a 429 is about (docs.stripe.com/rate-limits). */
	rateLimitedReason?: string;
	/** Who has looked and decided it, where nothing that Stripe shows could tell. */
	decidedBy?: string;
}

/** Where a claim came from: for people to trace. Never part of a key. */
export interface Origin {
	workflowId?: string;
	workflowName?: string;
	executionId?: string;
	nodeName?: string;
	/** One run of one node in one execution: tries by Retry On Fail share it, loops do not. */
	run?: string;
}

/** An attempt that was definitively rejected and followed by a newer one. What is optional was not always kept. */
export interface PreviousAttempt {
	attempt: number;
	key: string;
	outcome: Outcome;
	/** All times are ms since the epoch. */
	settledAt: number;
	firstSentAt?: number;
	lastSentAt?: number;
	sends?: number;
	/** In the currency's minor unit: a corrected request may ask for another amount. */
	amount?: number;
	currency?: string;
	origin?: Origin;
	/** See `EntryFacts`. */
	samePayment?: string;
	/** What was sent beside its parameters: see `LedgerRequest.added`. */
	added?: Params;
}

/**
 * A payment that an earlier attempt of an entry has made, and that was declined. A declined payment is not over: its customer
 * may still pay it (docs.stripe.com/payments/paymentintents/lifecycle). So a new attempt begins by taking it out of the way.
 */
export interface EarlierPayment {
	/** Stripe's id of the payment intent. */
	id: string;
	/** The attempt that made it. */
	attempt: number;
}

/** How an attempt begins that follows a declined one: frozen at the claim, so that every holder of it does the same. */
export interface Renewal {
	/** Nothing of the attempt is sent until Stripe says of each of these that it is cancelled. */
	cancels: EarlierPayment[];
	/**
	 * The payment that is confirmed again in the place of a new one, where nothing but the payment method changes: however often
	 * it is confirmed, it makes at most one successful charge.
	 */
	confirms?: EarlierPayment;
	/** What the entry goes back to where an earlier payment is in the way. */
	previous: PreviousState;
}

/** An entry as it stood; what stays with it whatever becomes of its attempts is not kept twice. */
type PreviousState = Omit<SettledEntry, RetainedFields> | Omit<ReservedEntry, RetainedFields>;
type RetainedFields = 'lateResponses' | 'reservation';

/** A settle that came too late to change the entry: kept, because it is true. */
export interface LateResponse {
	fence: number;
	key: string;
	outcome: Outcome;
	at: number;
}

/** What a token is good for, frozen when it was reserved. Amounts are in the currency's minor unit. */
export interface Intent {
	/** Resource and operation, without the object: `refund.create`. */
	operation: string;
	amount: number;
	/** Whether `amount` is a maximum, so that less may be moved too. */
	isMaximum: boolean;
	/** In lower case. */
	currency: string;
	customer?: string;
	/** The object that is acted on: the payment that is refunded, confirmed or captured. */
	object?: string;
	/** Words for the person who approves; never compared, because a model finds other words at every try. */
	purpose: string;
}

/** Who asked for a reservation. */
export interface Spender {
	agent: string;
	session?: string;
}

/** Whether a person has to say yes before the token can be used. */
export interface Approval {
	state: 'not_needed' | 'waiting' | 'approved';
	decidedBy?: string;
	/** ms since the epoch */
	at?: number;
}

/** In which counting of which limit an entry takes its part. */
export interface LimitReference {
	budgetId: string;
	epoch: string;
}

export interface Reservation {
	intent: Intent;
	spender: Spender;
	/** Where it was asked for; the entry's own origin is the one that came last. Entries of an older version lack it. */
	origin?: Origin;
	approval: Approval;
	/** SHA-256 of the token: the token itself is kept nowhere. */
	tokenHash: string;
	/** Hashes of the tokens of earlier reservations of this entry, so that one of them can be told what it is; the newest ones. */
	earlierTokens?: string[];
	/** +1 at every reservation of this entry. A token, and every decision of a person, belong to one generation. */
	generation: number;
	/** Its name, which nobody can guess and which never comes again: also not when the entry was forgotten in between. */
	generationId: string;
	/** When this generation began; its day is the one that counts at the limits. ms since the epoch */
	reservedAt: number;
	/** Whether every limit has made room for it. Before that its token is good for nothing. */
	limitsHeld: boolean;
	/** The limits in which it is counted, each with the epoch of its counter. */
	limits?: LimitReference[];
	/** ms since the epoch */
	validUntil: number;
	/** ms that the token may be used for, from an approval on. */
	validForMs: number;
	/** ms for which it can be looked up when it has ended unused. Entries of an older version lack it. */
	retentionMs?: number;
	/** What the claim that used it asked for; until then the intent's amount counts. */
	usedAmount?: number;
}

/**
 * What an attempt would move, read at Stripe before its claim because its request names no amount. It stays the same for every
 * repeat of the attempt; a new one reads anew.
 */
export interface Expectation {
	/** In the currency's minor unit. */
	spend: Omit<Intent, 'isMaximum' | 'purpose'>;
	/** The most that a person has allowed for it, in the minor unit. */
	atMost?: number;
	/** For a person: what is due now, and what later. */
	inWords?: string;
	/** The object by which it was worked out: nothing of the attempt is sent first unless that still stands as it did. */
	seen?: { path: string; state: string };
}

/**
 * Of what there is to be one only: while the entry is open, no other one works on any of the same things of the same owner, and
 * nothing is created where a live one is found.
 */
export interface OnlyOne {
	/** What is created; of an older version, a subscription. */
	kind?: 'subscription' | 'customer';
	/** The ID of the customer who subscribes; or what customers are matched by: `email`, or `metadata` and a name. */
	owner: string;
	/** IDs of prices; or the value that a customer is matched by. */
	things: string[];
}

/** Why an entry will not be sent. */
export interface Cancellation {
	reason: 'cancelled' | 'denied' | 'revoked' | 'expired' | 'over_limit';
	decidedBy?: string;
	/** ms since the epoch */
	at: number;
}

/** What every entry has, whatever its state. */
export interface EntryFacts extends Scope {
	entryId: string;
	/** For compare-and-swap: +1 at every write. */
	version: number;
	operation: string;
	fields: CanonicalField[];
	attempt: number;
	key: string;
	fingerprint: string;
	request: LedgerRequest;
	/** Whether the parameters stand in `request.params`, or only their hash in `fingerprint`. */
	paramsStored: boolean;
	/** +1 at every grant: who settles under an older one is too late. */
	fence: number;
	/** All times are ms since the epoch. */
	createdAt: number;
	/** When this attempt's key may first have reached Stripe. */
	firstSentAt?: number;
	/** When a send of this attempt may last have begun any work: one that was answered by a replay has not. */
	lastSentAt?: number;
	sends: number;
	/** True once a send of this attempt may have taken effect without our knowing. */
	mayHaveExecuted: boolean;
	/** The worst cause of doubt over all sends of this attempt: it only ever gets worse. Read it by `uncertaintyCauseOf`. */
	uncertaintyCause?: UncertaintyCause;
	harmless?: HarmlessKind;
	/** ms: absence after the worst causes is believed later than usual, as the user wants. */
	settleAfterMs?: number;
	expiresAt: number;
	/** ms for which it is remembered after it was decided. Entries of an older version lack it. */
	retentionMs?: number;
	/** Its times are the host's: it is about another API, which nobody can be asked the time of. */
	isByHostTime?: true;
	origin: Origin;
	previousAttempts?: PreviousAttempt[];
	/** Hash of the request without its payment method: see `ClaimRequest`. */
	samePayment?: string;
	/** How the present attempt begins, where it follows a declined one. */
	renewal?: Renewal;
	onlyOne?: OnlyOne;
	/** A limit of its workflow has still to let the attempt through: nothing but that workflow may send it. */
	awaitsLimit?: true;
	/** What it would move, where its request does not tell. */
	expectation?: Expectation;
	lateResponses?: LateResponse[];
	/** The check with which a person has approved the present attempt, and the attempt that it names. */
	approved?: { check: string; attempt: number };
	/** What may be done under this entry, and that only with its token. */
	reservation?: Reservation;
	/** The payment was made before this ledger knew of it, and was taken over; `params` is what a request must agree with. */
	adopted?: { at: number; decidedBy: string; params: Params };
}

export type InFlightEntry = EntryFacts & {
	state: 'in_flight';
	/** When the claim was granted: its lease began then. */
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
