import type { IDataObject } from 'n8n-workflow';

import type { Entry } from '../../../ledger/model/entry';
import { provenByEvidence } from '../../../ledger/model/evidence';
import type { FoundOut } from '../../../ledger/rules/applyReconciliation';
import type { Finding } from '../../../stripe/reconcile/finding';
import { isoTime } from '../../shared/parameters/isoTime';
import { unsentAfter, wordsOfUnsent } from '../../shared/run/notSent';

/** What a look at Stripe told of an entry, as a word that a workflow can branch on. */
export type FindingName = Finding['kind'] | 'known' | 'in_flight';

/** What there is to say beside the entry itself. */
export interface Told extends IDataObject {
	finding: FindingName;
	reason: string | null;
	dashboardUrl: string | null;
	lookAgainAt: string | null;
	nextStep: string;
}

/** What is to be written into the ledger for a finding. */
export function foundOutOf(finding: Finding): FoundOut {
	switch (finding.kind) {
		case 'found':
			return finding;
		case 'absent':
			return finding.mayComeUntil === undefined
				? { kind: 'absent', outcome: { kind: 'unreachable', code: 'absent', message: ABSENT } }
				: { kind: 'open', outcome: { kind: 'unknown', message: stillThere(finding.mayComeUntil) } };
		case 'cannot_tell':
		case 'not_answered':
			return { kind: 'open', outcome: { ...unsentAfter(finding), kind: 'unknown' } };
	}
}

export const ABSENT = 'Stripe shows that nothing was done';

function stillThere(until: number): string {
	return `It was not done. Until ${new Date(until).toISOString()} Stripe may still do it`;
}

/** A late answer under the very key: then nobody has to be asked. */
export function findingByEvidence(entry: Entry): Finding | undefined {
	const proven = provenByEvidence(entry);
	return proven && { kind: 'found', outcome: { ...proven, kind: 'succeeded' } };
}

/** @param entry as it stands after the finding was written */
export function toldOf(finding: Finding, entry: Entry): Told {
	switch (finding.kind) {
		case 'found':
			return told('found', { nextStep: nextStepFor(entry) });
		case 'absent':
			return finding.mayComeUntil === undefined
				? told('absent', { reason: ABSENT, nextStep: nextStepFor(entry) })
				: told('cannot_tell', {
						reason: stillThere(finding.mayComeUntil),
						lookAgainAt: isoTime(finding.mayComeUntil),
						nextStep:
							'If it is still wanted, use Retry, or run it again with the same item: to do it twice does no harm.',
					});
		case 'cannot_tell': {
			const { reason, dashboardUrl, lookAgainAt } = finding;
			return told('cannot_tell', {
				...{ reason, dashboardUrl, lookAgainAt: isoTime(lookAgainAt) },
				nextStep: wordsOfUnsent(unsentAfter(finding)).nextStep ?? '',
			});
		}
		case 'not_answered':
			return told('not_answered', {
				reason: finding.reason,
				nextStep: 'Run it again later: to look moves no money.',
			});
	}
}

/** Nothing had to be found out. */
export function alreadyKnown(entry: Entry): Told {
	return told('known', { nextStep: nextStepFor(entry) });
}

/** Somebody works on it right now, or has while Stripe was asked. */
export function beingDone(entry: Entry): Told {
	return told('in_flight', {
		reason:
			entry.state === 'in_flight'
				? `It is being sent right now, until ${isoTime(entry.leaseUntil) ?? ''} at the latest`
				: 'Another run has worked on it while Stripe was asked',
		nextStep: 'Look again when that run is over.',
	});
}

/** Nothing was asked, and why. */
export function notAsked(
	reason: string,
	nextStep: string,
	{ finding = 'not_answered', dashboardUrl = null }: Partial<Pick<Told, 'finding' | 'dashboardUrl'>> = {},
): Told {
	return told(finding, { reason, nextStep, dashboardUrl });
}

function told(finding: FindingName, facts: Partial<Told> & { nextStep: string }): Told {
	return { finding, reason: null, dashboardUrl: null, lookAgainAt: null, ...facts };
}

function nextStepFor({ state }: Entry): string {
	switch (state) {
		case 'succeeded':
			return 'This is done. Do not do it again.';
		case 'rejected':
			return 'It was declined or refused for good. Correct it, or ask the customer for another payment method, and run it again: that is a new attempt.';
		case 'released':
			return 'Nothing was done. If it is still wanted, use Retry, or run it again with the same item: the same key is used.';
		case 'cancelled':
			return 'It was stopped, and nothing was done. It will not be sent.';
		case 'reserved':
			return 'Nothing was sent yet. It waits for its token to be used.';
		case 'unknown':
		case 'in_flight':
			return 'Look again later.';
	}
}
