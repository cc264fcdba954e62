import type { Params } from '../../ledger/model/request';
import type { StripeObject } from '../objects/stripeObject';
import { isObject } from '../objects/stripeObject';

/** The maximum page size (docs.stripe.com/api/pagination). */
export const MAX_PAGE_SIZE = 100;

/** Why a list cannot be read to its end. */
export type PageFault = 'not_a_list' | 'no_next_page' | 'page_again';

export const PAGE_FAULTS: Readonly<Record<PageFault, string>> = {
	not_a_list: 'The response from Stripe is not a list',
	no_next_page: 'The list has more pages, but the response does not say where the next one begins',
	page_again: 'The list led back to a page that was read already, so it gave the same page again',
};

export interface Page {
	objects: StripeObject[];
	/** The parameters of the next page; undefined after the last one. */
	next?: Params;
	/** Why there is no next page, although this is not the last one. The list is incomplete. */
	fault?: PageFault;
}

/** Reads the pages of one list. A page that was read already would be followed by the same pages for ever. */
export class Pages {
	private readonly begins = new Set<string>();

	constructor(private readonly kind: 'list' | 'search' = 'list') {}

	read(body: StripeObject | undefined): Page {
		const { data, has_more: hasMore, next_page: token } = body ?? {};
		const objects = Array.isArray(data) && data.every(isObject) ? data : undefined;
		if (!objects || typeof hasMore !== 'boolean') return { objects: objects ?? [], fault: 'not_a_list' };
		if (!hasMore) return { objects };
		// Lists continue after the last object, searches with a token (docs.stripe.com/api/pagination).
		const next = this.kind === 'list' ? objects.at(-1)?.id : token;
		if (typeof next !== 'string' || next === '') return { objects, fault: 'no_next_page' };
		if (this.begins.has(next)) return { objects, fault: 'page_again' };
		this.begins.add(next);
		return { objects, next: this.kind === 'list' ? { starting_after: next } : { page: next } };
	}
}
