import type { Entry, Outcome } from '../ledger/model/entry';
import { getProvenOutcome } from '../ledger/model/entryStatus';
import type { Admission } from '../ledger/claims';
import type { Ledger } from '../ledger/ledger';
import { tracePoint } from '../ledger/tracing';
import type { FinalClaimDecision } from '../ledger/rules/claim';
import type { Grant } from '../ledger/rules/grant';
import type { SendReport } from '../ledger/rules/settle';
import { isKeySpent } from '../ledger/rules/uncertainty';
import { sendOnce } from '../stripe/api/client';
import { findForgotten } from '../stripe/reconcile/findForgotten';
import type { EntryAsSent } from '../stripe/reconcile/finding';
import { reconcileWithStripe } from '../stripe/reconcile/reconcile';
import type { RetryPolicy } from '../stripe/api/retry';
import { sendWithRetries } from '../stripe/api/retry';
import type { Turns } from '../stripe/api/turns';
import { buildTurns } from '../stripe/api/turns';
import { reviewRejection, resolveEarlierPayments } from './earlierPayments';
import type { Halt } from './halt';
import { buildAdmission, toHaltOutcome } from './halt';
import type { AttemptRequest } from './attemptRequest';
import { toQueryContext, toSentEntry, toSentRequest } from './attemptRequest';
import type { LookReport, TerminalRequest } from './lookAtObject';
import { lookAtObject } from './lookAtObject';
import { addInvoicePayment, lookForChange } from './expectation';
import { findExisting, releaseLocks } from './createOnlyOne';
import { PROVED_NOT_EXECUTED, buildNotSent, notSentAfter, notSentAfterVerify } from './notSent';
import type { SettleResult } from '../ledger/settlements';
import { countLeaseLoss, timeLedger, traceSend } from './telemetry';

/** What a claim has come to, and what has kept it from being sent once more. */
export type AttemptReport = LookReport & {
	halt?: Halt;
	/** Stripe has shown it, done by somebody of whom the ledger knows nothing. */
	wasFoundInStripe?: true;
	/** The invoice that came of it could not be read, so it was not compared with what it was to come to. */
	isInvoiceUnread?: true;
	/** Of a bill that has stopped on its way: the ID of its invoice. */
	unfinishedInvoice?: string;
};

/** What came of a claim: of the grant that was settled last, and of what was sent under it. */
export type ExecutionResult =
	| { kind: 'not_granted'; claim: Exclude<FinalClaimDecision, { kind: 'granted' }> }
	| { kind: 'settled'; grant: Grant; report: AttemptReport; settled: SettleResult };

/** What one item needs to be carried out. */
export interface ExecutionRequest {
	ledger: Ledger;
	/** @param admission is waited for before anything is granted */
	claim: (admission: Admission | undefined) => Promise<FinalClaimDecision>;
	/** ms for which the outcome is remembered */
	retentionMs: number;
	/** Its connection's clock is the time of everything that is done for it. */
	attempt: AttemptRequest;
	/** Ends the questions and the repeats, not the request that is under way. */
	signal?: AbortSignal;
	/** Whether Stripe is asked for the entry before anything of an attempt is sent: the ledger may have forgotten it. */
	verifyNew?: boolean;
	/** Set where nothing can undo it: its object is looked at first. */
	terminal?: TerminalRequest;
	/** ms to wait for another entry that works on the same; none where it is not given. */
	waitForBusyMs?: number;
	/** Whether a new attempt looks up at Stripe where it goes. */
	looksUp?: boolean;
}

/**
 * Claim → send, or look → settle. An attempt under whose key Stripe says nothing but a stored error, or whose look-up holds no
 * more, and which has surely had no effect, is settled as such, and the next one is claimed: it is written before it is sent.
 */
export async function executeOnce(request: ExecutionRequest): Promise<ExecutionResult> {
	const { ledger, claim, retentionMs, attempt, signal } = request;
	for (;;) {
		const turns = buildTurns(attempt.connection, attempt.pace, attempt, { isClaimed: true });
		const decision = await timeLedger('claim', () => claim(turns && buildAdmission(turns, signal)));
		if (decision.kind !== 'granted') return { kind: 'not_granted', claim: decision };
		const granted = new GrantedAttempt(decision.grant, request, turns);
		const told = await granted.execute();
		const { grant } = granted;
		const report = await addInvoicePayment(grant, told, attempt, signal);
		const settled = await timeLedger('settle', () => ledger.settle(grant, report, retentionMs));
		await releaseLocks(settled, ledger);
		if (settled.entry.fence > grant.entry.fence) countLeaseLoss();
		if (report.conflict) return { kind: 'not_granted', claim: report.conflict };
		const isFoundMeanwhile = request.looksUp === true && report.outcomes[0].code === 'found_meanwhile';
		const needsAnother = isFoundMeanwhile || isKeySpent(settled.entry);
		if (needsAnother && mayBeginNext(report, settled) && !grant.notPersisted && !signal?.aborted)
			continue;
		return { kind: 'settled', grant, report, settled };
	}
}

/** Nothing of the attempt has had an effect, or will, and that is written. */
function mayBeginNext({ provedNotExecuted, sends }: SendReport, { entry, warning }: SettleResult): boolean {
	const isWritten = warning === undefined && entry.state === 'released' && !entry.mayHaveExecuted;
	return provedNotExecuted === true && sends === 0 && isWritten;
}

