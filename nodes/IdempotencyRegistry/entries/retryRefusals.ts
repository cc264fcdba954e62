import type { Entry } from '../../../ledger/model/entry';
import { provenByEvidence } from '../../../ledger/model/evidence';
import { fingerprintOf } from '../../../ledger/model/request';
import { isLeaseOver } from '../../../ledger/model/entryStatus';
import { barrierWords } from '../../shared/run/blockMessages';
import { isoTime } from '../../shared/parameters/isoTime';
import { nextStepAfterRejection } from '../../shared/run/rejectionMessages';
import type { Refused } from '../output/result';
import { refused } from '../output/result';
import { whatOf } from '../output/describeEntry';
import { kindOf } from './stripeAccess';

/** What cannot be sent again, whatever Stripe would say. */
export function whyNot(entry: Entry, now: number): Refused | undefined {
	const what = whatOf(entry);
	if (entry.state === 'reserved') {
		return notRetried(
			entry,
			'reserved',
			`This (${what}) was reserved, and never sent`,
			'It is paid with its token, by whoever has reserved it.',
		);
	}
	if (kindOf(entry) !== 'stripe') {
		return notRetried(
			entry,
			'not_of_stripe',
			`This (${what}) was not sent to Stripe by these nodes`,
			'Run the workflow that it belongs to again.',
		);
	}
	// What is proven by now is only to be found again: the claim does that.
	if (provenByEvidence(entry)) return undefined;
	if (entry.state === 'rejected') return wasRejected(entry);
	if (entry.state === 'cancelled') {
		const reason = entry.cancellation?.reason ?? 'cancelled';
		const { what: message, nextStep } = barrierWords(reason, { entry });
		return notRetried(entry, reason, message, nextStep);
	}
	if (entry.state === 'in_flight' && !isLeaseOver(entry, now)) return beingSent(entry);
	return isWhole(entry)
		? undefined
		: notRetried(
				entry,
				'not_stored',
				`The ledger has not kept all parameters of this (${what})`,
				'Run its workflow again with the same item: the same key is used, and nothing is paid twice.',
			);
}

/** Parameters may be left out of the ledger on purpose, and secrets among them are hidden: then they make another request. */
function isWhole({ request, fingerprint }: Entry): boolean {
	return fingerprintOf(request) === fingerprint;
}

export function wasRejected(entry: Entry): Refused {
	const said = 'outcome' in entry && entry.outcome.message ? `: ${entry.outcome.message}` : '';
	return notRetried(
		entry,
		'rejected',
		`This (${whatOf(entry)}) was rejected, and its key gives the same answer again${said}`,
		`${nextStepAfterRejection('outcome' in entry ? entry.outcome : {})} It is its workflow that begins a new attempt, not Retry.`,
	);
}

export function beingSent(entry: Entry & { state: 'in_flight' }): Refused {
	return refused({
		output: 'serverError',
		outcome: 'busy',
		message: `This (${whatOf(entry)}) is being sent right now, until ${isoTime(entry.leaseUntil) ?? ''} at the latest`,
		nextStep: 'Wait for its outcome.',
		retryable: true,
		entry,
	});
}

export function ofOtherMode(entry: Entry): Refused {
	return notRetried(
		entry,
		'other_mode',
		`This (${whatOf(entry)}) is of ${entry.mode} mode, and the secret key in the credential is not`,
		`Choose the credential for ${entry.mode} mode.`,
	);
}

export function notRetried(
	entry: Entry | undefined,
	reason: string,
	message: string,
	nextStep: string,
): Refused {
	return refused({ outcome: 'not_retried', reason, message, nextStep, entry });
}
