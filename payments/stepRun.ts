import type { Entry, InFlightEntry, Outcome } from '../ledger/model/entry';
import type { FinalClaimDecision } from '../ledger/rules/claim';
import type { Grant } from '../ledger/rules/grant';
import { toQueryContext } from './attemptRequest';
import type { ExecutionResult } from './executeAttempt';
import type { StepContext } from './executeStep';
import { executeStep } from './executeStep';
import type { Halt } from './halt';
import { buildNotSent } from './notSent';
import type { ReconcileContext } from './reconcileEntry';
import type { Step } from './steps';
import { identifyStep, requireWholeKind, stepsLeaseMs } from './steps';
import { StripeAccess } from './stripeAccess';
import { countLeaseLoss, timeLedger } from './telemetry';
import type { WholeEnd } from './wholeEnd';
import { readInterruption, stop } from './wholeEnd';

export type SettledWhole = Extract<ExecutionResult, { kind: 'settled' }>;

/** What is needed to carry out something that takes several steps. */
export interface WholeRequest extends StepContext {
	/** Of the whole, with its frozen request. */
	claim: () => Promise<FinalClaimDecision>;
}

/** A step that is done; `made` is the ID of what the first step made. */
interface DoneStep {
	outcome: Outcome;
	made: string;
	isReplay: boolean;
}

/**
 * One run over the steps of a whole whose claim was granted. As long as what its first step made stands and is not finished,
 * the whole counts as unknown: nothing else may begin in its place.
 */
export class StepRun {
	private sends = 0;
	private made: string | undefined;

	constructor(
		readonly request: WholeRequest,
		private grant: Grant,
	) {}

	get entry(): InFlightEntry {
		return this.grant.entry;
	}

	/** @throws what kept the first step from being claimed */
	async execute(goOn: () => Promise<WholeEnd>): Promise<SettledWhole> {
		try {
			return await this.settle(await goOn());
		} catch (error) {
			const { message, isBeforeClaim } = readInterruption(error);
			const outcome = buildNotSent(`${this.kind}_interrupted`, message);
			// The next claim finds out the result of a claim that was not acknowledged.
			const kept = isBeforeClaim ? outcome : { ...outcome, kind: 'unknown' as const };
			const execution = await this.settle({ kind: 'unfinished', outcome: kept });
			if (this.made === undefined) throw error;
			return { ...execution, settled: { ...execution.settled, outcome } };
		}
	}

	/** Executes one step while the claim of the whole outlasts it. */
	async step(step: Step, verifyNew = false): Promise<DoneStep | WholeEnd> {
		const { kind } = this;
		if (this.made !== undefined && !(await this.extendClaim()))
			return stop(`${kind}_taken_over`, `Another run works on this ${kind} now`);
		const result = await executeStep(this.entry, step, { ...this.request, verifyNew });
		this.sends += result.sends;
		const { outcome } = result;
		if (result.kind === 'stopped') return this.toStopped(result);
		const made = this.made ?? outcome.objectId;
		if (made === undefined)
			return stop(`${kind}_unread`, 'The ledger does not know the ID of the object');
		this.made = made;
		return { outcome, made, isReplay: result.isReplay };
	}

	/** Whether the ledger knows a step of this attempt: steps are forgotten sooner than a whole that is not finished. */
	async knows(step: Pick<Step, 'operation'>): Promise<boolean> {
		const { entryId } = identifyStep(this.entry, step);
		return (await this.request.ledger.find(entryId)) !== undefined;
	}

	toQuery() {
		const { attempt, signal } = this.request;
		return toQueryContext(attempt, signal, this.entry.leaseUntil);
	}

	toReconcile(): ReconcileContext {
		return toReconcileContext(this.request, this.entry);
	}

	private get kind() {
		return requireWholeKind(this.entry);
	}

	/** Until the first step has made something, it decides the outcome of the whole. */
	private toStopped({ outcome, halt }: { outcome: Outcome; halt?: Halt }): WholeEnd {
		if (this.made !== undefined || outcome.kind === 'conflict' || halt)
			return { kind: 'unfinished', outcome, halt };
		return { kind: 'settled', outcome };
	}

	private async extendClaim(): Promise<boolean> {
		const { ledger, attempt, waitForBusyMs } = this.request;
		const extended = await ledger.extendClaim(this.grant, stepsLeaseMs(attempt, waitForBusyMs));
		if (extended) this.grant = extended;
		return extended !== undefined;
	}

	/** Settles the whole, and returns the outcome for the item. */
	private async settle({ kind, outcome: told, ...end }: WholeEnd): Promise<SettledWhole> {
		const { ledger, rules } = this.request;
		const { grant, sends } = this;
		const halt = 'halt' in end ? end.halt : undefined;
		const isStanding = kind === 'unfinished' || 'stands' in end;
		const kept = kind === 'settled' ? told : this.toUnfinished(told);
		const report = { outcomes: [kept] as const, sends, halt };
		const settled = await timeLedger('settle', () => ledger.settle(grant, report, rules.retentionMs));
		if (settled.entry.fence > grant.entry.fence) countLeaseLoss();
		const outcome = kind === 'settled' ? settled.outcome : told;
		return {
			kind: 'settled',
			grant,
			report: { ...report, ...this.tellStanding(isStanding) },
			settled: { ...settled, outcome },
		};
	}

	private toUnfinished(told: Outcome): Outcome {
		if (this.made === undefined && told.kind !== 'conflict') return told;
		const { code, message } = told;
		return { kind: 'unknown', code, message, ...(this.made ? { objectId: this.made } : {}) };
	}

	/** What stands in Stripe of a whole that is not done. */
	private tellStanding(isStanding: boolean) {
		return isStanding && this.made !== undefined
			? { unfinished: { kind: this.kind, id: this.made } }
			: {};
	}
}

export function toReconcileContext(
	{ ledger, attempt, signal }: WholeRequest,
	{ account }: Entry,
): ReconcileContext {
	const { connection, stripeAccount, timeoutMs, pace } = attempt;
	// The entries belong to the account in the request, or to the key's own account.
	const stripe = new StripeAccess(connection, stripeAccount === undefined ? account : '');
	return { ledger, stripe, timeoutMs, pace, signal };
}
