import type { DuplicateKind } from '../../../stripe/objects/duplicates';
import { DuplicateFinder, getDuplicateList, listPrices } from '../../../stripe/objects/duplicates';

type Facts = Record<string, unknown>;

const MINUTE = 60;

let made = 0;
const charge = (created: number, more: Facts = {}): Facts => ({
	id: `ch_${++made}`,
	object: 'charge',
	amount: 4_990,
	currency: 'eur',
	customer: 'cus_1',
	status: 'succeeded',
	created,
	...more,
});

/** The groups, each as the ids of what stands, the oldest first. */
function find(kind: DuplicateKind, objects: Facts[], { withinMinutes = 10, page = 100 } = {}): unknown[][] {
	const finder = new DuplicateFinder(kind, {
		withinSeconds: withinMinutes * MINUTE,
		orderNumberKey: 'order_number',
	});
	// As Stripe lists them, also within one second.
	const newestFirst = objects
		.toReversed()
		.toSorted((one, other) => Number(other.created) - Number(one.created));
	for (let at = 0; at < newestFirst.length; at += page) finder.addPage(newestFirst.slice(at, at + page));
	return finder.finish().map(({ open }) => open.map(({ id }) => id));
}

describe('payments', () => {
	it.each([
		['at the same time', 0, true],
		['exactly so many minutes apart', 10 * MINUTE, true],
		['a second more apart', 10 * MINUTE + 1, false],
	])('%s', (_name, apart, areDuplicates) => {
		const two = [charge(1_000), charge(1_000 + apart)];
		expect(find('payments', two)).toEqual(areDuplicates ? [two.map(({ id }) => id)] : []);
	});

	it('are one group beside an empty page', () => {
		const finder = new DuplicateFinder('payments', { withinSeconds: MINUTE, orderNumberKey: 'order' });
		for (const page of [[charge(1_001)], [], [charge(1_000)]]) finder.addPage(page);
		expect(finder.finish()).toHaveLength(1);
	});

	it.each<[name: string, other: Facts]>([
		['of a different amount', { amount: 4_991 }],
		['in a different currency', { currency: 'usd' }],
		['of a different customer', { customer: 'cus_2' }],
		['that failed', { status: 'failed' }],
		['that was refunded', { refunded: true }],
		['of an unknown customer', { customer: null }],
	])('one %s is no duplicate', (_name, other) => {
		expect(find('payments', [charge(1_000), charge(1_060, other)])).toEqual([]);
	});

	it.each<[name: string, whose: Facts, whoseElse?: Facts]>([
		['card', { payment_method_details: { type: 'card', card: { fingerprint: 'f1' } } }],
		[
			'bank account',
			{ payment_method_details: { type: 'sepa_debit', sepa_debit: { fingerprint: 'f1' } } },
		],
		[
			'email address',
			{ billing_details: { email: 'Anna@Example.com' } },
			{ receipt_email: 'anna@example.com', billing_details: { email: null } },
		],
	])('a new customer for each order is recognized by the same %s', (_name, whose, whoseElse = whose) => {
		const two = [
			charge(1_000, { ...whose, customer: 'cus_a' }),
			charge(1_060, { ...whoseElse, customer: 'cus_b' }),
		];
		expect(find('payments', two)).toEqual([two.map(({ id }) => id)]);
	});

	it('of three, of which the first two share one thing and the last two a different one, are one group', () => {
		const card = { payment_method_details: { type: 'card', card: { fingerprint: 'f1' } } };
		const three = [
			charge(1_000, card),
			charge(1_010, { ...card, customer: 'cus_2' }),
			charge(1_020, { customer: 'cus_2' }),
		];
		expect(find('payments', three)).toEqual([three.map(({ id }) => id)]);
	});

	it('that were refunded are reported beside those that were not, and are no group of their own', () => {
		const finder = new DuplicateFinder('payments', { withinSeconds: 600, orderNumberKey: '' });
		const three = [charge(1_000), charge(1_010, { refunded: true }), charge(1_020)];
		finder.addPage(three.toReversed());
		const [group, ...others] = finder.finish();
		expect(others).toEqual([]);
		expect(group?.members.map(({ id }) => id)).toEqual(three.map(({ id }) => id));
		expect(group?.open.map(({ id }) => id)).toEqual([three[0]!.id, three[2]!.id]);
	});

	it('of the same customer that are far apart are two groups', () => {
		const early = [charge(1_000), charge(1_060)];
		const late = [charge(90_000), charge(90_060)];
		expect(find('payments', [...early, ...late])).toEqual(
			[late, early].map((two) => two.map(({ id }) => id)),
		);
	});

	it.each([1, 2, 3, 7])('are found across pages of %d', (page) => {
		const others = Array.from({ length: 20 }, (_, n) =>
			charge(1_000 + n, { customer: `cus_other_${n}` }),
		);
		const two = [charge(1_000), charge(1_019)];
		expect(find('payments', [...others, ...two], { page })).toEqual([two.map(({ id }) => id)]);
	});

	it('of a long list are kept in memory only while another may join', () => {
		const finder = new DuplicateFinder('payments', { withinSeconds: 60, orderNumberKey: '' });
		const pending = (finder as unknown as { pending: Map<string, unknown> }).pending;
		for (let n = 200; n > 0; n--) {
			finder.addPage([charge(n * 1_000, { customer: `cus_${n}` })]);
			expect(pending.size).toBeLessThanOrEqual(1);
		}
		expect(finder.compared).toBe(200);
	});
});

