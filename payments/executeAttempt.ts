import type { Entry, Outcome } from '../ledger/model/entry';
import { getProvenOutcome } from '../ledger/model/entryStatus';
import type { Admission } from '../ledger/claims';
import type { Ledger } from '../ledger/ledger';
import type { Clock } from '../ledger/clock';
import { tracePoint } from '../ledger/tracing';
import type { FinalClaimDecision } from '../ledger/rules/claim';
import type { Grant } from '../ledger/rules/grant';
import type { SendReport } from '../ledger/rules/settle';
import { sendOnce } from '../stripe/api/client';
import { findForgotten } from '../stripe/reconcile/findForgotten';
import type { EntryAsSent } from '../stripe/reconcile/finding';
import { reconcileWithStripe } from '../stripe/reconcile/reconcile';
import { sendWithRetries } from '../stripe/api/retry';
import type { Turns } from '../stripe/api/turns';
import { turnsOf } from '../stripe/api/turns';
import { admissionBy } from './admission';
import { toSentEntry, toSentRequest } from './sentRequest';
import { reviewRejection, resolveEarlierPayments } from './earlierPayments';
import type { Halt } from './halt';
import { toHaltOutcome } from './halt';
import type { AttemptRequest } from './attemptRequest';
import { toQueryContext } from './attemptRequest';
import type { LookReport, TerminalRequest } from './lookAtObject';
import { lookAtObject } from './lookAtObject';
import { lookForChange } from './lookForChange';
import { addWhatCame } from './readWhatCame';
import { findTwin, releaseAfter } from './onlyOne';
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
		const turns = turnsOf(attempt.connection, attempt.pace, attempt, { isClaimed: true });
		const decision = await timeLedger('claim', () => claim(turns && admissionBy(turns, signal)));
		if (decision.kind !== 'granted') return { kind: 'not_granted', claim: decision };
		const { grant, report: told } = await executeAttempt(decision.grant, request, turns);
		const report = await addWhatCame(grant, told, attempt, signal);
		const settled = await timeLedger('settle', () => ledger.settle(grant, report, retentionMs));
		await releaseAfter(settled, ledger);
		if (settled.entry.fence > grant.entry.fence) countLeaseLoss();
		if (report.conflict) return { kind: 'not_granted', claim: report.conflict };
		const isFoundMeanwhile = request.looksUp === true && report.outcomes[0].code === 'found_meanwhile';
		const needsAnother = isFoundMeanwhile || settled.entry.uncertaintyCause === 'replayed';
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

interface AttemptResult {
	/** As it stands now: the cause of a doubt may have been written into it. */
	grant: Grant;
	report: AttemptReport;
}

/** Learns what Stripe makes of the attempt that was granted: by sending, or, where a send is not safe any more, by asking. */
async function executeAttempt(
	grant: Grant,
	request: ExecutionRequest,
	turns: Turns | undefined,
): Promise<AttemptResult> {
	const { attempt, signal } = request;
	// What is asked first has turns of its own.
	const { verifyNew, terminal } = request;
	const { reconcileFirst: isInDoubt, entry } = grant;
	const looksAgain = entry.expectation?.seen ?? entry.onlyOne;
	if (verifyNew || terminal || isInDoubt || entry.renewal || looksAgain) turns?.giveBack();
	const seen = terminal && (await lookAtObject(grant, attempt, terminal, signal));
	if (seen) return { grant, report: seen };
	const existing = verifyNew ? await verifyNeverExecuted(grant, attempt, signal) : undefined;
	if (existing) return { grant, report: existing };
	const reconciled = grant.reconcileFirst ? await reconcileFirst(grant, attempt, signal) : { before: {} };
	return 'report' in reconciled
		? { grant, report: reconciled.report }
		: sendAttempt(grant, request, reconciled.before, turns);
}

