import type { INodeParameters } from 'n8n-workflow';
import type Stripe from 'stripe';

import { NO_REDIRECTS, PAID } from '../simulator/client';
import { toLocator } from '../nodes/fixtures/ordersFixture';
import { BILLING_SAMPLES } from './billingSamples';
import type { OperationSample } from './operationSample';
import { customer, described, fund, id, marked, target } from './operationSample';

const MONEY: INodeParameters = { amount: '300', amountUnit: 'minor', currency: 'USD' };

const paid = (stripe: Stripe) => id(stripe.paymentIntents.create(PAID));
const held = (stripe: Stripe) => id(stripe.paymentIntents.create({ ...PAID, capture_method: 'manual' }));
const open = (stripe: Stripe) =>
	id(stripe.paymentIntents.create({ amount: 500, currency: 'usd', ...NO_REDIRECTS }));
const chargeOf = async (stripe: Stripe, intent: string) =>
	(await stripe.paymentIntents.retrieve(intent)).latest_charge as string;
const account = (stripe: Stripe) => id(stripe.accounts.create({ business_profile: { name: 'Branch' } }));
const coupon = (stripe: Stripe) => id(stripe.coupons.create({ percent_off: 10, duration: 'once' }));
const product = (stripe: Stripe) => id(stripe.products.create({ name: 'Plan' }));
const price = async (stripe: Stripe) =>
	id(stripe.prices.create({ product: await product(stripe), currency: 'usd', unit_amount: 500 }));
const taxRate = (stripe: Stripe) =>
	id(stripe.taxRates.create({ display_name: 'VAT', percentage: 19, inclusive: true }));
const METER = {
	display_name: 'API calls',
	event_name: 'api_calls',
	default_aggregation: { formula: 'sum' },
} as const;
/** Of a name that no other meter has. */
const meter = async (stripe: Stripe) =>
	id(stripe.billing.meters.create({ ...METER, event_name: await customer(stripe) }));
const dispute = async (stripe: Stripe) => {
	await stripe.paymentIntents.create({ ...PAID, payment_method: 'pm_card_createDispute' });
	return (await stripe.disputes.list()).data[0]!.id;
};

