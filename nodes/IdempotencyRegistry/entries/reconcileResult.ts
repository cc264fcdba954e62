import type { IDataObject } from 'n8n-workflow';

import type { Entry } from '../../../ledger/model/entry';
import { buildEventUrl } from '../../../stripe/objects/dashboardUrl';
import type { Finding } from '../../../stripe/reconcile/finding';
import { toIsoTime } from '../../shared/parameters/values';
import { notSentAfter, PROVED_NOT_EXECUTED } from '../../../payments/notSent';
import type { ReconciledEntry } from '../../../payments/reconcileEntry';
import { describeMayStillExecute } from '../../../payments/reconcileEntry';
import { getNotSentMessage } from '../../shared/run/notSent';
import { endSentence } from '../../shared/run/sentence';

/** The result of a reconciliation: values that workflows branch on. */
export type FindingName = Finding['kind'] | 'already_resolved' | 'in_progress';

/** What is reported in addition to the entry. */
export interface FindingSummary extends IDataObject {
	finding: FindingName;
	reason: string | null;
	dashboardUrl: string | null;
	retryAt: string | null;
	nextStep: string;
}

/** @param mode the mode of the credential */
export function summarizeReconciled(reconciled: ReconciledEntry, mode: Entry['mode']): FindingSummary {
	const { kind, entry } = reconciled;
	switch (kind) {
		case 'found':
			return summarizeFinding(reconciled.finding, entry);
		case 'already_resolved':
			return buildSummary('already_resolved', { nextStep: getNextStepFor(entry) });
		case 'in_progress':
			return summarizeInProgress(entry);
		case 'event':
			return summarizeUnprocessedEvent(entry);
		case 'other_api':
			return NOT_SENT_TO_STRIPE;
		case 'other_mode':
			return buildSummary('stripe_unavailable', {
				reason: `It was sent in ${entry.mode} mode, but the secret key in the credential is for ${mode} mode`,
				nextStep: `Run it with the credential for ${entry.mode} mode.`,
			});
	}
}

/** @param entry the entry after the finding was recorded */
function summarizeFinding(finding: Finding, entry: Entry): FindingSummary {
	switch (finding.kind) {
		case 'executed':
			return buildSummary('executed', { nextStep: getNextStepFor(entry) });
		case 'not_executed':
			return finding.mayStillExecuteUntil === undefined
				? buildSummary('not_executed', {
						reason: PROVED_NOT_EXECUTED.message,
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
				nextStep: getNotSentMessage(notSentAfter(finding, entry)).nextStep ?? '',
			});
		}
		case 'stripe_unavailable':
			return buildSummary('stripe_unavailable', {
				reason: finding.reason,
				nextStep: 'Retry later. Checking moves no money.',
			});
	}
}

/** Another run is working on it, or was during the reconciliation. */
export function summarizeInProgress(entry: Entry): FindingSummary {
	return buildSummary('in_progress', {
		reason:
			entry.state === 'in_flight'
				? `It is being sent right now, until ${toIsoTime(entry.leaseUntil) ?? ''} at the latest`
				: 'Another run updated it while Stripe was being checked',
		nextStep: 'Check again when that run has finished.',
	});
}

const NOT_SENT_TO_STRIPE = buildSummary('inconclusive', {
	reason: 'It was not sent to Stripe. It was claimed for another API',
	nextStep:
		'Check with that API whether it was executed. Then run the item through Claim again, and resolve the claim it returns with Complete, Reject or Release.',
});

function summarizeUnprocessedEvent(entry: Entry): FindingSummary {
	const event = entry.request.path.replace(/^event /, '');
	return buildSummary('inconclusive', {
		reason: 'Stripe delivered this event, but no run of the workflow started with it',
		nextStep:
			'Stripe redelivers it automatically for three days. After that, click Resend on the page of the event.',
		dashboardUrl: buildEventUrl({ connection: entry }, event),
	});
}

function buildSummary(
	finding: FindingName,
	facts: Partial<FindingSummary> & { nextStep: string },
): FindingSummary {
	const reason = facts.reason ? endSentence(facts.reason) : null;
	return { finding, dashboardUrl: null, retryAt: null, ...facts, reason };
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
