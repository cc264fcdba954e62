import type { Params } from '../../ledger/model/request';
import { detectDescriptionOnly } from './operations/operation';

type Detect = (params: Params) => boolean;

const always: Detect = () => true;
const wordsOnly: Detect = (params) => detectDescriptionOnly(params) !== undefined;

const CUSTOMER_DETAILS = [
	'address',
	'description',
	'email',
	'expand',
	'invoice_settings',
	'metadata',
	'name',
	'payment_method',
	'phone',
	'preferred_locales',
	'shipping',
	'tax',
	'tax_exempt',
	'tax_id_data',
];

/** Nothing but these; those in `off` only switched off. */
function only(names: readonly string[], off: readonly string[] = []): Detect {
	return (params) =>
		Object.entries(params).every(
			([name, value]) => names.includes(name) || (off.includes(name) && value === 'false'),
		);
}

/** Where leaving them out may mean that Stripe collects. */
function switchedOff(...names: string[]): Detect {
	return (params) => names.every((name) => params[name] === 'false');
}

/**
 * The writes that neither move money nor commit anyone to it, and when: they go through under a limit. A write that is not here,
 * and of which the request does not tell how much it moves, is refused under one. A page where the customer agrees to pay moves
 * nothing by itself.
 */
const MOVES_NO_MONEY: ReadonlyMap<string, Detect> = new Map(
	Object.entries<Detect>({
		'charge.update': always,
		'checkoutSession.create': always,
		'checkoutSession.expire': always,
		'coupon.create': always,
		'coupon.delete': always,
		'coupon.update': always,
		'creditGrant.update': wordsOnly,
		'customer.create': only(CUSTOMER_DETAILS),
		'customer.delete': always,
		'customer.setDefaultPaymentMethod': always,
		// A new source makes Stripe try what is past due again.
		'customer.update': only(CUSTOMER_DETAILS),
		'customer.upsert': only(CUSTOMER_DETAILS),
		'dispute.update': always,
		'invoice.create': switchedOff('auto_advance'),
		'invoice.delete': always,
		'invoice.finalize': switchedOff('auto_advance'),
		'invoice.markUncollectible': always,
		'invoice.update': wordsOnly,
		'invoice.void': always,
		'invoiceItem.update': wordsOnly,
		'meter.create': always,
		'meter.deactivate': always,
		'meter.reactivate': always,
		'meter.update': always,
		'paymentIntent.cancel': always,
		'paymentIntent.update': wordsOnly,
		'paymentLink.create': always,
		'paymentLink.deactivate': always,
		'paymentLink.update': always,
		'paymentMethod.attach': always,
		'paymentMethod.detach': always,
		'paymentMethod.update': always,
		'payout.cancel': always,
		'price.create': always,
		'price.update': always,
		'product.create': always,
		'product.delete': always,
		'product.update': always,
		'promotionCode.create': always,
		'promotionCode.deactivate': always,
		'quote.cancel': always,
		'quote.create': always,
		// Only who accepts it owes anything.
		'quote.finalize': always,
		'quote.update': always,
		'refund.cancel': always,
		'refund.update': always,
		'setupIntent.cancel': always,
		'setupIntent.confirm': always,
		'setupIntent.create': always,
		// A cancellation can bill what was used until now.
		'subscription.cancel': only(
			['cancel_at', 'cancel_at_period_end', 'cancellation_details', 'expand'],
			['invoice_now', 'prorate'],
		),
		'subscription.pause': only(['expand', 'pause_collection']),
		'subscription.update': wordsOnly,
		'subscriptionSchedule.cancel': switchedOff('invoice_now', 'prorate'),
		'subscriptionSchedule.update': wordsOnly,
		'taxRate.create': always,
		'taxRate.update': always,
		'topUp.cancel': always,
	}),
);

export const namesWithoutMoney: readonly string[] = [...MOVES_NO_MONEY.keys()];

/**
 * @param name resource and operation: `coupon.create`
 * @param params in wire form
 */
export function movesNoMoney(name: string, params: Params): boolean {
	return MOVES_NO_MONEY.get(name)?.(params) ?? false;
}
