import type { CancelledEntry, Cancellation, Entry, Intent, Origin } from '../model/entry';
import type { PreviousAttempt, Reservation, ReservedEntry, Spender } from '../model/entry';
import { mayHaveTakenEffect, toEntryFacts } from '../model/entryStatus';
import { archiveAttempt } from '../model/entryFacts';
import type { Budget } from '../model/row';
import { initialVersion } from '../model/row';
import type { CanonicalField, Scope } from '../identity/key';
import { keyOfAttempt } from '../identity/key';
import type { Difference } from '../model/request';
import { diffIntents } from './intent';
import type { BlockReason } from './token';
import { DAY_MS } from '../clock';

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
	claimId: string;
	origin: Origin;
}

export type ReserveDecision =
	/** To be written; then the limits are asked for room. */
	| { kind: 'created'; entry: ReservedEntry }
	/** It was begun, and the limits have not all been asked. */
	| { kind: 'limits_pending'; entry: ReservedEntry }
	/** The same intent: the same token, whatever has come of it meanwhile. */
	| { kind: 'existing'; entry: Entry }
	| { kind: 'conflict'; entry: Entry; differences: Difference[] }
	| { kind: 'blocked'; entry: Entry; reason: BlockReason };

/** Stripe's advice for a payment method that its bank will not accept, however often it is tried. */
export const DO_NOT_TRY_AGAIN = 'do_not_try_again';

/** The one table of reservations. */
export function decideReservation(
	current: Entry | undefined,
	request: ReserveRequest,
	now: number,
): ReserveDecision {
	if (!current) return { kind: 'created', entry: createReservation(undefined, request, now) };
	const { reservation } = current;
	if (!reservation) return { kind: 'blocked', entry: current, reason: 'token_required' };
	const differing = diffIntents(reservation.intent, request.intent);
	switch (current.state) {
		case 'cancelled': {
			const reason = current.cancellation?.reason ?? 'cancelled';
			const mayBeginAnew = reason === 'expired' || reason === 'over_limit';
			return mayBeginAnew && !mayHaveTakenEffect(current)
				? { kind: 'created', entry: createReservation(current, request, now) }
				: { kind: 'blocked', entry: current, reason };
		}
		case 'rejected':
			// Another request is another attempt; the same one again is only that where somebody has decided so.
			return (request.afterRejection === 'newAttempt' || differing.length > 0) &&
				(request.byPerson === true || current.outcome.adviceCode !== DO_NOT_TRY_AGAIN) &&
				!mayHaveTakenEffect(current)
				? { kind: 'created', entry: createReservation(current, request, now) }
				: { kind: 'existing', entry: current };
		case 'reserved':
		case 'released':
			if (now >= reservation.validUntil && !mayHaveTakenEffect(current))
				return { kind: 'created', entry: createReservation(current, request, now) };
			if (differing.length > 0) return { kind: 'conflict', entry: current, differences: differing };
			return current.state === 'reserved' && !reservation.limitsHeld
				? { kind: 'limits_pending', entry: current }
				: { kind: 'existing', entry: current };
		case 'in_flight':
		case 'unknown':
		case 'succeeded':
			return differing.length > 0
				? { kind: 'conflict', entry: current, differences: differing }
				: { kind: 'existing', entry: current };
	}
}

function createReservation(current: Entry | undefined, request: ReserveRequest, now: number): ReservedEntry {
	const { entryId, operation, fields, mode, account, origin } = request;
	// A key that may have reached Stripe is good for one request only.
	const attempt = current ? current.attempt + (current.firstSentAt === undefined ? 0 : 1) : 1;
	const previousAttempts: PreviousAttempt[] = [...(current?.previousAttempts ?? [])];
	if (current?.state === 'rejected') previousAttempts.push(archiveAttempt(current));
	const reservation = toReservation(current?.reservation, request, now);
	return {
		entryId,
		operation,
		fields,
		mode,
		account,
		state: 'reserved',
		version: current ? current.version + 1 : initialVersion(request.claimId),
		attempt,
		key: keyOfAttempt(entryId, attempt),
		// No request is known yet: the first one that the token is used for becomes the entry's.
		fingerprint: '',
		request: { method: 'POST', path: '', params: {} },
		paramsStored: false,
		fence: current?.fence ?? 0,
		createdAt: current?.createdAt ?? now,
		sends: 0,
		mayHaveExecuted: false,
		expiresAt: reservation.validUntil,
		origin,
		...(previousAttempts.length > 0 ? { previousAttempts } : {}),
		...(current?.lateResponses ? { lateResponses: current.lateResponses } : {}),
		reservation,
	};
}

/** @param before the reservation of the generation before it, where there was one */
function toReservation(
	before: Reservation | undefined,
	{ needsApproval, approvalForMs, validForMs, ...request }: ReserveRequest,
	now: number,
): Reservation {
	const { intent, spender, origin, tokenHash, generationId, retentionMs } = request;
	return {
		intent,
		spender,
		origin,
		tokenHash,
		validUntil: now + (needsApproval ? approvalForMs : validForMs),
		validForMs,
		retentionMs,
		...(before ? { earlierTokens: archiveTokens(before) } : {}),
		approval: { state: needsApproval ? 'waiting' : 'not_needed' },
		generation: (before?.generation ?? 0) + 1,
		generationId,
		reservedAt: now,
		limitsHeld: false,
	};
}

/** So many of those that are good for nothing any more are known again. */
const KEPT_TOKENS = 10;

function archiveTokens({ tokenHash, earlierTokens = [] }: Reservation): string[] {
	return [...earlierTokens, tokenHash].slice(-KEPT_TOKENS);
}

