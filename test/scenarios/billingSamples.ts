import type { INodeParameters } from 'n8n-workflow';
import type Stripe from 'stripe';

import { PAID } from '../simulator/client';
import type { OperationSample } from './operationSample';
import { customer, described, fromItem, fund, id, marked, target } from './operationSample';

const DAY_MS = 86_400_000;
const CARD = 'pm_card_visa';

const payer = (stripe: Stripe) =>
	id(stripe.customers.create({ payment_method: CARD, invoice_settings: { default_payment_method: CARD } }));
const price = (stripe: Stripe, more: object = { recurring: { interval: 'year' } }) =>
	id(
		stripe.prices.create({
			currency: 'usd',
			unit_amount: 500,
			product_data: { name: 'Plan' },
			...more,
		}),
	);
const subscribed = async (stripe: Stripe) => {
	const items = [{ price: await price(stripe), quantity: 25 }];
	return id(stripe.subscriptions.create({ customer: await payer(stripe), items }));
};
const draft = async (stripe: Stripe) => {
	const invoice = await id(stripe.invoices.create({ customer: await payer(stripe), currency: 'usd' }));
	await stripe.invoices.addLines(invoice, { lines: [{ amount: 5000, description: 'Work' }] });
	return invoice;
};
const open = async (stripe: Stripe) => id(stripe.invoices.finalizeInvoice(await draft(stripe)));
const bill = async (stripe: Stripe) => {
	const to = {
		customer: await payer(stripe),
		collection_method: 'send_invoice',
		days_until_due: 14,
	} as const;
	const invoice = await id(stripe.invoices.create({ ...to, currency: 'usd' }));
	await stripe.invoices.addLines(invoice, { lines: [{ amount: 5000, description: 'Work' }] });
	return id(stripe.invoices.finalizeInvoice(invoice));
};
const invoiceItem = async (stripe: Stripe) =>
	id(stripe.invoiceItems.create({ customer: await payer(stripe), amount: 700, currency: 'usd' }));
const card = (stripe: Stripe) => id(stripe.paymentMethods.create({ type: 'card' }));
const kept = async (stripe: Stripe) =>
	id(stripe.paymentMethods.attach(await card(stripe), { customer: await customer(stripe) }));
const setupIntent = async (stripe: Stripe) =>
	id(stripe.setupIntents.create({ customer: await customer(stripe) }));
const oneTime = async (stripe: Stripe) => [{ price: await price(stripe, {}), quantity: 1 }];
const payout = async (stripe: Stripe) => {
	await fund(stripe);
	return id(stripe.payouts.create({ amount: 100, currency: 'usd' }));
};
const link = async (stripe: Stripe) => id(stripe.paymentLinks.create({ line_items: await oneTime(stripe) }));

const schedule = async (stripe: Stripe) =>
	id(stripe.subscriptionSchedules.create({ from_subscription: await subscribed(stripe) }));
const quote = async (stripe: Stripe) =>
	id(stripe.quotes.create({ customer: await payer(stripe), line_items: await oneTime(stripe) }));
const offer = async (stripe: Stripe) => id(stripe.quotes.finalizeQuote(await quote(stripe)));

const grant = async (stripe: Stripe) =>
	id(
		stripe.billing.creditGrants.create({
			customer: await customer(stripe),
			amount: { type: 'monetary', monetary: { value: 500, currency: 'usd' } },
			applicability_config: { scope: { price_type: 'metered' } },
		}),
	);

const minor = (amount: string): INodeParameters => ({ amount, amountUnit: 'minor', currency: 'usd' });
const priced = (name = 'price'): INodeParameters => ({
	row: [{ ...fromItem('price', name), quantity: 1 }],
});
const customerAndPrice = async (stripe: Stripe) => ({
	target: await payer(stripe),
	price: await price(stripe),
});
const subscriptionAndPrice = async (stripe: Stripe) => ({
	target: await subscribed(stripe),
	price: await price(stripe),
});

