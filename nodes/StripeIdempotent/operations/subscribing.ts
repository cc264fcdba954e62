import type { OnlyOne } from '../../../ledger/model/entry';
import type { Params } from '../../../ledger/model/request';
import type { ParameterReader } from '../../shared/parameters/parameterReader';
import { isRecord } from '../../shared/parameters/values';

/** The maximum number of items of a subscription (docs.stripe.com/api/subscriptions/create). */
const MAX_ITEMS = 20;

/** @throws ItemError without a price, or for a repeated price */
export function readSubscribedItems(read: ParameterReader): Record<string, unknown>[] {
	const items = read.list('items');
	if (items.length === 0 || items.length > MAX_ITEMS) {
		throw read.buildError(
			'items',
			`has ${items.length} items`,
			`Add from 1 to ${MAX_ITEMS} items, each with a price.`,
		);
	}
	const prices = items.map(({ price }) => price);
	if (prices.includes(undefined))
		throw read.buildError('items', 'has an item without a price', 'Choose its price.');
	if (new Set(prices).size < prices.length)
		throw read.buildError('items', 'has one price twice', 'Add up their quantities in one item.');
	return items;
}

/** @throws ItemError */
export function refuseUnclearSubscription(read: ParameterReader, params: Params): void {
	if (params.items === undefined || params.payment_behavior !== 'pending_if_incomplete') return;
	throw read.buildError(
		'additionalFields.paymentBehavior',
		'is Pending If Incomplete, which only changes of a subscription can be',
		'Choose Error If Incomplete to create nothing without its payment.',
	);
}

/** Stripe allows a second subscription to the same price. */
export function readOnlyOne(read: ParameterReader, { customer, items }: Params): OnlyOne | undefined {
	if (read.choice('ifAlreadySubscribed', ['allow', 'refuse']) === 'allow') return undefined;
	const prices = (Array.isArray(items) ? items : []).flatMap((row) => (isRecord(row) ? row.price : []));
	const values = prices.filter((price) => typeof price === 'string');
	return typeof customer === 'string' && values.length > 0 ? { owner: customer, values } : undefined;
}
