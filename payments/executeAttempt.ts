import type { Outcome } from '../ledger/model/entry';
import { getProvenOutcome } from '../ledger/model/entryStatus';
import type { Admission } from '../ledger/claims';
import type { Ledger } from '../ledger/ledger';
import { tracePoint } from '../ledger/tracing';
import type { FinalClaimDecision } from '../ledger/rules/claim';
import type { Grant } from '../ledger/rules/grant';
import type { SendReport } from '../ledger/rules/settle';
import { isKeySpent } from '../ledger/rules/uncertainty';
import { sendOnce } from '../stripe/api/client';
import { reconcileWithStripe } from '../stripe/reconcile/reconcile';
import type { QueryContext } from '../stripe/reconcile/stripeQueries';
import type { RetryPolicy } from '../stripe/api/retry';
import { sendWithRetries } from '../stripe/api/retry';
import type { Turns } from '../stripe/api/rateLimiter';
import { buildTurns } from '../stripe/api/rateLimiter';
import { reviewRejection, resolveEarlierPayments } from './earlierPayments';
import type { Halt } from './halt';
import { toHaltOutcome } from './halt';
import type { AttemptRequest } from './attemptRequest';
import { toCompleteEntry, toQueryContext, toSentRequest } from './attemptRequest';
import type { TerminalRequest } from './lookAtObject';
import { keepPrevious, lookAtObject } from './lookAtObject';
import { lookForChange } from './lookForChange';
import { addResultingPayment } from './resultingPayment';
import { findExisting, releaseLocks } from './createOnlyOne';
import type { MultiStepKind } from './steps';
import { PROVED_NOT_EXECUTED, buildNotSent, notSentAfter } from './notSent';
import type { SettleResult } from '../ledger/settlements';
import type { VerifyReport } from './verifyNeverExecuted';
import { verifyNeverExecuted } from './verifyNeverExecuted';
import { countLeaseLoss, timeClaim, timeSettle, traceSend } from './telemetry';

/** What was sent under a claim, its outcomes, and what prevented another send. */
export type AttemptReport = VerifyReport & {
	halt?: Halt;
	/** The invoice that the request created could not be read, so its amount was not compared with the expected one. */
	isInvoiceUnread?: true;
	/** The object in Stripe of a multi-step operation that was not completed. */
	unfinished?: { kind: MultiStepKind; id: string };
};

/** The result of a claim: the grant that was settled last, and what was sent under it. */
export type ExecutionResult =
	| { kind: 'not_granted'; claim: Exclude<FinalClaimDecision, { kind: 'granted' }> }
	| { kind: 'settled'; grant: Grant; report: AttemptReport; settled: SettleResult };

export type FindEdit = (query: QueryContext) => Promise<Outcome | undefined>;

/** Everything needed to execute one item. */
export interface ExecutionRequest {
	ledger: Ledger;
	/** @param admission awaited before a claim is granted */
	claim: (admission: Admission) => Promise<FinalClaimDecision>;
	/** How long the outcome is remembered, in ms. */
	retentionMs: number;
	/** The clock of its connection is used for everything about this item. */
	attempt: AttemptRequest;
	/** Stops reads and retries, but not a request in progress. */
	signal?: AbortSignal;
	/** Verify New: search Stripe for the entry before an attempt is sent, because the ledger may have lost it. */
	verifyNew?: boolean;
	/** Set for a request that cannot be undone: its object is read first. */
	terminal?: TerminalRequest;
	/** How long to wait for another entry that holds the same lock, in ms. Default: not at all. */
	waitForBusyMs?: number;
	/** Called when nothing more is sent, and only the outcome is still to be written. */
	onAnswered?: () => void;
	/** Whether a new attempt reads in Stripe whether it creates or updates. */
	looksUp?: boolean;
	/** Returns why the request is not sent: its basis in Stripe has changed since it was built. */
	findEdit?: FindEdit;
}

/**
 * Claim → send, or reconcile → settle. If the attempt definitely had no effect, and Stripe only repeats a stored error under
 * its key or a look-up has a different result now, the attempt is settled as not executed, and the next attempt is claimed.
 *
 * @throws StoreUnavailableError, KeySecretChangedError, TimeUnknownError from the claim: then nothing was sent
 */
