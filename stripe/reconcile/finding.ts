import type { SentTimes } from '../../ledger/rules/doubt';
import type { Entry, Outcome } from '../../ledger/model/entry';

/**
 * An entry whose request is the one that went over the wire: with what the node has added, which its stored parameters lack.
 * Only that can be held against what Stripe shows.
 */
export type EntryAsSent = Entry & {
	isAsSent: true;
	sent: SentTimes;
	/** Nobody knows that it was ever sent: where nothing is seen of it, it was not. */
	isNew?: true;
};
import { factsOfObject } from '../objects/paymentState';

/** What became of a send whose answer is missing. */
export type Finding =
	/**
	 * The answer that was lost, as far as the object shows it: `succeeded` when it took effect, `rejected` when Stripe shows
	 * that the payment was declined. Nothing else is ever found.
	 */
	| { kind: 'found'; outcome: Outcome & { kind: 'succeeded' | 'rejected' } }
	/** It surely did not take effect: it may be sent. */
	| {
			kind: 'absent';
			/**
			 * ms since the epoch, only for what does no harm when it is done twice: until then the earlier send may still take
			 * effect.
			 */
			mayComeUntil?: number;
	  }
	/** Nobody can tell from what Stripe shows: a person has to look. */
	| {
			kind: 'cannot_tell';
			/** What was seen, for a person. */
			reason: string;
			/** Where in Stripe's dashboard to look: the object's page, or the search for the entry. */
			dashboardUrl: string;
			/** ms since the epoch: from then on asking again may tell more. Absent where it will not. */
			lookAgainAt?: number;
	  }
	/** Stripe could not be asked now: later it may answer. */
	| { kind: 'not_answered'; reason: string };

export type CannotTell = Extract<Finding, { kind: 'cannot_tell' }>;

/** An object of Stripe's, as it comes over the wire. */
export type StripeObject = Record<string, unknown>;

/** The object took effect: what Stripe's lost answer said. */
export function succeeded(object: StripeObject): Finding {
	return { kind: 'found', outcome: { kind: 'succeeded', ...factsOfObject(object) } };
}

export function textOf(value: unknown): string | undefined {
	return typeof value === 'string' ? value : undefined;
}
