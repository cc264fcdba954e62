import type Stripe from 'stripe';

import { invalid, unexpectedState } from '../../errors';
import { getOwn } from '../../form';
import type { SimulatedObject } from '../../objects';
import * as given from '../../parameters';
import { ALWAYS_ALLOWED, SEARCH_PARAMETERS, type Call, type Route, type RouteResult } from '../../route';
import type { ParameterNames, Shown } from '../../sdkTypes';
import { searching } from '../../search';
import type { Kept } from './filters';
import { findKept, readsOf, saveAndRecord, showGiven } from './filters';
import { createPriceOf } from './prices';

const PRODUCTS: Kept<Product> = {
	path: '/v1/products',
	kind: 'product',
	storeOf: ({ world }) => world.other('products'),
};

const SHOWN = [
	'description',
	'name',
	'statement_descriptor',
	'tax_code',
	'tax_details',
	'unit_label',
	'url',
	'marketing_features',
	'package_dimensions',
	'shippable',
] as ParameterNames<Stripe.ProductUpdateParams>;
const UPDATE: ParameterNames<Stripe.ProductUpdateParams> = [
	...SHOWN,
	...(['active', 'default_price', 'images', 'metadata'] as const),
	...ALWAYS_ALLOWED,
];
const CREATE = [
	...UPDATE.filter((name) => name !== 'default_price'),
	'default_price_data',
	'id',
	'type',
] as ParameterNames<Stripe.ProductCreateParams>;

interface Product extends SimulatedObject {
	active: boolean;
	default_price: string | null;
	metadata: Record<string, string>;
}

const FILTERS = { active: 'active', ids: 'id', shippable: 'shippable', type: 'type', url: 'url' };

export const productRoutes: readonly Route[] = [
	{ method: 'POST', path: PRODUCTS.path, parameters: CREATE, prepare: create },
	{
		method: 'GET',
		path: `${PRODUCTS.path}/search`,
		parameters: SEARCH_PARAMETERS,
		prepare: (call) => searching(call, PRODUCTS.storeOf(call), ['active', 'description', 'name', 'url']),
	},
	...readsOf(PRODUCTS, FILTERS),
	{ method: 'POST', path: `${PRODUCTS.path}/:id`, parameters: UPDATE, prepare: update },
	{ method: 'DELETE', path: `${PRODUCTS.path}/:id`, parameters: [], prepare: remove },
];

function create(call: Call): () => RouteResult {
	const { params, world: state } = call;
	given.requireText(params, 'name');
	const ownId = given.readText(params, 'id');
	const images = given.readList(params, 'images');
	const active = given.readFlag(params, 'active') ?? true;
	const metadata = given.mergeMetadata({}, given.readMetadata(params));
	const priceData = given.readHash(params, 'default_price_data');
	return () => {
		const id = ownId ?? state.newId('prod');
		const existing = PRODUCTS.storeOf(call).find(id);
		if (existing && existing.deleted !== true)
			throw unexpectedState('Product already exists.', 'resource_already_exists', { param: 'id' });
		const product = {
			id,
			object: 'product' as const,
			active,
			created: state.seconds(),
			default_price: null as string | null,
			description: null,
			images,
			livemode: state.livemode,
			marketing_features: [],
			metadata,
			name: '',
			package_dimensions: null,
			shippable: null,
			statement_descriptor: null,
			tax_code: null,
			tax_details: null,
			type: given.readText(params, 'type') ?? 'service',
			unit_label: null,
			updated: state.seconds(),
			url: null,
		} satisfies Shown<Omit<Stripe.Product, 'deleted'>, Product>;
		showGiven(call, product, SHOWN);
		saveAndRecord(call, PRODUCTS, 'product.created', product);
		if (priceData)
			product.default_price = createPriceOf({ ...call, params: { ...priceData, product: id } }).id;
		return product;
	};
}

function update(call: Call): () => RouteResult {
	const product = findKept(call, PRODUCTS);
	const active = given.readFlag(call.params, 'active') ?? product.active;
	const metadata = given.readMetadata(call.params);
	const images =
		getOwn(call.params, 'images') === undefined ? product.images : given.readList(call.params, 'images');
	const price = given.readText(call.params, 'default_price');
	return () => {
		const found = price === undefined ? undefined : call.world.other('prices').find(price);
		if (price !== undefined && found?.product !== product.id) {
			throw invalid('default_price', `No such price: '${price}'`, 'resource_missing');
		}
		showGiven(call, product, SHOWN);
		Object.assign(product, { active, images, updated: call.world.seconds() });
		product.default_price = price ?? product.default_price;
		product.metadata = given.mergeMetadata(product.metadata, metadata);
		return saveAndRecord(call, PRODUCTS, 'product.updated', product);
	};
}

/** Only a product without prices can be deleted; its id may be used again. */
function remove(call: Call): () => RouteResult {
	return () => {
		const product = findKept(call, PRODUCTS);
		const hasPrices = call.world
			.other('prices')
			.newestFirst()
			.some((price) => price.product === product.id);
		if (hasPrices) {
			throw unexpectedState(
				'This product cannot be deleted because it has one or more user-created prices.',
				'resource_in_use',
			);
		}
		product.deleted = true;
		saveAndRecord(call, PRODUCTS, 'product.deleted', product);
		return { id: product.id, object: 'product', deleted: true };
	};
}
