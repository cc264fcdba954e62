import type { CanonicalField, Scope } from './key';
import type { LedgerRequest } from './request';

/** What one send told us, classified. Which row of the table it is stands in `stripe/outcome.ts`. */
export type OutcomeKind =
	| 'succeeded'
	| 'rejected'
	| 'unauthorized'
	| 'conflict'
	| 'busy'
	| 'rate_limited'
	| 'unknown'
	| 'unreachable';

export interface Outcome {
	kind: OutcomeKind;
	statusCode?: number;
	type?: string;
	code?: string;
	declineCode?: string;
	param?: string;
	message?: string;
	requestId?: string;
	/** The request that first ran under the key: differs from `requestId` in a replay by Stripe. */
	originalRequestId?: string;
	objectId?: string;
	/** The Stripe object, without client secrets and card data. */
	body?: Record<string, unknown>;
	retryAfterSeconds?: number;
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

/** An attempt that was definitively rejected and followed by a newer one. */
export interface PastAttempt {
	attempt: number;
	key: string;
	outcome: Outcome;
	settledAt: number;
}

/** A settle that came too late to change the entry: kept, because it is true. */
export interface Evidence {
	fence: number;
	key: string;
	outcome: Outcome;
	at: number;
}

interface EntryFacts extends Scope {
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
	lastSentAt?: number;
	sends: number;
	/** True once a send of this attempt may have taken effect without our knowing. */
	doubt: boolean;
	expiresAt: number;
	origin: Origin;
	past?: PastAttempt[];
	evidence?: Evidence[];
}

export type InFlightEntry = EntryFacts & { state: 'in_flight'; leaseUntil: number; holder: string };
export type SettledEntry = EntryFacts & {
	state: 'succeeded' | 'rejected' | 'unknown' | 'released';
	outcome: Outcome;
	settledAt: number;
};
export type IdleEntry = EntryFacts & { state: 'reserved' | 'cancelled' };

/** One row of the ledger: one business decision to do one thing in Stripe. */
export type Entry = InFlightEntry | SettledEntry | IdleEntry;
export type EntryState = Entry['state'];

/**
 * The recent times of one business fact whose key has a rounded time, each with the entry it belongs to. One row, so that
 * two claims on the two sides of a bucket's boundary meet in one compare-and-swap.
 */
export interface Timeline {
	state: 'timeline';
	entryId: string;
	version: number;
	expiresAt: number;
	moments: { entryId: string; instants: number[]; at: number }[];
}

/** What a store keeps; `state` tells which it is. */
export type Row = Entry | Timeline;
export type RowState = Row['state'];
