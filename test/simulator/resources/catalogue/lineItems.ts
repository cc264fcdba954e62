import type Stripe from 'stripe';

import { invalid, noSuch } from '../../errors';
import { getOwn, isMap, type ParamMap } from '../../form';
import type { SimulatedObject } from '../../objects';
import * as given from '../../parameters';
import { ALWAYS_ALLOWED, type Call, type Route } from '../../route';
import type { Shown } from '../../sdkTypes';
import type { StripeState } from '../../world';
import type { Kept } from './filters';
import { findKept } from './filters';

/** The line items of each object of a collection. */
export function routeOfLineItems<T extends SimulatedObject>(kept: Kept<T>): Route {
	return {
		method: 'GET',
		path: `${kept.path}/:id/line_items`,
		parameters: ['limit', 'starting_after', 'ending_before', ...ALWAYS_ALLOWED],
		prepare: (call) => {
			const object = findKept(call, kept);
			return () => ({
				object: 'list',
				data: itemsOf(call).get(object.id) ?? [],
				has_more: false,
				url: call.path,
			});
		},
	};
}

const items = new WeakMap<StripeState, Map<string, Record<string, unknown>[]>>();

function itemsOf({ world }: Call): Map<string, Record<string, unknown>[]> {
	const known = items.get(world) ?? new Map<string, Record<string, unknown>[]>();
	items.set(world, known);
	return known;
}

/** Reads line items: each has a price, or defines one inline. */
export function readLineItems(call: Call, most: number): ParamMap[] {
	const list = getOwn(call.params, 'line_items');
	if (!Array.isArray(list) || list.length === 0)
		throw invalid('line_items', 'Missing required param: line_items.', 'parameter_missing');
	if (list.length > most) throw invalid('line_items', `You may only specify up to ${most} line items.`);
	return list.map((item, n) => {
		if (!isMap(item)) throw invalid(`line_items[${n}]`, 'Invalid object');
		const named = ['price', 'price_data'].filter((name) => getOwn(item, name) !== undefined);
		if (named.length !== 1)
			throw invalid(`line_items[${n}][price]`, 'You must pass one of `price` or `price_data`.');
		return item;
	});
}

export function keepLineItems(
	call: Call,
	id: string,
	given_: readonly ParamMap[],
): { currency: string; total: number } {
	const kept = given_.map((item) => toItem(call, item));
	itemsOf(call).set(id, kept);
	const total = kept.reduce((sum, item) => sum + Number(item.amount_total), 0);
	return { currency: (kept[0]?.currency as string | undefined) ?? 'usd', total };
}

/** Copies the line items of a link to its session. */
export function copyLineItems(call: Call, from: string, to: string) {
	const list = itemsOf(call).get(from) ?? [];
	itemsOf(call).set(to, list);
	const total = list.reduce((sum, item) => sum + Number(item.amount_total), 0);
	return { currency: list[0]?.currency, amount_subtotal: total, amount_total: total };
}

function toItem(call: Call, item: ParamMap): Record<string, unknown> {
	const id = given.readText(item, 'price');
	const data = given.readHash(item, 'price_data');
	const price =
		id === undefined ? { ...data, id: call.world.newId('price') } : call.world.other('prices').find(id);
	if (price === undefined) throw noSuch('price', id ?? '', 'line_items[0][price]', 400);
	const { currency, unit_amount: unit } = price as { currency?: unknown; unit_amount?: unknown };
	const quantity = given.readInteger(item, 'quantity') ?? 1;
	const total = Number(unit) * quantity;
	return {
		id: call.world.newId('li'),
		object: 'item',
		adjustable_quantity: null,
		amount_discount: 0,
		amount_subtotal: total,
		amount_tax: 0,
		amount_total: total,
		currency: String(currency).toLowerCase(),
		description: null,
		metadata: {},
		price,
		quantity,
	} satisfies Shown<Stripe.LineItem>;
}
