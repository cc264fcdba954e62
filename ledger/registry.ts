import { randomBytes, randomUUID } from 'node:crypto';

import type { Limit } from './budget';
import { fateOf, limitPerDay, limitPerSession, makeRoom } from './budget';
import type { Budget, Cancellation, Entry, RegistryRow, ReservedEntry } from './entry';
import type { KeySecretMark } from './keySecret';
import { confirmKeySecret } from './keySecret';
import type { Policy, Violation } from './policy';
import { needsApproval, ruleFor, violationOf } from './policy';
import { newRegistry, REGISTRY } from './registryRow';
import type { Difference } from './request';
import type { BarrierReason, ReserveRequest, Verdict } from './reservation';
import { approve, cancel, ended, hashOf, held, reserve, tokenOf, withToken } from './reservation';
import type { Store } from './store';
import { isEntry } from './store';
import type { Time } from './time';
import { firstVersion } from './version';

/** Tokens need a secret, and this ledger is no place for one: the user has to give it. */
export class NoSecret extends Error {
	constructor() {
		super('no secret for tokens');
		this.name = 'NoSecret';
	}
}

export type Asked = Omit<ReserveRequest, 'needsApproval' | 'tokenHash' | 'holder'> & {
	policy: Policy;
	/** Under which key secret `entryId` was derived. */
	keySecret?: KeySecretMark;
};

export type Reserved =
	/** The token of the intent; its entry tells whether it waits, may be used, or was used. */
	| { kind: 'reserved'; token: string; entry: Entry }
	| { kind: 'conflict'; entry: Entry; differences: Difference[] }
	| { kind: 'barred'; entry: Entry; reason: BarrierReason }
	| { kind: 'stopped'; by: string; reason: string }
	| { kind: 'violation'; violation: Violation }
	/** So much is left of the limit: minor units, or reservations. */
	| { kind: 'over_limit'; limit: Limit; left: number; entry: Entry };

/** Hands out tokens, each for one frozen intent, within the limits of a policy. */
export class Registry {
	/**
	 * @param givenSecret from which tokens are made where the store can be read by others
	 */
	constructor(
		private readonly store: Store,
		private readonly time: Time,
		private readonly givenSecret?: string,
	) {}

	/**
	 * The token of an intent: the same however often it is asked for. A new one is good only when every limit has made room
	 * for it, and that is settled before it is handed out.
	 *
	 * @throws StoreUnavailable, NoSecret, KeySecretChanged: then nothing is reserved
	 */
	async reserve(asked: Asked): Promise<Reserved> {
		const { secret, stop } = await this.registry();
		if (asked.keySecret) await confirmKeySecret(this.store, asked.keySecret);
		if (stop) return { kind: 'stopped', ...stop };
		const token = tokenOf(asked.entryId, secret);
		const request: ReserveRequest = {
			...asked,
			needsApproval: needsApproval(asked.intent, asked.policy),
			tokenHash: hashOf(token),
			holder: randomUUID(),
		};
		for (;;) {
			const standing = await this.find(asked.entryId);
			const decision = reserve(standing, request, this.time.now());
			switch (decision.kind) {
				case 'conflict':
				case 'barred':
					return decision;
				case 'stands': {
					const entry = await this.underThisToken(decision.entry, request.tokenHash);
					if (entry) return { kind: 'reserved', token, entry };
					break;
				}
				case 'begun': {
					const violation = violationOf(asked.intent, asked.policy);
					if (violation) return { kind: 'violation', violation };
					// Before the limits: what a limit holds must have an entry that can tell its fate.
					await this.write(decision.entry, standing === undefined);
					break;
				}
				case 'unfinished': {
					const answer = await this.finish(decision.entry, asked);
					if (answer) return answer;
				}
			}
			// Read again rather than trust the acknowledgement: the row says who came first.
		}
	}

	/** Asks every limit for room, then makes the token good. @returns nothing when the entry has to be looked at again */
	private async finish(
		entry: ReservedEntry,
		{ policy, retentionMs }: Asked,
	): Promise<Reserved | undefined> {
		const { reservation } = entry;
		if (!reservation) return undefined;
		for (const limit of limitsOf(entry, policy, this.time.now())) {
			const left = await this.hold(entry, limit);
			if (left === undefined) continue;
			const verdict = cancel(entry, 'over_limit', undefined, this.time.now(), retentionMs);
			if (!(await this.write(verdict.entry, false))) return undefined;
			return { kind: 'over_limit', limit, left, entry: verdict.entry };
		}
		await this.write(held(entry), false);
		return undefined;
	}

	/** @returns what is left of the limit, where there is no room */
	private async hold({ entryId, reservation }: ReservedEntry, limit: Limit): Promise<number | undefined> {
		if (!reservation) return undefined;
		const hold = { entryId, round: reservation.round, amount: reservation.intent.amount };
		for (;;) {
			const [row] = await this.store.find([limit.budgetId]);
			const standing = row?.state === 'budget' ? row : undefined;
			const fates = await this.fates(standing);
			const version = standing ? standing.version + 1 : firstVersion(randomUUID());
			const room = makeRoom(standing, fates, hold, limit, version, this.time.now());
			if (room.kind === 'held') return undefined;
			if (room.kind === 'over') return room.left;
			await this.write(room.next, standing === undefined);
		}
	}