async function sendAttempt(
	grant: Grant,
	request: ExecutionRequest,
	prior: PriorFacts,
	turns: Turns | undefined,
): Promise<AttemptResult> {
	const { ledger, attempt, signal } = request;
	const { clock } = attempt.connection;
	const { entry } = grant;
	const gate = new HaltGate(attempt, entry);
	const gatedAttempt = { ...attempt, turns, maySend: () => gate.maySend() };
	const blocking = await resolveEarlierPayments(grant, gatedAttempt, signal);
	if (blocking) return { grant, report: gate.putFirst(blocking) };
	const isProvedNotExecuted = prior.provedNotExecuted;
	const twin = await findTwin(grant, { ...request, isProvedNotExecuted }, () =>
		verifyNeverExecuted(grant, attempt, signal),
	);
	if (twin) return { grant, report: twin };
	const changed = await lookForChange(grant, gatedAttempt, signal);
	if (changed) return { grant, report: changed };
	const written = new WrittenGrant(grant, ledger);
	const [first, ...more] = await sendWithRetries(
		() => sendClaimedRequest(grant, attempt),
		gatedAttempt,
		entry.leaseUntil,
		clock,
		signal,
		(outcome) => written.recordError(outcome),
	);
	tracePoint('answered', entry.entryId);
	const { halt } = gate;
	if (first) {
		const outcomes = await reviewRejection(grant, [first, ...more], attempt, signal);
		return { grant: written.grant, report: { ...prior, outcomes, sends: 1 + more.length, halt } };
	}
	const outcome = halt ? toHaltOutcome(halt) : buildNotSent(reasonNotSent(clock, signal));
	return { grant: written.grant, report: { ...prior, outcomes: [outcome], sends: 0 } };
}

/** Asks before every send whether it may leave, and knows what has stopped it last. */
class HaltGate {
	halt: Halt | undefined;

	constructor(
		private readonly attempt: AttemptRequest,
		private readonly entry: Grant['entry'],
	) {}

	async maySend(): Promise<boolean> {
		this.halt = await this.attempt.checkHalt(this.entry);
		return this.halt === undefined;
	}

	/** What stopped it says more than what it kept from being looked at. */
	putFirst(report: SendReport): SendReport {
		return this.halt ? { ...report, outcomes: [toHaltOutcome(this.halt)] } : report;
	}
}

/** The grant as it stands in the ledger: an error that Stripe may repeat is written before anything is sent again. */
class WrittenGrant {
	constructor(
		public grant: Grant,
		private readonly ledger: Ledger,
	) {}

	/** @returns whether the claim still holds, so that it may be sent again */
	async recordError(outcome: Outcome): Promise<boolean> {
		if (outcome.statusCode !== 500 && outcome.statusCode !== 503) return true;
		const updated = await this.ledger.recordUncertainty(this.grant, outcome);
		if (updated) this.grant = updated;
		return updated !== undefined;
	}
}

function reasonNotSent(clock: Clock, signal?: AbortSignal) {
	if (signal?.aborted) return 'not_sent_cancelled';
	return clock.known() === undefined ? 'not_sent_time_unknown' : 'not_sent_lease_expired';
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

/** What a look has told of the sends before. */
type PriorFacts = Pick<SendReport, 'provedNotExecuted' | 'mayStillExecute'>;

/** Nothing that keeps it from being sent, or all that is to be said now. */
type ReconcileFirstResult = { before: PriorFacts } | { report: SendReport };

async function reconcileFirst(
	{ entry, previous: before }: Grant,
	attempt: AttemptRequest,
	signal?: AbortSignal,
): Promise<ReconcileFirstResult> {
	const proven = getProvenOutcome(entry);
	if (proven) return { report: { outcomes: [proven], sends: 0 } };
	const context = toQueryContext(attempt, signal, entry.leaseUntil);
	// The times of the sends are those before this claim.
	const finding = await reconcileWithStripe(context, toWholeEntry(before ?? entry, entry, attempt));
	if (finding.kind !== 'not_executed') {
		const outcome = finding.kind === 'executed' ? finding.outcome : notSentAfter(finding);
		return { report: { outcomes: [outcome], sends: 0 } };
	}
	// Its key gives nothing but the stored error: it has to be a new attempt.
	if (entry.uncertaintyCause === 'replayed')
		return { report: { outcomes: [PROVED_NOT_EXECUTED], sends: 0, provedNotExecuted: true } };
	return {
		before:
			finding.mayStillExecuteUntil === undefined
				? { provedNotExecuted: true }
				: { mayStillExecute: true },
	};
}