export async function executeOnce(request: ExecutionRequest): Promise<ExecutionResult> {
	const { ledger, claim, retentionMs, attempt, signal } = request;
	for (;;) {
		const turns = buildTurns(attempt.connection, attempt.pace, attempt, { isClaimed: true, signal });
		const decision = await timeClaim(claim, turns);
		if (decision.kind !== 'granted') return { kind: 'not_granted', claim: decision };
		const granted = new GrantedAttempt(decision.grant, request, turns);
		const sent = await granted.execute();
		const { grant } = granted;
		const report = await addResultingPayment(grant, sent, attempt, signal);
		// Otherwise another attempt may follow.
		if (report.sends > 0) request.onAnswered?.();
		const settled = await timeSettle(() => ledger.settle(grant, report, retentionMs));
		if (settled.entry.onlyOne) await releaseLocks(settled, ledger);
		if (settled.entry.fence > grant.entry.fence) countLeaseLoss();
		if (report.conflict) return { kind: 'not_granted', claim: report.conflict };
		const isLookedUpAgain = request.looksUp === true && LOOKED_UP_AGAIN.has(report.outcomes[0].code);
		const needsAnother = isLookedUpAgain || isKeySpent(settled.entry);
		if (needsAnother && mayBeginNext(report, settled) && !grant.notPersisted && !signal?.aborted)
			continue;
		return { kind: 'settled', grant, report, settled };
	}
}

/** Reasons for which the next attempt looks up anew what it sends. */
const LOOKED_UP_AGAIN: ReadonlySet<string | undefined> = new Set(['found_meanwhile', 'look_ruled_out']);

/** Returns whether the attempt had no effect and never will have one, and the ledger has stored that. */
function mayBeginNext(
	{ provedNotExecuted, provedImpossible, sends }: SendReport,
	{ entry, warning }: SettleResult,
): boolean {
	const isWritten = warning === undefined && entry.state === 'released' && !entry.mayHaveExecuted;
	return (provedNotExecuted ?? provedImpossible) === true && sends === 0 && isWritten;
}

/** What a reconciliation found out about earlier sends. */
type PriorFacts = Pick<SendReport, 'provedNotExecuted' | 'mayStillExecute'>;

/** Determines the outcome of a granted attempt: by reading Stripe, if that is due first, or by sending. */
class GrantedAttempt {
	/** What prevented the latest send. */
	private halt: Halt | undefined;
	private prior: PriorFacts = {};
	/** Why the request was not repeated. */
	private edit: Outcome | undefined;
	/** The attempt with the check before every send. */
	private readonly gated: AttemptRequest & RetryPolicy;

	constructor(
		/** The latest version of the grant, into which a cause of uncertainty may have been written. */
		public grant: Grant,
		private readonly request: ExecutionRequest,
		private readonly turns: Turns | undefined,
	) {
		const maySend = () => this.maySend();
		const mayRepeat = async () => (this.edit = await this.findEdit(true)) === undefined;
		this.gated = { ...request.attempt, turns, maySend, mayRepeat };
	}

	async execute(): Promise<AttemptReport> {
		const { grant, request } = this;
		const { attempt, terminal, verifyNew, findEdit, signal } = request;
		const { renewal, onlyOne, request: built } = grant.entry;
		// The checks that are due, in this order. The first one that reports something ends the attempt.
		const looks = [
			terminal && (() => lookAtObject(grant, attempt, terminal, signal)),
			verifyNew && (() => verifyNeverExecuted(grant, attempt, signal)),
			grant.verifyFirst && !verifyNew && (() => verifyNeverExecuted(grant, attempt, signal, {})),
			grant.reconcileFirst && (() => this.reconcileFirst()),
			renewal && (() => this.resolveEarlierPayments()),
			onlyOne && (() => this.findExisting()),
			(findEdit ?? built.seen) && (() => this.refuseIfEdited()),
		].filter((look) => typeof look === 'function');
		// These reads take turns of their own.
		if (looks.length > 0) this.turns?.leave();
		for (const look of looks) {
			const report: AttemptReport | undefined = await look();
			if (report) return report;
		}
		return this.send();
	}

	private async send(): Promise<AttemptReport> {
		const { grant, gated, prior } = this;
		const { attempt, signal } = this.request;
		const { clock } = attempt.connection;
		const [first, ...more] = await sendWithRetries(
			() => sendClaimedRequest(grant, attempt),
			gated,
			grant.entry.leaseUntil,
			clock,
			signal,
			(outcome) => this.recordError(outcome),
		);
		tracePoint('answered', grant.entry.entryId);
		const { halt, edit } = this;
		if (first) {
			const reviewed = await reviewRejection(grant, [first, ...more], attempt, signal);
			const outcomes = edit ? ([...reviewed, await this.explainEdit(edit)] as const) : reviewed;
			return { ...prior, outcomes, sends: 1 + more.length, halt };
		}
		const unsent = clock.known() === undefined ? 'not_sent_time_unknown' : 'not_sent_lease_expired';
		const outcome = halt
			? toHaltOutcome(halt)
			: buildNotSent(signal?.aborted ? 'not_sent_cancelled' : unsent);
		return { ...prior, outcomes: [outcome], sends: 0 };
	}

