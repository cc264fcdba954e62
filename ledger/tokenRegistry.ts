import { randomUUID } from 'node:crypto';

import { pauseBeforeRetry, compareAndSwap, updateEntry } from './compareAndSwap';
import type { Limit } from './rules/budget';
import type { Entry } from './model/entry';
import { LimitHolds } from './holds';
import type { KeySecretMark } from './identity/keySecret';
import { confirmKeySecret } from './identity/keySecret';
import type { RegistryRow, KillSwitch, KillSwitchWidth } from './model/row';
import { updateRegistryRow, loadRegistryRow } from './registryRow';
import {
	findKillSwitch,
	removeKillSwitch,
	addKillSwitch,
	hashToken,
	createGenerationId,
	deriveToken,
} from './rules/token';
import type { BlockReason, ReservationReference } from './rules/token';
import type { Policy, Violation } from './rules/policy';
import { needsApproval, findViolation } from './rules/policy';
import type { Difference } from './model/request';
import type { ReserveDecision, ReserveRequest, DecisionResult } from './rules/reservation';
import {
	decideApproval,
	decideCancellation,
	concernsReservation,
	decideReservation,
	requireApproval,
	replaceTokenHash,
} from './rules/reservation';
import type { Store } from './store';
import type { Clock, TimeSource } from './clock';
import { toClock } from './clock';

/** Tokens need a secret that must not be stored in this ledger, so the user has to provide it. */
export class TokenSecretMissingError extends Error {
	constructor() {
		super('no secret for tokens');
		this.name = 'TokenSecretMissingError';
	}
}

export type ReserveInput = Omit<
	ReserveRequest,
	'needsApproval' | 'generationId' | 'tokenHash' | 'claimId'
> & {
	policy: Policy;
	/** The key secret that `entryId` was derived with. */
	keySecret?: KeySecretMark;
};

export type ReserveResult =
	/** The token of the intent. Its entry shows whether it awaits approval, can be used, or was used. */
	| { kind: 'reserved'; token: string; entry: Entry }
	| { kind: 'conflict'; entry: Entry; differences: Difference[] }
	| { kind: 'blocked'; entry: Entry; reason: BlockReason }
	| { kind: 'payments_stopped'; killSwitch: KillSwitch }
	/** `entry` is the existing entry of the intent: another spender, or an earlier policy, was allowed it. */
	| { kind: 'violation'; violation: Violation; entry?: Entry }
	/** `left` is what remains of the limit, in minor units or reservations. */
	| { kind: 'over_limit'; limit: Limit; left: number; entry: Entry };

/** Issues tokens, each for one frozen intent, within the limits of a policy. */
export class TokenRegistry {
	private readonly limitHolds: LimitHolds;
	private readonly clock: Clock;

	/**
	 * @param time decides what has expired. Stripe's time, as for claims
	 * @param givenSecret derives the tokens if others can read the store
	 */
	constructor(
		private readonly store: Store,
		time: TimeSource,
		private readonly givenSecret?: string,
	) {
		this.clock = toClock(time);
		this.limitHolds = new LimitHolds(store, this.clock);
	}

	/**
	 * Returns the token of an intent. Repeated calls return the same token until it expires or is used up. The given policy and
	 * its limits must allow the caller the intent, even if the token already exists.
	 *
	 * @throws StoreUnavailableError, TokenSecretMissingError, KeySecretChangedError, TimeUnknownError. Nothing is reserved then
	 */
	async reserve(input: ReserveInput): Promise<ReserveResult> {
		const row = await loadRegistryRow(this.store);
		const secret = row.secret ?? this.givenSecret;
		if (!secret) throw new TokenSecretMissingError();
		if (input.keySecret) await confirmKeySecret(this.store, input.keySecret);
		const killSwitch = findKillSwitch(row, { isByToken: true });
		if (killSwitch) return { kind: 'payments_stopped', killSwitch };
		const request = toReserveRequest(input, secret);
		await this.clock.ascertain();
		for (let nth = 1; ; nth++) {
			await pauseBeforeRetry(nth);
			const decision = await this.findOrCreate(request, input.policy);
			if (decision.kind === 'conflict' || decision.kind === 'blocked' || decision.kind === 'violation')
				return decision;
			const result = await this.issueToken(decision.entry, request, input.policy, secret);
			if (result) return result;
			// Read the row again instead of trusting the acknowledgement: the row says which writer was first.
		}
	}

	/** Creates the entry before its limits are acquired: the status of a hold is that of its entry. */
	private findOrCreate(
		request: ReserveRequest,
		policy: Policy,
	): Promise<ReserveDecision | { kind: 'violation'; violation: Violation }> {
		const { entryId, intent } = request;
		return updateEntry<ReserveDecision | { kind: 'violation'; violation: Violation }>(
			this.store,
			entryId,
			(current) => {
				const decision = decideReservation(current, request, this.clock.now());
				if (decision.kind !== 'created') return { result: decision };
				const violation = findViolation(intent, policy);
				return violation
					? { result: { kind: 'violation', violation } }
					: { result: decision, next: decision.entry };
			},
		);
	}

