import type { OnlyOne } from '../ledger/model/entry';
import type { Params } from '../ledger/model/request';
import { MAX_PAGE_SIZE, PAGE_FAULTS, Pages } from '../stripe/api/pages';
import { appendQuery } from '../stripe/api/query';
import type { StripeObject } from '../stripe/objects/stripeObject';

/** How a customer is recognized: by e-mail address, or by a metadata value. */
export type CustomerMatch = { by: 'email'; value: string } | { by: 'metadata'; key: string; value: string };

/** Longer than Search has ever lagged (docs.stripe.com/search#data-freshness). */
const SEARCH_LAG_MS = 3_600_000;

/** The rule that at most one matching customer may exist. The entry that creates one holds the lock. */
export function toOnlyOneCustomer(match: CustomerMatch): OnlyOne & { kind: 'customer' } {
	const owner = match.by === 'email' ? 'email' : `${IN_METADATA}${match.key}`;
	return { kind: 'customer', owner, values: [match.value] };
}

const IN_METADATA = 'metadata ';

function toMatch({ owner, values: [value = ''] }: OnlyOne): CustomerMatch {
	return owner === 'email'
		? { by: 'email', value }
		: { by: 'metadata', key: owner.slice(IN_METADATA.length), value };
}

/**
 * Finds the customers that match now. Lists show every change at once and can be filtered by e-mail address. Metadata can only be
 * searched, so recently created customers are listed too.
 *
 * @param read throws if Stripe does not return the list; its errors are passed on
 * @param now Stripe's time, in ms since the epoch
 */
export async function findMatchingCustomers(
	onlyOne: OnlyOne,
	read: (path: string) => Promise<StripeObject>,
	now: number,
): Promise<StripeObject[]> {
	const match = toMatch(onlyOne);
	const pages =
		match.by === 'email'
			? await readPages(read, { email: match.value })
			: await Promise.all([
					readPages(read, { created: { gte: String(Math.floor((now - SEARCH_LAG_MS) / 1000)) } }),
					readPages(read, { query: toQuery(match) }, 'search'),
				]).then((found) => found.flat());
	const matching = pages.filter((customer) => customer.deleted !== true && matches(customer, match));
	return [...new Map(matching.map((customer) => [customer.id, customer])).values()];
}

function toQuery({ key, value }: { key: string; value: string }): string {
	const [name, wanted] = [key, value].map((text) => `"${text.replaceAll(/[\\"]/g, String.raw`\$&`)}"`);
	return `metadata[${name}]:${wanted}`;
}

/** An exact comparison: Search ignores upper and lower case, and its index may be outdated. */
function matches({ email, metadata }: StripeObject, match: CustomerMatch): boolean {
	if (match.by === 'email') return email === match.value;
	return new Map(Object.entries(metadata ?? {})).get(match.key) === match.value;
}

async function readPages(
	read: (path: string) => Promise<StripeObject>,
	query: Params,
	kind: 'list' | 'search' = 'list',
): Promise<StripeObject[]> {
	const found: StripeObject[] = [];
	const path = kind === 'list' ? '/v1/customers' : '/v1/customers/search';
	const pages = new Pages(kind);
	for (let from: Params = {}; ;) {
		const body = await read(appendQuery(path, { ...query, limit: String(MAX_PAGE_SIZE), ...from }));
		const { objects, next, fault } = pages.read(body);
		if (fault) throw new UnreadableListError(PAGE_FAULTS[fault]);
		found.push(...objects);
		if (!next) return found;
		from = next;
	}
}

/** Thrown for a list that cannot be read to its end, because it must not count as a shorter one. */
export class UnreadableListError extends Error {
	constructor(message: string) {
		super(message);
		this.name = 'UnreadableListError';
	}
}
