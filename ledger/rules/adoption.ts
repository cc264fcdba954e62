import type { Entry, Origin, Outcome, PreviousAttempt, SettledEntry } from '../model/entry';
import { getProvenOutcome } from '../model/entryStatus';
import { archiveAttempt } from '../model/entryFacts';
import { initialVersion } from '../model/row';
import type { CanonicalField, Scope, TimeIndexRef } from '../identity/key';
import { keyOfAttempt } from '../identity/key';
import type { KeySecretMark } from '../identity/keySecret';
import type { Difference, Params } from '../model/request';

/** A payment that was made before this ledger existed, or whose entry the ledger has lost. */
export interface AdoptRequest extends Scope {
	entryId: string;
	operation: string;
	fields: CanonicalField[];
	timeIndex?: TimeIndexRef;
	keySecret?: KeySecretMark;
	/** The API path that a request for this payment would use, e.g. `/v1/payment_intents`. */
	path: string;
	/** The parameters that a later request has to match: the amount and currency, or the payment to refund. */
	params: Params;
	/** The outcome as Stripe shows it. It is always a success. */
	outcome: Outcome;
	/** When Stripe created the payment, in ms since the epoch. */
	createdAt: number;
	/** Who decided to adopt the payment. */
	decidedBy: string;
	/**
	 * Finds payments of earlier attempts that are paid, or can still be paid. If there are any, no other payment is adopted.
	 * Resolves to their Stripe IDs, or to an empty list.
	 */
	readEarlier: (previousAttempts: readonly PreviousAttempt[], current: Entry) => Promise<string[]>;
	/** Unique to this request. It identifies our own write after its acknowledgement was lost. */
	claimId: string;
	/** ms */
	retentionMs: number;
	origin: Origin;
}

/** Why an existing entry cannot adopt the payment. */
export type AdoptBlockReason =
	/** The entry already has another payment: the order was paid twice, or two orders share a number. */
	| 'another_payment'
	/** A request is in flight, or may have been executed. Its outcome has to be reconciled first. */
	| 'uncertain'
	/** A payment of an earlier attempt was paid, or can still be paid. */
	| 'open_payment'
	/** A token was issued for the entry. */
	| 'reserved'
	/** A person cancelled the entry, so nothing is sent for it anyway. */
	| 'cancelled';

export type AdoptDecision =
	/** The caller has to write `entry`. */
	| { kind: 'adopted'; entry: SettledEntry }
	| { kind: 'already_adopted'; entry: Entry }
	| { kind: 'refused'; reason: AdoptBlockReason; entry: Entry; payments?: string[] };

/**
 * Decides whether a past payment may be recorded in an entry. An existing entry qualifies only if it definitely executed nothing.
 */
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

/** The attempts that may have left a payment behind. A released attempt executed nothing, so it is left out. */
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
		// No request was made under this key. `adopted` holds the parameters that a later request has to match.
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
 * Compares a request with an adopted payment. Only parameters that both of them have are compared, because the payment's original
 * request is not known.
 *
 * @returns an empty list if they describe the same payment
 */
export function diffFromAdopted(adopted: Params, requested: Params): Difference[] {
	return Object.entries(adopted).flatMap(([name, stored]) => {
		const value = requested[name];
		if (typeof stored !== 'string' || value === undefined || value === stored) return [];
		return [{ name, stored, requested: typeof value === 'string' ? value : JSON.stringify(value) }];
	});
}
