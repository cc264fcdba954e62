import type Stripe from 'stripe';

import { invalid, noSuch, unexpectedState } from '../../errors';
import { getOwn, isMap, type ParamMap } from '../../form';
import type { SimulatedObject } from '../../objects';
import * as given from '../../parameters';
import { ALWAYS_ALLOWED, SEARCH_PARAMETERS, type Call, type Route, type RouteResult } from '../../route';
import type { ParameterNames, Shown } from '../../sdkTypes';
import { searching } from '../../search';
import type { Kept } from './filters';
import { findKept, readsOf, saveAndRecord, showGiven } from './filters';

const PRICES: Kept<Price> = {
	path: '/v1/prices',
	kind: 'price',
	storeOf: ({ world }) => world.other('prices'),
};

const UPDATE: ParameterNames<Stripe.PriceUpdateParams> = [
	...(['active', 'currency_options', 'lookup_key', 'metadata', 'nickname', 'tax_behavior'] as const),
	'transfer_lookup_key',
	...ALWAYS_ALLOWED,
];
const CREATE = [
	...UPDATE,
	...([
		'billing_scheme',
		'currency',
		'custom_unit_amount',
		'product',
		'product_data',
		'recurring',
	] as const),
	...(['tiers', 'tiers_mode', 'transform_quantity', 'unit_amount', 'unit_amount_decimal'] as const),
] as ParameterNames<Stripe.PriceCreateParams>;

interface Price extends SimulatedObject {
	active: boolean;
	lookup_key: string | null;
	product: string;
	metadata: Record<string, string>;
}

const FILTERS = {
	active: 'active',
	currency: 'currency',
	lookup_keys: 'lookup_key',
	product: 'product',
	type: 'type',
};

export const priceRoutes: readonly Route[] = [
	{ method: 'POST', path: PRICES.path, parameters: CREATE, prepare: create },
	{
		method: 'GET',
		path: `${PRICES.path}/search`,
		parameters: SEARCH_PARAMETERS,
		prepare: (call) =>
			searching(call, PRICES.storeOf(call), ['active', 'currency', 'lookup_key', 'product', 'type']),
	},
	...readsOf(PRICES, { ...FILTERS, recurring: 'recurring' }),
	{ method: 'POST', path: `${PRICES.path}/:id`, parameters: UPDATE, prepare: update },
];

const AMOUNTS = ['unit_amount', 'unit_amount_decimal', 'custom_unit_amount', 'tiers'];

function create(call: Call): () => RouteResult {
	const { params } = call;
	if (given.readCurrency(params) === undefined) given.requireText(params, 'currency');
	const named = AMOUNTS.filter((name) => getOwn(params, name) !== undefined);
	if (named.length === 0) {
		throw invalid(
			'unit_amount',
			'Prices require an `unit_amount` or `unit_amount_decimal` parameter to be set.',
			'parameter_missing',
		);
	}
	if (named.length > 1)
		throw invalid(named[1] ?? '', `You may only specify one of these parameters: ${named.join(', ')}.`);
	const amount = given.readInteger(params, 'unit_amount');
	if (amount !== undefined && amount < 0)
		throw invalid(
			'unit_amount',
			'This value must be greater than or equal to 0.',
			'parameter_invalid_integer',
		);
	const decimal = given.readText(params, 'unit_amount_decimal');
	if (decimal !== undefined && !/^\d+(?:\.\d{1,12})?$/.test(decimal))
		throw invalid(
			'unit_amount_decimal',
			'Invalid decimal: at most 12 decimal places',
			'parameter_invalid_decimal',
		);
	const names = [getOwn(params, 'product'), getOwn(params, 'product_data')].filter(
		(one) => one !== undefined,
	);
	if (names.length !== 1)
		throw invalid(
			'product',
			'You must specify either `product` or `product_data` when creating a price.',
			'parameter_missing',
		);
	refuseUnclearTiers(params);
	given.readMetadata(params);
	return () => createPriceOf(call);
}

