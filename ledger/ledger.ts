import type { AdoptDecision, AdoptRequest } from './rules/adoption';
import { decideAdopt, rejectedAttemptsOf } from './rules/adoption';
import type { Entry, InFlightEntry, Outcome } from './model/entry';
import type { KeySecretMark } from './identity/keySecret';
import { confirmKeySecret, refuseOtherKeySecret } from './identity/keySecret';
import type { Payment } from './model/payment';
import type { PaymentUpdate } from './rules/paymentNews';
import { applyPaymentUpdate } from './rules/paymentNews';
import { findMissingIds, purge, BackgroundPurge } from './maintenance/purge';
import type { ReconciliationResult } from './rules/applyReconciliation';
import { applyReconciliation } from './rules/applyReconciliation';
import { findKillSwitch } from './rules/killSwitch';
import type { Row, KillSwitch } from './model/row';
import { newestTimeIn, REGISTRY_ROW_ID } from './model/row';
import { putTimeBack } from './maintenance/newestTime';
import type { RowFilter, Store } from './store';
import { ENTRY_STATES, isEntry, StoreUnavailableError } from './store';
import type { SuccessConfirmation } from './rules/confirmSuccess';
import { applyConfirmation } from './rules/confirmSuccess';
import type { Clock, TimeSource } from './clock';
import { CLOCK_TOLERANCE_MS, clockOf } from './clock';
import type { OccurrenceOwner } from './identity/nearbyTimes';
import { expiredEntryIds, assignOccurrence } from './identity/nearbyTimes';
import { tracePoint } from './tracing';
import type { FinalClaimDecision, ClaimDecision } from './rules/claim';
import type { ClaimRequest } from './rules/claimRequest';
import type { Grant, UnreadClaim } from './rules/grant';
import type { SendReport, SettleDecision } from './rules/settle';
import { decideClaim, needsNoTime } from './rules/claim';
import { markUncertain, decideSettle } from './rules/settle';
import { isCurrentClaim } from './model/entryStatus';

/** How often a claim that waits for a busy entry looks again. */
const BUSY_POLL_MS = { first: 25, longest: 1_000 };

/** How often, and how far apart, a settle is tried on a store that is down: the answer is worth some patience. */
const SETTLE_TRIES = 8;
const SETTLE_PAUSE_MS = 250;

/** What became of a settle. The outcome is never lost: where the ledger could not keep it, `warning` says so. */
export interface SettleResult {
	outcome: Outcome;
	entry: Entry;
	warning?: string;
}

/** What stands after something was found out, and whether it is that. */
export interface ReconciliationWrite {
	isWritten: boolean;
	entry?: Entry;
}

/** Claims, settles and queries entries by the rules of `transitions.ts`, on any store. */
export class Ledger {
	/** Those that were found to be right: what stands never changes. */
	private readonly keySecrets = new Map<string, Promise<void>>();
	private readonly clock: Clock;
	private readonly told: string[] = [];

	/** @param time by which everything is stamped and judged: Stripe's, for what is done at Stripe */
	constructor(
		private readonly store: Store,
		time: TimeSource,
	) {
		this.clock = clockOf(time);
	}

	/** What a person should know of this ledger, one sentence each. */
	get warnings(): readonly string[] {
		return this.told;
	}

	/**
	 * Asks for the right to send. Where another holds the entry, waits up to `waitMs` for its outcome.
	 *
	 * @throws StoreUnavailableError when the store cannot be read or written, KeySecretChangedError, TimeUnknownError where more than
	 * what stands was to be told: then nothing may be sent
	 */
	async claim(request: ClaimRequest, waitMs: number, signal?: AbortSignal): Promise<FinalClaimDecision> {
		try {
			return await this.claimWithWait(request, waitMs, signal);
		} finally {
			BackgroundPurge.of(this.store).start(this.store, this.clock);
		}
	}

	private async claimWithWait(
		request: ClaimRequest,
		waitMs: number,
		signal?: AbortSignal,
	): Promise<FinalClaimDecision> {
		const until = this.clock.monotonic() + waitMs;
		await this.confirmKeySecretOnce(request.keySecret);
		for (let pause = BUSY_POLL_MS.first; ; pause = Math.min(pause * 2, BUSY_POLL_MS.longest)) {
			const decision = await this.tryClaim(request);
			const left = until - this.clock.monotonic();
			if (decision.kind !== 'busy' || left <= 0 || signal?.aborted) return decision;
			await this.clock.sleep(Math.min(pause, left), signal);
		}
	}

