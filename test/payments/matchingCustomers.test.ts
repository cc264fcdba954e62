import { findMatchingCustomers, toOnlyOneCustomer } from '../../payments/matchingCustomers';
import type { StripeObject } from '../../stripe/objects/stripeObject';

const NOW = Date.UTC(2026, 10, 24);
const BY_EMAIL = toOnlyOneCustomer({ by: 'email', value: 'a@example.com' });
const customer = (id: string) => ({ id, object: 'customer', email: 'a@example.com' });

const find = (onlyOne: typeof BY_EMAIL, replies: (path: string, nth: number) => StripeObject) => {
	let nth = 0;
	return findMatchingCustomers(onlyOne, async (path) => replies(path, ++nth), NOW);
};

describe('the existence of a customer is unknown', () => {
	it.each<[string, (nth: number) => StripeObject]>([
		[
			'if the list continues and does not say where',
			() => ({ data: [{ object: 'customer' }], has_more: true }),
		],
		['if the list continues after an empty page', () => ({ data: [], has_more: true })],
		['if the list does not say whether it continues', () => ({ data: [] })],
		[
			'if its pages lead back to an earlier one',
			(nth) => ({ data: [customer(`cus_${nth % 2}`)], has_more: nth < 10 }),
		],
	])('%s', async (_what, reply) => {
		await expect(find(BY_EMAIL, (_path, nth) => reply(nth))).rejects.toThrow(/list/);
	});

	it('if the search for metadata has more results than one page', async () => {
		const others = { data: [{ ...customer('cus_1'), metadata: { crm: 'A7' } }], has_more: true };
		const found = find(toOnlyOneCustomer({ by: 'metadata', key: 'crm', value: 'a7' }), (path) =>
			path.includes('/search')
				? { ...others, next_page: path.includes('page=p1') ? 'p1' : 'p1' }
				: { data: [], has_more: false },
		);
		await expect(found).rejects.toThrow(/list/);
	});
});

it('a customer on the second page of a search is found', async () => {
	const onlyOne = toOnlyOneCustomer({ by: 'metadata', key: 'crm', value: 'a7' });
	const found = await find(onlyOne, (path) => {
		if (!path.includes('/search')) return { data: [], has_more: false };
		return path.includes('page=p2')
			? { data: [{ ...customer('cus_2'), metadata: { crm: 'a7' } }], has_more: false }
			: { data: [{ ...customer('cus_1'), metadata: { crm: 'A7' } }], has_more: true, next_page: 'p2' };
	});
	expect(found.map(({ id }) => id)).toEqual(['cus_2']);
});
