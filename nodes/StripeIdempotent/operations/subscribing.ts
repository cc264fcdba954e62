import type { Params } from '../../../ledger/model/request';
import { withQuery } from '../../../stripe/api/query';
import type { StripeObject } from '../../../stripe/objects/stripeObject';
import type { ParameterReader } from '../../shared/parameters/parameterReader';
import { isRecord } from '../../shared/parameters/values';
import { refuseBoth } from './billing';
import type { WriteOperation } from './operation';

/** The most items of a subscription (docs.stripe.com/api/subscriptions/create). */
const MAX_ITEMS = 20;

/** @throws ItemError without a price, or with one twice */
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
	refuseBoth(read, params, 'cancel_at', 'cancel_at_period_end');
	refuseBoth(read, params, 'trial_end', 'trial_period_days');
	if (params.items === undefined || params.payment_behavior !== 'pending_if_incomplete') return;
	throw read.buildError(
		'additionalFields.paymentBehavior',
		'is Pending If Incomplete, which only changes of a subscription can be',
		'Choose Error If Incomplete to create nothing without its payment.',
	);
}

/** States in which a subscription will never be billed again. */
const ENDED = ['canceled', 'incomplete_expired'];

/** Stripe stops no second subscription to the same price: before a new one, the customer's others are looked at. */
export const refuseSubscribed: Required<Pick<WriteOperation, 'reads' | 'adds'>> = {
	reads: (read, { customer }) =>
		read.choice('ifAlreadySubscribed', ['allow', 'refuse']) === 'refuse' && typeof customer === 'string'
			? withQuery('/v1/subscriptions', { customer, status: 'all', limit: '100' })
			: undefined,
	adds: (read, { items }, { data, has_more: hasMore }) => {
		const wanted = readPrices(items);
		const standing = (Array.isArray(data) ? (data as StripeObject[]) : []).filter(
			({ status }) => !ENDED.includes(String(status)),
		);
		const twin = standing.find((one) => readPrices(one.items).some((price) => wanted.includes(price)));
		if (twin) {
			throw read.buildError(
				'ifAlreadySubscribed',
				`is Refuse, and the customer has ${String(twin.id)} (${String(twin.status)}) with the same price`,
				'Use Change Plan for that subscription, or choose Allow for a second one.',
			);
		}
		if (hasMore === true) {
			throw read.buildError(
				'ifAlreadySubscribed',
				'is Refuse, but the customer has more than 100 subscriptions, which cannot all be looked at',
				'Choose Allow where a second subscription is wanted.',
			);
		}
		return {};
	},
};

/** Of rows that are sent, or of the list that an object shows. */
function readPrices(items: unknown): unknown[] {
	const rows: unknown = isRecord(items) ? items.data : items;
	if (!Array.isArray(rows)) return [];
	return rows.filter(isRecord).map(({ price }) => (isRecord(price) ? price.id : price));
}
