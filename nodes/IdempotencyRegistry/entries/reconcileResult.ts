import type { IDataObject } from 'n8n-workflow';

import type { Entry } from '../../../ledger/model/entry';
import { getProvenOutcome } from '../../../ledger/model/entryStatus';
import type { ReconciliationResult } from '../../../ledger/rules/applyReconciliation';
import type { Finding } from '../../../stripe/reconcile/finding';
import { toIsoTime } from '../../shared/parameters/isoTime';
import { notSentAfter } from '../../../payments/notSent';
import { getNotSentMessage } from '../../shared/run/notSent';

/** What a look at Stripe told of an entry, as a word that a workflow can branch on. */
export type FindingName = Finding['kind'] | 'already_resolved' | 'in_progress';

/** What there is to say beside the entry itself. */
export interface FindingSummary extends IDataObject {
	finding: FindingName;
	reason: string | null;
	dashboardUrl: string | null;
	retryAt: string | null;
	nextStep: string;
}

/** What is to be written into the ledger for a finding. */
export function toReconciliationResult(finding: Finding): ReconciliationResult {
	switch (finding.kind) {
		case 'executed':
			return { kind: 'executed', outcome: finding.outcome };
		case 'not_executed':
			return finding.mayStillExecuteUntil === undefined
				? {
						kind: 'not_executed',
						outcome: { kind: 'unreachable', code: 'not_executed', message: NOT_EXECUTED_MESSAGE },
					}
				: {
						kind: 'inconclusive',
						outcome: {
							kind: 'unknown',
							message: describeMayStillExecute(finding.mayStillExecuteUntil),
						},
					};
		case 'inconclusive':
		case 'stripe_unavailable':
			return { kind: 'inconclusive', outcome: { ...notSentAfter(finding), kind: 'unknown' } };
	}
}

export const NOT_EXECUTED_MESSAGE = 'Stripe shows that it was not executed';

function describeMayStillExecute(until: number): string {
	return `It was not executed. Stripe may still execute it until ${new Date(until).toISOString()}`;
}

/** A late answer under the very key: then nobody has to be asked. */
export function getFindingFromLateResponses(entry: Entry): Finding | undefined {
	const proven = getProvenOutcome(entry);
	return proven && { kind: 'executed', outcome: { ...proven, kind: 'succeeded' } };
}

/** @param entry as it stands after the finding was written */
export function summarizeFinding(finding: Finding, entry: Entry): FindingSummary {
	switch (finding.kind) {
		case 'executed':
			return buildSummary('executed', { nextStep: getNextStepFor(entry) });
		case 'not_executed':
			return finding.mayStillExecuteUntil === undefined
				? buildSummary('not_executed', {
						reason: NOT_EXECUTED_MESSAGE,
						nextStep: getNextStepFor(entry),
					})
				: buildSummary('inconclusive', {
						reason: describeMayStillExecute(finding.mayStillExecuteUntil),
						retryAt: toIsoTime(finding.mayStillExecuteUntil),
						nextStep:
							'If it is still wanted, use Retry, or run the same item again. Repeating it does no harm.',
					});
		case 'inconclusive': {
			const { reason, dashboardUrl, retryAt } = finding;
			return buildSummary('inconclusive', {
				reason,
				dashboardUrl,
				retryAt: toIsoTime(retryAt),
				nextStep: getNotSentMessage(notSentAfter(finding)).nextStep ?? '',
			});
		}
		case 'stripe_unavailable':
			return buildSummary('stripe_unavailable', {
				reason: finding.reason,
				nextStep: 'Retry later. Checking moves no money.',
			});
	}
}

/** Nothing had to be found out. */
export function summarizeResolved(entry: Entry): FindingSummary {
	return buildSummary('already_resolved', { nextStep: getNextStepFor(entry) });
}

/** Somebody works on it right now, or has while Stripe was asked. */
export function summarizeInProgress(entry: Entry): FindingSummary {
	return buildSummary('in_progress', {
		reason:
			entry.state === 'in_flight'
				? `It is being sent right now, until ${toIsoTime(entry.leaseUntil) ?? ''} at the latest`
				: 'Another run updated it while Stripe was being checked',
		nextStep: 'Check again when that run has finished.',
	});
}

/** Nothing was asked, and why. */
export function summarizeNotQueried(
	reason: string,
	nextStep: string,
	{
		finding = 'stripe_unavailable',
		dashboardUrl = null,
	}: Partial<Pick<FindingSummary, 'finding' | 'dashboardUrl'>> = {},
): FindingSummary {
	return buildSummary(finding, { reason, nextStep, dashboardUrl });
}

function buildSummary(
	finding: FindingName,
	facts: Partial<FindingSummary> & { nextStep: string },
): FindingSummary {
	return { finding, reason: null, dashboardUrl: null, retryAt: null, ...facts };
}

function getNextStepFor({ state }: Entry): string {
	switch (state) {
		case 'succeeded':
			return 'This is completed. Do not repeat it.';
		case 'rejected':
			return 'It was declined or rejected for good. Correct it, or ask the customer for a different payment method, and run it again as a new attempt.';
		case 'released':
			return 'It was not executed. If it is still wanted, use Retry, or run the same item again: the same key is used.';
		case 'cancelled':
			return 'It was canceled before it was executed. It will not be sent.';
		case 'reserved':
			return 'Nothing was sent yet. It is waiting for its token to be used.';
		case 'unknown':
		case 'in_flight':
			return 'Check again later.';
	}
}