/** Subscriptions, invoices, what is sold, and how it is paid. */
export const BILLING_SAMPLES: Readonly<Record<string, OperationSample>> = {
	'checkoutSession.create': {
		prepare: (stripe) => price(stripe, {}),
		parameters: { lineItems: priced('target'), successUrl: 'https://example.com', ...marked },
	},
	'checkoutSession.expire': {
		prepare: async (stripe) =>
			id(
				stripe.checkout.sessions.create({
					mode: 'payment',
					success_url: 'https://example.com',
					line_items: await oneTime(stripe),
				}),
			),
		parameters: target('checkoutSession'),
		isPerishable: true,
	},
	'creditGrant.create': {
		prepare: customer,
		parameters: { ...target('customer'), ...minor('300'), ...marked },
	},
	'creditGrant.expire': { prepare: grant, parameters: target('creditGrant') },
	'creditGrant.update': { prepare: grant, parameters: { ...target('creditGrant'), ...marked } },
	'creditGrant.void': { prepare: grant, parameters: target('creditGrant') },
	'creditNote.create': {
		prepare: open,
		parameters: { ...target('invoice'), ...minor('300'), paysBackAs: 'nothing' },
	},
	'creditNote.void': {
		prepare: async (stripe) =>
			id(stripe.creditNotes.create({ invoice: await open(stripe), amount: 300 })),
		parameters: target('creditNote'),
	},
	'customer.setDefaultPaymentMethod': {
		prepare: async (stripe) => {
			const paymentMethod = await stripe.paymentMethods.retrieve(await kept(stripe));
			return { target: paymentMethod.customer as string, card: paymentMethod.id };
		},
		parameters: { ...target('customer'), ...fromItem('paymentMethod', 'card') },
	},
	'customerBalance.adjust': {
		prepare: customer,
		parameters: { ...target('customer'), ...minor('-300') },
	},
	'invoice.addLines': {
		prepare: draft,
		parameters: {
			...target('invoice'),
			...minor(''),
			lines: { row: [{ description: 'Hours', amount: '1250' }] },
		},
	},
	'invoice.attachPayment': {
		prepare: async (stripe) => {
			const invoice = await stripe.invoices.retrieve(await open(stripe));
			const paid = { ...PAID, amount: 5000, currency: 'usd', customer: invoice.customer as string };
			return { target: invoice.id, payment: await id(stripe.paymentIntents.create(paid)) };
		},
		parameters: { ...target('invoice'), ...fromItem('paymentIntent', 'payment') },
	},
	'invoice.create': {
		prepare: payer,
		parameters: {
			...target('customer'),
			collectionMethod: 'charge_automatically',
			pendingItems: 'include',
			...described,
		},
	},
	'invoice.delete': { prepare: draft, parameters: target('invoice') },
	'invoice.deleteOrVoid': { prepare: draft, parameters: target('invoice') },
	'invoice.deleteOrVoid open': { prepare: open, parameters: target('invoice') },
	'invoice.finalize': { prepare: draft, parameters: { ...target('invoice'), autoAdvance: false } },
	'invoice.markUncollectible': { prepare: open, parameters: target('invoice') },
	'invoice.pay': { prepare: open, parameters: { ...target('invoice'), paidOutsideStripe: false } },
	'invoice.send': { prepare: bill, parameters: target('invoice') },
	'invoice.update': { prepare: draft, parameters: { ...target('invoice'), ...described } },
	'invoice.void': { prepare: open, parameters: target('invoice') },
	'invoiceItem.create': {
		prepare: payer,
		parameters: { ...target('customer'), chargeBy: 'amount', ...minor('700') },
	},
	'invoiceItem.delete': { prepare: invoiceItem, parameters: target('invoiceItem') },
	'invoiceItem.update': {
		prepare: invoiceItem,
		parameters: { ...target('invoiceItem'), ...minor('900') },
	},
	'paymentLink.create': {
		prepare: (stripe) => price(stripe, {}),
		parameters: { lineItems: priced('target'), ...marked },
	},
	'paymentLink.deactivate': { prepare: link, parameters: target('paymentLink') },
	'paymentLink.update': { prepare: link, parameters: { ...target('paymentLink'), ...marked } },
	'paymentMethod.attach': {
		prepare: async (stripe) => ({ target: await card(stripe), owner: await customer(stripe) }),
		parameters: { ...target('paymentMethod'), ...fromItem('customer', 'owner') },
	},
	'paymentMethod.detach': { prepare: kept, parameters: target('paymentMethod') },
	'paymentMethod.update': { prepare: kept, parameters: { ...target('paymentMethod'), ...marked } },
	'payout.cancelOrReverse': { prepare: payout, ageMs: 3 * DAY_MS, parameters: target('payout') },
	'payout.cancelOrReverse pending': { prepare: payout, parameters: target('payout') },
	'payout.reverse': {
		prepare: payout,
		ageMs: 3 * DAY_MS,
		parameters: target('payout'),
	},
	'quote.accept': { prepare: offer, parameters: target('quote') },
	'quote.cancel': { prepare: offer, parameters: target('quote') },
	'quote.create': {
		prepare: customerAndPrice,
		parameters: { ...target('customer'), lineItems: priced(), ...described },
	},
	'quote.finalize': { prepare: quote, parameters: target('quote') },
	'quote.update': { prepare: quote, parameters: { ...target('quote'), ...described } },
	'refund.cancel': {
		prepare: async (stripe) => {
			const intent = await id(stripe.paymentIntents.create(PAID));
			const wish = { payment_intent: intent, instructions_email: 'ann@example.com' };
			return id(stripe.refunds.create(wish));
		},
		parameters: target('refund'),
	},
	'setupIntent.cancel': { prepare: setupIntent, parameters: target('setupIntent') },
	'setupIntent.confirm': {
		prepare: setupIntent,
		parameters: { ...target('setupIntent'), paymentMethod: CARD },
	},
	'setupIntent.create': {
		prepare: customer,
		parameters: { ...target('customer'), paymentMethod: CARD, confirmSetup: true, ...described },
	},
	'subscription.cancel': {
		prepare: subscribed,
		parameters: { ...target('subscription'), when: 'periodEnd', keySource: 'fields' },
	},
	'subscription.cancel now': {
		prepare: subscribed,
		parameters: { ...target('subscription'), when: 'now', keySource: 'object' },
	},
	'subscription.changePlan': {
		prepare: subscriptionAndPrice,
		parameters: { ...target('subscription'), ...fromItem('price', 'price'), changeWhen: 'none' },
	},
	'subscription.changePlan later': {
		requests: 2,
		prepare: subscriptionAndPrice,
		parameters: { ...target('subscription'), ...fromItem('price', 'price'), changeWhen: 'periodEnd' },
	},
	'subscription.create': {
		prepare: customerAndPrice,
		parameters: {
			...target('customer'),
			items: priced(),
			...described,
			collectionMethod: 'charge_automatically',
			ifAlreadySubscribed: 'refuse',
		},
	},
	'subscription.pause': {
		prepare: subscribed,
		parameters: { ...target('subscription'), whatStops: 'collection', behavior: 'void' },
	},
	'subscription.pause all': {
		prepare: subscribed,
		parameters: { ...target('subscription'), whatStops: 'subscription', unusedTimeFrom: 'none' },
	},
	'subscription.resume': {
		prepare: async (stripe) => {
			const subscription = await subscribed(stripe);
			await stripe.subscriptions.update(subscription, { pause_collection: { behavior: 'void' } });
			return subscription;
		},
		parameters: { ...target('subscription'), whatStops: 'collection' },
	},
	'subscription.undoCancellation': {
		prepare: async (stripe) =>
			id(stripe.subscriptions.update(await subscribed(stripe), { cancel_at_period_end: true })),
		parameters: target('subscription'),
	},
	'subscriptionSchedule.cancel': { prepare: schedule, parameters: target('subscriptionSchedule') },
	'subscriptionSchedule.create': {
		prepare: subscribed,
		parameters: { scheduleFor: 'subscription', ...target('subscription') },
	},
	'subscriptionSchedule.create phases': {
		prepare: customerAndPrice,
		parameters: {
			scheduleFor: 'customer',
			...target('customer'),
			additionalFields: {
				otherParameters: '={ "phases": [{ "items": [{ "price": "{{ $json.price }}" }] }] }',
			},
		},
	},
	'subscriptionSchedule.release': { prepare: schedule, parameters: target('subscriptionSchedule') },
	'subscriptionSchedule.update': {
		prepare: schedule,
		parameters: { ...target('subscriptionSchedule'), ...marked },
	},
	'subscription.update': { prepare: subscribed, parameters: { ...target('subscription'), ...described } },
};
