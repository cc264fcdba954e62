import type { IDataObject } from 'n8n-workflow';

import type { Entry } from '../../../ledger/model/entry';
import { getProvenOutcome } from '../../../ledger/model/entryStatus';
import { decodeHandle, encodeHandle } from '../../../ledger/rules/settleByHandle';
import type { ClaimRequest } from '../../../ledger/rules/claimRequest';
import type { Ledger } from '../../../ledger/ledger';
import type { FinalClaimDecision } from '../../../ledger/rules/claim';
import { describeBlock } from '../../shared/run/blockMessages';
import { describeOwnDifferences } from '../../../payments/parameterLabels';
import type { RegistryResult } from '../output/result';
import { passThrough, refuse, describeEntry } from '../output/result';
import { toIsoTime } from '../../shared/parameters/values';
import { buildIdempotencyField } from '../../shared/run/idempotencyField';
import { decodeStoredAnswer } from './storedAnswer';

/** Builds the result of Claim from the ledger's decision. */
export async function toClaimResult(
	decision: FinalClaimDecision,
	ledger: Ledger,
	request: Pick<ClaimRequest, 'account' | 'retentionMs'>,
): Promise<RegistryResult> {
	const known = await settleLateSuccess(decision, ledger, request);
	if (known) return toAlreadyDoneResult(known);
	switch (decision.kind) {
		case 'granted':
			return toProceedResult(decision.grant.entry);
		case 'replay':
			return toAlreadyDoneResult(decision.entry);
		case 'stored_rejection':
			return refuseRejected(decision.entry);
		case 'busy':
			return refuseBusy(decision.entry);
		case 'uncertain':
			return toInDoubtResult(decision.entry);
		case 'conflict':
			return refuseConflict(decision);
		case 'blocked':
			return refuseBlocked(decision);
	}
}

type DecisionOf<K extends FinalClaimDecision['kind']> = Extract<FinalClaimDecision, { kind: K }>;

function refuseRejected(entry: DecisionOf<'stored_rejection'>['entry']): RegistryResult {
	const { message, statusCode = null } = entry.outcome;
	return refuse({
		outcome: 'rejected',
		message: `This was executed before and rejected${message ? `: ${message}` : ''}`,
		nextStep:
			'Correct it and run it again. To try the same again, run the node manually, or set After Rejection to New Attempt.',
		facts: { statusCode },
		entry,
		idempotency: { replayed: true },
	});
}

function refuseBusy(entry: DecisionOf<'busy'>['entry']): RegistryResult {
	return refuse({
		output: 'busy',
		outcome: 'busy',
		message: `Another run is processing this item, or was interrupted. Its lock expires no later than ${toIsoTime(entry.leaseUntil) ?? ''}`,
		nextStep: 'Retry later with the same item. It is executed only once.',
		retryable: true,
		entry,
	});
}

function refuseConflict({ entry, differences }: DecisionOf<'conflict'>): RegistryResult {
	return refuse({
		outcome: 'conflict',
		message: `This (${describeEntry(entry)}) was ${entry.state === 'succeeded' ? 'already completed' : 'already started'} with a different request: ${describeOwnDifferences(differences)}`,
		nextStep:
			'If it is the same action, leave it, or send the earlier values. If it is a new action, give it its own number, or choose key fields that tell the two apart.',
		facts: { differences: differences.map((one) => ({ ...one })) },
		entry,
	});
}

function refuseBlocked(decision: DecisionOf<'blocked'>): RegistryResult {
	const { reason, entry } = decision;
	const { message, nextStep } = describeBlock(reason, decision);
	return refuse({ outcome: 'blocked', reason, message, nextStep, entry });
}

/** A late response of an earlier claim proves that the work was done, so it is not done again. */
async function settleLateSuccess(
	decision: FinalClaimDecision,
	ledger: Ledger,
	request: Pick<ClaimRequest, 'account' | 'retentionMs'>,
): Promise<Entry | undefined> {
	if (decision.kind !== 'granted' && decision.kind !== 'uncertain') return undefined;
	const { account, retentionMs } = request;
	const entry = decision.kind === 'granted' ? decision.grant.entry : decision.entry;
	const proven = getProvenOutcome(entry);
	const handle = proven && decodeHandle(encodeHandle(entry));
	if (!proven || !handle) return undefined;
	const settled = await ledger.settleByHandle(
		handle,
		{ outcomes: [proven], sends: 0 },
		retentionMs,
		account,
	);
	return settled.kind !== 'not_found' && settled.entry.state === 'succeeded' ? settled.entry : undefined;
}

function toProceedResult(entry: Entry): RegistryResult {
	return passThrough(
		'proceed',
		{ idempotency: buildIdempotencyField(entry, { claim: encodeHandle(entry) }) },
		{
			outcome: 'proceed',
			nextStep:
				'Do it now, once, with this key. Then call Complete with the claim and the response, or Reject.',
		},
	);
}

function toAlreadyDoneResult(entry: Entry): RegistryResult {
	const answer = 'outcome' in entry ? decodeStoredAnswer(entry.outcome.body) : null;
	const found = { answer, idempotency: buildIdempotencyField(entry, { replayed: true }) } as IDataObject;
	return passThrough('alreadyDone', found, {
		outcome: 'already_done',
		nextStep: 'This was already completed. Do not do it again. The stored response is in `answer`.',
	});
}

function toInDoubtResult(entry: Entry): RegistryResult {
	return refuse({
		output: 'busy',
		outcome: 'unknown',
		reason: 'never_completed',
		message: `This (${describeEntry(entry)}) was claimed before and never completed: it may or may not have been executed`,
		nextStep: `Check with the other API whether it was executed. If it was, complete the claim given here; if it definitely was not, ${entry.state === 'unknown' ? 'reject it, so that a new attempt can start' : 'release it'}. Do not repeat it until then.`,
		entry,
		idempotency: { claim: encodeHandle(entry) },
	});
}
