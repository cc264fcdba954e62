import type { Clock } from './clock';
import { CLOCK_TOLERANCE_MS } from './clock';
import type { Change, Decided } from './compareAndSwap';
import { isOwnClaim, takeSingle, updateRow } from './compareAndSwap';
import type { ApprovalFacts, ApprovedReads } from './identity/check';
import type { TimeIndexRef } from './identity/key';
import type { KeySecretMark } from './identity/keySecret';
import { confirmKeySecret, refuseOtherKeySecret } from './identity/keySecret';
import type { OccurrenceOwner } from './identity/nearbyTimes';
import { assignOccurrence, expiredEntryIds } from './identity/nearbyTimes';
import { laterTimeMessage, resetNewestTime } from './maintenance/newestTime';
import { confirmRegistry } from './registryRow';
import { findMissingIds } from './maintenance/purge';
import type { Entry } from './model/entry';
import type { KillSwitch, Row, TimeIndex } from './model/row';
import { beganAtIn, newestTimeIn, REGISTRY_ROW_ID, toTimeIndex } from './model/row';
import { approvalFactsOf, buildNothingToApprove, spendOf } from './rules/approval';
import type { ClaimDecision, FinalClaimDecision } from './rules/claim';
import { decideClaim, needsNoTime } from './rules/claim';
import type { ClaimRequest } from './rules/claimRequest';
import type { UnreadClaim } from './rules/grant';
import { reliesOnKey } from './rules/grant';
import { findKillSwitch } from './rules/token';
import type { Store } from './store';
import { LostEntriesError, rethrowUnlessUnavailable, toEntry } from './store';
import { tracePoint } from './tracing';

/** ms between two reads of a busy entry. The pause doubles from `first` to `longest`. */
const BUSY_POLL_MS = { first: 25, longest: 1_000 };

/** What a claim awaits before it is granted, such as the rate limiter. A claim that waits here holds no lease. */
export interface Admission {
	/** @returns whether it waited. If so, the caller reads the row again */
	enter(): Promise<boolean>;
	/** Called if no claim was granted. */
	leave(): void;
	/** Awaits a pause, because another run holds the entry. */
	pause(sleep: () => Promise<void>): Promise<void>;
}

/** The decision that a claim would get now, and the entry that it concerns. */
export interface ClaimPreview {
	entryId: string;
	current: Entry | undefined;
	decision: FinalClaimDecision;
	/** What a person approves before the claim. */
	approvable: { facts: ApprovalFacts; spend?: ApprovedReads['spend'] };
}

/** Grants claims on one store. It waits for busy entries, reads the clock, and resolves the entry of a rounded time. */
export class Claims {
	/** Key secrets that are confirmed. A stored mark never changes. */
	private readonly keySecrets = new Map<string, Promise<void>>();
	/** Warnings for the user, one sentence each. */
	readonly warnings: string[] = [];

	constructor(
		private readonly store: Store,
		private readonly clock: Clock,
	) {}

	/** See `Ledger.claim`. */
	async claim(
		request: ClaimRequest,
		waitMs: number,
		signal?: AbortSignal,
		admission?: Admission,
	): Promise<FinalClaimDecision> {
		const until = this.clock.monotonic() + waitMs;
		await this.confirmKeySecretOnce(request.keySecret);
		let input = request;
		for (let pause = BUSY_POLL_MS.first; ; pause = Math.min(pause * 2, BUSY_POLL_MS.longest)) {
			const decision = await this.tryClaim(input, admission);
			const left = until - this.clock.monotonic();
			if (decision.kind !== 'busy' || left <= 0 || signal?.aborted) return decision;
			input = { ...request, hasWaited: true };
			const sleep = () => this.clock.sleep(Math.min(pause, left), signal);
			await (admission ? admission.pause(sleep) : sleep());
		}
	}

	/** See `Ledger.claimWithoutLedger`. */
	async claimWithoutLedger(request: ClaimRequest): Promise<FinalClaimDecision> {
		try {
			if (request.keySecret) await refuseOtherKeySecret(this.store, request.keySecret);
			const entryId = await this.findEntryId(request, await this.clock.ascertain());
			const [row, registry] = await this.store.find([entryId, REGISTRY_ROW_ID]);
			await confirmRegistry(this.store, registry);
			return await this.decideWithoutLedger(toEntry(row), { ...request, entryId }, registry);
		} catch (error) {
			rethrowUnlessUnavailable(error);
			if (error instanceof LostEntriesError) throw error;
			return this.decideWithoutLedger(undefined, request);
		}
	}