	/** @returns undefined if the entry has to be read again */
	private async issueToken(
		entry: Entry,
		request: ReserveRequest,
		policy: Policy,
		secret: string,
	): Promise<ReserveResult | undefined> {
		const { reservation } = entry;
		if (!reservation) return { kind: 'blocked', entry, reason: 'token_required' };
		const violation = findViolation(reservation.intent, policy);
		if (violation) return { kind: 'violation', violation, entry };
		if (lacksApproval(entry, request)) {
			if (entry.state !== 'reserved')
				return { kind: 'violation', violation: { kind: 'approval' }, entry };
			const waiting = requireApproval(entry, request.approvalForMs, this.clock.now());
			await compareAndSwap(this.store, entry, waiting);
			return undefined;
		}
		// A decided entry moves no more money.
		if (entry.state !== 'succeeded' && entry.state !== 'rejected') {
			const result = await this.limitHolds.acquireLimits(entry, request.spender, policy);
			if (result.kind === 'changed') return undefined;
			if (result.kind === 'exceeds_limit') return this.rejectOverLimit(entry, result, request);
			return this.rebindToken(result.entry, secret);
		}
		return this.rebindToken(entry, secret);
	}

	/**
	 * Rejects a reservation over a limit. Cancels it if its token was never issued. An existing reservation keeps its token,
	 * and this caller does not get it.
	 */
	private async rejectOverLimit(
		entry: Entry,
		{ limit, left }: { limit: Limit; left: number },
		{ spender, retentionMs }: ReserveRequest,
	): Promise<ReserveResult | undefined> {
		const { reservation } = entry;
		const isOwn = reservation?.limitsHeld === false && isSameSpender(reservation.spender, spender);
		if (!isOwn) return { kind: 'over_limit', limit, left, entry };
		const result = decideCancellation(entry, 'over_limit', undefined, this.clock.now(), retentionMs);
		if (!(await compareAndSwap(this.store, entry, result.entry))) return undefined;
		return { kind: 'over_limit', limit, left, entry: result.entry };
	}

	/** Returns the token under this ledger's secret. After a copy to another ledger, the entry is updated to the new token. */
	private async rebindToken(entry: Entry, secret: string): Promise<ReserveResult | undefined> {
		const { entryId, reservation } = entry;
		if (!reservation) return undefined;
		const token = deriveToken({ entryId, generationId: reservation.generationId }, secret);
		const tokenHash = hashToken(token);
		if (reservation.tokenHash === tokenHash) return { kind: 'reserved', token, entry };
		const rebound = replaceTokenHash(entry, tokenHash);
		return (await compareAndSwap(this.store, entry, rebound))
			? { kind: 'reserved', token, entry: rebound }
			: undefined;
	}

	/** Approves one reservation. @returns undefined if the entry does not exist */
	approve(
		{ entryId, generationId }: ReservationReference,
		decidedBy: string,
	): Promise<DecisionResult | undefined> {
		return this.applyDecision(entryId, (entry) =>
			decideApproval(entry, generationId, decidedBy, this.clock.now()),
		);
	}

	/** Denies one reservation, or revokes its token. @returns undefined if the entry does not exist */
	denyOrRevoke(
		{ entryId, generationId }: ReservationReference,
		reason: 'denied' | 'revoked',
		decidedBy: string,
		retentionMs: number,
	): Promise<DecisionResult | undefined> {
		return this.applyDecision(entryId, (entry) =>
			concernsReservation(generationId, entry)
				? decideCancellation(entry, reason, decidedBy, this.clock.now(), retentionMs)
				: { kind: 'superseded', entry },
		);
	}

	/** Cancels an entry for good, if it is certain that nothing was executed. @returns undefined if the entry does not exist */
	cancel(entryId: string, decidedBy: string, retentionMs: number): Promise<DecisionResult | undefined> {
		return this.applyDecision(entryId, (entry) =>
			decideCancellation(entry, 'cancelled', decidedBy, this.clock.now(), retentionMs),
		);
	}

	private applyDecision(
		entryId: string,
		decide: (entry: Entry) => DecisionResult,
	): Promise<DecisionResult | undefined> {
		return updateEntry<DecisionResult | undefined>(this.store, entryId, (current) => {
			const result = current && decide(current);
			return result?.kind === 'applied' ? { result, next: result.entry } : { result };
		});
	}

	/** Activates the kill switch. Nothing in its scope is reserved, claimed or sent until it is lifted. */
	async stop(width: KillSwitchWidth, decidedBy: string, reason: string): Promise<RegistryRow> {
		const killSwitch = { width, decidedBy, reason, at: this.clock.now() };
		return updateRegistryRow(this.store, (row) => addKillSwitch(row, killSwitch));
	}

	/** Lifts the kill switch of one width. */
	async resume(width: KillSwitchWidth): Promise<RegistryRow> {
		return updateRegistryRow(this.store, (row) => removeKillSwitch(row, width));
	}
}

function toReserveRequest({ policy, ...input }: ReserveInput, secret: string): ReserveRequest {
	const generationId = createGenerationId();
	return {
		...input,
		needsApproval: needsApproval(input.intent, policy),
		generationId,
		tokenHash: hashToken(deriveToken({ entryId: input.entryId, generationId }, secret)),
		claimId: randomUUID(),
	};
}

/** Returns whether this policy requires an approval that the policy at reservation did not. */
function lacksApproval(entry: Entry, request: ReserveRequest): boolean {
	const isDecided = entry.state === 'succeeded' || entry.state === 'rejected';
	return request.needsApproval && !isDecided && entry.reservation?.approval.state === 'not_needed';
}

function isSameSpender(one: ReserveRequest['spender'], other: ReserveRequest['spender']): boolean {
	return one.agent === other.agent && one.session === other.session;
}
