import type { CancelledEntry, Cancellation, Entry, Intent, Origin } from '../model/entry';
import type { PastAttempt, Reservation, ReservedEntry, Spender } from '../model/entry';
import { mayHaveTakenEffect } from '../model/evidence';
import type { CanonicalField, Scope } from '../identity/key';
import { keyOfAttempt } from '../identity/key';
import { pastAttemptOf } from '../model/pastAttempt';
import type { Difference } from '../model/request';
import { changesOf } from './intent';
import type { BarrierReason } from './token';
import { firstVersion } from '../model/version';

/** What `reserve` asks for. */
export interface ReserveRequest extends Scope {
	entryId: string;
	operation: string;
	fields: CanonicalField[];
	intent: Intent;
	spender: Spender;
	needsApproval: boolean;
	/** Of the generation that begins, where one does, and the hash of its token. */
	generationId: string;
	tokenHash: string;
	/** ms */
	validForMs: number;
	/** ms that a person may take to approve. */
	approvalForMs: number;
	/** ms for which it can be looked up when it has ended unused, or was over a limit. */
	retentionMs: number;
	/** What a standing rejection means: give it back, or begin a new attempt. */
	afterRejection: 'returnStored' | 'newAttempt';
	/** Whether a person asks for it, and no model or automation. */
	byPerson?: boolean;
	holder: string;
	origin: Origin;
}

export type ReserveDecision =
	/** To be written; then the limits are asked for room. */
	| { kind: 'begun'; entry: ReservedEntry }
	/** It was begun, and the limits have not all been asked. */
	| { kind: 'unfinished'; entry: ReservedEntry }
	/** The same intent: the same token, whatever has come of it meanwhile. */
	| { kind: 'stands'; entry: Entry }
	| { kind: 'conflict'; entry: Entry; differences: Difference[] }
	| { kind: 'barred'; entry: Entry; reason: BarrierReason };

/** Stripe's advice for a payment method that its bank will not accept, however often it is tried. */
export const DO_NOT_TRY_AGAIN = 'do_not_try_again';

/** The one table of reservations. */
export function reserve(standing: Entry | undefined, asked: ReserveRequest, now: number): ReserveDecision {
	if (!standing) return { kind: 'begun', entry: begun(undefined, asked, now) };
	const { reservation } = standing;
	if (!reservation) return { kind: 'barred', entry: standing, reason: 'token_required' };
	const differing = changesOf(reservation.intent, asked.intent);
	switch (standing.state) {
		case 'cancelled': {
			const reason = standing.cancellation?.reason ?? 'cancelled';
			const mayBeginAnew = reason === 'ended' || reason === 'over_limit';
			return mayBeginAnew && !mayHaveTakenEffect(standing)
				? { kind: 'begun', entry: begun(standing, asked, now) }
				: { kind: 'barred', entry: standing, reason };
		}
		case 'rejected':
			// Another request is another attempt; the same one again is only that where somebody has decided so.
			return (asked.afterRejection === 'newAttempt' || differing.length > 0) &&
				(asked.byPerson === true || standing.outcome.adviceCode !== DO_NOT_TRY_AGAIN) &&
				!mayHaveTakenEffect(standing)
				? { kind: 'begun', entry: begun(standing, asked, now) }
				: { kind: 'stands', entry: standing };
		case 'reserved':
		case 'released':
			if (now >= reservation.endsAt && !mayHaveTakenEffect(standing))
				return { kind: 'begun', entry: begun(standing, asked, now) };
			if (differing.length > 0) return { kind: 'conflict', entry: standing, differences: differing };
			return standing.state === 'reserved' && !reservation.held
				? { kind: 'unfinished', entry: standing }
				: { kind: 'stands', entry: standing };
		case 'in_flight':
		case 'unknown':
		case 'succeeded':
			return differing.length > 0
				? { kind: 'conflict', entry: standing, differences: differing }
				: { kind: 'stands', entry: standing };
	}
}

function begun(standing: Entry | undefined, asked: ReserveRequest, now: number): ReservedEntry {
	const { entryId, operation, fields, mode, account, needsApproval } = asked;
	const { intent, spender, origin, tokenHash, generationId, validForMs, retentionMs } = asked;
	const before = standing?.reservation;
	// A key that may have reached Stripe is good for one request only.
	const attempt = standing ? standing.attempt + (standing.firstSentAt === undefined ? 0 : 1) : 1;
	const past: PastAttempt[] = [...(standing?.past ?? [])];
	if (standing?.state === 'rejected') past.push(pastAttemptOf(standing));
	const endsAt = now + (needsApproval ? asked.approvalForMs : validForMs);
	return {
		...{ entryId, operation, fields, mode, account },
		state: 'reserved',
		version: standing ? standing.version + 1 : firstVersion(asked.holder),
		attempt,
		key: keyOfAttempt(entryId, attempt),
		// No request is known yet: the first one that the token is used for becomes the entry's.
		fingerprint: '',
		request: { method: 'POST', path: '', params: {} },
		paramsStored: false,
		fence: standing?.fence ?? 0,
		createdAt: standing?.createdAt ?? now,
		sends: 0,
		doubt: false,
		expiresAt: endsAt,
		origin,
		...(past.length > 0 ? { past } : {}),
		...(standing?.evidence ? { evidence: standing.evidence } : {}),
		reservation: {
			...{ intent, spender, origin, tokenHash, endsAt, validForMs, retentionMs },
			...(before ? { earlierTokens: tokensOf(before) } : {}),
			approval: { state: needsApproval ? 'waiting' : 'not_needed' },
			generation: (before?.generation ?? 0) + 1,
			...{ generationId, reservedAt: now, held: false },
		},
	};
}