	/** Decides as `claim` does, from the same rows, but writes nothing and waits for nothing. */
	async preview(request: ClaimRequest): Promise<ClaimPreview> {
		if (request.keySecret) await refuseOtherKeySecret(this.store, request.keySecret);
		const now = await this.clock.ascertain();
		const entryId = await this.findEntryId(request, now);
		const [row, registry] = await this.store.find([entryId, REGISTRY_ROW_ID]);
		await confirmRegistry(this.store, registry);
		const current = toEntry(row);
		let input = this.markTimes({ ...request, entryId }, registry);
		const decide = () => decideClaim(current, input, now, killSwitchFor(registry, request));
		let decision = decide();
		for (; decision.kind === 'unread'; decision = decide()) input = await readMissing(decision, input);
		return { entryId, current, decision, approvable: toApprovable(decision, input) };
	}

	/** Returns the entry that a rounded time belongs to, according to the ledger. Writes nothing. */
	private async findEntryId(request: ClaimRequest, now: number): Promise<string> {
		const { timeIndex } = request;
		if (!timeIndex) return request.entryId;
		const row = takeSingle(await this.store.find([timeIndex.timeIndexId]));
		return assignOccurrence(toTimeIndex(row), { ...request, timeIndex }, new Set(), now).entryId;
	}

	private async decideWithoutLedger(
		current: Entry | undefined,
		request: ClaimRequest,
		registry?: Row,
	): Promise<FinalClaimDecision> {
		let input = this.markTimes(request, registry);
		for (let isTimeFresh = this.clock.invalidate === undefined; ;) {
			const now = await this.clock.ascertain();
			const decision = decideClaim(current, input, now, killSwitchFor(registry, input));
			if (decision.kind === 'unread') input = await readMissing(decision, input);
			else if (isTimeFresh || decision.kind !== 'granted' || !reliesOnKey(decision.grant))
				return markNotPersisted(decision);
			else {
				isTimeFresh = true;
				this.clock.invalidate?.();
			}
		}
	}

	/** Returning a stored result needs no time, so it makes no request to Stripe. Every other decision needs the time. */
	private async decide(
		current: Entry | undefined,
		request: ClaimRequest,
		registry: Row | undefined,
	): Promise<ClaimDecision> {
		const killSwitch = killSwitchFor(registry, request);
		const marked = this.markTimes(request, registry);
		const known = this.clock.known();
		const decision = decideClaim(current, marked, known ?? BEFORE_ALL_TIMES, killSwitch);
		if (needsNoTime(decision)) return decision;
		const now = await this.ascertain(registry);
		if (known !== undefined && Math.abs(now - known) < SAME_MOMENT_MS) return decision;
		return decideClaim(current, marked, now, killSwitch);
	}

	private markTimes(request: ClaimRequest, registry: Row | undefined): ClaimRequest {
		const ledgerBeganAt = beganAtIn(registry);
		return this.clock.of === 'host' ? { ...request, isByHostTime: true } : { ...request, ledgerBeganAt };
	}

	/**
	 * Returns the time, without which nothing is written. If the ledger has recorded a later time, it is overruled only by two
	 * fresh responses from Stripe, and the user gets a warning.
	 */
	private async ascertain(registry: Row | undefined): Promise<number> {
		const newest = this.clock.of === 'stripe' ? newestTimeIn(registry) : undefined;
		const now = await this.clock.ascertain(newest);
		if (newest !== undefined && now < newest - CLOCK_TOLERANCE_MS) {
			await resetNewestTime(this.store, newest, now);
			this.warnings.push(laterTimeMessage(newest, now));
		}
		return now;
	}

	/** Confirms a key secret once per run. @throws KeySecretChangedError, StoreUnavailableError */
	async confirmKeySecretOnce(mark: KeySecretMark | undefined): Promise<void> {
		if (!mark) return;
		const name = `${mark.rowId} ${mark.hash}`;
		const request = this.keySecrets.get(name) ?? confirmKeySecret(this.store, mark);
		this.keySecrets.set(name, request);
		await request.catch((error: unknown) => {
			// The next claim retries, because the store may be available again.
			this.keySecrets.delete(name);
			throw error;
		});
	}

