import type { AdoptDecision, AdoptRequest } from './rules/adoption';
import { decideAdopt, rejectedAttemptsOf } from './rules/adoption';
import type { Admission, ClaimPreview } from './claims';
import { Claims } from './claims';
import type { Clock, TimeSource } from './clock';
import { toClock } from './clock';
import type { Change, UpdateOptions } from './compareAndSwap';
import { takeSingle, updateEntry } from './compareAndSwap';
import { readNewestTime, recordTime } from './maintenance/newestTime';
import { readRegistry } from './registryRow';
import { BackgroundPurge, purge, purgeAll } from './maintenance/purge';
import { Locks } from './locks';
import type { Entry, Outcome } from './model/entry';
import type { Payment } from './model/payment';
import type { KillSwitch } from './model/row';
import { BackgroundCount } from './queries/counting';
import { Queries } from './queries/queries';
import type { ReconciliationResult } from './rules/applyReconciliation';
import { applyReconciliation } from './rules/applyReconciliation';
import type { FinalClaimDecision } from './rules/claim';
import type { ClaimRequest } from './rules/claimRequest';
import type { SuccessConfirmation } from './rules/confirmSuccess';
import { applyConfirmation } from './rules/confirmSuccess';
import type { Grant } from './rules/grant';
import { findKillSwitch } from './rules/token';
import type { PaymentUpdate } from './rules/paymentUpdate';
import { applyPaymentUpdate } from './rules/paymentUpdate';
import type { SendReport } from './rules/settle';
import type { ClaimHandle } from './rules/settleByHandle';
import type { RowFilter, Store } from './store';
import { ENTRY_STATES, isEntry, toEntry } from './store';
import type { HandleResult, SettleResult } from './settlements';
import { Settlements } from './settlements';
import { TokenRegistry } from './tokenRegistry';

export interface ReconciliationWrite {
	isWritten: boolean;
	entry?: Entry;
}

/** The only entry point to a ledger. Applies the rules of `rules/` on any store. Each write is a compare-and-swap of one row. */
export class Ledger {
	private readonly clock: Clock;
	private readonly claims: Claims;
	private readonly settlements: Settlements;
	readonly queries: Queries;
	/** Previews a claim, without writing. @throws StoreUnavailableError, KeySecretChangedError, TimeUnknownError */
	readonly previewClaim = (request: ClaimRequest): Promise<ClaimPreview> => this.claims.preview(request);
	readonly locks: Locks;

	/** @param time stamps every row and decides every lease. Requests to Stripe use Stripe's time */
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

	get warnings(): readonly string[] {
		return this.claims.warnings;
	}

	/** Whether people other than the ledger's users can read it. */
	get isPublic(): boolean {
		return this.store.isPublic === true;
	}

	/**
	 * Claims the right to send. If another run holds the entry, waits up to `waitMs` for its outcome.
	 *
	 * @param admission awaited before a claim is granted
	 * @throws StoreUnavailableError, KeySecretChangedError, TimeUnknownError. Nothing may be sent then
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
	 * Decides a claim without writing it, for users who chose to rely on Stripe while the store cannot be written. Uses
	 * whatever can be read. If nothing can be read, treats the claim as a first attempt. @throws TimeUnknownError
	 */
	claimWithoutLedger(request: ClaimRequest): Promise<FinalClaimDecision> {
		return this.claims.claimWithoutLedger(request);
	}

	/**
	 * Reads the kill switch before a send. On StoreUnavailableError, treat it as active.
	 *
	 * @param by whether the request has a token
	 */
	async readKillSwitch(by: { isByToken: boolean }): Promise<KillSwitch | undefined> {
		return findKillSwitch(await readRegistry(this.store), by);
	}

	/** Writes an entry for an earlier payment, once. @throws StoreUnavailableError, KeySecretChangedError, TimeUnknownError */
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
	 * Writes the outcome of the sends. Never throws, because after a send the response must reach the user: if the store is
	 * unavailable, or another run has taken over the claim, the result says so.
	 */
	settle(grant: Grant, report: SendReport, retentionMs: number): Promise<SettleResult> {
		return this.settlements.settle(grant, report, retentionMs);
	}

	/**
	 * Writes the outcome of the claim that a handle refers to. Only the first outcome counts.
	 *
	 * @param account the account of claims for other APIs. A handle can be forged, so it cannot settle a payment: only Stripe
	 * knows a payment's outcome
	 * @throws StoreUnavailableError. The outcome may or may not be written; repeating is safe
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
	 * Records why the outcome of a send is unknown, before it is sent again. If the write fails, the cause counts as the worst
	 * one.
	 *
	 * @returns the updated grant; undefined if another run has taken over. Nothing more may be sent then
	 */
	recordUncertainty(grant: Grant, outcome: Outcome): Promise<Grant | undefined> {
		return this.settlements.recordUncertainty(grant, outcome);
	}

	/**
	 * Extends the lease of a claim that takes several sends.
	 *
	 * @returns undefined if another run holds it
	 * @throws StoreUnavailableError
	 */
	extendClaim(grant: Grant, leaseMs: number): Promise<Grant | undefined> {
		return this.settlements.extendClaim(grant, leaseMs);
	}

	/**
	 * Records a success that comes from a source other than the claim holder, such as a signed Stripe event.
	 *
	 * @param getConfirmation returns what is known about this row; undefined for nothing. May be called again, with a newer row
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
	 * Records how a payment's state has changed since the response. @throws StoreUnavailableError
	 *
	 * @param getUpdate returns the change for this row; undefined for none. May be called again, with a newer row
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
	 * Writes the result of a reconciliation, unless the row has changed since `seen`. A run that claimed it in the meantime may
	 * have sent, and then the result no longer applies.
	 *
	 * @param seen the row that was read before Stripe was queried
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

	/** @param givenSecret derives the tokens if others can read the ledger, because they could read a secret stored in it */
	openTokenRegistry(givenSecret?: string): TokenRegistry {
		return new TokenRegistry(this.store, this.clock, givenSecret);
	}

	async find(entryId: string): Promise<Entry | undefined> {
		return toEntry(takeSingle(await this.store.find([entryId])));
	}

	/** Lists entries only, the latest claimed first. */
	async list(filter: RowFilter): Promise<Entry[]> {
		return (await this.store.list({ states: ENTRY_STATES, ...filter })).filter(isEntry);
	}

	/** Removes one entry, unless it has changed since `seen`. @returns whether it was removed */
	forget(seen: Entry): Promise<boolean> {
		return this.store.remove([seen]).then(takeSingle);
	}

	/** Deletes at most `limit` rows past their retention. @returns how many */
	async purge(limit: number): Promise<number> {
		return (await purge(this.store, await this.clock.ascertain(), limit)).removed;
	}

	/**
	 * Deletes at most `limit` rows past their retention, by the newest time in this ledger.
	 *
	 * @returns undefined if the ledger has no time yet: then nothing is deleted
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

	async waitUntilIdle(): Promise<void> {
		for (const work of [BackgroundPurge, BackgroundCount]) await work.of(this.store).finish();
	}

	/** @param toNext the row to write; undefined for none. @returns the row afterwards */
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

/**
 * A late response also raises the version but keeps the state, and may contradict it. Comparing versions is therefore not
 * enough.
 */
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
