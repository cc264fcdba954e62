import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

import type {
	CancelledEntry,
	Cancellation,
	Entry,
	Intent,
	Origin,
	PastAttempt,
	Reservation,
	ReservedEntry,
	Spender,
} from './entry';
import { mayHaveTakenEffect } from './evidence';
import type { CanonicalField, Scope } from './key';
import { keyOfAttempt } from './key';
import { pastAttemptOf } from './pastAttempt';
import type { Difference } from './request';
import { firstVersion } from './version';

/** What a request would move, read from the request itself and from the object that it acts on. Minor units. */
export type Spending = Omit<Intent, 'isMaximum' | 'purpose'>;

/** A token as it came with a claim: its hash only, so that it can stand in no log. */
export interface Presented {
	hash: string;
	spending: Spending;
}

export type BarrierReason =
	| Cancellation['reason']
	| 'token_required'
	| 'foreign_token'
	| 'not_as_reserved'
	| 'waiting_for_approval'
	| 'not_held'
	| 'stopped';

/** Why a claim is not even looked at. A foreign token learns nothing of the entry. */
export interface Barrier {
	reason: BarrierReason;
	entry?: Entry;
	differences?: Difference[];
}

/** What a token looks like: the entry that it belongs to, and 128 bits that nobody can guess. */
const TOKEN = /^token_([\w-]{43})_([\w-]{22})$/;
const ENTRY_PREFIX = 'v1_';

/** The token of an entry: the same at every asking, and known to nobody who does not know the secret. */
export function tokenOf(entryId: string, secret: string): string {
	const mac = createHmac('sha256', secret).update(`token ${entryId}`).digest().subarray(0, 16);
	return `token_${entryId.slice(ENTRY_PREFIX.length)}_${mac.toString('base64url')}`;
}

/** @returns undefined for what is no token at all */
export function readToken(text: string): { entryId: string; hash: string } | undefined {
	const token = text.trim();
	const hashOfEntry = TOKEN.exec(token)?.[1];
	return hashOfEntry === undefined
		? undefined
		: { entryId: `${ENTRY_PREFIX}${hashOfEntry}`, hash: hashOf(token) };
}

export function hashOf(token: string): string {
	return createHash('sha256').update(token, 'utf8').digest('base64url');
}

function isSameHash(a: string, b: string): boolean {
	const [one, other] = [Buffer.from(a), Buffer.from(b)];
	return one.length === other.length && timingSafeEqual(one, other);
}

/**
 * What keeps a claim from an entry before its state is even asked: a token that is not the entry's, a request that was not
 * reserved, an approval that is missing, a kill switch.
 */
export function barrierTo(
	standing: Entry | undefined,
	{ token, fingerprint, ...scope }: Scope & { token?: Presented; fingerprint: string },
	now: number,
	isStopped: boolean,
): Barrier | undefined {
	if (!token) return barrierWithoutToken(standing, fingerprint);
	const reservation = standing?.reservation;
	if (!standing || !reservation || !isSameHash(reservation.tokenHash, token.hash)) {
		return { reason: 'foreign_token' };
	}
	const differing = [
		...inAnotherScope(standing, scope),
		...notAsReserved(reservation.intent, token.spending),
	];
	if (differing.length > 0) return { reason: 'not_as_reserved', entry: standing, differences: differing };
	const reason = barrierOfState(standing, reservation, now, isStopped);
	return reason && { reason, entry: standing };
}

/** What was reserved in test mode, or for one account, moves nothing in live mode, or for another. */
function inAnotherScope(reserved: Scope, asked: Scope): Difference[] {
	return (['mode', 'account'] as const).flatMap((name) =>
		reserved[name] === asked[name] ? [] : [{ name, stored: reserved[name], asked: asked[name] }],
	);
}