/**
 * What was reserved without a person's yes needs one by the policy under which it is asked for now: the strictest holds.
 *
 * @param approvalForMs ms that a person may take
 */
export function requireApproval(entry: ReservedEntry, approvalForMs: number, now: number): ReservedEntry {
	const validUntil = now + approvalForMs;
	return {
		...withReservation(entry, { approval: { state: 'waiting' }, validUntil }),
		expiresAt: validUntil,
	};
}

/** Every limit has made room, and from now on it is counted in these too: from now on the token is good. */
export function markLimitsHeld(entry: Entry, budgets: readonly Budget[]): Entry {
	const held = withReservation(entry, entry.state === 'reserved' ? { limitsHeld: true } : {});
	return addLimits(held, budgets);
}

/** The version is the caller's. */
export function addLimits(entry: Entry, budgets: readonly Budget[]): Entry {
	const { reservation } = entry;
	if (!reservation || budgets.length === 0) return entry;
	const added = budgets.map(({ entryId, epoch }) => ({ budgetId: entryId, epoch }));
	const others = (reservation.limits ?? []).filter((limit) =>
		added.every(({ budgetId }) => limit.budgetId !== budgetId),
	);
	return { ...entry, reservation: { ...reservation, limits: [...others, ...added] } };
}

/** Whatever was written meanwhile: in which limits it is counted stays. */
export function keepLimits(
	reservation: Reservation | undefined,
	current: Reservation | undefined,
): { reservation?: Reservation } {
	if (!reservation) return {};
	const isSame = reservation.generationId === current?.generationId;
	return {
		reservation: isSame && current.limits ? { ...reservation, limits: current.limits } : reservation,
	};
}

/** The same token under another secret, as after a move to a new ledger: the entry follows. */
export function replaceTokenHash<E extends Entry>(entry: E, tokenHash: string): E {
	return withReservation(entry, { tokenHash });
}

function withReservation<E extends Entry>(entry: E, change: Partial<Reservation>): E {
	const { reservation, version } = entry;
	return reservation
		? { ...entry, version: version + 1, reservation: { ...reservation, ...change } }
		: { ...entry, version: version + 1 };
}

/** What a person, or a limit, decides about an entry. */
export type DecisionResult =
	| { kind: 'applied'; entry: Entry }
	| { kind: 'already_applied'; entry: Entry }
	| { kind: 'refused'; entry: Entry }
	/** It was decided about an earlier reservation: nobody was asked about the one that stands. */
	| { kind: 'superseded'; entry: Entry };

/** Whether a decision is about the reservation that stands. What was asked about another one decides nothing. */
export function concernsReservation(generationId: string, { reservation }: Entry): boolean {
	return reservation?.generationId === generationId;
}

/** A person says yes. From then on the token may be used for as long as it was reserved for. */
export function decideApproval(
	current: Entry,
	generationId: string,
	decidedBy: string,
	now: number,
): DecisionResult {
	const { reservation } = current;
	if (!concernsReservation(generationId, current)) return { kind: 'superseded', entry: current };
	if (current.state !== 'reserved' || !reservation) return { kind: 'refused', entry: current };
	if (now >= reservation.validUntil) return { kind: 'refused', entry: current };
	if (reservation.approval.state !== 'waiting') return { kind: 'already_applied', entry: current };
	const validUntil = now + reservation.validForMs;
	const approved = withReservation(current, {
		approval: { state: 'approved', decidedBy, at: now },
		validUntil,
	});
	return { kind: 'applied', entry: { ...approved, expiresAt: validUntil } };
}

/** Stops what has surely not been done: what is on its way, unknown or done cannot be called back here. */
export function decideCancellation(
	current: Entry,
	reason: Cancellation['reason'],
	decidedBy: string | undefined,
	now: number,
	retentionMs: number,
): DecisionResult {
	switch (current.state) {
		case 'cancelled':
			return { kind: 'already_applied', entry: current };
		case 'in_flight':
		case 'unknown':
		case 'succeeded':
			return { kind: 'refused', entry: current };
		case 'reserved':
		case 'released':
		case 'rejected':
			// A late answer may have told that it was done after all, or may have been.
			return mayHaveTakenEffect(current)
				? { kind: 'refused', entry: current }
				: {
						kind: 'applied',
						entry: toCancelledEntry(current, { reason, decidedBy, at: now }, retentionMs),
					};
	}
}

/** How long an ended reservation can still be looked up where it does not say so itself. */
const EXPIRED_RETENTION_MS = 90 * DAY_MS;

/** What becomes of a reservation that nobody has used in its time; nothing while it may still be used, or was. */
export function expireIfUnused(current: Entry, now: number): CancelledEntry | undefined {
	const { reservation, state } = current;
	if (!reservation || now < reservation.validUntil || mayHaveTakenEffect(current)) return undefined;
	if (state !== 'reserved' && state !== 'released') return undefined;
	const { retentionMs = EXPIRED_RETENTION_MS } = reservation;
	return toCancelledEntry(current, { reason: 'expired', at: now }, retentionMs);
}

function toCancelledEntry(current: Entry, cancellation: Cancellation, retentionMs: number): CancelledEntry {
	const rejection =
		current.state === 'rejected'
			? [...(current.previousAttempts ?? []), archiveAttempt(current)]
			: current.previousAttempts;
	return {
		...toEntryFacts(current),
		state: 'cancelled',
		version: current.version + 1,
		...(rejection ? { previousAttempts: rejection } : {}),
		expiresAt: cancellation.at + retentionMs,
		retentionMs,
		cancellation,
	};
}