	/**
	 * What a claim would be, without writing it: for users who would rather rely on Stripe than wait for a store that cannot
	 * be written. What can be read still holds; only where nothing can be read is it taken for a first attempt.
	 *
	 * @throws TimeUnknownError: without the time a key is as good as unknown to Stripe
	 */
	async claimWithoutLedger(request: ClaimRequest): Promise<FinalClaimDecision> {
		const now = await this.clock.ascertain();
		const { timeIndex } = request;
		try {
			if (request.keySecret) await refuseOtherKeySecret(this.store, request.keySecret);
			const times = timeIndex && (await takeSingle(this.store.find([timeIndex.timeIndexId])));
			const timeIndexRow = times?.state === 'timeline' ? times : undefined;
			const entryId = timeIndex
				? assignOccurrence(timeIndexRow, { ...request, timeIndex }, new Set(), now).entryId
				: request.entryId;
			const [row, registry] = await this.store.find([entryId, REGISTRY_ROW_ID]);
			return await this.decideWithoutLedger(
				toEntry(row),
				{ ...request, entryId },
				killSwitchFor(registry, request),
			);
		} catch (error) {
			rethrowUnlessUnavailable(error);
			return this.decideWithoutLedger(undefined, request);
		}
	}

	private async decideWithoutLedger(
		current: Entry | undefined,
		request: ClaimRequest,
		killSwitch?: KillSwitch,
	): Promise<FinalClaimDecision> {
		const decision = decideClaim(current, this.marked(request), await this.clock.ascertain(), killSwitch);
		if (decision.kind === 'unread')
			return this.decideWithoutLedger(current, await readMissing(decision, request), killSwitch);
		return markNotPersisted(decision);
	}

	/** What stands is told without asking anybody for the time; everything else depends on it. */
	private async decide(
		current: Entry | undefined,
		request: ClaimRequest,
		registry: Row | undefined,
	): Promise<ClaimDecision> {
		const killSwitch = killSwitchFor(registry, request);
		const marked = this.marked(request);
		const known = this.clock.known();
		const decision = decideClaim(current, marked, known ?? BEFORE_ALL_TIMES, killSwitch);
		if (needsNoTime(decision)) return decision;
		const now = await this.ascertain(registry);
		return now === known ? decision : decideClaim(current, marked, now, killSwitch);
	}

	private marked(request: ClaimRequest): ClaimRequest {
		return this.clock.of === 'host' ? { ...request, isByHostTime: true } : request;
	}

	/**
	 * The time, which nothing is written without. Where this ledger has seen a later one, two fresh answers have been asked
	 * for: they count for more, and a person is told.
	 */
	private async ascertain(registry: Row | undefined): Promise<number> {
		const newest = this.clock.of === 'stripe' ? newestTimeIn(registry) : undefined;
		const now = await this.clock.ascertain(newest);
		if (newest !== undefined && now < newest - CLOCK_TOLERANCE_MS) {
			await putTimeBack(this.store, newest, now);
			this.told.push(laterTimeWords(newest, now));
		}
		return now;
	}

	/** Asked once for all claims of a run. */
	private async confirmKeySecretOnce(mark: KeySecretMark | undefined): Promise<void> {
		if (!mark) return;
		const name = `${mark.rowId} ${mark.hash}`;
		const request = this.keySecrets.get(name) ?? confirmKeySecret(this.store, mark);
		this.keySecrets.set(name, request);
		await request.catch((error: unknown) => {
			// A store that is down now may answer the next claim.
			this.keySecrets.delete(name);
			throw error;
		});
	}

	/** The kill switch is read together with what stands: never from a cache. */
	private async tryClaim(request: ClaimRequest): Promise<FinalClaimDecision> {
		const entryId = await this.resolveEntryId(request);
		let attemptRequest: ClaimRequest = { ...request, entryId };
		for (;;) {
			const [row, registry] = await this.store.find([entryId, REGISTRY_ROW_ID]);
			const current = toEntry(row);
			const decision = await this.decide(current, attemptRequest, registry);
			if (decision.kind === 'unread') {
				attemptRequest = await readMissing(decision, attemptRequest);
				continue;
			}
			if (decision.kind !== 'granted') return decision;
			tracePoint('claiming', entryId);
			if (await this.writeGrant(decision.grant.entry, current === undefined)) {
				tracePoint('claimed', entryId);
				return decision;
			}
			// Another was faster, or it was removed in between: what stands now decides.
		}
	}

