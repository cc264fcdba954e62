import type { SentTimes } from '../../ledger/rules/uncertainty';
import type { Entry, Outcome } from '../../ledger/model/entry';

/**
 * An entry with the request as it was sent: including the parameters that the node added, which the stored parameters do not
 * contain. Only this can be compared with Stripe's records.
 */
export type EntryAsSent = Entry & {
	isAsSent: true;
	sent: SentTimes;
	/** The request is not known to have been sent. If nothing is found, it was not sent. */
	isNew?: true;
	/** Stripe knows the key with another request. Its result counts only if it matches this request. */
	isKeyOfOther?: true;
};
import { toSuccessFacts } from '../objects/paymentState';
import type { StripeObject } from '../objects/stripeObject';

/** What Stripe shows about a send whose response is missing. */
export type Finding =
	/**
	 * The response that was lost, as far as the object shows it: `succeeded` if the request took effect, `rejected` if Stripe
	 * shows a decline. No other outcome is ever found.
	 */
	| { kind: 'executed'; outcome: Outcome & { kind: 'succeeded' | 'rejected' } }
	/** The request definitely did not take effect and may be sent. */
	| {
			kind: 'not_executed';
			/**
			 * ms since the epoch. Only for requests that are harmless to repeat: the earlier send may still take effect until
			 * then.
			 */
			mayStillExecuteUntil?: number;
	  }
	/** Stripe's records do not answer the question. A person has to look. */
	| {
			kind: 'inconclusive';
			/** What was seen, for people. */
			reason: string;
			/** The dashboard page to look at: the object, or the search for the entry. */
			dashboardUrl: string;
			/** ms since the epoch. From then on another reconciliation may find more; absent if it will not. */
			retryAt?: number;
	  }
	/** Stripe could not be reached now. It may answer later, if `isForbidden` only to a key with the permission. */
	| { kind: 'stripe_unavailable'; reason: string; isForbidden?: true };

export type Inconclusive = Extract<Finding, { kind: 'inconclusive' }>;

/** The object took effect. The outcome is the response that was lost. */
export function toExecuted(object: StripeObject): Finding {
	return { kind: 'executed', outcome: { kind: 'succeeded', ...toSuccessFacts(object) } };
}
