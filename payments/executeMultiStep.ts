import type { FinalClaimDecision } from '../ledger/rules/claim';
import { BillRun } from './billRun';
import { ChangeRun } from './changeRun';
import type { ExecutionResult } from './executeAttempt';
import { reconcileEntry } from './reconcileEntry';
import type { MultiStepRequest } from './stepRun';
import { StepRun, toReconcileContext } from './stepRun';
import { isBill } from './steps';
import { timeClaim } from './telemetry';

/**
 * Executes an operation of several steps. The parent is claimed first, with all parameters, so a repeat with different parameters
 * is a conflict. Each step then has its own claim.
 *
 * @throws the error that prevented the claim of the first step
 */
export async function executeMultiStep(request: MultiStepRequest): Promise<ExecutionResult> {
	const decision = await claimParent(request);
	if (decision.kind !== 'granted') return { kind: 'not_granted', claim: decision };
	const run = new StepRun(request, decision.grant);
	const steps = isBill(decision.grant.entry) ? new BillRun(run) : new ChangeRun(run);
	return run.execute(() => steps.continueSteps());
}

/**
 * Claims the parent. Before a conflict is reported, the entry is reconciled: if a person has withdrawn the object that the first
 * step created, different parameters may take its place.
 */
async function claimParent(request: MultiStepRequest): Promise<FinalClaimDecision> {
	const decision = await timeClaim(request.claim);
	if (decision.kind !== 'conflict') return decision;
	const { state } = decision.entry;
	const resolved = await reconcileEntry(decision.entry, toReconcileContext(request, decision.entry));
	return resolved?.entry.state !== state ? timeClaim(request.claim) : decision;
}
