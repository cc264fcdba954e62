import type { Entry, Outcome } from '../../../ledger/model/entry';
import { knownPayment } from '../../../ledger/model/knownPayment';
import type { Payment } from '../../../ledger/model/payment';
import type { ClaimAnswer } from '../../../ledger/rules/claim';
import { paymentOfEntry } from '../../../stripe/objects/paymentState';
import { barrierWords } from './blockMessages';
import { currenciesOf, differenceWords } from './describeDifferences';
import type { LeavingOutcome, OutputName } from './outcomeMessages';
import { OUTCOME_WORDS } from './outcomeMessages';

/** How one item leaves the node: through which output, and with what. */
export interface Departure {
	output: OutputName;
	outcome: LeavingOutcome;
	/** Stripe objects; several for a list, none for anything but a success. */
	objects: Record<string, unknown>[];
	facts: Partial<Outcome>;
	/** What is known of the money of what succeeded, where it is about money. */
	payment?: Payment;
	message: string;
	nextStep: string;
	retryable: boolean;
	entry?: Entry;
	source?: 'stripe' | 'ledger';
	replayed: boolean;
	/** Done by an earlier run, or for an earlier item of the batch: nothing was left to do for this item. */
	duplicate: boolean;
	/** Which rule stood in the way, where one did: for programs and models. */
	reason?: string;
	/** Something that the reader should know although the outcome stands, e.g. that the ledger could not keep it. */
	warning?: string;
	/** For the item alone: no hint, no log and no error may show it. */
	clientSecret?: string;
}

/** What is known beside the outcome itself. */
export interface Told {
	what?: string;
	nextStep?: string;
	retryable?: boolean;
	entry?: Entry;
	source?: 'stripe' | 'ledger';
	replayed?: boolean;
	duplicate?: boolean;
	reason?: string;
	warning?: string;
}

/** An item leaves with what is known: the outcome's words, unless better ones are told. */
export function departure(outcome: Outcome | { kind: LeavingOutcome }, told: Told = {}): Departure {
	const facts: Partial<Outcome> = 'statusCode' in outcome || 'message' in outcome ? outcome : {};
	const words = OUTCOME_WORDS[outcome.kind];
	const what = told.what ?? words.what(facts);
	const stripeSaid = facts.message?.trim();
	return {
		output: words.output,
		outcome: outcome.kind,
		objects: outcome.kind === 'succeeded' && 'body' in outcome ? [outcome.body ?? {}] : [],
		facts,
		payment: outcome.kind === 'succeeded' ? paymentIn(outcome, told.entry) : undefined,
		message: stripeSaid ? `${what}: ${stripeSaid}` : what,
		nextStep: told.nextStep ?? words.nextStep(facts),
		retryable: told.retryable ?? words.retryable,
		entry: told.entry,
		source: told.source,
		replayed: told.replayed ?? false,
		duplicate: told.duplicate ?? false,
		reason: told.reason,
		warning: told.warning,
	};
}

/** What was heard later stands in the entry; without a ledger the answer alone tells. */
function paymentIn(outcome: Outcome | { kind: LeavingOutcome }, entry?: Entry): Payment | undefined {
	return (
		(entry && knownPayment(entry, paymentOfEntry)) ?? ('payment' in outcome ? outcome.payment : undefined)
	);
}

/**
 * A claim that grants nothing: the ledger knows the answer, or says why there is none.
 *
 * @param isDuplicate whether its success has left the node before. What an earlier try of the same run has done (Retry On
 * Fail) has not: n8n threw that try's output away
 */
export function departureOfClaim(
	claim: Exclude<ClaimAnswer, { kind: 'granted' }>,
	isDuplicate: boolean,
): Departure {
	const fromLedger = { entry: claim.entry, source: 'ledger' } as const;
	switch (claim.kind) {
		case 'replay':
			return departure(claim.entry.outcome, { ...fromLedger, replayed: true, duplicate: isDuplicate });
		case 'stored_rejection':
			return departure(claim.entry.outcome, { ...fromLedger, replayed: true });
		case 'busy': {
			const until = new Date(claim.entry.leaseUntil).toISOString();
			return departure(
				{ kind: 'busy' },
				{
					...fromLedger,
					what: `Another run is doing this, or was stopped while it did; it is free again at ${until} at the latest`,
				},
			);
		}
		case 'conflict':
			return departure({ kind: 'conflict' }, { ...fromLedger, what: conflictWords(claim) });
		case 'in_doubt':
			return departure({ kind: 'unknown' }, fromLedger);
		case 'blocked':
			return departure(
				{ kind: 'blocked' },
				{ ...fromLedger, ...barrierWords(claim.reason, claim), reason: claim.reason },
			);
	}
}

function conflictWords({ entry, differences }: Extract<ClaimAnswer, { kind: 'conflict' }>): string {
	const what = entry.fields.map(([name, value]) => `${name} ${value}`).join(', ');
	const state = entry.state === 'succeeded' ? 'was already done' : 'was already begun';
	return `This (${what}) ${state} with other values, so nothing was sent: ${differenceWords(differences, currenciesOf(entry))}`;
}
