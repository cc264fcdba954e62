import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { COLLECTIONS } from '../../../stripe/objects/collectionTable';
import type { StripeObject } from '../../../stripe/objects/stripeObject';

const ROWS = Object.entries(COLLECTIONS);
const ACTIONS = new Map(ROWS.map(([path, { actions }]) => [path, actions]));

/** Stripe's own list, as its client declares it. */
const EVENTS = new Set(
	Array.from(
		readFileSync(join(dirname(require.resolve('stripe')), 'resources/Events.d.ts'), 'utf8').matchAll(
			/'([a-z_]+(?:\.[a-z_]+)+)'/g,
		),
		([, type]) => type,
	),
);

/** docs.stripe.com/api: their lists take no `created`. */
const LISTED_WITHOUT_TIME = [
	'/v1/billing/credit_grants',
	'/v1/billing/meters',
	'/v1/payment_links',
	'/v1/quotes',
	'/v1/transfers/:id/reversals',
];

const pathsOf = (isWanted: (row: (typeof ROWS)[number][1]) => boolean) =>
	ROWS.filter(([, row]) => isWanted(row)).map(([path]) => path);

it.each(ROWS)('%s: its events are of types that exist in Stripe', (_path, row) => {
	const actions = Object.values(row.actions ?? {}).flatMap(({ events }) => events);
	expect(Object.values(row.actions ?? {}).filter(({ events }) => events.length === 0)).toEqual([]);
	const events = [...row.createdEvents, ...(row.updatedEvents ?? []), ...actions];
	expect(events.filter((type) => !EVENTS.has(type))).toEqual([]);
});

it.each(ROWS)('%s: its kind, its resource and its filters have names', (_path, row) => {
	expect(row.resource).toMatch(/^[a-z][A-Za-z]+$/);
	expect(row.kind).toMatch(/^[a-z_.]+$/);
	for (const name of row.listFilters ?? []) expect(name).toMatch(/^[a-z_]+$/);
});

/** docs.stripe.com/api: what a creation names, and the list takes. Without one of them, what is sought may lie beyond its end. */
it.each([
	['/v1/billing/credit_grants', ['customer']],
	['/v1/charges', ['customer']],
	['/v1/checkout/sessions', ['customer']],
	['/v1/credit_notes', ['customer', 'invoice']],
	['/v1/invoiceitems', ['customer', 'invoice']],
	['/v1/invoices', ['customer', 'subscription']],
	['/v1/payment_intents', ['customer']],
	['/v1/payouts', ['destination']],
	['/v1/plans', ['product']],
	['/v1/prices', ['product', 'currency']],
	['/v1/promotion_codes', ['code', 'customer']],
	['/v1/quotes', ['customer']],
	['/v1/refunds', ['charge', 'payment_intent']],
	['/v1/setup_intents', ['customer', 'payment_method']],
	['/v1/subscription_schedules', ['customer']],
	['/v1/subscriptions', ['customer']],
	['/v1/tax_rates', ['inclusive']],
	['/v1/transfers', ['destination', 'transfer_group']],
])('%s: its list is filtered by %j', (path, filters) => {
	expect(new Map(ROWS).get(path)?.listFilters).toEqual(filters);
});

it('these lists are filtered by their time only, and these have no list', () => {
	expect(pathsOf(({ listFilters }) => listFilters?.length === 0).sort()).toEqual([
		'/v1/billing/meters',
		'/v1/coupons',
		'/v1/customers',
		'/v1/customers/:id/balance_transactions',
		'/v1/payment_links',
		'/v1/products',
		'/v1/topups',
		'/v1/transfers/:id/reversals',
	]);
	expect(pathsOf(({ listFilters }) => listFilters === undefined).sort()).toEqual([
		'/v1/disputes',
		'/v1/payment_methods',
		'/v1/subscription_items',
	]);
});

it('these are listed without a time, so that all of them have to be read', () => {
	expect(pathsOf(({ isListedWithoutTime }) => isListedWithoutTime === true).sort()).toEqual(
		LISTED_WITHOUT_TIME,
	);
});

