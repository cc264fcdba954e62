import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

import type { Cancellation, Entry, Reservation } from '../model/entry';
import type { Spending } from './intent';
import { notAsReserved } from './intent';
import type { Stop } from '../model/entry';
import type { Scope } from '../identity/key';
import type { Difference } from '../model/request';

/** A token as it came with a claim: its hash only, so that it can stand in no log. */
export interface Presented {
	hash: string;
	spending: Spending;
}

export type BarrierReason =
	| Cancellation['reason']
	| 'token_required'
	| 'foreign_token'
	| 'earlier_token'
	| 'not_as_reserved'
	| 'waiting_for_approval'
	| 'not_held'
	| 'stopped';

/** Why a claim is not even looked at. A foreign token learns nothing of the entry, and an earlier one nothing of what stands. */
export interface Barrier {
	reason: BarrierReason;
	entry?: Entry;
	differences?: Difference[];
	/** The kill switch, where that is the reason. */
	stop?: Stop;
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
export function newGenerationId(): string {
	return randomBytes(16).toString('base64url');
}

/** By which a person decides about a reservation. It opens nothing: to pay takes the token. */
export function referenceTo({ entryId, generationId }: ReservationReference): string {
	return `reservation_${entryId.slice(ENTRY_PREFIX.length)}_${generationId}`;
}

/** @returns undefined for what names no reservation */
export function readReference(text: string): ReservationReference | undefined {
	const [, hashOfEntry, generationId] = REFERENCE.exec(text.trim()) ?? [];
	return hashOfEntry === undefined || generationId === undefined
		? undefined
		: { entryId: `${ENTRY_PREFIX}${hashOfEntry}`, generationId };
}

/**
 * The token of one generation of a reservation: the same at every asking, known to nobody who does not know the secret, and
 * another one when the entry is reserved anew.
 */
export function tokenOf({ entryId, generationId }: ReservationReference, secret: string): string {
	const mac = createHmac('sha256', secret).update(`token ${entryId} ${generationId}`).digest();
	return `token_${entryId.slice(ENTRY_PREFIX.length)}_${mac.subarray(0, 16).toString('base64url')}`;
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

/** Whose token it is: that of the reservation that stands, of an earlier one of the same entry, or none of its own. */
export function generationOf(hash: string, { tokenHash, earlierTokens = [] }: Reservation) {
	if (isSameHash(tokenHash, hash)) return 'standing';
	return earlierTokens.some((earlier) => isSameHash(earlier, hash)) ? 'earlier' : 'foreign';
}

/**
 * What keeps a claim from an entry before its state is even asked: a token that is not that of the reservation that stands, a
 * request that was not reserved, an approval that is missing.
 */
export function barrierTo(
	standing: Entry | undefined,
	{ token, fingerprint, ...scope }: Scope & { token?: Presented; fingerprint: string },
	now: number,
): Barrier | undefined {
	if (!token) return barrierWithoutToken(standing, fingerprint);
	const reservation = standing?.reservation;
	if (!standing || !reservation) return { reason: 'foreign_token' };
	const generation = generationOf(token.hash, reservation);
	if (generation !== 'standing') return { reason: `${generation}_token` };
	const differing = [
		...inAnotherScope(standing, scope),
		...notAsReserved(reservation.intent, comparedSpending(standing, token.spending)),
	];
	if (differing.length > 0) return { reason: 'not_as_reserved', entry: standing, differences: differing };
	const reason = barrierOfState(standing, reservation, now);
	return reason && { reason, entry: standing };
}

/**
 * What the claim would send. The amount of an attempt that is repeated was frozen into it, so what the object would allow by
 * now counts only where it is more.
 */
export function comparedSpending(standing: Entry | undefined, spending: Spending): Spending {
	const used = standing?.state === 'reserved' ? undefined : standing?.reservation?.used;
	if (used === undefined || !spending.isFrozen || spending.amount > used) return spending;
	return { ...spending, amount: used };
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

/** What keeps the token of a reservation from being used, by what stands. */
export function barrierOfState(
	standing: Entry,
	{ approval, held, endsAt }: Reservation,
	now: number,
): BarrierReason | undefined {
	switch (standing.state) {
		case 'succeeded':
		case 'rejected':
		case 'in_flight':
		case 'unknown':
			// Its end does not matter any more: to repeat the same key is how the unknown becomes known.
			return undefined;
		case 'cancelled':
			return standing.cancellation?.reason ?? 'cancelled';
		case 'reserved':
		case 'released':
			if (!held) return 'not_held';
			if (now >= endsAt) return 'ended';
			return approval.state === 'waiting' ? 'waiting_for_approval' : undefined;
	}
}