/** What a look has told of the sends before. */
type PriorFacts = Pick<SendReport, 'provedNotExecuted' | 'mayStillExecute'>;

/** Learns what Stripe makes of the attempt that was granted: by asking, where that comes first, or by sending. */
class GrantedAttempt {
	/** What has kept it from being sent last. */
	private halt: Halt | undefined;
	private prior: PriorFacts = {};
	/** With what is asked before every send. */
	private readonly gated: AttemptRequest & RetryPolicy;

	constructor(
		/** As it stands now: the cause of a doubt may have been written into it. */
		public grant: Grant,
		private readonly request: ExecutionRequest,
		private readonly turns: Turns | undefined,
	) {
		this.gated = { ...request.attempt, turns, maySend: () => this.maySend() };
	}

	async execute(): Promise<AttemptReport> {
		const { grant, request } = this;
		const { attempt, terminal, verifyNew, signal } = request;
		const { renewal, onlyOne, expectation } = grant.entry;
		// What is due of these is looked at in this order; what one of them reports is all that is to be said now.
		const looks = [
			terminal && (() => lookAtObject(grant, attempt, terminal, signal)),
			verifyNew && (() => verifyNeverExecuted(grant, attempt, signal)),
			grant.reconcileFirst && (() => this.reconcileFirst()),
			renewal && (() => this.resolveEarlierPayments()),
			onlyOne && (() => this.findExisting()),
			expectation?.seen && (() => lookForChange(grant, attempt, signal)),
		].filter((look) => typeof look === 'function');
		// What is asked first has turns of its own.
		if (looks.length > 0) this.turns?.giveBack();
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
		const { halt } = this;
		if (first) {
			const outcomes = await reviewRejection(grant, [first, ...more], attempt, signal);
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
	 * An error that Stripe may repeat is written before anything is sent again.
	 *
	 * @returns whether the claim still holds, so that it may be sent again
	 */
	private async recordError(outcome: Outcome): Promise<boolean> {
		if (outcome.statusCode !== 500 && outcome.statusCode !== 503) return true;
		const updated = await this.request.ledger.recordUncertainty(this.grant, outcome);
		if (updated) this.grant = updated;
		return updated !== undefined;
	}

	private async resolveEarlierPayments(): Promise<AttemptReport | undefined> {
		const report = await resolveEarlierPayments(this.grant, this.gated, this.request.signal);
		// What stopped it says more than what it kept from being looked at.
		return report && this.halt ? { ...report, outcomes: [toHaltOutcome(this.halt)] } : report;
	}

	private findExisting(): Promise<AttemptReport | undefined> {
		const { grant, request } = this;
		const isProvedNotExecuted = this.prior.provedNotExecuted;
		return findExisting(grant, { ...request, isProvedNotExecuted }, () =>
			verifyNeverExecuted(grant, request.attempt, request.signal),
		);
	}

	/** @returns undefined where nothing keeps it from being sent */
	private async reconcileFirst(): Promise<AttemptReport | undefined> {
		const { entry, previous } = this.grant;
		const { attempt, signal } = this.request;
		const proven = getProvenOutcome(entry);
		if (proven) return { outcomes: [proven], sends: 0 };
		const context = toQueryContext(attempt, signal, entry.leaseUntil);
		// The times of the sends are those before this claim.
		const finding = await reconcileWithStripe(context, toWholeEntry(previous ?? entry, entry, attempt));
		if (finding.kind !== 'not_executed') {
			const outcome = finding.kind === 'executed' ? finding.outcome : notSentAfter(finding, entry);
			return { outcomes: [outcome], sends: 0 };
		}
		// Its key executes nothing any more: it has to be a new attempt.
		if (isKeySpent(entry)) return { outcomes: [PROVED_NOT_EXECUTED], sends: 0, provedNotExecuted: true };
		this.prior =
			finding.mayStillExecuteUntil === undefined
				? { provedNotExecuted: true }
				: { mayStillExecute: true };
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

/**
 * Looks for what the ledger may have forgotten: also when a claim is taken over, which may have been cut off as it looked.
 *
 * @returns undefined where Stripe shows nothing of it
 */
async function verifyNeverExecuted(
	{ entry }: Grant,
	attempt: AttemptRequest,
	signal?: AbortSignal,
): Promise<AttemptReport | undefined> {
	const context = toQueryContext(attempt, signal, entry.leaseUntil);
	const finding = await findForgotten(context, toWholeEntry(entry, entry, attempt));
	if (finding.kind === 'not_executed') return undefined;
	return finding.kind === 'executed'
		? { outcomes: [finding.outcome], sends: 0, wasFoundInStripe: true }
		: { outcomes: [notSentAfterVerify(finding)], sends: 0 };
}

/** An entry with all parameters of its request, whether the ledger keeps them or not. */
function toWholeEntry(
	entry: Entry,
	{ request }: Pick<Entry, 'request'>,
	{ params, connection }: AttemptRequest,
): EntryAsSent {
	const whole = { ...entry, request: { ...request, params }, paramsStored: true };
	return toSentEntry(whole, connection.clock.now());
}
