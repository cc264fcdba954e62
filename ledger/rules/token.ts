import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

import type { Cancellation, Entry, Reservation } from '../model/entry';
import type { ApprovalMismatch } from '../identity/check';
import { hadNoEffect } from '../model/entryStatus';
import type { RequestedSpend } from './intent';
import { diffFromIntent } from './intent';
import type { KillSwitch, RegistryRow, Row, KillSwitchWidth } from '../model/row';
import type { Scope } from '../identity/key';
import type { Difference } from '../model/request';

/** The token presented with a claim. Only its hash is passed on, so the token cannot reach a log. */
export interface PresentedToken {
	hash: string;
	/** Absent if it is read from Stripe for each new attempt. It is then in the entry, or in the reads before the claim. */
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

/**
 * Why a claim is refused before its entry is considered. An invalid token reveals nothing about the entry, and an earlier token
 * reveals nothing about the current reservation.
 */
export interface Block {
	reason: BlockReason;
	entry?: Entry;
	differences?: Difference[];
	/** Set if the kill switch is the reason. */
	killSwitch?: KillSwitch;
	/** How the request differs from the approved one, if that is the reason. */
	approvalMismatch?: ApprovalMismatch;
}

/** Identifies one generation of a reservation, as returned by Reserve. A person's decision applies to this generation only. */
export interface ReservationReference {
	entryId: string;
	generationId: string;
}

const ENTRY_PREFIX = 'v1_';
/** The entry ID, followed by a 128-bit MAC that cannot be guessed. */
const TOKEN = /^token_([\w-]{43})_([\w-]{22})$/;
const REFERENCE = /^reservation_([\w-]{43})_([\w-]{22})$/;

/** Creates a random ID for a new generation: 128 bits in base64url. */
export function createGenerationId(): string {
	return randomBytes(16).toString('base64url');
}

/** Encodes the ID that a person uses to decide about a reservation. It does not authorize a payment: that needs the token. */
export function encodeReference({ entryId, generationId }: ReservationReference): string {
	return `reservation_${entryId.slice(ENTRY_PREFIX.length)}_${generationId}`;
}

/** @returns undefined if the text does not reference a reservation */
export function decodeReference(text: string): ReservationReference | undefined {
	const [, hashOfEntry, generationId] = REFERENCE.exec(text.trim()) ?? [];
	return hashOfEntry === undefined || generationId === undefined
		? undefined
		: { entryId: `${ENTRY_PREFIX}${hashOfEntry}`, generationId };
}

/**
 * Derives the token of one generation of a reservation. The same generation always has the same token, and nobody can derive it
 * without the secret.
 */
export function deriveToken({ entryId, generationId }: ReservationReference, secret: string): string {
	const mac = createHmac('sha256', secret).update(`token ${entryId} ${generationId}`).digest();
	return `token_${entryId.slice(ENTRY_PREFIX.length)}_${mac.subarray(0, 16).toString('base64url')}`;
}

/** @returns undefined if the text is not a token */
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

/** Identifies a token: that of the current reservation, that of an earlier one of the same entry, or neither. */
export function identifyToken(hash: string, { tokenHash, earlierTokens = [] }: Reservation) {
	if (isSameHash(tokenHash, hash)) return 'current';
	return earlierTokens.some((earlier) => isSameHash(earlier, hash)) ? 'earlier' : 'invalid';
}

/**
 * Checks a claim against a reservation before the state of the entry is considered: the token has to belong to the current
 * reservation, the request has to match it, and a required approval has to be given.
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
 * The amount that the claim would send. A repeated attempt sends the amount frozen in the entry, so what the object would allow
 * now counts only if it is more. The amount of an attempt that was not executed is read again.
 */
export function toComparableSpend(
	current: Entry | undefined,
	requestedSpend: RequestedSpend,
): RequestedSpend {
	const usedAmount = current && hadNoEffect(current) ? undefined : current?.reservation?.usedAmount;
	if (usedAmount === undefined || !requestedSpend.isFrozen || requestedSpend.amount > usedAmount)
		return requestedSpend;
	return { ...requestedSpend, amount: usedAmount };
}

/** A reservation in test mode, or for one account, is not valid in live mode, or for another account. */
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
	// An existing success may be returned for exactly the same request, because nothing is sent for it.
	const isDone = current.state === 'succeeded' && current.fingerprint === fingerprint;
	return isDone ? undefined : { reason: 'token_required', entry: current };
}

/** Returns what blocks the token of a reservation in the current state of its entry. */
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
			// Expiry no longer matters: repeating the same key is how an unknown outcome is resolved.
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

/** The kill switch that blocks a write, if any. The switch for everything blocks tokens too. */
export function findKillSwitch(
	row: Row | undefined,
	{ isByToken }: { isByToken: boolean },
): KillSwitch | undefined {
	const { killSwitches } = row?.state === 'registry' ? row : {};
	return killSwitches?.everything ?? (isByToken ? killSwitches?.tokens : undefined);
}

/** Adds a kill switch. The first one of each width is kept. */
export function addKillSwitch(row: RegistryRow, killSwitch: KillSwitch): RegistryRow {
	return { ...row, killSwitches: { [killSwitch.width]: killSwitch, ...row.killSwitches } };
}

/** Removes the kill switch of one width and keeps the other one. */
export function removeKillSwitch({ killSwitches, ...row }: RegistryRow, width: KillSwitchWidth): RegistryRow {
	const { [width]: _removed, ...left } = killSwitches ?? {};
	return { ...row, killSwitches: left };
}