function barrierWithoutToken(standing: Entry | undefined, fingerprint: string): Barrier | undefined {
	if (standing?.state === 'reserved') return { reason: 'token_required', entry: standing };
	if (!standing?.reservation || standing.state === 'cancelled') return undefined;
	// What is done may be told to whoever asks for exactly that; nothing is sent for it.
	const isDone = standing.state === 'succeeded' && standing.fingerprint === fingerprint;
	return isDone ? undefined : { reason: 'token_required', entry: standing };
}

function barrierOfState(
	standing: Entry,
	{ approval, held, endsAt }: Reservation,
	now: number,
	isStopped: boolean,
): BarrierReason | undefined {
	switch (standing.state) {
		case 'succeeded':
		case 'rejected':
			return undefined;
		case 'cancelled':
			return standing.cancellation?.reason ?? 'cancelled';
		case 'in_flight':
		case 'unknown':
			// Its end does not matter any more: to repeat the same key is how the unknown becomes known.
			return isStopped ? 'stopped' : undefined;
		case 'reserved':
		case 'released':
			if (isStopped) return 'stopped';
			if (!held) return 'not_held';
			if (now >= endsAt) return 'ended';
			return approval.state === 'waiting' ? 'waiting_for_approval' : undefined;
	}
}

/** In what a request differs from what was reserved; names and values for a person, or for a model. */
function notAsReserved(intent: Intent, spending: Spending): Difference[] {
	const named = (name: string, stored: string, asked: string): Difference[] =>
		stored === asked ? [] : [{ name, stored, asked }];
	const { amount, isMaximum } = intent;
	const fits = isMaximum ? spending.amount <= amount : spending.amount === amount;
	// Whoever is charged must be named; what is acted on names its customer by itself.
	const customers =
		intent.customer === undefined && intent.object !== undefined
			? []
			: named('customer', intent.customer ?? '(none)', spending.customer ?? '(none)');
	return [
		...named('operation', intent.operation, spending.operation),
		...(fits
			? []
			: [
					{
						name: 'amount',
						stored: `${isMaximum ? 'at most ' : ''}${amount}`,
						asked: String(spending.amount),
					},
				]),
		...named('currency', intent.currency, spending.currency),
		...customers,
		...named('object', intent.object ?? '(none)', spending.object ?? '(none)'),
	];
}

/** What `reserve` asks for. */
export interface ReserveRequest extends Scope {
	entryId: string;
	operation: string;
	fields: CanonicalField[];
	intent: Intent;
	spender: Spender;
	needsApproval: boolean;
	tokenHash: string;
	/** ms */
	validForMs: number;
	/** ms that a person may take to approve. */
	approvalForMs: number;
	/** ms for which it can be looked up when it has ended unused, or was over a limit. */
	retentionMs: number;
	/** What a standing rejection means: give it back, or begin a new attempt. */
	afterRejection: 'returnStored' | 'newAttempt';
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

function changesOf(before: Intent, after: Intent): Difference[] {
	const words = ({ operation, amount, isMaximum, currency, customer, object }: Intent) => ({
		operation,
		amount: `${isMaximum ? 'at most ' : ''}${amount}`,
		currency,
		customer: customer ?? '(none)',
		object: object ?? '(none)',
	});
	const [stored, asked] = [words(before), words(after)];
	const names = Object.keys(stored) as (keyof typeof stored)[];
	return names.flatMap((name) =>
		stored[name] === asked[name] ? [] : [{ name, stored: stored[name], asked: asked[name] }],
	);
}

function begun(standing: Entry | undefined, asked: ReserveRequest, now: number): ReservedEntry {
	const { entryId, operation, fields, mode, account, needsApproval } = asked;
	const { intent, spender, origin, tokenHash, validForMs, retentionMs } = asked;
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
			approval: { state: needsApproval ? 'waiting' : 'not_needed' },
			round: (standing?.reservation?.round ?? 0) + 1,
			held: false,
		},
	};
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
	{ kind: 'done'; entry: Entry } | { kind: 'already'; entry: Entry } | { kind: 'refused'; entry: Entry };

/** A person says yes. From then on the token may be used for as long as it was reserved for. */
export function approve(standing: Entry, by: string, now: number): Verdict {
	const { reservation } = standing;
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
