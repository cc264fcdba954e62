import type Stripe from 'stripe';

import type { Param, Params } from '../../../ledger/model/request';
import type { StripeObject } from '../../../stripe/objects/stripeObject';
import type { ParameterReader } from '../../shared/parameters/parameterReader';
import { checkParamNames } from '../../shared/parameters/stripeParams';
import { buildSwitchProperty } from '../../shared/parameters/typedFields';
import type { ObjectLookUp, WriteOperation } from './operation';

/** Stripe copies the metadata of a link to its checkout sessions, and no further (docs.stripe.com/api/payment_links/create). */
export const copyMetadata = buildSwitchProperty(
	'Copy Metadata to the Payment/Subscription',
	'copyMetadata',
	'Whether the payment gets the metadata too, so that it can be found by the order number',
	{ default: true },
);

/**
 * Copies the metadata of a link to what is paid with it. Stripe takes it for payments or for subscriptions, and only the prices
 * say which of them the link makes.
 */
export const copyToPayments: Required<Pick<WriteOperation, 'reads' | 'adds'>> = {
	reads: (read, params) => {
		const prices = listPrices(params);
		return isCopied(read, params) && prices.length > 0 ? findRecurring(prices) : undefined;
	},
	adds: (read, params, { type }) => {
		if (!isCopied(read, params)) return {};
		const made = type === 'recurring' || hasPeriod(params) ? 'subscription_data' : 'payment_intent_data';
		const metadata = leaveOutSet(params.metadata, params[made]);
		return checkParamNames<Stripe.PaymentLinkCreateParams>({ [made]: { metadata } });
	},
};

function isCopied(read: ParameterReader, { metadata }: Params): boolean {
	return read.flag('copyMetadata') && isNamed(metadata) && Object.keys(metadata).length > 0;
}

/** Returns the first recurring price; if there is none, the last one. */
function findRecurring(prices: readonly string[]): ObjectLookUp {
	return async (read) => {
		let price: StripeObject = {};
		for (const id of prices) {
			price = await read(`/v1/prices/${encodeURIComponent(id)}`);
			if (price.type === 'recurring') return price;
		}
		return price;
	};
}

function listPrices(params: Params): string[] {
	const prices = listItems(params).map(({ price }) => price);
	return [...new Set(prices.filter((price) => typeof price === 'string'))];
}

function hasPeriod(params: Params): boolean {
	return listItems(params).some(({ price_data: data }) => isNamed(data) && 'recurring' in data);
}

function listItems({ line_items: items }: Params): Params[] {
	return Array.isArray(items) ? items.filter(isNamed) : [];
}

/** Metadata set by the user takes precedence. */
function leaveOutSet(metadata: Param | undefined, data: Param | undefined): Params {
	const set = isNamed(data) && isNamed(data.metadata) ? data.metadata : {};
	return Object.fromEntries(
		Object.entries(isNamed(metadata) ? metadata : {}).filter(([name]) => !Object.hasOwn(set, name)),
	);
}

function isNamed(param: Param | undefined): param is Params {
	return typeof param === 'object' && !Array.isArray(param);
}
