import type { IDataObject } from 'n8n-workflow';

import type { Entry } from '../../../ledger/model/entry';
import { provenByEvidence } from '../../../ledger/model/evidence';
import { readHandle, writeHandle } from '../../../ledger/rules/settleByHandle';
import { settleClaim } from '../../../ledger/settleClaim';
import type { Store } from '../../../ledger/store';
import type { Time } from '../../../ledger/clock';
import type { ClaimAnswer } from '../../../ledger/rules/claim';
import { barrierWords } from '../../shared/run/blockMessages';
import { ownDifferenceWords } from '../../shared/run/describeDifferences';
import type { Departure } from '../output/result';
import { goesOn, refused } from '../output/result';
import { whatOf } from '../output/describeEntry';
import { isoTime } from '../../shared/parameters/isoTime';
import { idempotencyField } from '../../shared/run/idempotencyField';
import { kept } from './storedAnswer';

/** How an item leaves Claim: what the ledger decided, in words. */
export async function answerOfClaim(
	decision: ClaimAnswer,
	place: { store: Store; time: Time; account: string },
	retentionMs: number,
): Promise<Departure> {
	const known = await answeredLate(decision, place, retentionMs);
	if (known) return alreadyDone(known);
	switch (decision.kind) {
		case 'granted':
			return proceeds(decision.grant.entry);
		case 'replay':
			return alreadyDone(decision.entry);
		case 'stored_rejection': {
			const { message } = decision.entry.outcome;
			return refused({
				outcome: 'rejected',
				message: `This was done before and rejected${message ? `: ${message}` : ''}`,
				nextStep:
					'Correct it and run it again. To try the same again, run the node by hand, or set After Rejection to New Attempt.',
				facts: { statusCode: decision.entry.outcome.statusCode ?? null },
				entry: decision.entry,
				idempotency: { replayed: true },
			});
		}
		case 'busy':
			return refused({
				output: 'busy',
				outcome: 'busy',
				message: `Another run is doing this right now, or was stopped while it did; its claim lasts until ${isoTime(decision.entry.leaseUntil) ?? ''}`,
				nextStep: 'Run it again later with the same item: it is done once.',
				retryable: true,
				entry: decision.entry,
			});
		case 'in_doubt':
			return inDoubt(decision.entry);
		case 'conflict':
			return refused({
				outcome: 'conflict',
				message: `This (${whatOf(decision.entry)}) was ${decision.entry.state === 'succeeded' ? 'already done' : 'already begun'} with another request: ${ownDifferenceWords(decision.differences)}`,
				nextStep:
					'If it is the earlier one, leave it, or send the earlier values. If it is a new one, give it a number of its own, or choose key fields that tell the two apart.',
				facts: { differences: decision.differences.map((one) => ({ ...one })) },
				entry: decision.entry,
			});
		case 'blocked': {
			const { what, nextStep } = barrierWords(decision.reason, decision);
			return refused({
				outcome: 'blocked',
				reason: decision.reason,
				message: what,
				nextStep,
				entry: decision.entry,
			});
		}
	}
}

/** An answer that came too late for its own claim proves that the work was done, so it is not done again. */
async function answeredLate(
	decision: ClaimAnswer,
	place: { store: Store; time: Time; account: string },
	retentionMs: number,
): Promise<Entry | undefined> {
	if (decision.kind !== 'granted' && decision.kind !== 'in_doubt') return undefined;
	const entry = decision.kind === 'granted' ? decision.grant.entry : decision.entry;
	const proven = provenByEvidence(entry);
	const handle = proven && readHandle(writeHandle(entry));
	if (!proven || !handle) return undefined;
	const settled = await settleClaim(place, handle, { outcomes: [proven], sends: 0 }, retentionMs);
	return settled.kind !== 'gone' && settled.entry.state === 'succeeded' ? settled.entry : undefined;
}

function proceeds(entry: Entry): Departure {
	return goesOn(
		'proceed',
		{ idempotency: idempotencyField(entry, { claim: writeHandle(entry) }) },
		{
			outcome: 'proceed',
			nextStep:
				'Do it now, once, with this key. Then call Complete with the claim and what came of it, or Reject.',
		},
	);
}

function alreadyDone(entry: Entry): Departure {
	const answer = 'outcome' in entry ? kept(entry.outcome.body) : null;
	const found = { answer, idempotency: idempotencyField(entry, { replayed: true }) } as IDataObject;
	return goesOn('alreadyDone', found, {
		outcome: 'already_done',
		nextStep: 'This was already done; do not do it again. The answer of then is in `answer`.',
	});
}

function inDoubt(entry: Entry): Departure {
	return refused({
		output: 'busy',
		outcome: 'unknown',
		reason: 'never_completed',
		message: `This (${whatOf(entry)}) was claimed before, and nobody has said what came of it: it may or may not have been done`,
		nextStep: `Find out at the other API whether it was done. If it was, complete the claim that is given here; if it certainly was not, ${entry.state === 'unknown' ? 'reject it: then a new attempt may begin' : 'release it'}. Do not do it again before.`,
		entry,
		idempotency: { claim: writeHandle(entry) },
	});
}
