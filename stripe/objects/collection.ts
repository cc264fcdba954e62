import type { Entry } from '../../ledger/model/entry';
import type { Params } from '../../ledger/model/request';
import type { StripeObject } from './stripeObject';

/** How the effect of a request on a collection of objects can be found out afterwards. */
export interface Collection {
	/** The `object` field of its objects. */
	kind: string;
	/** Its name in the editor: a value of the parameter Resource. */
	resource: string;
	/**
	 * Parameters of the list request that a create request may have too. They narrow the list. Undefined if Stripe has no list.
	 */
	listFilters?: readonly string[];
	/** The list cannot be filtered by time, so it is read from its newest object. */
	isListedWithoutTime?: true;
	/** Parameters that include what the list leaves out by default. */
	listAllParams?: Params;
	/** Whether Stripe's Search covers it (docs.stripe.com/search: seven kinds of objects; refunds are not among them). */
	isSearchable?: true;
	/**
	 * Every creation sends an event of one of these types (docs.stripe.com/api/events/types), about the object or its parent.
	 * Empty if Stripe has no such event.
	 */
	createdEvents: readonly string[];
	/** Every update sends an event of one of these types. */
	updatedEvents?: readonly string[];
	/** Actions by the last segment of their path. */
	actions?: Readonly<Record<string, Action>>;
	/** Stripe still shows an object that was deleted, so one that it does not know belongs to another account or mode. */
	showsDeleted?: true;
	/** The creator may choose the ID, and may reuse it after the object was deleted. */
	hasOwnIds?: true;
}

/** An action on an object. */
export interface Action {
	/** The types of events that it sends. */
	events: readonly string[];
	addsTo?: AddedTo;
}

/** The list that contains what an action adds. */
export interface AddedTo {
	/** @param objectPath the path of the object acted on, ending with its ID */
	list: (objectPath: string) => { path: string; query: Params };
	/** Returns whether a row of the list was added by the request. */
	isOwn: (row: StripeObject, entry: Pick<Entry, 'entryId' | 'request'>) => boolean;
}
