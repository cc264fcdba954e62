import { randomUUID } from 'node:crypto';

import type { Limit } from './rules/budget';
import type { Entry, RegistryRow } from './model/entry';
import type { NoRoom } from './holds';
import { Holds } from './holds';
import type { KeySecretMark } from './identity/keySecret';
import { confirmKeySecret } from './identity/keySecret';
import type { Stop, StopWidth } from './model/entry';
import { stopFor, withoutStop, withStop } from './rules/killSwitch';
import type { Policy, Violation } from './rules/policy';
import { needsApproval, violationOf } from './rules/policy';
import { changeRegistryRow, registryRow } from './model/registryRow';
import type { Difference } from './model/request';
import type { ReserveRequest, Verdict } from './rules/reservation';
import { approve, cancel, held, isAbout, reserve, waiting, withToken } from './rules/reservation';
import type { Store } from './store';
import { isEntry, write } from './store';
import type { Clock, Time } from './clock';
import { clockOf } from './clock';
import type { BarrierReason, ReservationReference } from './rules/token';
import { hashOf, newGenerationId, tokenOf } from './rules/token';

/** Tokens need a secret, and this ledger is no place for one: the user has to give it. */
export class NoSecret extends Error {
	constructor() {
		super('no secret for tokens');
		this.name = 'NoSecret';
	}
}

export type Asked = Omit<ReserveRequest, 'needsApproval' | 'generationId' | 'tokenHash' | 'holder'> & {
	policy: Policy;
	/** Under which key secret `entryId` was derived. */
	keySecret?: KeySecretMark;
};

export type Reserved =
	/** The token of the intent; its entry tells whether it waits, may be used, or was used. */
	| { kind: 'reserved'; token: string; entry: Entry }
	| { kind: 'conflict'; entry: Entry; differences: Difference[] }
	| { kind: 'barred'; entry: Entry; reason: BarrierReason }
	| { kind: 'stopped'; stop: Stop }
	/** `entry` is what stands of the intent all the same: somebody else, or an earlier policy, was allowed it. */
	| { kind: 'violation'; violation: Violation; entry?: Entry }
	/** So much is left of the limit: minor units, or reservations. */
	| { kind: 'over_limit'; limit: Limit; left: number; entry: Entry };

/** Hands out tokens, each for one frozen intent, within the limits of a policy. */
export class Registry {
	private readonly holds: Holds;
	private readonly clock: Clock;

	/**
	 * @param time by which it is judged what has ended: Stripe's, as claims are
	 * @param givenSecret from which tokens are made where the store can be read by others
	 */
	constructor(
		private readonly store: Store,
		time: Time,
		private readonly givenSecret?: string,
	) {
		this.clock = clockOf(time);
		this.holds = new Holds(store, this.clock);
	}

	/**
	 * The token of an intent: the same however often it is asked for, until it ends. Whoever asks has to be allowed it by the
	 * policy with which it is asked for, and within its limits, also where the token stands already.
	 *
	 * @throws StoreUnavailable, NoSecret, KeySecretChanged, TimeUnknownError: then nothing is reserved
	 */
	async reserve(asked: Asked): Promise<Reserved> {
		const row = await registryRow(this.store);
		const secret = row.secret ?? this.givenSecret;
		if (!secret) throw new NoSecret();
		if (asked.keySecret) await confirmKeySecret(this.store, asked.keySecret);
		const stop = stopFor(row, true);
		if (stop) return { kind: 'stopped', stop };
		const request = requestOf(asked, secret);
		await this.clock.ascertain();
		for (;;) {
			const standing = await this.find(asked.entryId);
			const decision = reserve(standing, request, this.clock.now());
			switch (decision.kind) {
				case 'conflict':
				case 'barred':
					return decision;
				case 'begun': {
					const violation = violationOf(asked.intent, asked.policy);
					if (violation) return { kind: 'violation', violation };
					// Before the limits: what a limit holds must have an entry that can tell its fate.
					await write(this.store, decision.entry, standing === undefined);
					break;
				}
				case 'unfinished':
				case 'stands': {
					const answer = await this.handOut(decision.entry, request, asked.policy, secret);
					if (answer) return answer;
				}
			}
			// Read again rather than trust the acknowledgement: the row says who came first.
		}
	}

	/** @returns nothing when the entry has to be looked at again */
	private async handOut(
		entry: Entry,
		request: ReserveRequest,
		policy: Policy,
		secret: string,
	): Promise<Reserved | undefined> {
		const { reservation } = entry;
		if (!reservation) return { kind: 'barred', entry, reason: 'token_required' };
		const violation = violationOf(reservation.intent, policy);
		if (violation) return { kind: 'violation', violation, entry };
		if (needsAnApproval(entry, request)) {
			if (entry.state !== 'reserved')
				return { kind: 'violation', violation: { kind: 'approval' }, entry };
			await write(this.store, waiting(entry, request.approvalForMs, this.clock.now()), false);
			return undefined;
		}
		// What is decided moves nothing more.
		if (entry.state !== 'succeeded' && entry.state !== 'rejected') {
			const noRoom = await this.holds.take(entry, request.spender, policy);
			if (noRoom === 'changed') return undefined;
			if (noRoom) return this.overLimit(entry, noRoom, request);
		}
		if (entry.state === 'reserved' && !reservation.held) {
			await write(this.store, held(entry), false);
			return undefined;
		}
		return this.underThisSecret(entry, secret);
	}

