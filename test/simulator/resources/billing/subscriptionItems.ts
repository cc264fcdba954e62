import type Stripe from 'stripe';

import { invalid, noSuch } from '../../errors';
import { getOwn, isMap, type ParamMap } from '../../form';
import type { Price, Subscription, SubscriptionItem } from '../../objects';
import * as given from '../../parameters';
import type { Shown } from '../../sdkTypes';
import type { StripeState } from '../../world';
import { endOfPeriod, readPrice } from './prices';

/** One row of `items[]`. */
export interface ItemWish {
	/** ID of an existing item; without it, a new one is added. */
	id?: string;
	price?: Price;
	quantity?: number;
	isDeleted: boolean;
	metadata: Record<string, string>;
}

export function readItems(state: StripeState, params: ParamMap): ItemWish[] {
	const rows = getOwn(params, 'items') ?? [];
	if (!Array.isArray(rows)) throw invalid('items', 'Invalid array');
	if (rows.length > 20)
		throw invalid('items', 'A subscription can have at most 20 items.', 'parameter_invalid_integer');
	return rows.map((row, index) => {
		const where = `items[${index}]`;
		if (!isMap(row)) throw invalid(where, 'Invalid hash', 'parameter_invalid_hash');
		const price = readPrice(state, row, where);
		if (price && !price.recurring) {
			throw invalid(
				`${where}[price]`,
				'The price specified is set to `type=one_time` but this field only accepts prices with `type=recurring`.',
			);
		}
		return {
			id: given.readText(row, 'id'),
			price,
			quantity: given.readInteger(row, 'quantity'),
			isDeleted: given.readFlag(row, 'deleted') ?? false,
			metadata: given.mergeMetadata({}, given.readMetadata(row)),
		};
	});
}

/**
 * Returns the items after the change. A row without `id` adds an item, and another price without a quantity sets
 * it to 1 (API reference, "Update a subscription", `items`).
 */
export function applyItems(
	state: StripeState,
	currentItems: readonly SubscriptionItem[],
	wishes: readonly ItemWish[],
	subscription: Pick<Subscription, 'id'>,
): SubscriptionItem[] {
	const items = currentItems.map((item) => ({ ...item }));
	for (const [index, { id, price, quantity, isDeleted, metadata }] of wishes.entries()) {
		const item = id === undefined ? undefined : items.find((one) => one.id === id);
		if (id !== undefined && !item) throw noSuch('subscription_item', id, `items[${index}][id]`, 400);
		if (isDeleted && item) items.splice(items.indexOf(item), 1);
		else if (item) {
			const isOther = price !== undefined && price.id !== item.price.id;
			item.quantity = quantity ?? (isOther ? 1 : item.quantity);
			item.price = price ?? item.price;
			item.metadata = { ...item.metadata, ...metadata };
		} else if (price) {
			const start = items[0]?.current_period_start ?? state.seconds();
			items.push(newItem(state, { subscription: subscription.id, price, quantity, metadata, start }));
		} else throw invalid(`items[${index}][price]`, 'Missing required param: price.', 'parameter_missing');
	}
	refuseTwins(items);
	return items;
}

function refuseTwins(items: readonly SubscriptionItem[]): void {
	const prices = items.map(({ price }) => price.id);
	const twin = prices.find((id, index) => prices.indexOf(id) !== index);
	if (twin !== undefined)
		throw invalid('items', `Cannot add multiple subscription items with the same plan: ${twin}`);
	if (new Set(items.map(({ price }) => price.currency)).size > 1)
		throw invalid('items', 'The specified prices must all be in one currency.');
}

interface NewItem {
	subscription: string;
	price: Price;
	quantity?: number;
	metadata: Record<string, string>;
	start: number;
	end?: number;
}

function newItem(state: StripeState, wish: NewItem): SubscriptionItem {
	const { subscription, price, quantity = 1, metadata, start } = wish;
	return {
		id: state.newId('si'),
		object: 'subscription_item',
		billing_thresholds: null,
		created: state.seconds(),
		current_period_end: wish.end ?? endOfPeriod(start, price),
		current_period_start: start,
		current_trial: null,
		discounts: [],
		metadata,
		plan: { id: price.id, object: 'plan', amount: price.unit_amount, product: price.product },
		price,
		quantity,
		subscription,
		tax_rates: [],
	} satisfies Shown<Stripe.SubscriptionItem, SubscriptionItem>;
}

export function showItems(id: string, data: SubscriptionItem[]): Subscription['items'] {
	return { object: 'list', data, has_more: false, url: `/v1/subscription_items?subscription=${id}` };
}

/** The price of a whole period. */
export function priceOfPeriod(items: readonly SubscriptionItem[]): number {
	return items.reduce((sum, { price, quantity }) => sum + price.unit_amount * quantity, 0);
}

/**
 * Changes that begin a new period, which is charged immediately whatever the proration (API reference, "Update a
 * subscription").
 */
export function beginsPeriod(
	before: readonly SubscriptionItem[],
	after: readonly SubscriptionItem[],
): boolean {
	const [was, becomes] = [before, after].map(([first]) => first && endOfPeriod(0, first.price));
	return was !== becomes || (priceOfPeriod(before) === 0 && priceOfPeriod(after) > 0);
}