	/**
	 * What has become of each hold. What has ended unused is ended in its entry first: after that no token can use it any
	 * more, whatever the clocks of two hosts say.
	 */
	private async fates(budget: Budget | undefined) {
		const holds = budget?.holds ?? [];
		if (holds.length === 0) return [];
		const entries = (await this.store.find(holds.map(({ entryId }) => entryId))).map((row) =>
			isEntry(row) ? row : undefined,
		);
		const now = this.time.now();
		const over = entries.map((entry) => entry && ended(entry, now));
		const toEnd = over.filter((entry) => entry !== undefined);
		const done = toEnd.length > 0 ? await this.store.replaceIfVersion(toEnd) : [];
		return holds.map((hold, position) => {
			const end = over[position];
			const isEnded = end !== undefined && done[toEnd.indexOf(end)] === true;
			return fateOf(hold, isEnded ? end : entries[position]);
		});
	}

	/** @returns undefined when another has written the entry in between */
	private async underThisToken(entry: Entry, tokenHash: string): Promise<Entry | undefined> {
		if (entry.reservation?.tokenHash === tokenHash) return entry;
		const renamed = withToken(entry, tokenHash);
		return (await this.write(renamed, false)) ? renamed : undefined;
	}

	/** A person says yes. @returns nothing where no such entry stands */
	approve(entryId: string, by: string): Promise<Verdict | undefined> {
		return this.decide(entryId, (entry) => approve(entry, by, this.time.now()));
	}

	/** Stops an entry for good, if surely nothing was done under it. @returns nothing where no such entry stands */
	cancel(
		entryId: string,
		reason: Cancellation['reason'],
		by: string,
		retentionMs: number,
	): Promise<Verdict | undefined> {
		return this.decide(entryId, (entry) => cancel(entry, reason, by, this.time.now(), retentionMs));
	}

	private async decide(entryId: string, judge: (entry: Entry) => Verdict): Promise<Verdict | undefined> {
		for (;;) {
			const standing = await this.find(entryId);
			if (!standing) return undefined;
			const verdict = judge(standing);
			if (verdict.kind !== 'done' || (await this.write(verdict.entry, false))) return verdict;
		}
	}

	/** The kill switch: from now on nothing is reserved, and no token is good for anything, until it is lifted. */
	async stop(by: string, reason: string): Promise<RegistryRow> {
		return this.change((row) => ({ ...row, stop: row.stop ?? { by, reason, at: this.time.now() } }));
	}

	/** Lifts the kill switch. */
	async resume(): Promise<RegistryRow> {
		return this.change(({ stop: _lifted, ...row }) => row);
	}

	private async change(to: (row: RegistryRow) => RegistryRow): Promise<RegistryRow> {
		for (;;) {
			const row = await this.row();
			const next = { ...to(row), version: row.version + 1 };
			if (await this.write(next, false)) return next;
		}
	}

	private async registry(): Promise<{ secret: string; stop?: RegistryRow['stop'] }> {
		const row = await this.row();
		const secret = row.secret ?? this.givenSecret;
		if (!secret) throw new NoSecret();
		return { secret, stop: row.stop };
	}

	/** Made at the first use; of several who make it at once, one's stands for all. */
	private async row(): Promise<RegistryRow> {
		const secret = this.store.isPublic ? undefined : randomBytes(32).toString('base64url');
		for (;;) {
			const [standing] = await this.store.find([REGISTRY]);
			if (standing?.state === 'registry') return standing;
			await this.store.insertIfAbsent([newRegistry(firstVersion(randomUUID()), secret)]);
		}
	}

	private async find(entryId: string): Promise<Entry | undefined> {
		const [row] = await this.store.find([entryId]);
		return isEntry(row) ? row : undefined;
	}

	private async write(row: Entry | Budget | RegistryRow, isNew: boolean): Promise<boolean> {
		if (!isNew) return (await this.store.replaceIfVersion([row]))[0] === true;
		const [stands] = await this.store.insertIfAbsent([row]);
		return stands?.version === row.version && stands.state === row.state;
	}
}

function limitsOf({ mode, account, reservation }: ReservedEntry, policy: Policy, now: number): Limit[] {
	if (!reservation) return [];
	const { spender, intent } = reservation;
	const { maxPerDay } = ruleFor(intent.currency, policy) ?? {};
	return [
		limitPerDay({ mode, account }, spender, intent.currency, now, maxPerDay),
		...(spender.session === undefined && policy.maxPerSession === undefined
			? []
			: [limitPerSession({ mode, account }, spender, policy.maxPerSession)]),
	];
}