	/** @returns whether it stands: also where the acknowledgement of this very write was lost */
	private async writeGrant(entry: InFlightEntry, isFirst: boolean): Promise<boolean> {
		if (isFirst) {
			const current = toEntry(await takeSingle(this.store.insertIfAbsent([entry])));
			return current !== undefined && isCurrentClaim(current, entry);
		}
		if (await this.replace(entry)) return true;
		const winner = await this.find(entry.entryId);
		return winner !== undefined && isCurrentClaim(winner, entry);
	}

	/**
	 * The kill switch as it stands now, to be read before every send.
	 *
	 * @param isByToken whether what is to be sent came with a token
	 * @throws StoreUnavailableError: then nobody knows whether it was pulled
	 */
	async readKillSwitch(isByToken: boolean): Promise<KillSwitch | undefined> {
		return findKillSwitch(await takeSingle(this.store.find([REGISTRY_ROW_ID])), isByToken);
	}

	/** A rounded time may belong to an entry on the other side of its bucket's boundary. */
	private async resolveEntryId(request: OccurrenceOwner): Promise<string> {
		const { timeIndex } = request;
		if (!timeIndex) return request.entryId;
		for (;;) {
			const [row, registry] = await this.store.find([timeIndex.timeIndexId, REGISTRY_ROW_ID]);
			const current = row?.state === 'timeline' ? row : undefined;
			if (this.clock.known() === undefined) {
				const { entryId, next } = assignOccurrence(
					current,
					{ ...request, timeIndex },
					new Set(),
					BEFORE_ALL_TIMES,
				);
				if (!next && (await this.find(entryId))) return entryId;
			}
			const now = await this.ascertain(registry);
			const expired = current ? expiredEntryIds(current, request.retentionMs, now) : [];
			const missing = await findMissingIds(this.store, expired);
			const place = assignOccurrence(current, { ...request, timeIndex }, missing, now);
			if (!place.next) return place.entryId;
			if (current) await this.store.replaceIfVersion([place.next]);
			else await this.store.insertIfAbsent([place.next]);
			// Read again rather than trust the acknowledgement: the row says who came first.
		}
	}

	/**
	 * Takes a payment over that was made before this ledger knew of it. As often as it is asked: the first time counts.
	 *
	 * @throws StoreUnavailableError, KeySecretChangedError, TimeUnknownError
	 */
	async adopt(request: AdoptRequest): Promise<AdoptDecision> {
		await this.confirmKeySecretOnce(request.keySecret);
		const entryId = await this.resolveEntryId(request);
		for (;;) {
			const current = await this.find(entryId);
			const decision = decideAdopt(current, { ...request, entryId }, await this.clock.ascertain());
			if (decision.kind !== 'adopted') return decision;
			const rejected = current ? rejectedAttemptsOf(decision.entry) : [];
			const payments =
				current && rejected.length > 0 ? await request.readEarlier(rejected, current) : [];
			if (current && payments.length > 0)
				return { kind: 'refused', reason: 'open_payment', entry: current, payments };
			if (current && (await this.replace(decision.entry))) return decision;
			// What stands afterwards is read again: it says whose write it was.
			if (!current) {
				const stands = toEntry(await takeSingle(this.store.insertIfAbsent([decision.entry])));
				if (stands?.version === decision.entry.version) return decision;
			}
		}
	}

	/**
	 * Writes what the sends told. It never throws, because after a send the answer must reach the user: a store that is
	 * down, or another holder, is told in the result.
	 */
	async settle(grant: Grant, report: SendReport, retentionMs: number): Promise<SettleResult> {
		tracePoint('settling', grant.entry.entryId);
		// The entry stands as granted in all but rare cases, so the first try costs one round trip.
		let current: Entry | undefined = grant.entry;
		// But what was granted on paper never stood: what has the version of its entry is another's.
		let isRead = !grant.notPersisted;
		for (let tries = 1; ;) {
			const decision: SettleDecision = decideSettle(
				current,
				grant,
				report,
				this.stamp(grant),
				retentionMs,
			);
			try {
				if (isRead && (await this.write(decision, current))) {
					tracePoint('settled', grant.entry.entryId);
					return { outcome: decision.outcome, entry: decision.entry ?? grant.entry };
				}
				current = await this.find(grant.entry.entryId);
				if (isRead && current && isOwnSettle(current, decision)) {
					return { outcome: decision.outcome, entry: current };
				}
				isRead = true;
			} catch (error) {
				if (tries++ >= SETTLE_TRIES) {
					return { outcome: decision.outcome, entry: grant.entry, warning: reasonOf(error) };
				}
				await this.clock.sleep(SETTLE_PAUSE_MS * tries);
			}
		}
	}

