import type { CanonicalField, Scope, TimeIndexRef } from '../identity/key';
import type { KeySecretMark } from '../identity/keySecret';
import type { Entry, Expectation, HarmlessKind, OnlyOne, Origin, PreviousAttempt } from '../model/entry';
import type { LedgerRequest, Params } from '../model/request';
import type { ApprovedReads, RequestedApproval } from '../identity/check';
import type { SeenPayment } from './renewal';
import type { PresentedToken } from './token';

/** The input of a claim. */
export interface ClaimRequest extends Scope {
	entryId: string;
	operation: string;
	fields: CanonicalField[];
	timeIndex?: TimeIndexRef;
	/** The key secret from which `entryId` was derived. Absent if no Stripe credential is involved. */
	keySecret?: KeySecretMark;
	fingerprint: string;
	request: LedgerRequest;
	paramsStored: boolean;
	/** Builds the parameters that a new attempt adds. A repeat sends the ones stored in the entry: see `LedgerRequest.added`. */
	addParams?: (entryId: string) => Params;
	/** Reads from Stripe what a new attempt has to know before it is claimed. It is called for new attempts only. */
	readFirst?: (current: Entry | undefined) => Promise<PrereadFacts>;
	/** Whether the results of `readFirst` are sent. An attempt that was not executed is then not repeated with older reads. */
	readsParams?: true;
	/** Reads the payments that earlier, declined attempts left behind. A new attempt is not claimed without it. */
	readEarlier?: (previousAttempts: readonly PreviousAttempt[], current: Entry) => Promise<SeenPayment[]>;
	/**
	 * Hash of the request without its payment method. Two requests with the same hash ask for the same payment. Undefined for
	 * requests that name no payment method.
	 */
	samePayment?: string;
	/**
	 * The facts that were read, and the version of the entry they were read for. They have to be read again for another version.
	 */
	preread?: PrereadFacts & { version: number | undefined; earlier?: SeenPayment[] };
	/**
	 * Builds the parameters to compare with an adopted entry, whose request is unknown. `object` is the adopted object, for a
	 * request that names no currency. Never stored.
	 */
	comparedParams?: (object: Record<string, unknown>) => Params;
	/** Unique to this claim. It identifies our own write after its acknowledgement was lost. */
	claimId: string;
	/** ms. It must be longer than the slowest possible send loop. */
	leaseMs: number;
	/** ms */
	retentionMs: number;
	/** How to treat an existing rejection: return it, or start a new attempt. */
	afterRejection: 'returnStored' | 'newAttempt';
	/** Whether a person started the run. Only a person may retry a payment that the issuer said not to retry. */
	byPerson?: boolean;
	/** Resend the stored request only. If a different request has been recorded since, start nothing. */
	isRepeat?: true;
	/** The object in Stripe is authoritative: read it again even if an earlier run has settled the entry. */
	looksAtObject?: true;
	/** This claim has waited for another claim, and returns its outcome. */
	hasWaited?: true;
	/** The version of an entry whose successful result has expired. Only this version may be followed by a new attempt. */
	renewsVersion?: number;
	/** Set if at most one of something may exist. */
	onlyOne?: OnlyOne;
	/**
	 * Returns whether a limit of the workflow may block the request. The limit is checked after the claim and before the send.
	 */
	mayExceedLimit?: (expectation: Expectation | undefined) => boolean;
	/** From the operations table. */
	harmless?: HarmlessKind;
	/**
	 * ms after the last send before a missing result counts as not executed, if the user wants longer than the default of the
	 * worst causes (three days).
	 */
	settleAfterMs?: number;
	/**
	 * What makes a repeat safe after an uncertain send. Absent: Stripe's records. `repeat`: another API that remembers a key for
	 * `forMs`. `stop`: nothing, so a person has to find out.
	 */
	whenUncertain?: { kind: 'repeat'; forMs: number } | { kind: 'stop' };
	/** The times of the entry come from the host's clock: see `EntryFacts`. */
	isByHostTime?: true;
	/** When the ledger was begun, in ms since the epoch; undefined if that is not known. */
	ledgerBeganAt?: number;
	/** The claim is for the delivery of an event to n8n, not for a write, so the kill switch does not apply. */
	isDelivery?: true;
	/** Set if a person has to approve the request. */
	approval?: RequestedApproval;
	/** The token presented with the claim, and what it is used for. */
	token?: PresentedToken;
	origin: Origin;
}

/** What was read from Stripe for a new attempt. */
export interface PrereadFacts {
	/** Replaces the `addParams` of the claim. */
	addParams?: ClaimRequest['addParams'];
	/** See `LedgerRequest.sentPath`. */
	sentPath?: string;
	/** See `LedgerRequest.sentMethod`. */
	sentMethod?: 'POST';
	/** See `LedgerRequest.seen`. */
	seen?: LedgerRequest['seen'];
	/** What the request would move, if its parameters do not say so. */
	expectation?: Expectation;
	/** The facts that a person approves. */
	approved?: ApprovedReads;
}

/** Returns the facts of a claim that are stored in its entry. */
export function toRequestFacts(input: ClaimRequest, entryId: string, previous: Entry | undefined) {
	const { fingerprint, request, paramsStored, origin, samePayment, harmless, settleAfterMs } = input;
	const resent = input.isRepeat ? previous?.request.added : undefined;
	const added = resent ?? (input.preread?.addParams ?? input.addParams)?.(entryId);
	const { sentPath, sentMethod, seen } = input.preread ?? {};
	const frozen = {
		...(added ? { added } : {}),
		...(sentPath === undefined ? {} : { sentPath }),
		...(sentMethod === undefined ? {} : { sentMethod }),
		...(seen === undefined ? {} : { seen }),
	};
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
