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

/** The input of `reserve`. */
export interface ReserveRequest extends Scope {
	entryId: string;
	operation: string;
	fields: CanonicalField[];
	intent: Intent;
	spender: Spender;
	needsApproval: boolean;
	/** Identifies the generation that starts, if one does, together with the hash of its token. */
	generationId: string;
	tokenHash: string;
	/** ms */
	validForMs: number;
	/** ms a person may take to approve. */
	approvalForMs: number;
	/** ms an unused or refused reservation can still be looked up. */
	retentionMs: number;
	/** How to treat an existing rejection: return it, or start a new attempt. */
	afterRejection: 'returnStored' | 'newAttempt';
	/** Whether a person asks for the reservation, and not a model or an automation. */
	byPerson?: boolean;
	claimId: string;
	origin: Origin;
}

export type ReserveDecision =
	/** The caller has to write the entry, and then acquire its limits. */
	| { kind: 'created'; entry: ReservedEntry }
	/** The reservation exists, but not all of its limits have been acquired. */
	| { kind: 'limits_pending'; entry: ReservedEntry }
	/** The intent is the same, so the token is the same, whatever happened to the entry since. */
	| { kind: 'existing'; entry: Entry }
	| { kind: 'conflict'; entry: Entry; differences: Difference[] }
	| { kind: 'blocked'; entry: Entry; reason: BlockReason };

/** Stripe's `advice_code` for a payment method that its issuer will never accept. */
export const DO_NOT_TRY_AGAIN = 'do_not_try_again';

/** Decides a reservation by the state of its entry. */
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
			// A different request is a new attempt. The same request is one only if somebody decided to try again.
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
	// A key that may have reached Stripe is valid for one request only.
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
		// No request is known yet. The first use of the token provides it.
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

/** @param before the reservation of the previous generation, if there was one */
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

/** How many hashes of expired tokens an entry keeps, so that it can still recognize them. */
const KEPT_TOKENS = 10;

function archiveTokens({ tokenHash, earlierTokens = [] }: Reservation): string[] {
	return [...earlierTokens, tokenHash].slice(-KEPT_TOKENS);
}

/**
 * Makes a reservation wait for approval if the current policy demands one: the strictest policy applies.
 *
 * @param approvalForMs ms a person may take to approve
 */
export function requireApproval(entry: ReservedEntry, approvalForMs: number, now: number): ReservedEntry {
	const validUntil = now + approvalForMs;
	return {
		...withReservation(entry, { approval: { state: 'waiting' }, validUntil }),
		expiresAt: validUntil,
	};
}

/** Marks every limit as acquired, including the given ones. From now on the token can be used. */
export function markLimitsHeld(entry: Entry, budgets: readonly Budget[]): Entry {
	const held = withReservation(entry, entry.state === 'reserved' ? { limitsHeld: true } : {});
	return addLimits(held, budgets);
}

/** Does not change the version: that is up to the caller. */
export function addLimits(entry: Entry, budgets: readonly Budget[]): Entry {
	const { reservation } = entry;
	if (!reservation || budgets.length === 0) return entry;
	const added = budgets.map(({ entryId, epoch }) => ({ budgetId: entryId, epoch }));
	const others = (reservation.limits ?? []).filter((limit) =>
		added.every(({ budgetId }) => limit.budgetId !== budgetId),
	);
	return { ...entry, reservation: { ...reservation, limits: [...others, ...added] } };
}

/** Keeps the limits that count the entry, whatever else was written meanwhile. */
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

/** Replaces the token hash after the secret has changed, e.g. after a move to a new ledger. */
export function replaceTokenHash<E extends Entry>(entry: E, tokenHash: string): E {
	return withReservation(entry, { tokenHash });
}

function withReservation<E extends Entry>(entry: E, change: Partial<Reservation>): E {
	const { reservation, version } = entry;
	return reservation
		? { ...entry, version: version + 1, reservation: { ...reservation, ...change } }
		: { ...entry, version: version + 1 };
}

/** The result of a decision by a person, or by a limit. */
export type DecisionResult =
	| { kind: 'applied'; entry: Entry }
	| { kind: 'already_applied'; entry: Entry }
	| { kind: 'refused'; entry: Entry }
	/** The decision was about an earlier reservation. Nobody has decided about the current one. */
	| { kind: 'superseded'; entry: Entry };

/** Returns whether a decision concerns the current reservation. A decision about an earlier generation has no effect. */
export function concernsReservation(generationId: string, { reservation }: Entry): boolean {
	return reservation?.generationId === generationId;
}

/** Records a person's approval. The validity period of the token starts now. */
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

/** Cancels an entry that was definitely not executed. A request that is in flight, unknown or done cannot be recalled here. */
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
			// A late response may have shown that the request was, or may have been, executed.
			return mayHaveTakenEffect(current)
				? { kind: 'refused', entry: current }
				: {
						kind: 'applied',
						entry: toCancelledEntry(current, { reason, decidedBy, at: now }, retentionMs),
					};
	}
}

/** ms an expired reservation can be looked up if its entry stores no retention. */
const EXPIRED_RETENTION_MS = 90 * DAY_MS;

/** Expires a reservation that was not used in time. Returns undefined if it can still be used, or was used. */
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
