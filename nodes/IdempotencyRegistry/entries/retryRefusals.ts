import type { Entry } from '../../../ledger/model/entry';
import { isStoredInFull } from '../../../ledger/model/request';
import type { MultiStepKind } from '../../../payments/steps';
import { parentOf } from '../../../payments/steps';
import { HALT_CODES } from '../../../payments/halt';
import { isLeaseExpired, getProvenOutcome } from '../../../ledger/model/entryStatus';
import { describeBlock } from '../../shared/run/blockMessages';
import { toIsoTime } from '../../shared/parameters/values';
import { getNextStepAfterRejection } from '../../shared/run/rejectionMessages';
import type { RefusedResult } from '../output/result';
import { refuse, describeEntry } from '../output/result';
import { entryKindOf } from '../../../payments/stripeAccess';

/** Finds the reason why an entry can never be resent, whatever Stripe's records show. */
export function findRetryRefusal(entry: Entry, now: number): RefusedResult | undefined {
	const subject = describeEntry(entry);
	if (entry.state === 'reserved') {
		return refuseRetry(
			entry,
			'reserved',
			`This (${subject}) was reserved and never sent`,
			'It is paid with its token, by the agent that reserved it.',
		);
	}
	if (entryKindOf(entry) !== 'stripe') {
		return refuseRetry(
			entry,
			'not_of_stripe',
			`This (${subject}) was not sent to Stripe by these nodes`,
			'Run the workflow that it belongs to again.',
		);
	}
	// A proven outcome only has to be recorded, which the claim does.
	if (getProvenOutcome(entry)) return undefined;
	if (entry.state === 'rejected') return refuseRejected(entry);
	if (entry.state === 'cancelled') {
		const reason = entry.cancellation?.reason ?? 'cancelled';
		const { message, nextStep } = describeBlock(reason, { entry });
		return refuseRetry(entry, reason, message, nextStep);
	}
	if (entry.state === 'in_flight' && !isLeaseExpired(entry, now)) return refuseInFlight(entry);
	const parent = parentOf(entry);
	if (parent) return refuseStep(entry, parent);
	if (entry.awaitsLimit) return refuseWithoutLimit(entry);
	return isStoredInFull(entry)
		? undefined
		: refuseRetry(
				entry,
				'not_stored',
				`The ledger did not store all parameters of this (${subject})`,
				'Run its workflow again with the same item. The same idempotency key is used, so nothing is charged twice.',
			);
}

/** The limit is configured in its workflow, and not here. A payment that may have been made is never reported as not sent. */
function refuseWithoutLimit(entry: Entry): RefusedResult {
	const isOver = 'outcome' in entry && entry.outcome.code === HALT_CODES.over_cap;
	const maySent = entry.state === 'in_flight' || entry.mayHaveExecuted;
	const sent = maySent ? 'may have been sent and executed before' : 'was not sent';
	const limit = isOver
		? 'it is above what Charge at Most allows in its workflow'
		: 'it is not known whether Charge at Most in its workflow allows it';
	const find = maySent ? ' To find out whether Stripe has executed it: Entry → Reconcile.' : '';
	const next = isOver
		? 'If the amount is right, a person raises the limit in its workflow and runs it again with the same item.'
		: 'Run its workflow again with the same item: the limit is checked there. The same idempotency key is used, so nothing is charged twice.';
	return refuseRetry(
		entry,
		isOver ? 'over_cap' : 'limit_unchecked',
		`This (${describeEntry(entry)}) ${sent}; ${limit}, so it is not sent${maySent ? ' again' : ''}`,
		`${next}${find}`,
	);
}

function refuseStep(entry: Entry, parent: { kind: MultiStepKind; entryId: string }): RefusedResult {
	const name = PARENT_NAMES[parent.kind];
	return refuseRetry(
		entry,
		'step_of_bill',
		`This (${describeEntry(entry)}) is a step of a ${name}, and is sent together with its other steps`,
		`Retry the ${name}: its entry ID is ${parent.entryId}. Or run its workflow again with the same item.`,
	);
}

const PARENT_NAMES = { bill: 'bill', change: 'change of plan' } as const;

export function refuseRejected(entry: Entry): RefusedResult {
	const stripeMessage = 'outcome' in entry && entry.outcome.message ? `: ${entry.outcome.message}` : '';
	return refuseRetry(
		entry,
		'rejected',
		`This (${describeEntry(entry)}) was rejected, and its key would return the same response again${stripeMessage}`,
		`${getNextStepAfterRejection('outcome' in entry ? entry.outcome : {})} A new attempt is started by its workflow, not by Retry.`,
	);
}

export function refuseInFlight(entry: Entry & { state: 'in_flight' }): RefusedResult {
	return refuse({
		output: 'retry',
		outcome: 'busy',
		message: `This (${describeEntry(entry)}) is being sent right now, until ${toIsoTime(entry.leaseUntil) ?? ''} at the latest`,
		nextStep: 'Wait for its outcome.',
		retryable: true,
		entry,
	});
}

export function refuseOtherMode(entry: Entry): RefusedResult {
	return refuseRetry(
		entry,
		'other_mode',
		`This (${describeEntry(entry)}) is in ${entry.mode} mode, but the secret key in the credential is not`,
		`Choose the credential for ${entry.mode} mode.`,
	);
}

export function refuseRetry(
	entry: Entry | undefined,
	reason: string,
	message: string,
	nextStep: string,
): RefusedResult {
	return refuse({ outcome: 'not_retried', reason, message, nextStep, entry });
}