describe('refunds', () => {
	const refund = (created: number, more: Facts = {}): Facts =>
		charge(created, {
			id: `re_${++made}`,
			object: 'refund',
			customer: undefined,
			charge: { id: 'ch_1', customer: 'cus_1' },
			...more,
		});

	it('of one customer and amount are reported, whatever they refund', () => {
		const two = [refund(1_000), refund(1_060, { charge: { id: 'ch_2', customer: 'cus_1' } })];
		expect(find('refunds', two)).toEqual([two.map(({ id }) => id)]);
	});

	it('of one payment are reported if there is no customer', () => {
		const two = [refund(1_000, { charge: 'ch_9' }), refund(1_060, { charge: 'ch_9' })];
		expect(find('refunds', two)).toEqual([two.map(({ id }) => id)]);
	});

	it.each(['failed', 'canceled'])('that have %s are left out', (status) => {
		expect(find('refunds', [refund(1_000), refund(1_060, { status })])).toEqual([]);
	});
});

describe('subscriptions', () => {
	const subscription = (created: number, prices: string[], more: Facts = {}): Facts => ({
		id: `sub_${++made}`,
		customer: 'cus_1',
		status: 'active',
		created,
		items: { data: prices.map((price) => ({ price: { id: price } })) },
		...more,
	});

	it('of one customer to one price are reported, however long ago the first began', () => {
		const two = [subscription(1_000, ['price_a']), subscription(90_000_000, ['price_a'])];
		expect(find('subscriptions', two)).toEqual([two.map(({ id }) => id)]);
	});

	it('that share one of several prices are reported for that price, without the others', () => {
		const three = [
			subscription(1_000, ['price_a', 'price_b']),
			subscription(2_000, ['price_b']),
			subscription(3_000, ['price_c']),
		];
		expect(find('subscriptions', three)).toEqual([[three[0]!.id, three[1]!.id]]);
	});

	it.each(['canceled', 'incomplete_expired'])('that are %s are left out', (status) => {
		const two = [subscription(1_000, ['price_a']), subscription(2_000, ['price_a'], { status })];
		expect(find('subscriptions', two)).toEqual([]);
	});
});

