import type { Entry } from '../../ledger/model/entry';
import type { Params } from '../../ledger/model/request';
import type { StripeObject } from './stripeObject';

/** How what was done to a collection's objects can be found out afterwards. */
export interface Collection {
	/** `object` of what is in it. */
	kind: string;
	/** Its name in the editor: a value of the parameter Resource. */
	resource: string;
	/**
	 * Parameters of the list request that the request itself may have had: they make the list shorter. Undefined where there
	 * is no list.
	 */
	listFilters?: readonly string[];
	/** The list takes no time: it is read from its newest object on. */
	isListedWithoutTime?: true;
	/** What the list leaves out unless it is asked for. */
	listAllParams?: Params;
	/** Whether Stripe's Search knows it (docs.stripe.com/search: seven kinds, refunds are none of them). */
	isSearchable?: true;
	/**
	 * An event of one of these types comes with every creation (docs.stripe.com/api/events/types), of the object or of the one
	 * above it. None where Stripe has no such event.
	 */
	createdEvents: readonly string[];
	/** An event of one of these types comes with every change by an update. */
	updatedEvents?: readonly string[];
	/** By the last part of the path: what an action brings about. */
	actions?: Readonly<Record<string, Action>>;
	/** Objects of these get an ID from their maker, who may use it again once it is deleted. */
	hasOwnIds?: true;
}

/** What acts on an object. */
export interface Action {
	/** The events that it brings about. */
	events: readonly string[];
	addsTo?: AddedTo;
}

/** The list in which what an action adds stands. */
export interface AddedTo {
	/** @param objectPath of what the action is done to, with its ID last */
	list: (objectPath: string) => { path: string; query: Params };
	/** Whether that was added by the request. */
	isOwn: (row: StripeObject, entry: Pick<Entry, 'entryId' | 'request'>) => boolean;
}
