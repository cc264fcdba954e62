import type { CanonicalField, Scope, TimeIndexRef } from '../identity/key';
import type { KeySecretMark } from '../identity/keySecret';
import type { Entry, Expectation, HarmlessKind, OnlyOne, Origin, PreviousAttempt } from '../model/entry';
import type { LedgerRequest, Params } from '../model/request';
import type { ApprovedReads, RequestedApproval } from '../identity/check';
import type { SeenPayment } from './renewal';
import type { PresentedToken } from './token';

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
	/**
	 * What is held against an adopted entry, of which no request is known; `object` is what was adopted, for what is asked for
	 * without its currency. Never stored.
	 */
	comparedParams?: (object: Record<string, unknown>) => Params;
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
	/** The object that is acted on is the truth: what an earlier run has settled does not stand in the way of looking at it. */
	looksAtObject?: true;
	/** Another's claim was waited for: what that one has settled is the answer. */
	hasWaited?: true;
	/** The version of an entry whose success has expired: only that one is followed by a new attempt. */
	renewsVersion?: number;
	/** Of what there is to be one only. */
	onlyOne?: OnlyOne;
	/** Whether a limit of the workflow may keep it from being sent; that is held against it after the claim, before the send. */
	mayExceedLimit?: (expectation: Expectation | undefined) => boolean;
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
	/** Set where a person has to approve what is sent. */
	approval?: RequestedApproval;
	/** The token that the claim comes with, and what it is to be used for. */
	token?: PresentedToken;
	origin: Origin;
}

/** What a new attempt had to know of Stripe. */
export interface PrereadFacts {
	/** Takes the place of the claim's own. */
	addParams?: ClaimRequest['addParams'];
	/** See `LedgerRequest.sentPath`. */
	sentPath?: string;
	/** What it would move, where the request does not tell. */
	expectation?: Expectation;
	/** What a person approves. */
	approved?: ApprovedReads;
}