describe('invoices', () => {
	const invoice = (created: number, metadata: Facts, more: Facts = {}): Facts => ({
		id: `in_${++made}`,
		status: 'open',
		created,
		metadata,
		...more,
	});

	it.each([
		['order number', { order_number: 'SO-1' }],
		['entry of the ledger', { n8n_entry: 'e1' }],
	])('with the same %s are reported', (_name, metadata) => {
		const two = [invoice(1_000, metadata), invoice(90_000_000, metadata)];
		expect(find('invoices', two)).toEqual([two.map(({ id }) => id)]);
	});

	it.each<[name: string, other: Facts, more?: Facts]>([
		['with a different order number', { order_number: 'SO-2' }],
		['without one', {}],
		['with an empty one', { order_number: ' ' }],
		['that is void', { order_number: 'SO-1' }, { status: 'void' }],
	])('one %s is no duplicate', (_name, metadata, more = {}) => {
		expect(
			find('invoices', [invoice(1_000, { order_number: 'SO-1' }), invoice(2_000, metadata, more)]),
		).toEqual([]);
		expect(find('invoices', [invoice(1_000, metadata, more), invoice(2_000, metadata, more)])).toEqual(
			metadata.order_number === 'SO-2' ? [expect.anything()] : [],
		);
	});
});

it('of several groups, the one with the newest object comes first, even if it was completed last', () => {
	const at = (created: number, customer: string) => charge(created, { customer });
	const long = [at(5_000, 'cus_long'), at(5_500, 'cus_long'), at(6_000, 'cus_long')];
	const short = [at(5_800, 'cus_short'), at(5_900, 'cus_short')];
	expect(find('payments', [...short, ...long], { page: 5 })).toEqual(
		[long, short].map((objects) => objects.map(({ id }) => id)),
	);
});
describe('which one is to be kept', () => {
	it.each<[string, DuplicateKind, Facts, Facts]>([
		['not the disputed one', 'payments', { disputed: true }, {}],
		['not the one of which a part was refunded', 'payments', { amount_refunded: 4_000 }, {}],
		['not the one that is only authorized', 'payments', { captured: false }, {}],
		['not the one that may still fail', 'payments', { status: 'pending' }, {}],
		['not a refund that may still fail', 'refunds', { status: 'pending' }, { status: 'succeeded' }],
		['not an unpaid subscription', 'subscriptions', { status: 'incomplete' }, { status: 'active' }],
		[
			'not a subscription that ends',
			'subscriptions',
			{ status: 'active', cancel_at_period_end: true },
			{ status: 'active' },
		],
		['not an unpaid invoice', 'invoices', { status: 'open' }, { status: 'paid' }],
	])('%s (%s)', (_name, kind, older, newer) => {
		const common = {
			metadata: { order_number: '1' },
			charge: { id: 'ch_0', customer: 'cus_1' },
			items: { data: [{ price: 'price_1' }] },
		};
		const [wrong, right] = [
			charge(1_000, { ...common, ...older }),
			charge(1_060, { ...common, ...newer }),
		];
		expect(find(kind, [wrong, right])).toEqual([[right.id, wrong.id]]);
	});

	it('the oldest, if each has a problem', () => {
		const both = [charge(1_000, { disputed: true }), charge(1_060, { captured: false })];
		expect(find('payments', both)).toEqual([both.map(({ id }) => id)]);
	});
});

it('the prices of a subscription are listed once each, and a row without a price is left out', () => {
	const rows = [{ price: 'price_1' }, { price: { id: 'price_2' } }, { price: 'price_1' }, {}];
	expect(listPrices({ items: { data: rows } })).toEqual(['price_1', 'price_2']);
});

it.each<[DuplicateKind, string, string[] | undefined]>([
	['invoices', '/v1/invoices', undefined],
	['payments', '/v1/charges', ['data.customer']],
	['refunds', '/v1/refunds', ['data.charge']],
	['subscriptions', '/v1/subscriptions', undefined],
])('the candidates among %s are listed at %s with what they refer to: %j', (kind, path, expand) => {
	expect(getDuplicateList(kind)).toEqual({ path, params: expand ? { expand } : {} });
});
