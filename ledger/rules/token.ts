import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

import type { Cancellation, Entry, Reservation } from '../model/entry';
import type { Disapproval } from '../identity/check';
import type { RequestedSpend } from './intent';
import { diffFromIntent } from './intent';
import type { KillSwitch } from '../model/row';
import type { Scope } from '../identity/key';
import type { Difference } from '../model/request';

/** A token as it came with a claim: its hash only, so that it can stand in no log. */
export interface PresentedToken {
	hash: string;
	/** Absent where it is read at Stripe for each new attempt: then it stands in the entry, or in what was read first. */
	requestedSpend?: RequestedSpend;
}

export type BlockReason =
	| Cancellation['reason']
	| 'token_required'
	| 'invalid_token'
	| 'earlier_token'
	| 'request_mismatch'
	| 'waiting_for_approval'
	| 'reservation_incomplete'
	| 'payments_stopped'
	| 'not_approved';

/** Why a claim is not even looked at. A foreign token learns nothing of the entry, and an earlier one nothing of what stands. */
export interface Block {
	reason: BlockReason;
	entry?: Entry;
	differences?: Difference[];
	/** The kill switch, where that is the reason. */
	killSwitch?: KillSwitch;
	/** How it differs from what was approved, where that is the reason. */
	disapproval?: Disapproval;
}

/** One generation of a reservation, as Reserve names it: every decision of a person is about one, and no other. */
export interface ReservationReference {
	entryId: string;
	generationId: string;
}

const ENTRY_PREFIX = 'v1_';
/** Each is the entry that it belongs to, and 128 bits that nobody can guess. */
const TOKEN = /^token_([\w-]{43})_([\w-]{22})$/;
const REFERENCE = /^reservation_([\w-]{43})_([\w-]{22})$/;

/** Another one for every reservation that is made: 128 bits in base64url. */
export function createGenerationId(): string {
	return randomBytes(16).toString('base64url');
}

/** By which a person decides about a reservation. It opens nothing: to pay takes the token. */
export function encodeReference({ entryId, generationId }: ReservationReference): string {
	return `reservation_${entryId.slice(ENTRY_PREFIX.length)}_${generationId}`;
}

/** @returns undefined for what names no reservation */
export function decodeReference(text: string): ReservationReference | undefined {
	const [, hashOfEntry, generationId] = REFERENCE.exec(text.trim()) ?? [];
	return hashOfEntry === undefined || generationId === undefined
		? undefined
		: { entryId: `${ENTRY_PREFIX}${hashOfEntry}`, generationId };
}

/**
 * The token of one generation of a reservation: the same at every asking, known to nobody who does not know the secret, and
 * another one when the entry is reserved anew.
 */
export function deriveToken({ entryId, generationId }: ReservationReference, secret: string): string {
	const mac = createHmac('sha256', secret).update(`token ${entryId} ${generationId}`).digest();
	return `token_${entryId.slice(ENTRY_PREFIX.length)}_${mac.subarray(0, 16).toString('base64url')}`;
}

/** @returns undefined for what is no token at all */
export function parseToken(text: string): { entryId: string; hash: string } | undefined {
	const token = text.trim();
	const hashOfEntry = TOKEN.exec(token)?.[1];
	return hashOfEntry === undefined
		? undefined
		: { entryId: `${ENTRY_PREFIX}${hashOfEntry}`, hash: hashToken(token) };
}

export function hashToken(token: string): string {
	return createHash('sha256').update(token, 'utf8').digest('base64url');
}

function isSameHash(a: string, b: string): boolean {
	const [one, other] = [Buffer.from(a), Buffer.from(b)];
	return one.length === other.length && timingSafeEqual(one, other);
}

/** Whose token it is: that of the reservation that stands, of an earlier one of the same entry, or none of its own. */
export function identifyToken(hash: string, { tokenHash, earlierTokens = [] }: Reservation) {
	if (isSameHash(tokenHash, hash)) return 'current';
	return earlierTokens.some((earlier) => isSameHash(earlier, hash)) ? 'earlier' : 'invalid';
}

/**
 * What keeps a claim from an entry before its state is even requested: a token that is not that of the reservation that stands, a
 * request that was not reserved, an approval that is missing.
 */
export function checkToken(
	current: Entry | undefined,
	{ token, fingerprint, ...scope }: Scope & { token?: PresentedToken; fingerprint: string },
	now: number,
): Block | 'unread' | undefined {
	if (!token) return checkWithoutToken(current, fingerprint);
	const reservation = current?.reservation;
	if (!current || !reservation) return { reason: 'invalid_token' };
	const owner = identifyToken(token.hash, reservation);
	if (owner !== 'current') return { reason: owner === 'earlier' ? 'earlier_token' : 'invalid_token' };
	const { requestedSpend } = token;
	if (!requestedSpend) return 'unread';
	const differing = [
		...diffScopes(current, scope),
		...diffFromIntent(reservation.intent, toComparableSpend(current, requestedSpend)),
	];
	if (differing.length > 0) return { reason: 'request_mismatch', entry: current, differences: differing };
	const reason = checkReservationState(current, reservation, now);
	return reason && { reason, entry: current };
}

/**
 * What the claim would send. The amount of an attempt that is repeated was frozen into it, so what the object would allow by
 * now counts only where it is more.
 */
export function toComparableSpend(
	current: Entry | undefined,
	requestedSpend: RequestedSpend,
): RequestedSpend {
	const usedAmount = current?.state === 'reserved' ? undefined : current?.reservation?.usedAmount;
	if (usedAmount === undefined || !requestedSpend.isFrozen || requestedSpend.amount > usedAmount)
		return requestedSpend;
	return { ...requestedSpend, amount: usedAmount };
}

/** What was reserved in test mode, or for one account, moves nothing in live mode, or for another. */
function diffScopes(reserved: Scope, requested: Scope): Difference[] {
	return (['mode', 'account'] as const).flatMap((name) =>
		reserved[name] === requested[name]
			? []
			: [{ name, stored: reserved[name], requested: requested[name] }],
	);
}

function checkWithoutToken(current: Entry | undefined, fingerprint: string): Block | undefined {
	if (current?.state === 'reserved') return { reason: 'token_required', entry: current };
	if (!current?.reservation || current.state === 'cancelled') return undefined;
	// What is done may be told to whoever asks for exactly that; nothing is sent for it.
	const isDone = current.state === 'succeeded' && current.fingerprint === fingerprint;
	return isDone ? undefined : { reason: 'token_required', entry: current };
}

/** What keeps the token of a reservation from being used, by what stands. */
export function checkReservationState(
	current: Entry,
	{ approval, limitsHeld, validUntil }: Reservation,
	now: number,
): BlockReason | undefined {
	switch (current.state) {
		case 'succeeded':
		case 'rejected':
		case 'in_flight':
		case 'unknown':
			// Its end does not matter any more: to repeat the same key is how the unknown becomes known.
			return undefined;
		case 'cancelled':
			return current.cancellation?.reason ?? 'cancelled';
		case 'reserved':
		case 'released':
			if (!limitsHeld) return 'reservation_incomplete';
			if (now >= validUntil) return 'expired';
			return approval.state === 'waiting' ? 'waiting_for_approval' : undefined;
	}
}
