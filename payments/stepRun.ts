import type { Admission } from '../ledger/claims';
import type { Entry, InFlightEntry, Outcome } from '../ledger/model/entry';
import type { FinalClaimDecision } from '../ledger/rules/claim';
import type { Grant } from '../ledger/rules/grant';
import { toQueryContext } from './attemptRequest';
import type { ExecutionResult } from './executeAttempt';
import type { StepContext, StepLooks } from './executeStep';
import { executeStep } from './executeStep';
import type { Halt } from './halt';
import { buildNotSent } from './notSent';
import type { ReconcileContext } from './reconcileEntry';
import type { Step } from './steps';
import { identifyStep, requireMultiStepKind, stepsLeaseMs } from './steps';
import { StripeAccess } from './stripeAccess';
import { countLeaseLoss, timeSettle } from './telemetry';
import type { MultiStepEnd } from './multiStepEnd';
import { endUnfinished, readInterruption } from './multiStepEnd';

export type SettledParent = Extract<ExecutionResult, { kind: 'settled' }>;

/** Everything that is needed to execute an operation of several steps. */
export interface MultiStepRequest extends StepContext {
	/** Claims the parent, with its frozen request. */
	claim: (admission: Admission) => Promise<FinalClaimDecision>;
	verifyNew?: boolean;
}

/** A finished step. */
interface DoneStep {
	outcome: Outcome;
	/** ID of the object that the first step created. */
	objectId: string;
	isReplay: boolean;
}

/**
 * One run over the steps of an operation whose parent was claimed. While the object that the first step created exists and is not
 * finished, the parent's outcome is unknown, so that nothing else can begin in its place.
 */
export class StepRun {
	private sends = 0;
	private objectId: string | undefined;

	constructor(
		readonly request: MultiStepRequest,
		private grant: Grant,
	) {}

	get entry(): InFlightEntry {
		return this.grant.entry;
	}

	/** @throws the error that prevented the claim of the first step */
	async execute(continueSteps: () => Promise<MultiStepEnd>): Promise<SettledParent> {
		try {
			return await this.settle(await continueSteps());
		} catch (error) {
			const { message, isBeforeClaim } = readInterruption(error);
			const outcome = buildNotSent(`${this.kind}_interrupted`, message);
			// If the claim of a step was not acknowledged, the next claim determines its result.
			const kept = isBeforeClaim ? outcome : { ...outcome, kind: 'unknown' as const };
			const execution = await this.settle({ kind: 'unfinished', outcome: kept });
			if (this.objectId === undefined) throw error;
			return { ...execution, settled: { ...execution.settled, outcome } };
		}
	}

	/** Executes one step, after extending the parent's claim. */
	async step(step: Step, looks: StepLooks = {}): Promise<DoneStep | MultiStepEnd> {
		const { kind } = this;
		if (this.objectId !== undefined && !(await this.extendClaim()))
			return endUnfinished(`${kind}_taken_over`, `Another run works on this ${kind} now`);
		const result = await executeStep(this.entry, step, this.request, looks);
		this.sends += result.sends;
		const { outcome } = result;
		if (result.kind === 'stopped') return this.toStopped(result);
		const objectId = this.objectId ?? outcome.objectId;
		if (objectId === undefined)
			return endUnfinished(`${kind}_unread`, 'The ledger does not know the ID of the object');
		this.objectId = objectId;
		return { outcome, objectId, isReplay: result.isReplay };
	}

	/** Returns whether the ledger has a step of this attempt. Steps are purged sooner than an unfinished parent. */
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
		return requireMultiStepKind(this.entry);
	}

	/** Until the first step has created an object, its outcome is that of the parent. */
	private toStopped({ outcome, halt }: { outcome: Outcome; halt?: Halt }): MultiStepEnd {
		if (this.objectId !== undefined || outcome.kind === 'conflict' || halt)
			return { kind: 'unfinished', outcome, halt };
		return { kind: 'settled', outcome };
	}

	private async extendClaim(): Promise<boolean> {
		const { ledger, attempt, waitForBusyMs } = this.request;
		const extended = await ledger.extendClaim(this.grant, stepsLeaseMs(attempt, waitForBusyMs));
		if (extended) this.grant = extended;
		return extended !== undefined;
	}

	/** Settles the parent, and returns the outcome for the item. */
	private async settle({ kind, outcome: reported, ...end }: MultiStepEnd): Promise<SettledParent> {
		const { ledger, rules } = this.request;
		const { grant, sends } = this;
		const halt = 'halt' in end ? end.halt : undefined;
		const isUnfinished = kind === 'unfinished' || 'stillExists' in end;
		const kept = kind === 'settled' ? reported : this.toUnfinished(reported);
		const report = { outcomes: [kept] as const, sends, halt };
		const settled = await timeSettle(() => ledger.settle(grant, report, rules.retentionMs));
		if (settled.entry.fence > grant.entry.fence) countLeaseLoss();
		const outcome = kind === 'settled' ? settled.outcome : reported;
		return {
			kind: 'settled',
			grant,
			report: { ...report, ...this.reportUnfinished(isUnfinished) },
			settled: { ...settled, outcome },
		};
	}

	private toUnfinished(outcome: Outcome): Outcome {
		if (this.objectId === undefined && outcome.kind !== 'conflict') return outcome;
		const { code, message } = outcome;
		return { kind: 'unknown', code, message, ...(this.objectId ? { objectId: this.objectId } : {}) };
	}

	/** Names the object that exists in Stripe although the operation is not finished. */
	private reportUnfinished(isUnfinished: boolean) {
		return isUnfinished && this.objectId !== undefined
			? { unfinished: { kind: this.kind, id: this.objectId } }
			: {};
	}
}

export function toReconcileContext(
	{ ledger, attempt, signal }: MultiStepRequest,
	{ account }: Entry,
): ReconcileContext {
	const { connection, stripeAccount, timeoutMs, pace } = attempt;
	// The entries belong to the account in the request, or to the key's own account.
	const stripe = new StripeAccess(connection, stripeAccount === undefined ? account : '');
	return { ledger, stripe, timeoutMs, pace, signal };
}