/** Creates a price, also the default price of a new product. */
export function createPriceOf(call: Call): SimulatedObject {
	const { params, world: state } = call;
	const key = given.readText(params, 'lookup_key') ?? null;
	refuseTakenKey(call, key);
	const product = given.readText(params, 'product') ?? createProductOf(call);
	const found = state.other('products').find(product);
	if (!found || found.deleted === true) throw noSuch('product', product, 'product', 400);
	const recurring = given.readHash(params, 'recurring');
	const amount = given.readInteger(params, 'unit_amount') ?? null;
	const decimal = given.readText(params, 'unit_amount_decimal') ?? null;
	const price = {
		id: state.newId('price'),
		object: 'price' as const,
		active: given.readFlag(params, 'active') ?? true,
		billing_scheme: given.readText(params, 'billing_scheme') ?? 'per_unit',
		created: state.seconds(),
		currency: given.readCurrency(params) ?? '',
		custom_unit_amount: readCustomAmount(params),
		livemode: state.livemode,
		lookup_key: key,
		metadata: given.mergeMetadata({}, given.readMetadata(params)),
		nickname: given.readText(params, 'nickname') ?? null,
		product,
		recurring: recurring ? toRecurring(recurring) : null,
		tax_behavior: given.readText(params, 'tax_behavior') ?? 'unspecified',
		tiers_mode: given.readText(params, 'tiers_mode') ?? null,
		transform_quantity: null,
		type: recurring ? 'recurring' : 'one_time',
		unit_amount: amount ?? (decimal !== null && /^\d+$/.test(decimal) ? Number(decimal) : null),
		unit_amount_decimal: decimal ?? (amount === null ? null : String(amount)),
	} satisfies Shown<Omit<Stripe.Price, 'deleted' | 'currency_options' | 'tiers'>, Price>;
	return saveAndRecord(call, PRICES, 'price.created', price);
}

function readCustomAmount(params: ParamMap): Record<string, number | null> | null {
	const limits = given.readHash(params, 'custom_unit_amount');
	if (!limits || given.readFlag(limits, 'enabled') !== true) return null;
	const [maximum, minimum, preset] = ['maximum', 'minimum', 'preset'].map(
		(name) => given.readInteger(limits, name) ?? null,
	);
	return { maximum: maximum ?? null, minimum: minimum ?? null, preset: preset ?? null };
}

/** The last tier, and no other, has no upper limit. */
function refuseUnclearTiers(params: ParamMap): void {
	const tiers = getOwn(params, 'tiers');
	if (!Array.isArray(tiers)) return;
	if (given.readText(params, 'billing_scheme') !== 'tiered')
		throw invalid('tiers', 'The `tiers` parameter requires `billing_scheme` to be set to `tiered`.');
	given.requireText(params, 'tiers_mode');
	for (const [index, tier] of tiers.entries()) {
		const end = isMap(tier) ? given.requireText(tier, 'up_to') : undefined;
		if ((end === 'inf') !== (index === tiers.length - 1))
			throw invalid(
				`tiers[${index}][up_to]`,
				'The last tier, and no other, must have `inf` as `up_to`.',
			);
	}
}

function toRecurring(recurring: ParamMap): Record<string, unknown> {
	return {
		interval: given.readChoice(recurring, 'interval', ['day', 'week', 'month', 'year']),
		interval_count: given.readInteger(recurring, 'interval_count') ?? 1,
		meter: given.readText(recurring, 'meter') ?? null,
		trial_period_days: null,
		usage_type: given.readText(recurring, 'usage_type') ?? 'licensed',
	};
}

function createProductOf({ params, world: state, cause }: Call): string {
	const data = given.readHash(params, 'product_data') ?? {};
	const product = {
		id: state.newId('prod'),
		object: 'product',
		created: state.seconds(),
		active: true,
		default_price: null,
		description: null,
		images: [],
		livemode: state.livemode,
		marketing_features: [],
		metadata: {},
		name: given.requireText(data, 'name'),
		package_dimensions: null,
		shippable: null,
		tax_details: null,
		type: 'service',
		updated: state.seconds(),
		url: null,
	} satisfies Shown<Stripe.Product>;
	state.other('products').save(product);
	state.record('product.created', product, cause);
	return product.id;
}

/**
 * Lookup keys are unique among active prices, unless the key is transferred: then the other price loses it at the
 * same time.
 */
function refuseTakenKey(call: Call, key: string | null, own?: string): void {
	if (key === null) return;
	const isTaken = (price: Price) => price.lookup_key === key && price.active && price.id !== own;
	const holder = PRICES.storeOf(call).newestFirst().find(isTaken);
	if (!holder) return;
	if (given.readFlag(call.params, 'transfer_lookup_key') !== true) {
		const message = `A price (\`${holder.id}\`) already uses that lookup key. Set transfer_lookup_key=true in the request params to transfer the lookup key to this price.`;
		throw unexpectedState(message, 'resource_already_exists', { param: 'lookup_key' });
	}
	holder.lookup_key = null;
	saveAndRecord(call, PRICES, 'price.updated', holder);
}

/** The amount of a price never changes, so `unit_amount` is unknown here. */
function update(call: Call): () => RouteResult {
	const price = findKept(call, PRICES);
	const active = given.readFlag(call.params, 'active') ?? price.active;
	const metadata = given.readMetadata(call.params);
	const key = given.readText(call.params, 'lookup_key');
	return () => {
		refuseTakenKey(call, key ?? null, price.id);
		showGiven(call, price, ['lookup_key', 'nickname', 'tax_behavior']);
		price.active = active;
		price.metadata = given.mergeMetadata(price.metadata, metadata);
		return saveAndRecord(call, PRICES, 'price.updated', price);
	};
}
