import type { SentTimes } from '../../ledger/rules/uncertainty';
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
	/** Stripe knows the key with another request: what came of it counts only where it is what was asked for. */
	isKeyOfOther?: true;
};
import { toSuccessFacts } from '../objects/paymentState';
import type { StripeObject } from '../objects/stripeObject';

/** What became of a send whose answer is missing. */
export type Finding =
	/**
	 * The answer that was lost, as far as the object shows it: `succeeded` when it took effect, `rejected` when Stripe shows
	 * that the payment was declined. Nothing else is ever found.
	 */
	| { kind: 'executed'; outcome: Outcome & { kind: 'succeeded' | 'rejected' } }
	/** It surely did not take effect: it may be sent. */
	| {
			kind: 'not_executed';
			/**
			 * ms since the epoch, only for what does no harm when it is done twice: until then the earlier send may still take
			 * effect.
			 */
			mayStillExecuteUntil?: number;
	  }
	/** Nobody can tell from what Stripe shows: a person has to look. */
	| {
			kind: 'inconclusive';
			/** What was seen, for a person. */
			reason: string;
			/** Where in Stripe's dashboard to look: the object's page, or the search for the entry. */
			dashboardUrl: string;
			/** ms since the epoch: from then on asking again may tell more. Absent where it will not. */
			retryAt?: number;
	  }
	/** Stripe could not be asked now: later it may answer. */
	| { kind: 'stripe_unavailable'; reason: string };

export type Inconclusive = Extract<Finding, { kind: 'inconclusive' }>;

/** The object took effect: what Stripe's lost answer said. */
export function toExecuted(object: StripeObject): Finding {
	return { kind: 'executed', outcome: { kind: 'succeeded', ...toSuccessFacts(object) } };
}
