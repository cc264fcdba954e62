import type { Entry, Outcome } from './entry';

/**
 * Whether something of this attempt may have taken effect after all, whatever its state says: a claim that the ledger did
 * not know of may have said so later. Under such an entry nothing new may begin, and nothing is given back.
 */
export function mayHaveTakenEffect(entry: Entry): boolean {
	return entry.mayHaveExecuted || getProvenOutcome(entry) !== undefined;
}

/** What a late settle of this very attempt proved: no question to Stripe is needed then. */
export function getProvenOutcome({ lateResponses, key }: Entry): Outcome | undefined {
	return lateResponses?.find((late) => late.key === key && late.outcome.kind === 'succeeded')?.outcome;
}
