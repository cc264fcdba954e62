import type { Entry, Origin, Outcome, PreviousAttempt, SettledEntry } from '../model/entry';
import { getProvenOutcome } from '../model/entryStatus';
import { archiveAttempt } from '../model/entryFacts';
import { initialVersion } from '../model/row';
import type { CanonicalField, Scope, TimeIndexRef } from '../identity/key';
import { keyOfAttempt } from '../identity/key';
import type { KeySecretMark } from '../identity/keySecret';
import type { Difference, Params } from '../model/request';

/** A payment that was made before this ledger knew of it, or that it has lost. */
export interface AdoptRequest extends Scope {
	entryId: string;
	operation: string;
	fields: CanonicalField[];
	timeIndex?: TimeIndexRef;
	keySecret?: KeySecretMark;
	/** Where it would be asked for: `/v1/payment_intents`. */
	path: string;
	/** What a later request for it has to agree with: the amount and currency, or what is refunded. */
	params: Params;
	/** What Stripe shows of it; always a success. */
	outcome: Outcome;
	/** When Stripe made it, in ms since the epoch. */
	createdAt: number;
	/** Who says that it is to be taken over. */
	decidedBy: string;
	/**
	 * Reads which payments that earlier attempts have made may still be paid, or were: beside those, no other one is taken.
	 * Their IDs; empty for none.
	 */
	readEarlier: (previousAttempts: readonly PreviousAttempt[], current: Entry) => Promise<string[]>;
	/** Unique to this request, so that a write whose acknowledgement was lost is known as one's own. */
	claimId: string;
	/** ms */
	retentionMs: number;
	origin: Origin;
}

/** Why an entry that stands is not taken over. */
export type AdoptBlockReason =
	/** It has another payment already: the same order was paid twice, or two orders share a number. */
	| 'another_payment'
	/** It is being sent, or may have been: what came of that is to be found out first. */
	| 'uncertain'
	/** A payment of an earlier attempt may still be paid, or was. */
	| 'open_payment'
	/** A token was given for it. */
	| 'reserved'
	/** A person has stopped it: it is not sent anyway. */
	| 'cancelled';

export type AdoptDecision =
	/** `entry` is to be written. */
	| { kind: 'adopted'; entry: SettledEntry }
	| { kind: 'already_adopted'; entry: Entry }
	| { kind: 'refused'; reason: AdoptBlockReason; entry: Entry; payments?: string[] };

/** Whether the past may be written over what stands, which must be something that surely did nothing. */
export function decideAdopt(current: Entry | undefined, request: AdoptRequest, now: number): AdoptDecision {
	if (!current) return { kind: 'adopted', entry: toAdoptedEntry(undefined, request, now) };
	switch (current.state) {
		case 'succeeded':
			return current.outcome.objectId === request.outcome.objectId
				? { kind: 'already_adopted', entry: current }
				: { kind: 'refused', reason: 'another_payment', entry: current };
		case 'rejected':
		case 'released':
			if (current.mayHaveExecuted || getProvenOutcome(current))
				return { kind: 'refused', reason: 'uncertain', entry: current };
			return { kind: 'adopted', entry: toAdoptedEntry(current, request, now) };
		case 'in_flight':
		case 'unknown':
			return { kind: 'refused', reason: 'uncertain', entry: current };
		case 'reserved':
		case 'cancelled':
			return { kind: 'refused', reason: current.state, entry: current };
	}
}

/** The attempts that may have left a payment behind. What was released was not executed. */
export function rejectedAttemptsOf(adopted: SettledEntry): PreviousAttempt[] {
	return (adopted.previousAttempts ?? []).filter(({ outcome }) => outcome.kind === 'rejected');
}

function toAdoptedEntry(current: SettledEntry | undefined, request: AdoptRequest, now: number): SettledEntry {
	const { entryId, operation, fields, mode, account, origin, path, params, outcome, decidedBy } = request;
	const attempt = current ? current.attempt + 1 : 1;
	const previousAttempts = current
		? { previousAttempts: [...(current.previousAttempts ?? []), archiveAttempt(current)] }
		: {};
	return {
		state: 'succeeded',
		entryId,
		version: current ? current.version + 1 : initialVersion(request.claimId),
		operation,
		fields,
		mode,
		account,
		attempt,
		key: keyOfAttempt(entryId, attempt),
		// No request was made under this key: what a later one has to agree with stands in `adopted`.
		fingerprint: '',
		request: { method: 'POST', path, params },
		paramsStored: true,
		fence: (current?.fence ?? 0) + 1,
		createdAt: current?.createdAt ?? request.createdAt,
		sends: 0,
		mayHaveExecuted: false,
		outcome,
		settledAt: now,
		expiresAt: now + request.retentionMs,
		retentionMs: request.retentionMs,
		origin,
		adopted: { at: now, decidedBy, params },
		...previousAttempts,
	};
}

/**
 * In what a request differs from a payment that was adopted: only what both of them name is compared, because how the payment
 * was asked for is not known.
 *
 * @returns empty where it is the same payment
 */
export function diffFromAdopted(adopted: Params, requested: Params): Difference[] {
	return Object.entries(adopted).flatMap(([name, stored]) => {
		const value = requested[name];
		if (typeof stored !== 'string' || value === undefined || value === stored) return [];
		return [{ name, stored, requested: typeof value === 'string' ? value : JSON.stringify(value) }];
	});
}