	/**
	 * Writes the cause of a doubt before the attempt is sent again. What cannot be written counts as the worst anyway, so a
	 * ledger that is down keeps nothing from being sent again.
	 *
	 * @returns the grant as it stands now; undefined where another has taken over: then nothing more may be sent
	 */
	async recordUncertainty(grant: Grant, outcome: Outcome): Promise<Grant | undefined> {
		if (grant.notPersisted) return grant;
		let current: Entry | undefined = grant.entry;
		try {
			for (;;) {
				const entry = markUncertain(current, grant, outcome, this.stamp(grant));
				if (!entry) return undefined;
				if (await this.replace(entry)) return { ...grant, entry };
				current = await this.find(grant.entry.entryId);
				if (current?.version === entry.version && isCurrentClaim(current, entry))
					return { ...grant, entry };
			}
		} catch (error) {
			rethrowUnlessUnavailable(error);
			return grant;
		}
	}

	private stamp({ entry }: Grant): number {
		return this.clock.stamp(entry.grantedAt ?? entry.lastSentAt ?? entry.createdAt);
	}

	private async write(decision: SettleDecision, current: Entry | undefined): Promise<boolean> {
		if (!decision.entry) {
			return !current || (await takeSingle(this.store.remove([current])));
		}
		if (current) return this.replace(decision.entry);
		const stands = await takeSingle(this.store.insertIfAbsent([decision.entry]));
		return stands.version === decision.entry.version && stands.state === decision.entry.state;
	}

	/**
	 * Writes what somebody else than the holder knows of an entry.
	 *
	 * @param getConfirmation what is known of this entry, as it stands; undefined for nothing
	 * @returns the entry as it stands afterwards
	 * @throws StoreUnavailableError, TimeUnknownError
	 */
	async confirmSuccess(
		entryId: string,
		getConfirmation: (current: Entry) => SuccessConfirmation | undefined,
	): Promise<Entry | undefined> {
		const now = await this.clock.ascertain();
		return this.update(entryId, (current) => {
			const confirmation = getConfirmation(current);
			return confirmation && applyConfirmation(current, confirmation, now);
		});
	}

	/**
	 * Writes what has become of the money of an entry since it was answered.
	 *
	 * @param getUpdate what was heard of it; undefined for nothing
	 * @param paymentOf how to read what an entry knows of its payment
	 * @returns the entry as it stands afterwards
	 * @throws StoreUnavailableError
	 */
	async recordPaymentUpdate(
		entryId: string,
		getUpdate: (current: Entry) => PaymentUpdate | undefined,
		paymentOf: (entry: Entry) => Payment | undefined,
	): Promise<Entry | undefined> {
		return this.update(entryId, (current) => {
			const update = getUpdate(current);
			return update && applyPaymentUpdate(current, update, paymentOf);
		});
	}

	/** @param next what is to stand instead; undefined where nothing is to be written */
	private async update(
		entryId: string,
		next: (current: Entry) => Entry | undefined,
	): Promise<Entry | undefined> {
		for (;;) {
			const current = await this.find(entryId);
			const changed = current && next(current);
			if (!changed) return current;
			if (await this.replace(changed)) return changed;
		}
	}

	/**
	 * Writes what was found out about an entry, unless it has been written since it was seen: whoever claimed it meanwhile
	 * may have sent, and then what was found out is the answer to another question.
	 *
	 * @param seen as it stood, and was open, before Stripe was asked
	 * @throws StoreUnavailableError, TimeUnknownError
	 */
	async recordReconciliation(seen: Entry, result: ReconciliationResult): Promise<ReconciliationWrite> {
		const next = applyReconciliation(seen, result, await this.clock.ascertain());
		if (!next) return { isWritten: true, entry: seen };
		if (await this.replace(next)) return { isWritten: true, entry: next };
		const entry = await this.find(seen.entryId);
		// Of a replacement whose acknowledgement was lost, and of another's with the same result, the same is to be told.
		return { isWritten: entry !== undefined && isSameReconciliation(entry, next), entry };
	}

