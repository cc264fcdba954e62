import type { Entry, Origin, Outcome, PastAttempt, SettledEntry } from '../model/entry';
import { provenByEvidence } from '../model/evidence';
import type { CanonicalField, Scope, TimelineRef } from '../identity/key';
import { keyOfAttempt } from '../identity/key';
import type { KeySecretMark } from '../identity/keySecret';
import { pastAttemptOf } from '../model/pastAttempt';
import type { Difference, Params } from '../model/request';
import { firstVersion } from '../model/version';

/** A payment that was made before this ledger knew of it, or that it has lost. */
export interface AdoptRequest extends Scope {
	entryId: string;
	operation: string;
	fields: CanonicalField[];
	timeline?: TimelineRef;
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
	by: string;
	/**
	 * Reads which payments that earlier attempts have made may still be paid, or were: beside those, no other one is taken.
	 * Their IDs; empty for none.
	 */
	readEarlier: (past: readonly PastAttempt[], standing: Entry) => Promise<string[]>;
	/** Unique to this request, so that a write whose acknowledgement was lost is known as one's own. */
	holder: string;
	/** ms */
	retentionMs: number;
	origin: Origin;
}

/** Why an entry that stands is not taken over. */
export type AdoptBarrier =
	/** It has another payment already: the same order was paid twice, or two orders share a number. */
	| 'another_payment'
	/** It is being sent, or may have been: what came of that is to be found out first. */
	| 'in_doubt'
	/** A payment of an earlier attempt may still be paid, or was. */
	| 'open_payment'
	/** A token was given for it. */
	| 'reserved'
	/** A person has stopped it: it is not sent anyway. */
	| 'cancelled';

export type AdoptDecision =
	/** `entry` is to be written. */
	| { kind: 'adopted'; entry: SettledEntry }
	| { kind: 'already'; entry: Entry }
	| { kind: 'refused'; reason: AdoptBarrier; entry: Entry; payments?: string[] };

/** Whether the past may be written over what stands, which must be something that surely did nothing. */
export function adopt(standing: Entry | undefined, asked: AdoptRequest, now: number): AdoptDecision {
	if (!standing) return { kind: 'adopted', entry: adoptedEntry(undefined, asked, now) };
	switch (standing.state) {
		case 'succeeded':
			return standing.outcome.objectId === asked.outcome.objectId
				? { kind: 'already', entry: standing }
				: { kind: 'refused', reason: 'another_payment', entry: standing };
		case 'rejected':
		case 'released':
			if (standing.doubt || provenByEvidence(standing))
				return { kind: 'refused', reason: 'in_doubt', entry: standing };
			return { kind: 'adopted', entry: adoptedEntry(standing, asked, now) };
		case 'in_flight':
		case 'unknown':
			return { kind: 'refused', reason: 'in_doubt', entry: standing };
		case 'reserved':
		case 'cancelled':
			return { kind: 'refused', reason: standing.state, entry: standing };
	}
}

/** The attempts that may have left a payment behind. What was released was not executed. */
export function rejectedBefore(adopted: SettledEntry): PastAttempt[] {
	return (adopted.past ?? []).filter(({ outcome }) => outcome.kind === 'rejected');
}

function adoptedEntry(standing: SettledEntry | undefined, asked: AdoptRequest, now: number): SettledEntry {
	const { entryId, operation, fields, mode, account, origin, path, params, outcome, by } = asked;
	const attempt = standing ? standing.attempt + 1 : 1;
	const past = standing ? { past: [...(standing.past ?? []), pastAttemptOf(standing)] } : {};
	return {
		state: 'succeeded',
		entryId,
		version: standing ? standing.version + 1 : firstVersion(asked.holder),
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
		fence: (standing?.fence ?? 0) + 1,
		createdAt: standing?.createdAt ?? asked.createdAt,
		sends: 0,
		doubt: false,
		outcome,
		settledAt: now,
		expiresAt: now + asked.retentionMs,
		origin,
		adopted: { at: now, by, params },
		...past,
	};
}

/**
 * In what a request differs from a payment that was adopted: only what both of them name is compared, because how the payment
 * was asked for is not known.
 *
 * @returns empty where it is the same payment
 */
export function differencesFromAdopted(adopted: Params, asked: Params): Difference[] {
	return Object.entries(adopted).flatMap(([name, stored]) => {
		const value = asked[name];
		if (typeof stored !== 'string' || value === undefined || value === stored) return [];
		return [{ name, stored, asked: typeof value === 'string' ? value : JSON.stringify(value) }];
	});
}