/** So many of those that are good for nothing any more are known again. */
const KEPT_TOKENS = 10;

function tokensOf({ tokenHash, earlierTokens = [] }: Reservation): string[] {
	return [...earlierTokens, tokenHash].slice(-KEPT_TOKENS);
}

/**
 * What was reserved without a person's yes needs one by the policy under which it is asked for now: the strictest holds.
 *
 * @param approvalForMs ms that a person may take
 */
export function waiting(entry: ReservedEntry, approvalForMs: number, now: number): ReservedEntry {
	const endsAt = now + approvalForMs;
	return { ...withReservation(entry, { approval: { state: 'waiting' }, endsAt }), expiresAt: endsAt };
}

/** Every limit has made room: from now on the token is good. */
export function held(entry: ReservedEntry): ReservedEntry {
	return withReservation(entry, { held: true });
}

/** The same token under another secret, as after a move to a new ledger: the entry follows. */
export function withToken<E extends Entry>(entry: E, tokenHash: string): E {
	return withReservation(entry, { tokenHash });
}

function withReservation<E extends Entry>(entry: E, change: Partial<Reservation>): E {
	const { reservation, version } = entry;
	return reservation
		? { ...entry, version: version + 1, reservation: { ...reservation, ...change } }
		: { ...entry, version: version + 1 };
}

/** What a person, or a limit, decides about an entry. */
export type Verdict =
	| { kind: 'done'; entry: Entry }
	| { kind: 'already'; entry: Entry }
	| { kind: 'refused'; entry: Entry }
	/** It was decided about an earlier reservation: nobody was asked about the one that stands. */
	| { kind: 'over'; entry: Entry };

/** Whether a decision is about the reservation that stands. What was asked about another one decides nothing. */
export function isAbout(generationId: string, { reservation }: Entry): boolean {
	return reservation?.generationId === generationId;
}

/** A person says yes. From then on the token may be used for as long as it was reserved for. */
export function approve(standing: Entry, generationId: string, by: string, now: number): Verdict {
	const { reservation } = standing;
	if (!isAbout(generationId, standing)) return { kind: 'over', entry: standing };
	if (standing.state !== 'reserved' || !reservation) return { kind: 'refused', entry: standing };
	if (now >= reservation.endsAt) return { kind: 'refused', entry: standing };
	if (reservation.approval.state !== 'waiting') return { kind: 'already', entry: standing };
	const endsAt = now + reservation.validForMs;
	const approved = withReservation(standing, { approval: { state: 'approved', by, at: now }, endsAt });
	return { kind: 'done', entry: { ...approved, expiresAt: endsAt } };
}

/** Stops what has surely not been done: what is on its way, unknown or done cannot be called back here. */
export function cancel(
	standing: Entry,
	reason: Cancellation['reason'],
	by: string | undefined,
	now: number,
	retentionMs: number,
): Verdict {
	switch (standing.state) {
		case 'cancelled':
			return { kind: 'already', entry: standing };
		case 'in_flight':
		case 'unknown':
		case 'succeeded':
			return { kind: 'refused', entry: standing };
		case 'reserved':
		case 'released':
		case 'rejected':
			// A late answer may have told that it was done after all, or may have been.
			return mayHaveTakenEffect(standing)
				? { kind: 'refused', entry: standing }
				: { kind: 'done', entry: cancelled(standing, { reason, by, at: now }, now + retentionMs) };
	}
}

const DAY_MS = 86_400_000;

/** How long an ended reservation can still be looked up where it does not say so itself. */
const ENDED_KEPT_MS = 90 * DAY_MS;

/** What becomes of a reservation that nobody has used in its time; nothing while it may still be used, or was. */
export function ended(standing: Entry, now: number): CancelledEntry | undefined {
	const { reservation, state } = standing;
	if (!reservation || now < reservation.endsAt || mayHaveTakenEffect(standing)) return undefined;
	if (state !== 'reserved' && state !== 'released') return undefined;
	const { retentionMs = ENDED_KEPT_MS } = reservation;
	return cancelled(standing, { reason: 'ended', at: now }, now + retentionMs);
}

function cancelled(standing: Entry, cancellation: Cancellation, expiresAt: number): CancelledEntry {
	const {
		outcome: _outcome,
		settledAt: _settledAt,
		holder: _holder,
		leaseUntil: _leaseUntil,
		...facts
	} = {
		...{ outcome: undefined, settledAt: undefined, holder: undefined, leaseUntil: undefined },
		...standing,
	};
	const rejection =
		standing.state === 'rejected' ? [...(standing.past ?? []), pastAttemptOf(standing)] : standing.past;
	return {
		...facts,
		state: 'cancelled',
		version: standing.version + 1,
		...(rejection ? { past: rejection } : {}),
		expiresAt,
		cancellation,
	};
}
