import { randomUUID } from 'node:crypto';

import { pauseBeforeRetry, compareAndSwap, updateEntry } from './compareAndSwap';
import type { Limit } from './rules/budget';
import type { Entry } from './model/entry';
import { LimitHolds } from './holds';
import type { KeySecretMark } from './identity/keySecret';
import { confirmKeySecret } from './identity/keySecret';
import type { RegistryRow, KillSwitch, KillSwitchWidth } from './model/row';
import { updateRegistryRow, loadRegistryRow } from './registryRow';
import { findKillSwitch, removeKillSwitch, addKillSwitch } from './rules/killSwitch';
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
import type { BlockReason, ReservationReference } from './rules/token';
import { hashToken, createGenerationId, deriveToken } from './rules/token';

/** Tokens need a secret, and this ledger is no place for one: the user has to give it. */
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
	/** Under which key secret `entryId` was derived. */
	keySecret?: KeySecretMark;
};

export type ReserveResult =
	/** The token of the intent; its entry tells whether it waits, may be used, or was used. */
	| { kind: 'reserved'; token: string; entry: Entry }
	| { kind: 'conflict'; entry: Entry; differences: Difference[] }
	| { kind: 'blocked'; entry: Entry; reason: BlockReason }
	| { kind: 'payments_stopped'; killSwitch: KillSwitch }
	/** `entry` is what stands of the intent all the same: somebody else, or an earlier policy, was allowed it. */
	| { kind: 'violation'; violation: Violation; entry?: Entry }
	/** So much is left of the limit: minor units, or reservations. */
	| { kind: 'over_limit'; limit: Limit; left: number; entry: Entry };

/** Hands out tokens, each for one frozen intent, within the limits of a policy. */
export class TokenRegistry {
	private readonly limitHolds: LimitHolds;
	private readonly clock: Clock;

	/**
	 * @param time by which it is judged what has ended: Stripe's, as claims are
	 * @param givenSecret from which tokens are made where the store can be read by others
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
	 * The token of an intent: the same however often it is asked for, until it ends. Whoever asks has to be allowed it by the
	 * policy with which it is asked for, and within its limits, also where the token stands already.
	 *
	 * @throws StoreUnavailableError, TokenSecretMissingError, KeySecretChangedError, TimeUnknownError: then nothing is reserved
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
			// Read again rather than trust the acknowledgement: the row says who came first.
		}
	}

	/** Before the limits: what a limit holds must have an entry that can tell its fate. */
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

	/** @returns nothing when the entry has to be looked at again */
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
		// What is decided moves nothing more.
		if (entry.state !== 'succeeded' && entry.state !== 'rejected') {
			const result = await this.limitHolds.acquireLimits(entry, request.spender, policy);
			if (result.kind === 'changed') return undefined;
			if (result.kind === 'exceeds_limit') return this.rejectOverLimit(entry, result, request);
			return this.rebindToken(result.entry, secret);
		}
		return this.rebindToken(entry, secret);
	}

	/** What was never handed out ends with that; what stands keeps its token, and this asker does not get it. */
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

	/** The token under the secret of this ledger: after a move to a new one, the entry follows. */
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

	/** A person says yes to one reservation. @returns nothing where no such entry stands */
	approve(
		{ entryId, generationId }: ReservationReference,
		decidedBy: string,
	): Promise<DecisionResult | undefined> {
		return this.applyDecision(entryId, (entry) =>
			decideApproval(entry, generationId, decidedBy, this.clock.now()),
		);
	}

	/** A person says no to one reservation, or takes its token back. @returns nothing where no such entry stands */
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

	/** Stops an entry for good, if surely nothing was done under it. @returns nothing where no such entry stands */
	cancel(entryId: string, decidedBy: string, retentionMs: number): Promise<DecisionResult | undefined> {
		return this.applyDecision(entryId, (entry) =>
			decideCancellation(entry, 'cancelled', decidedBy, this.clock.now(), retentionMs),
		);
	}

	private applyDecision(
		entryId: string,
		judgeEntry: (entry: Entry) => DecisionResult,
	): Promise<DecisionResult | undefined> {
		return updateEntry<DecisionResult | undefined>(this.store, entryId, (current) => {
			const result = current && judgeEntry(current);
			return result?.kind === 'applied' ? { result, next: result.entry } : { result };
		});
	}

	/** Pulls the kill switch: what it stops is not reserved, claimed or sent any more, until it is lifted. */
	async stop(width: KillSwitchWidth, decidedBy: string, reason: string): Promise<RegistryRow> {
		const killSwitch = { width, decidedBy, reason, at: this.clock.now() };
		return updateRegistryRow(this.store, (row) => addKillSwitch(row, killSwitch));
	}

	/** Lifts the stop of one width. */
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

/** Whether a person has to say yes by this policy, and nobody was asked by the one under which it was reserved. */
function lacksApproval(entry: Entry, request: ReserveRequest): boolean {
	const isDecided = entry.state === 'succeeded' || entry.state === 'rejected';
	return request.needsApproval && !isDecided && entry.reservation?.approval.state === 'not_needed';
}

function isSameSpender(one: ReserveRequest['spender'], other: ReserveRequest['spender']): boolean {
	return one.agent === other.agent && one.session === other.session;
}
