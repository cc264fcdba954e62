import type { INodeParameters } from 'n8n-workflow';
import type Stripe from 'stripe';

import { NO_REDIRECTS, PAID } from '../simulator/client';
import { toLocator } from '../nodes/fixtures/ordersFixture';

/** One write operation as a workflow calls it: what it needs in Stripe, and its parameters. */
export interface OperationSample {
	/** Makes what it acts on. @returns its id */
	prepare?: (stripe: Stripe) => Promise<string>;
	parameters: INodeParameters;
	/** How many requests it takes; one where it is not given. */
	requests?: number;
	/** After days its object is in a state in which Stripe would refuse it. */
	isPerishable?: true;
}

const MONEY: INodeParameters = { amount: '300', amountUnit: 'minor', currency: 'USD' };
const target = (resource: string): INodeParameters => ({
	[resource]: { ...toLocator('id', ''), value: '={{ $json.target }}' },
});
const described = { additionalFields: { description: '={{ $json.order }}' } };
const marked = {
	additionalFields: { metadata: { entry: [{ key: 'order', value: '={{ $json.order }}' }] } },
};

const id = async (made: Promise<{ id: string }>) => (await made).id;
const paid = (stripe: Stripe) => id(stripe.paymentIntents.create(PAID));
const held = (stripe: Stripe) => id(stripe.paymentIntents.create({ ...PAID, capture_method: 'manual' }));
const open = (stripe: Stripe) =>
	id(stripe.paymentIntents.create({ amount: 500, currency: 'usd', ...NO_REDIRECTS }));
const chargeOf = async (stripe: Stripe, intent: string) =>
	(await stripe.paymentIntents.retrieve(intent)).latest_charge as string;
const customer = (stripe: Stripe) => id(stripe.customers.create());
/** Enough for whatever is paid out. */
const fund = (stripe: Stripe) => id(stripe.paymentIntents.create({ ...PAID, amount: 1_000_000 }));
const account = (stripe: Stripe) => id(stripe.accounts.create({ business_profile: { name: 'Branch' } }));
const coupon = (stripe: Stripe) => id(stripe.coupons.create({ percent_off: 10, duration: 'once' }));
const product = (stripe: Stripe) => id(stripe.products.create({ name: 'Plan' }));
const price = async (stripe: Stripe) =>
	id(stripe.prices.create({ product: await product(stripe), currency: 'usd', unit_amount: 500 }));
const taxRate = (stripe: Stripe) =>
	id(stripe.taxRates.create({ display_name: 'VAT', percentage: 19, inclusive: true }));
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
	'customer.create': { parameters: described },
	'customer.delete': { prepare: customer, parameters: { ...target('customer'), yesDelete: true } },
	'customer.update': { prepare: customer, parameters: { ...target('customer'), ...described } },
	'customer.upsert': { parameters: { matchEmail: '={{ $json.order }}@example.com', ...described } },
	'dispute.accept': { prepare: dispute, parameters: target('dispute') },
	'dispute.update': { prepare: dispute, parameters: { ...target('dispute'), ...marked } },
	'invoice.billCustomer': {
		requests: 4,
		prepare: (stripe) =>
			id(stripe.customers.create({ invoice_settings: { default_payment_method: 'pm_card_visa' } })),
		parameters: {
			...target('customer'),
			...{ collectionMethod: 'charge_automatically', pendingItems: 'exclude', linesFrom: 'json' },
			...{
				linesJson: '[{ "description": "Work", "amount": "300" }]',
				amountUnit: 'minor',
				currency: 'USD',
			},
		},
	},
	'paymentIntent.cancel': { prepare: open, parameters: target('paymentIntent') },
	'paymentIntent.capture': { prepare: held, parameters: target('paymentIntent') },
	'paymentIntent.confirm': {
		prepare: open,
		parameters: { ...target('paymentIntent'), paymentMethod: 'pm_card_visa' },
	},
	'paymentIntent.create': { parameters: { ...MONEY, confirm: true, paymentMethod: 'pm_card_visa' } },
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
	'meterEvent.create': {
		prepare: async (stripe) => {
			const [meter] = (await stripe.billing.meters.list()).data;
			if (!meter) await stripe.billing.meters.create(METER);
			return customer(stripe);
		},
		parameters: { ...target('customer'), eventName: toLocator('name', 'api_calls'), value: '25' },
	},
};

const METER = {
	display_name: 'API calls',
	event_name: 'api_calls',
	default_aggregation: { formula: 'sum' },
} as const;

export const OPERATION_SAMPLES: ReadonlyMap<string, OperationSample> = new Map(Object.entries(SAMPLES));

/** Operations that have no sample yet: they are not tried with every fate. None is to be added; each is to go. */
export const NOT_SAMPLED: ReadonlySet<string> = new Set([
	...['creditNote.create', 'creditNote.void', 'payout.reverse'],
	...['checkoutSession.create', 'checkoutSession.expire', 'customer.setDefaultPaymentMethod'],
	...['customerBalance.adjust', 'paymentLink.create', 'paymentLink.deactivate', 'paymentLink.update'],
	...['paymentMethod.attach', 'paymentMethod.detach', 'paymentMethod.update', 'refund.cancel'],
	...['setupIntent.cancel', 'setupIntent.confirm', 'setupIntent.create'],
	...['subscriptionSchedule.cancel', 'subscriptionSchedule.create'],
	...['subscriptionSchedule.release', 'subscriptionSchedule.update'],
	...['invoice.addLines', 'invoice.create', 'invoice.delete', 'invoice.finalize', 'invoice.pay'],
	...['invoice.markUncollectible', 'invoice.send', 'invoice.update', 'invoice.void'],
	...['invoiceItem.create', 'invoiceItem.delete', 'invoiceItem.update'],
	...['subscription.cancel', 'subscription.changePlan', 'subscription.create', 'subscription.pause'],
	...['subscription.resume', 'subscription.undoCancellation', 'subscription.update'],
]);