	/** Reads the kill switch in the same call as the row, never from a cache. */
	private async tryClaim(request: ClaimRequest, admission?: Admission): Promise<FinalClaimDecision> {
		let isGranted = false;
		let isTimeFresh = this.clock.invalidate === undefined || this.clock.known() === undefined;
		try {
			const entryId = await this.resolveEntryId(request);
			let input = { ...request, entryId };
			const decide = async (
				row: Row | undefined,
				[registry]: readonly (Row | undefined)[],
			): Promise<Decided<FinalClaimDecision>> => {
				await confirmRegistry(this.store, registry);
				const decision = await this.decide(toEntry(row), input, registry);
				if (decision.kind === 'unread') {
					input = await readMissing(decision, input);
					return 'again';
				}
				if (decision.kind !== 'granted') return { result: decision };
				if (!isTimeFresh && reliesOnKey(decision.grant)) {
					isTimeFresh = true;
					this.clock.invalidate?.();
					return 'again';
				}
				if (await admission?.enter()) return 'again';
				tracePoint('claiming', entryId);
				return { result: decision, next: decision.grant.entry };
			};
			const decision = await updateRow(this.store, entryId, decide, {
				readWith: [REGISTRY_ROW_ID],
				isOwn: isOwnClaim,
			});
			isGranted = decision.kind === 'granted';
			if (isGranted) tracePoint('claimed', entryId);
			return decision;
		} finally {
			if (!isGranted) admission?.leave();
		}
	}

	/** Resolves the entry of a claim. A rounded time may belong to an entry on the other side of its bucket's boundary. */
	async resolveEntryId(request: OccurrenceOwner): Promise<string> {
		const { timeIndex } = request;
		if (!timeIndex) return request.entryId;
		const owner = { ...request, timeIndex };
		const decide = async (
			row: Row | undefined,
			[registry]: readonly (Row | undefined)[],
		): Promise<Change<string>> => {
			await confirmRegistry(this.store, registry);
			const current = toTimeIndex(row);
			const known = await this.findOccurrence(current, owner);
			if (known !== undefined) return { result: known };
			const now = await this.ascertain(registry);
			const expired = current ? expiredEntryIds(current, request.retentionMs, now) : [];
			const missing = await findMissingIds(this.store, expired);
			const { entryId, next } = assignOccurrence(current, owner, missing, now);
			return { result: entryId, next };
		};
		return updateRow(this.store, timeIndex.timeIndexId, decide, { readWith: [REGISTRY_ROW_ID] });
	}

	/** Finds a known occurrence even while the time is unknown. */
	private async findOccurrence(
		current: TimeIndex | undefined,
		owner: OccurrenceOwner & { timeIndex: TimeIndexRef },
	): Promise<string | undefined> {
		if (this.clock.known() !== undefined) return undefined;
		const { entryId, next } = assignOccurrence(current, owner, new Set(), BEFORE_ALL_TIMES);
		if (next) return undefined;
		return takeSingle(await this.store.find([entryId])) ? entryId : undefined;
	}
}

const BEFORE_ALL_TIMES = 0;
/** ms for which a decision still holds. */
const SAME_MOMENT_MS = 100;

/**
 * Delivering an event to n8n moves no money, so the kill switch does not block it. It blocks the requests that the workflow
 * then sends.
 */
function killSwitchFor(
	registry: Row | undefined,
	{ token, isDelivery }: ClaimRequest,
): KillSwitch | undefined {
	return isDelivery ? undefined : findKillSwitch(registry, { isByToken: token !== undefined });
}

/** Adds what a new attempt has to read first. @throws whatever the reads throw. Nothing is claimed then */
async function readMissing(
	{ current, previousAttempts }: UnreadClaim,
	request: ClaimRequest,
): Promise<ClaimRequest> {
	const earlier =
		current && previousAttempts.length > 0 ? await request.readEarlier?.(previousAttempts, current) : [];
	const preread = await request.readFirst?.(current);
	return { ...request, preread: { ...preread, earlier, version: current?.version } };
}

function toApprovable(decision: FinalClaimDecision, request: ClaimRequest): ClaimPreview['approvable'] {
	if (decision.kind !== 'granted') return { facts: buildNothingToApprove(request) };
	const { grant } = decision;
	return { facts: approvalFactsOf(grant, request), spend: spendOf(grant, request) };
}

function markNotPersisted(decision: FinalClaimDecision): FinalClaimDecision {
	return decision.kind === 'granted'
		? { ...decision, grant: { ...decision.grant, notPersisted: true } }
		: decision;
}
