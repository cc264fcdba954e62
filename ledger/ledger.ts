import type { AdoptDecision, AdoptRequest } from './rules/adoption';
import { decideAdopt, rejectedAttemptsOf } from './rules/adoption';
import type { Admission, ClaimPreview } from './claims';
import { Claims } from './claims';
import type { Clock, TimeSource } from './clock';
import { toClock } from './clock';
import type { Change, UpdateOptions } from './compareAndSwap';
import { takeSingle, updateEntry } from './compareAndSwap';
import { readNewestTime, recordTime } from './maintenance/newestTime';
import { BackgroundPurge, purge, purgeAll } from './maintenance/purge';
import { Locks } from './locks';
import type { Entry, Outcome } from './model/entry';
import type { Payment } from './model/payment';
import type { KillSwitch } from './model/row';
import { BackgroundCount } from './queries/counting';
import { Queries } from './queries/queries';
import { readRegistry } from './registryRow';
import type { ReconciliationResult } from './rules/applyReconciliation';
import { applyReconciliation } from './rules/applyReconciliation';
import type { FinalClaimDecision } from './rules/claim';
import type { ClaimRequest } from './rules/claimRequest';
import type { SuccessConfirmation } from './rules/confirmSuccess';
import { applyConfirmation } from './rules/confirmSuccess';
import type { Grant } from './rules/grant';
import { findKillSwitch } from './rules/killSwitch';
import type { PaymentUpdate } from './rules/paymentUpdate';
import { applyPaymentUpdate } from './rules/paymentUpdate';
import type { SendReport } from './rules/settle';
import type { ClaimHandle } from './rules/settleByHandle';
import type { RowFilter, Store } from './store';
import { ENTRY_STATES, isEntry, toEntry } from './store';
import type { HandleResult, SettleResult } from './settlements';
import { Settlements } from './settlements';
import { TokenRegistry } from './tokenRegistry';

/** What stands after something was found out, and whether it is that. */
export interface ReconciliationWrite {
	isWritten: boolean;
	entry?: Entry;
}

/**
 * The one door to a ledger: claims, settles and changes entries by the rules of `rules/`, on any store. Every write is one
 * compare-and-swap of one row.
 */
export class Ledger {
	private readonly clock: Clock;
	private readonly claims: Claims;
	private readonly settlements: Settlements;
	readonly queries: Queries;
	/** What a claim would be told now; nothing is written. @throws StoreUnavailableError, KeySecretChangedError, TimeUnknownError */
	readonly previewClaim = (request: ClaimRequest): Promise<ClaimPreview> => this.claims.preview(request);
	readonly locks: Locks;

	/** @param time by which everything is stamped and judged: Stripe's, for what is done at Stripe */
	constructor(
		private readonly store: Store,
		time: TimeSource,
	) {
		this.clock = toClock(time);
		this.claims = new Claims(store, this.clock);
		this.settlements = new Settlements(store, this.clock);
		this.queries = new Queries(store, this.clock);
		this.locks = new Locks(store);
	}

	/** What a person should know of this ledger, one sentence each. */
	get warnings(): readonly string[] {
		return this.claims.warnings;
	}

	/** Whether others than its users can read what it keeps. */
	get isPublic(): boolean {
		return this.store.isPublic === true;
	}

	/**
	 * Asks for the right to send. Where another holds the entry, waits up to `waitMs` for its outcome.
	 *
	 * @param admission is waited for before anything is granted
	 * @throws StoreUnavailableError when the store cannot be read or written, KeySecretChangedError, TimeUnknownError where more than
	 * what stands was to be told: then nothing may be sent
	 */
	async claim(
		request: ClaimRequest,
		waitMs: number,
		signal?: AbortSignal,
		admission?: Admission,
	): Promise<FinalClaimDecision> {
		try {
			return await this.claims.claim(request, waitMs, signal, admission);
		} finally {
			BackgroundPurge.of(this.store).start(this.store, this.clock);
			BackgroundCount.of(this.store).start(this.store);
		}
	}

	/**
	 * What a claim would be, without writing it: for users who would rather rely on Stripe than wait for a store that cannot
	 * be written. What can be read still holds; only where nothing can be read is it taken for a first attempt. @throws TimeUnknownError
	 */
	claimWithoutLedger(request: ClaimRequest): Promise<FinalClaimDecision> {
		return this.claims.claimWithoutLedger(request);
	}

	/**
	 * The kill switch as it stands now, to be read before every send. @throws StoreUnavailableError: then nobody knows it
	 * @param by whether what is to be sent came with a token
	 */
	async readKillSwitch(by: { isByToken: boolean }): Promise<KillSwitch | undefined> {
		return findKillSwitch(await readRegistry(this.store), by);
	}

	/**
	 * Takes a payment over that was made before this ledger knew of it. As often as it is asked: the first time counts.
	 * @throws StoreUnavailableError, KeySecretChangedError, TimeUnknownError
	 */
	async adopt(request: AdoptRequest): Promise<AdoptDecision> {
		await this.claims.confirmKeySecretOnce(request.keySecret);
		const entryId = await this.claims.resolveEntryId(request);
		return this.update<AdoptDecision>(entryId, async (current) => {
			const decision = decideAdopt(current, { ...request, entryId }, await this.clock.ascertain());
			if (decision.kind !== 'adopted') return { result: decision };
			const rejected = current ? rejectedAttemptsOf(decision.entry) : [];
			const payments =
				current && rejected.length > 0 ? await request.readEarlier(rejected, current) : [];
			if (current && payments.length > 0)
				return { result: { kind: 'refused', reason: 'open_payment', entry: current, payments } };
			return { result: decision, next: decision.entry };
		});
	}