	private async maySend(): Promise<boolean> {
		this.halt = await this.request.attempt.checkHalt(this.grant.entry);
		return this.halt === undefined;
	}

	/**
	 * Records an error that Stripe may replay before anything is sent again.
	 *
	 * @returns whether the claim is still active, so that the request may be resent
	 */
	private async recordError(outcome: Outcome): Promise<boolean> {
		if (outcome.statusCode !== 500 && outcome.statusCode !== 503) return true;
		const updated = await this.request.ledger.recordUncertainty(this.grant, outcome);
		if (updated) this.grant = updated;
		return updated !== undefined;
	}

	private async resolveEarlierPayments(): Promise<AttemptReport | undefined> {
		const report = await resolveEarlierPayments(this.grant, this.gated, this.request.signal);
		// What stopped the cancellation explains more than the payment that is still open.
		return report && this.halt ? { ...report, outcomes: [toHaltOutcome(this.halt)] } : report;
	}

	private findExisting(): Promise<AttemptReport | undefined> {
		const { grant, request } = this;
		const isProvedNotExecuted = this.prior.provedNotExecuted;
		return findExisting(grant, { ...request, isProvedNotExecuted }, () =>
			verifyNeverExecuted(grant, request.attempt, request.signal),
		);
	}

	private async findEdit(isRepeat: boolean): Promise<Outcome | undefined> {
		const { attempt, signal, findEdit } = this.request;
		const { leaseUntil, request } = this.grant.entry;
		const query = toQueryContext(attempt, signal, leaseUntil);
		if (findEdit) return findEdit(query);
		return lookForChange(query, { request, params: attempt.params, isRepeat });
	}

	private async refuseIfEdited(): Promise<AttemptReport | undefined> {
		const { entry, reconcileFirst } = this.grant;
		const { prior } = this;
		const edit = await this.findEdit(entry.mayHaveExecuted && !prior.provedNotExecuted);
		if (!edit) return undefined;
		// Nothing was executed, so the object can be read anew.
		if (prior.provedNotExecuted && edit.code === 'look_changed')
			return { ...prior, outcomes: [buildNotSent('look_ruled_out', edit.message)], sends: 0 };
		const found = entry.mayHaveExecuted && !reconcileFirst ? await this.explainEdit(edit) : edit;
		return found === edit ? keepPrevious(edit) : { outcomes: [found], sends: 0 };
	}

	/** An earlier send counts as executed if Stripe shows its event, whatever was edited after it. */
	private async explainEdit(edit: Outcome): Promise<Outcome> {
		const found = (await this.reconcileFirst())?.outcomes[0];
		return found?.kind === 'succeeded' ? found : edit;
	}

	/** @returns undefined if it may be sent */
	private async reconcileFirst(): Promise<AttemptReport | undefined> {
		const { entry, previous } = this.grant;
		const { attempt, signal } = this.request;
		const proven = getProvenOutcome(entry);
		if (proven) return { outcomes: [proven], sends: 0 };
		const context = toQueryContext(attempt, signal, entry.leaseUntil);
		// `previous` has the send times from before this claim.
		const sent = toCompleteEntry(previous ?? entry, entry, attempt);
		const finding = await reconcileWithStripe(context, sent);
		if (finding.kind !== 'not_executed') {
			const outcome = finding.kind === 'executed' ? finding.outcome : notSentAfter(finding, entry);
			return { outcomes: [outcome], sends: 0 };
		}
		// Stripe executes nothing more under this key, so a new attempt is needed.
		if (isKeySpent(entry)) return { outcomes: [PROVED_NOT_EXECUTED], sends: 0, provedNotExecuted: true };
		const isFinal = finding.mayStillExecuteUntil === undefined;
		this.prior = isFinal ? { provedNotExecuted: true } : { mayStillExecute: true };
		return undefined;
	}
}

function sendClaimedRequest(
	{ entry }: Grant,
	{ connection, stripeAccount, timeoutMs, params: sentParams }: AttemptRequest,
) {
	const { method, path, params } = toSentRequest({
		...entry,
		request: { ...entry.request, params: sentParams },
	});
	tracePoint('sending', entry.entryId);
	const identity = { apiVersion: entry.request.apiVersion, idempotencyKey: entry.key };
	return traceSend({ method, entryId: entry.entryId }, () =>
		sendOnce(connection, { method, path, params, stripeAccount, timeoutMs, ...identity }),
	);
}