it('Search knows seven kinds (docs.stripe.com/search), of which these are in the table', () => {
	const kinds = [
		'charges',
		'customers',
		'invoices',
		'payment_intents',
		'prices',
		'products',
		'subscriptions',
	];
	expect(pathsOf(({ isSearchable }) => isSearchable === true).sort()).toEqual(
		kinds.map((kind) => `/v1/${kind}`),
	);
});

it('these have IDs that the caller selects', () => {
	const kinds = ['coupons', 'plans', 'prices', 'products', 'promotion_codes'];
	expect(pathsOf(({ hasOwnIds }) => hasOwnIds === true).sort()).toEqual(kinds.map((kind) => `/v1/${kind}`));
});

it('Stripe has no event for the creation of these', () => {
	const kinds = ['checkout/sessions', 'disputes', 'payment_methods', 'subscription_items'];
	expect(pathsOf(({ createdEvents }) => createdEvents.length === 0).sort()).toEqual(
		kinds.map((kind) => `/v1/${kind}`),
	);
});

it('Stripe has no event for an update of these', () => {
	expect(pathsOf(({ updatedEvents = [] }) => updatedEvents.length === 0).sort()).toEqual([
		'/v1/checkout/sessions',
		'/v1/customers/:id/balance_transactions',
		'/v1/invoiceitems',
		'/v1/payment_intents',
		'/v1/quotes',
		'/v1/setup_intents',
		'/v1/subscription_items',
		'/v1/topups',
		'/v1/transfers/:id/reversals',
	]);
});

const NAMES_OF_ACTIONS = new Map([
	['/v1/charges', ['capture']],
	['/v1/checkout/sessions', ['expire']],
	['/v1/billing/credit_grants', ['expire', 'void']],
	['/v1/billing/meters', ['deactivate', 'reactivate']],
	['/v1/credit_notes', ['void']],
	['/v1/disputes', ['close']],
	[
		'/v1/invoices',
		['add_lines', 'attach_payment', 'finalize', 'mark_uncollectible', 'pay', 'send', 'void'],
	],
	['/v1/payment_intents', ['cancel', 'capture', 'confirm', 'increment_authorization']],
	['/v1/payment_methods', ['attach', 'detach']],
	['/v1/payouts', ['cancel', 'reverse']],
	['/v1/quotes', ['accept', 'cancel', 'finalize']],
	['/v1/refunds', ['cancel']],
	['/v1/setup_intents', ['cancel', 'confirm']],
	['/v1/subscription_schedules', ['cancel', 'release']],
	['/v1/subscriptions', ['pause', 'resume']],
	['/v1/topups', ['cancel']],
]);

it.each([...NAMES_OF_ACTIONS])('%s: an action on it is reported by events: %j', (path, names) => {
	expect(Object.keys(ACTIONS.get(path) ?? {}).sort()).toEqual(names);
});

it('nothing else in the table has an action', () => {
	const acting = [...ACTIONS].filter(([, actions]) => Object.keys(actions ?? {}).length > 0);
	expect(acting.map(([path]) => path).toSorted()).toEqual([...NAMES_OF_ACTIONS.keys()].toSorted());
});

it('a payment was attached to an invoice by the request only if it is listed and has not been canceled', () => {
	const { isOwn } = COLLECTIONS['/v1/invoices']!.actions!.attach_payment!.addsTo!;
	const path = '/v1/invoices/in_1/attach_payment';
	const request = { method: 'POST', path, params: { payment_intent: 'pi_1' } } as const;
	const shows = (row: StripeObject) => isOwn(row, { entryId: 'v1_x', request });
	expect(shows({ payment: { payment_intent: 'pi_1' }, status: 'open' })).toBe(true);
	expect(shows({ payment: { payment_intent: { id: 'pi_1' } }, status: 'paid' })).toBe(true);
	expect(shows({ payment: { payment_intent: 'pi_2' }, status: 'open' })).toBe(false);
	expect(shows({ payment: { payment_intent: 'pi_1' }, status: 'canceled' })).toBe(false);
	expect(shows({ payment: null, status: 'open' })).toBe(false);
});
