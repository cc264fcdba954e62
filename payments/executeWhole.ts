import type { FinalClaimDecision } from '../ledger/rules/claim';
import { BillRun } from './billRun';
import { ChangeRun } from './changeRun';
import type { ExecutionResult } from './executeAttempt';
import { reconcileEntry } from './reconcileEntry';
import type { WholeRequest } from './stepRun';
import { StepRun, toReconcileContext } from './stepRun';
import { isBill } from './steps';
import { timeLedger } from './telemetry';

/**
 * Carries out what takes several steps. The claim of the whole comes first, with everything that was asked for, so a repeat with
 * anything else is a conflict of the whole; each step is a claim of its own below it.
 *
 * @throws what kept the first step from being claimed
 */
export async function executeWhole(request: WholeRequest): Promise<ExecutionResult> {
	const decision = await claimWhole(request);
	if (decision.kind !== 'granted') return { kind: 'not_granted', claim: decision };
	const run = new StepRun(request, decision.grant);
	const steps = isBill(decision.grant.entry) ? new BillRun(run) : new ChangeRun(run);
	return run.execute(() => steps.goOn());
}

/**
 * Where a person has withdrawn what the first step made, other values may take its place: that is found out before a conflict is
 * told.
 */
async function claimWhole(request: WholeRequest): Promise<FinalClaimDecision> {
	const decision = await timeLedger('claim', request.claim);
	if (decision.kind !== 'conflict') return decision;
	const { state } = decision.entry;
	const resolved = await reconcileEntry(decision.entry, toReconcileContext(request, decision.entry));
	return resolved?.entry.state !== state ? timeLedger('claim', request.claim) : decision;
}