/** By resource and operation. */
const SAMPLES: Readonly<Record<string, OperationSample>> = {
	'charge.capture': {
		prepare: (stripe) =>
			id(stripe.charges.create({ amount: 500, currency: 'usd', source: 'tok_visa', capture: false })),
		parameters: target('charge'),
	},
	'charge.update': {
		prepare: async (stripe) => chargeOf(stripe, await paid(stripe)),
		parameters: { ...target('charge'), ...described },
	},
	'coupon.create': {
		parameters: { discountBy: 'percent', percentOff: '10', duration: 'once', ...marked },
	},
	'coupon.delete': { prepare: coupon, parameters: target('coupon') },
	'coupon.update': { prepare: coupon, parameters: { ...target('coupon'), ...marked } },
	'customApiCall.request': {
		parameters: { method: 'POST', path: '/v1/tax_ids', body: '={{ { name: $json.order } }}' },
	},
	'customApiCall.request known': {
		parameters: { method: 'POST', path: '/v1/customers', body: '={{ { name: $json.order } }}' },
	},
	'customer.create': { parameters: described },
	'customer.delete': { prepare: customer, parameters: { ...target('customer'), yesDelete: true } },
	'customer.update': { prepare: customer, parameters: { ...target('customer'), ...described } },
	'customer.upsert': {
		parameters: { matchEmail: '={{ $json.order.replace(/[^a-z0-9]/gi, "") }}@example.com', ...described },
	},
	'dispute.accept': { prepare: dispute, parameters: target('dispute') },
	'dispute.update': { prepare: dispute, parameters: { ...target('dispute'), ...marked } },
	'invoice.billCustomer': {
		requests: 4,
		prepare: (stripe) =>
			id(stripe.customers.create({ invoice_settings: { default_payment_method: 'pm_card_visa' } })),
		parameters: {
			...target('customer'),
			collectionMethod: 'charge_automatically',
			pendingItems: 'exclude',
			linesFrom: 'json',
			linesJson: '[{ "description": "Work", "amount": "300" }]',
			amountUnit: 'minor',
			currency: 'USD',
		},
	},
	'paymentIntent.cancel': { prepare: open, parameters: target('paymentIntent') },
	'paymentIntent.capture': { prepare: held, parameters: target('paymentIntent') },
	'paymentIntent.confirm': {
		prepare: open,
		parameters: { ...target('paymentIntent'), paymentMethod: 'pm_card_visa' },
	},
	'paymentIntent.create': { parameters: { ...MONEY, confirm: true, paymentMethod: 'pm_card_visa' } },
	'paymentIntent.incrementAuthorization': {
		prepare: held,
		parameters: { ...target('paymentIntent'), ...MONEY, amount: '700' },
	},
	'paymentIntent.update': { prepare: open, parameters: { ...target('paymentIntent'), ...described } },
	'payout.cancel': {
		isPerishable: true,
		prepare: async (stripe) => {
			await fund(stripe);
			return id(stripe.payouts.create({ amount: 100, currency: 'usd' }));
		},
		parameters: target('payout'),
	},
	'payout.create': { prepare: fund, parameters: { ...MONEY, ...described } },
	'price.create': {
		prepare: product,
		parameters: { ...MONEY, ...target('product'), billingPeriod: 'month' },
	},
	'price.update': { prepare: price, parameters: { ...target('price'), ...marked } },
	'product.create': { parameters: { name: '={{ $json.order }}' } },
	'product.delete': { prepare: product, parameters: target('product') },
	'product.update': { prepare: product, parameters: { ...target('product'), ...marked } },
	'promotionCode.create': { prepare: coupon, parameters: target('coupon') },
	'promotionCode.deactivate': {
		prepare: async (stripe) => {
			const promotion = { type: 'coupon', coupon: await coupon(stripe) } as const;
			return id(stripe.promotionCodes.create({ promotion }));
		},
		parameters: target('promotionCode'),
	},
	'refund.create': {
		prepare: paid,
		parameters: { refundOf: 'paymentIntent', ...target('paymentIntent') },
	},
	'refund.update': {
		prepare: async (stripe) => id(stripe.refunds.create({ payment_intent: await paid(stripe) })),
		parameters: { ...target('refund'), ...marked },
	},
	'taxRate.create': { parameters: { displayName: 'VAT', percentage: '19', tax: 'inclusive', ...marked } },
	'taxRate.update': { prepare: taxRate, parameters: { ...target('taxRate'), ...marked } },
	'topUp.create': { parameters: { ...MONEY, ...described } },
	'topUp.cancel': {
		isPerishable: true,
		prepare: (stripe) => id(stripe.topups.create({ amount: 500, currency: 'usd' })),
		parameters: target('topUp'),
	},
	'transfer.create': {
		prepare: async (stripe) => {
			await fund(stripe);
			return account(stripe);
		},
		parameters: { ...MONEY, ...target('destination') },
	},
	'transfer.reverse': {
		prepare: async (stripe) => {
			await fund(stripe);
			const destination = await account(stripe);
			return id(stripe.transfers.create({ amount: 300, currency: 'usd', destination }));
		},
		parameters: { ...target('transfer'), amount: '100', amountUnit: 'minor', currency: 'USD' },
	},
	'meter.create': {
		parameters: { displayName: 'Calls', meterEventName: '={{ $json.order }}', aggregation: 'sum' },
	},
	'meter.deactivate': { prepare: meter, parameters: target('meter') },
	'meter.reactivate': {
		prepare: async (stripe) => id(stripe.billing.meters.deactivate(await meter(stripe))),
		parameters: target('meter'),
	},
	'meter.update': { prepare: meter, parameters: { ...target('meter'), displayName: '={{ $json.order }}' } },
	'meterEvent.create': {
		prepare: async (stripe) => {
			const [meter] = (await stripe.billing.meters.list({ status: 'active' })).data;
			if (!meter) await stripe.billing.meters.create(METER);
			return customer(stripe);
		},
		parameters: { ...target('customer'), eventName: toLocator('name', 'api_calls'), value: '25' },
	},
};

/** By resource and operation; what stands behind a space says which of several ways it is called in. */
export const OPERATION_SAMPLES: ReadonlyMap<string, OperationSample> = new Map(
	Object.entries({ ...SAMPLES, ...BILLING_SAMPLES }),
);
