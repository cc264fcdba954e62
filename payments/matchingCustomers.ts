import type { OnlyOne } from '../ledger/model/entry';
import { appendQuery } from '../stripe/api/query';
import type { StripeObject } from '../stripe/objects/stripeObject';
import { asText } from '../stripe/objects/stripeObject';

/** By what a customer is recognized: their e-mail address, or a value in their metadata. */
export type CustomerMatch = { by: 'email'; value: string } | { by: 'metadata'; key: string; value: string };

/** Longer than Search has ever been behind (docs.stripe.com/search#data-freshness). */
const SEARCH_LAG_MS = 3_600_000;

/** Stripe's longest page (docs.stripe.com/api/pagination). */
const PAGE_SIZE = '100';

/** Of those who match there is to be one: whoever creates one holds that for as long as it takes. */
export function toOnlyOneCustomer(match: CustomerMatch): OnlyOne & { kind: 'customer' } {
	const owner = match.by === 'email' ? 'email' : `${IN_METADATA}${match.key}`;
	return { kind: 'customer', owner, things: [match.value] };
}

const IN_METADATA = 'metadata ';

function toMatch({ owner, things: [value = ''] }: OnlyOne): CustomerMatch {
	return owner === 'email'
		? { by: 'email', value }
		: { by: 'metadata', key: owner.slice(IN_METADATA.length), value };
}

/**
 * The customers who match, as they are now. Lists see every change at once, and e-mail addresses can be listed by; metadata can
 * only be searched, so who was created lately is listed as well.
 *
 * @param read throws where Stripe does not give it; what it throws is thrown on
 * @param now Stripe's time, ms
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
					read(
						appendQuery('/v1/customers/search', { query: toQuery(match), limit: PAGE_SIZE }),
					).then(listData),
				]).then((found) => found.flat());
	const matching = pages.filter((customer) => customer.deleted !== true && matches(customer, match));
	return [...new Map(matching.map((customer) => [customer.id, customer])).values()];
}

function toQuery({ key, value }: { key: string; value: string }): string {
	const [name, wanted] = [key, value].map((text) => `"${text.replaceAll(/[\\"]/g, String.raw`\$&`)}"`);
	return `metadata[${name}]:${wanted}`;
}

/** To the letter: Search sees no difference between upper and lower case, and its index may be of another time. */
function matches({ email, metadata }: StripeObject, match: CustomerMatch): boolean {
	if (match.by === 'email') return email === match.value;
	return new Map(Object.entries(metadata ?? {})).get(match.key) === match.value;
}

async function readPages(
	read: (path: string) => Promise<StripeObject>,
	query: Parameters<typeof appendQuery>[1],
): Promise<StripeObject[]> {
	const found: StripeObject[] = [];
	for (let after: string | undefined; ;) {
		const from: Record<string, string> = after === undefined ? {} : { starting_after: after };
		const page = await read(appendQuery('/v1/customers', { ...query, limit: PAGE_SIZE, ...from }));
		const data = listData(page);
		found.push(...data);
		after = asText(data.at(-1)?.id);
		if (page.has_more !== true || after === undefined) return found;
	}
}

function listData({ data }: StripeObject): StripeObject[] {
	if (!Array.isArray(data)) throw new UnreadableListError();
	return data as StripeObject[];
}

/** What is no list must not be taken for one that shows nothing. */
export class UnreadableListError extends Error {
	constructor() {
		super('The response from Stripe is not a list');
		this.name = 'UnreadableListError';
	}
}