	async find(entryId: string): Promise<Entry | undefined> {
		return toEntry(await takeSingle(this.store.find([entryId])));
	}

	/** Entries only; those that were claimed last come first. */
	async list(filter: RowFilter): Promise<Entry[]> {
		return (await this.store.list({ states: ENTRY_STATES, ...filter })).filter(isEntry);
	}

	/** Removes one entry, if it still stands as it was seen. @returns whether it did */
	forget(seen: Entry): Promise<boolean> {
		return takeSingle(this.store.remove([seen]));
	}

	/** Forgets at most `limit` rows past their retention. @returns how many */
	async purge(limit: number): Promise<number> {
		return (await purge(this.store, await this.clock.ascertain(), limit)).removed;
	}

	/** Resolves when nothing is under way beside the claims. */
	waitUntilIdle(): Promise<void> {
		return BackgroundPurge.of(this.store).finish();
	}

	private async replace(entry: Entry): Promise<boolean> {
		return takeSingle(this.store.replaceIfVersion([entry]));
	}
}

/** At which no lease has begun and nothing has ended. */
const BEFORE_ALL_TIMES = 0;

function laterTimeWords(newest: number, now: number): string {
	const [later, said] = [newest, now].map((at) => new Date(at).toISOString());
	return `The ledger has seen ${later}, and Stripe says twice that it is ${said}: a wrong clock has written into it, or it comes from another Stripe. Look at entries of that time before they are run again.`;
}

/** A settle whose acknowledgement was lost is one's own: from one version only one writer gets to the next. */
function isOwnSettle(current: Entry, { kind, entry }: SettleDecision): boolean {
	return kind !== 'late' && current.version === entry?.version && current.state === entry.state;
}

/** What came late changes the version too, and keeps the state: it may say that the opposite is true. */
function isSameReconciliation(
	current: Entry,
	{ version, state, lateResponses, mayHaveExecuted }: Entry,
): boolean {
	return (
		current.version === version &&
		current.state === state &&
		current.mayHaveExecuted === mayHaveExecuted &&
		current.lateResponses?.at(-1)?.at === lateResponses?.at(-1)?.at &&
		current.lateResponses?.length === lateResponses?.length
	);
}

/** What is only delivered to n8n is no write: what follows from it is stopped by itself. */
function killSwitchFor(
	registry: Row | undefined,
	{ token, isDelivery }: ClaimRequest,
): KillSwitch | undefined {
	return isDelivery ? undefined : findKillSwitch(registry, token !== undefined);
}

/** Whatever a store throws, also what is a fault of its own, must not cost the answer. */
function reasonOf(error: unknown): string {
	if (error instanceof StoreUnavailableError) return error.reason;
	return error instanceof Error ? error.message : String(error);
}

/** The claim, with what a new attempt has to know. What keeps it from being read is thrown on: nothing is claimed then. */
async function readMissing(
	{ current, previousAttempts }: UnreadClaim,
	request: ClaimRequest,
): Promise<ClaimRequest> {
	const earlier =
		current && previousAttempts.length > 0 ? await request.readEarlier?.(previousAttempts, current) : [];
	const preread = await request.readFirst?.(current);
	return { ...request, preread: { ...preread, earlier, version: current?.version } };
}

function markNotPersisted(decision: FinalClaimDecision): FinalClaimDecision {
	return decision.kind === 'granted'
		? { ...decision, grant: { ...decision.grant, notPersisted: true } }
		: decision;
}

/** Whatever cannot be read says so itself. */
function rethrowUnlessUnavailable(error: unknown): void {
	if (!(error instanceof StoreUnavailableError)) throw error;
}

function toEntry(row: Row | undefined): Entry | undefined {
	return isEntry(row) ? row : undefined;
}

async function takeSingle<T>(many: Promise<T[]>): Promise<T> {
	const [only, ...others] = await many;
	if (others.length > 0) throw new RangeError('A store answered with more rows than it was asked for');
	return only as T;
}
