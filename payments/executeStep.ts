import type { Admission } from '../ledger/claims';
import type { Ledger } from '../ledger/ledger';
import type { InFlightEntry, Outcome } from '../ledger/model/entry';
import { fingerprintOf } from '../ledger/model/request';
import type { FinalClaimDecision } from '../ledger/rules/claim';
import type { ClaimRequest } from '../ledger/rules/claimRequest';
import { redactSecrets } from '../stripe/api/redact';
import { leaseDurationMs } from '../stripe/api/retry';
import { toEntryMetadata } from '../stripe/objects/metadata';
import type { AttemptRequest } from './attemptRequest';
import { describeDifferences } from './parameterLabels';
import type { ExecutionRequest } from './executeAttempt';
import { executeOnce } from './executeAttempt';
import type { Halt } from './halt';
import { toHaltOutcome } from './halt';
import { buildNotSent } from './notSent';
import type { Step, MultiStepKind } from './steps';
import { identifyStep, requireMultiStepKind } from './steps';

/** What all steps of one operation share. */
export interface StepContext {
	ledger: Ledger;
	/** The request of the parent. */
	attempt: AttemptRequest;
	/** The options that the user set for all claims. */
	rules: Pick<ClaimRequest, 'retentionMs' | 'afterRejection' | 'byPerson' | 'settleAfterMs'>;
	waitForBusyMs: number;
	newClaimId: () => string;
	signal?: AbortSignal;
}

/** What is read from Stripe before a step is sent. */
export type StepLooks = Pick<ExecutionRequest, 'findEdit' | 'verifyNew'>;

/** The result of one step. */
export type StepResult =
	| { kind: 'finished'; outcome: Outcome; sends: number; isReplay: boolean }
	| { kind: 'stopped'; outcome: Outcome; sends: number; halt?: Halt };

/** The parent's lease could expire before the step is done. Nothing was claimed. */
export class ClaimEndsError extends Error {
	constructor() {
		super('The claim ends before the step could');
		this.name = 'ClaimEndsError';
	}
}

/**
 * Executes one step like any other request: with its own claim, send and settle. A finished step is replayed; an uncertain one is
 * reconciled, or resent with its own key.
 *
 * @throws ClaimEndsError, StoreUnavailableError, TimeUnknownError, StoppedError
 */
export async function executeStep(
	parent: InFlightEntry,
	step: Step,
	context: StepContext,
	looks: StepLooks = {},
): Promise<StepResult> {
	const { ledger, waitForBusyMs, signal } = context;
	const { path, params } = step;
	// The kill switch and the limits apply to the amount of the parent.
	const checkHalt = () => context.attempt.checkHalt(parent);
	const attempt: AttemptRequest = { ...context.attempt, method: 'POST', path, params, checkHalt };
	const request = buildStepClaim(parent, step, context);
	const claim = (admission: Admission) =>
		ledger.claim(request, waitForBusyMs, signal, withinClaim(parent, attempt, admission));
	const { retentionMs } = context.rules;
	const execution = await executeOnce({ ledger, claim, retentionMs, attempt, signal, ...looks });
	if (execution.kind === 'not_granted') return toStepResult(execution.claim, requireMultiStepKind(parent));
	const { settled, report } = execution;
	const { sends, halt } = report;
	const { outcome } = settled;
	if (outcome.kind === 'succeeded') return { kind: 'finished', outcome, sends, isReplay: sends === 0 };
	// A result that the ledger did not store is uncertain.
	const isUnsaved = settled.warning !== undefined;
	return { kind: 'stopped', outcome: isUnsaved ? { ...outcome, kind: 'unknown' } : outcome, sends, halt };
}

/** Checks the parent's lease immediately before the claim of a step is written, after any waiting. */
function withinClaim(
	{ leaseUntil }: InFlightEntry,
	{ connection, ...policy }: AttemptRequest,
	admission: Admission,
): Admission {
	return {
		...admission,
		enter: async () => {
			const hasWaited = await admission.enter();
			if ((await connection.clock.ascertain()) + leaseDurationMs(policy) > leaseUntil)
				throw new ClaimEndsError();
			return hasWaited;
		},
	};
}

function buildStepClaim(parent: InFlightEntry, step: Step, context: StepContext): ClaimRequest {
	const { mode, account, origin, paramsStored, request: parentRequest } = parent;
	const { operation, path, params, harmless } = step;
	const { apiVersion, stripeAccount } = parentRequest;
	const request = { method: 'POST', path, params } as const;
	return {
		mode,
		account,
		operation,
		origin,
		paramsStored,
		harmless,
		...identifyStep(parent, step),
		fingerprint: fingerprintOf(request),
		request: {
			...request,
			params: paramsStored ? redactSecrets(params) : {},
			apiVersion,
			...(stripeAccount === undefined ? {} : { stripeAccount }),
		},
		addParams: (entryId) => toEntryMetadata(path, params, entryId),
		claimId: context.newClaimId(),
		leaseMs: leaseDurationMs(context.attempt),
		...context.rules,
	};
}

function toStepResult(
	claim: Exclude<FinalClaimDecision, { kind: 'granted' }>,
	kind: MultiStepKind,
): StepResult {
	if (claim.kind === 'replay')
		return { kind: 'finished', outcome: claim.entry.outcome, sends: 0, isReplay: true };
	const halt: Halt | undefined =
		claim.kind === 'blocked' && claim.killSwitch
			? { kind: 'payments_stopped', killSwitch: claim.killSwitch }
			: undefined;
	return { kind: 'stopped', outcome: halt ? toHaltOutcome(halt) : toOutcome(claim, kind), sends: 0, halt };
}

function toOutcome(
	claim: Exclude<FinalClaimDecision, { kind: 'granted' | 'replay' }>,
	kind: MultiStepKind,
): Outcome {
	switch (claim.kind) {
		case 'stored_rejection':
			return claim.entry.outcome;
		case 'busy':
			return { kind: 'busy', message: `Another run is working on a step of this ${kind}` };
		case 'uncertain':
			return { kind: 'unknown' };
		case 'conflict':
			return buildNotSent(`${kind}_step_differs`, describeStep(claim));
		case 'blocked':
			return buildNotSent(`${kind}_step_stopped`, `${claim.entry?.operation ?? ''}: ${claim.reason}`);
	}
}

function describeStep({ entry, differences }: Extract<FinalClaimDecision, { kind: 'conflict' }>): string {
	return `${entry.operation}: ${describeDifferences(differences)}`;
}