	/**
	 * Writes what the sends told. It never throws, because after a send the answer must reach the user: a store that is
	 * down, or another holder, is told in the result.
	 */
	settle(grant: Grant, report: SendReport, retentionMs: number): Promise<SettleResult> {
		return this.settlements.settle(grant, report, retentionMs);
	}

	/**
	 * Writes what the holder of a handle says came of its claim. As often as it is said: the first time counts.
	 *
	 * @param account whose claims are given handles. Anybody can write one, so none leads to a payment: what came of that only
	 * Stripe can say
	 * @throws StoreUnavailableError: then nothing is known to be written, and saying it again is safe
	 */
	settleByHandle(
		handle: ClaimHandle,
		report: SendReport,
		retentionMs: number,
		account: string,
	): Promise<HandleResult> {
		return this.settlements.settleByHandle(handle, report, retentionMs, account);
	}

	/**
	 * Writes the cause of a doubt before the attempt is sent again: what cannot be written counts as the worst anyway.
	 *
	 * @returns the grant as it stands now; undefined where another has taken over: then nothing more may be sent
	 */
	recordUncertainty(grant: Grant, outcome: Outcome): Promise<Grant | undefined> {
		return this.settlements.recordUncertainty(grant, outcome);
	}

	/** What takes several sends goes on. @returns undefined where another has its claim. @throws StoreUnavailableError */
	extendClaim(grant: Grant, leaseMs: number): Promise<Grant | undefined> {
		return this.settlements.extendClaim(grant, leaseMs);
	}

	/**
	 * Writes what somebody else than the holder knows of an entry.
	 *
	 * @param getConfirmation what is known of this entry, as it stands; undefined for nothing
	 * @throws StoreUnavailableError, TimeUnknownError
	 */
	async confirmSuccess(
		entryId: string,
		getConfirmation: (current: Entry) => SuccessConfirmation | undefined,
	): Promise<Entry | undefined> {
		const now = await this.clock.ascertain();
		return this.change(entryId, (current) => {
			const confirmation = getConfirmation(current);
			return confirmation && applyConfirmation(current, confirmation, now);
		});
	}

	/**
	 * Writes what has become of the money of an entry since it was answered. @throws StoreUnavailableError
	 *
	 * @param getUpdate what was heard of it; undefined for nothing
	 * @param paymentOf how to read what an entry knows of its payment
	 */
	async recordPaymentUpdate(
		entryId: string,
		getUpdate: (current: Entry) => PaymentUpdate | undefined,
		paymentOf: (entry: Entry) => Payment | undefined,
	): Promise<Entry | undefined> {
		return this.change(entryId, (current) => {
			const update = getUpdate(current);
			return update && applyPaymentUpdate(current, update, paymentOf);
		});
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
		return this.update<ReconciliationWrite>(
			seen.entryId,
			(current) =>
				current === seen
					? { result: { isWritten: true, entry: next }, next }
					: { result: { isWritten: isSameReconciliation(current, next), entry: current } },
			{ seen },
		);
	}

	/** @param givenSecret from which tokens are made where the ledger can be read by others */
	openTokenRegistry(givenSecret?: string): TokenRegistry {
		return new TokenRegistry(this.store, this.clock, givenSecret);
	}

	async find(entryId: string): Promise<Entry | undefined> {
		return toEntry(takeSingle(await this.store.find([entryId])));
	}

	/** Entries only; those that were claimed last come first. */
	async list(filter: RowFilter): Promise<Entry[]> {
		return (await this.store.list({ states: ENTRY_STATES, ...filter })).filter(isEntry);
	}

	/** Removes one entry, if it still stands as it was seen. @returns whether it did */
	forget(seen: Entry): Promise<boolean> {
		return this.store.remove([seen]).then(takeSingle);
	}

	/** Forgets at most `limit` rows past their retention. @returns how many */
	async purge(limit: number): Promise<number> {
		return (await purge(this.store, await this.clock.ascertain(), limit)).removed;
	}

	/**
	 * Forgets at most `limit` rows past their retention, by the newest time that this ledger knows of.
	 *
	 * @returns undefined where it knows none: then nothing is forgotten
	 */
	async purgeByNewestTime(
		limit: number,
		signal?: AbortSignal,
	): Promise<{ removed: number; isClear: boolean } | undefined> {
		const known = this.clock.known();
		const newest =
			known === undefined ? await readNewestTime(this.store) : await recordTime(this.store, known);
		return newest === undefined ? undefined : purgeAll(this.store, newest, limit, signal);
	}

	/** Resolves when nothing is under way beside the claims. */
	async waitUntilIdle(): Promise<void> {
		for (const work of [BackgroundPurge, BackgroundCount]) await work.of(this.store).finish();
	}

	/** @param toNext what is to stand instead; undefined where nothing is to be written. @returns what stands afterwards */
	private change(
		entryId: string,
		toNext: (current: Entry) => Entry | undefined,
	): Promise<Entry | undefined> {
		return this.update<Entry | undefined>(entryId, (current) => {
			const next = current && toNext(current);
			return next ? { result: next, next } : { result: current };
		});
	}

	private update<T>(
		entryId: string,
		decide: (current: Entry | undefined) => Change<T> | Promise<Change<T>>,
		options?: UpdateOptions,
	): Promise<T> {
		return updateEntry(this.store, entryId, decide, options);
	}
}

/** What came late changes the version too, and keeps the state: it may say that the opposite is true. */
function isSameReconciliation(
	current: Entry | undefined,
	{ version, state, lateResponses, mayHaveExecuted }: Entry,
): boolean {
	return (
		current?.version === version &&
		current.state === state &&
		current.mayHaveExecuted === mayHaveExecuted &&
		current.lateResponses?.at(-1)?.at === lateResponses?.at(-1)?.at &&
		current.lateResponses?.length === lateResponses?.length
	);
}