	/** What was never handed out ends with that; what stands keeps its token, and this asker does not get it. */
	private async overLimit(
		entry: Entry,
		noRoom: NoRoom,
		{ spender, retentionMs }: ReserveRequest,
	): Promise<Reserved | undefined> {
		const { reservation } = entry;
		const isOwn = reservation?.held === false && isSameSpender(reservation.spender, spender);
		if (!isOwn) return { kind: 'over_limit', ...noRoom, entry };
		const verdict = cancel(entry, 'over_limit', undefined, this.clock.now(), retentionMs);
		if (!(await write(this.store, verdict.entry, false))) return undefined;
		return { kind: 'over_limit', ...noRoom, entry: verdict.entry };
	}

	/** The token under the secret of this ledger: after a move to a new one, the entry follows. */
	private async underThisSecret(entry: Entry, secret: string): Promise<Reserved | undefined> {
		const { entryId, reservation } = entry;
		if (!reservation) return undefined;
		const token = tokenOf({ entryId, generationId: reservation.generationId }, secret);
		const tokenHash = hashOf(token);
		if (reservation.tokenHash === tokenHash) return { kind: 'reserved', token, entry };
		const renamed = withToken(entry, tokenHash);
		return (await write(this.store, renamed, false))
			? { kind: 'reserved', token, entry: renamed }
			: undefined;
	}

	/** A person says yes to one reservation. @returns nothing where no such entry stands */
	approve({ entryId, generationId }: ReservationReference, by: string): Promise<Verdict | undefined> {
		return this.decide(entryId, (entry) => approve(entry, generationId, by, this.clock.now()));
	}

	/** A person says no to one reservation, or takes its token back. @returns nothing where no such entry stands */
	refuse(
		{ entryId, generationId }: ReservationReference,
		reason: 'denied' | 'revoked',
		by: string,
		retentionMs: number,
	): Promise<Verdict | undefined> {
		return this.decide(entryId, (entry) =>
			isAbout(generationId, entry)
				? cancel(entry, reason, by, this.clock.now(), retentionMs)
				: { kind: 'over', entry },
		);
	}

	/** Stops an entry for good, if surely nothing was done under it. @returns nothing where no such entry stands */
	cancel(entryId: string, by: string, retentionMs: number): Promise<Verdict | undefined> {
		return this.decide(entryId, (entry) => cancel(entry, 'cancelled', by, this.clock.now(), retentionMs));
	}

	private async decide(entryId: string, judge: (entry: Entry) => Verdict): Promise<Verdict | undefined> {
		for (;;) {
			const standing = await this.find(entryId);
			if (!standing) return undefined;
			const verdict = judge(standing);
			if (verdict.kind !== 'done' || (await write(this.store, verdict.entry, false))) return verdict;
		}
	}

	/** Pulls the kill switch: what it stops is not reserved, claimed or sent any more, until it is lifted. */
	async stop(width: StopWidth, by: string, reason: string): Promise<RegistryRow> {
		const stop = { width, by, reason, at: this.clock.now() };
		return changeRegistryRow(this.store, (row) => withStop(row, stop));
	}

	/** Lifts the stop of one width. */
	async resume(width: StopWidth): Promise<RegistryRow> {
		return changeRegistryRow(this.store, (row) => withoutStop(row, width));
	}

	private async find(entryId: string): Promise<Entry | undefined> {
		const [row] = await this.store.find([entryId]);
		return isEntry(row) ? row : undefined;
	}
}

function requestOf({ policy, ...asked }: Asked, secret: string): ReserveRequest {
	const generationId = newGenerationId();
	return {
		...asked,
		needsApproval: needsApproval(asked.intent, policy),
		generationId,
		tokenHash: hashOf(tokenOf({ entryId: asked.entryId, generationId }, secret)),
		holder: randomUUID(),
	};
}

/** Whether a person has to say yes by this policy, and nobody was asked by the one under which it was reserved. */
function needsAnApproval(entry: Entry, request: ReserveRequest): boolean {
	const isDecided = entry.state === 'succeeded' || entry.state === 'rejected';
	return request.needsApproval && !isDecided && entry.reservation?.approval.state === 'not_needed';
}

function isSameSpender(one: ReserveRequest['spender'], other: ReserveRequest['spender']): boolean {
	return one.agent === other.agent && one.session === other.session;
}
