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

/** Only these parameters, and those in `off` only if they are switched off. */
function only(names: readonly string[], off: readonly string[] = []): Detect {
	return (params) =>
		Object.entries(params).every(
			([name, value]) => names.includes(name) || (off.includes(name) && value === 'false'),
		);
}

/** Omitting these may make Stripe collect a payment. */
function switchedOff(...names: string[]): Detect {
	return (params) => names.every((name) => params[name] === 'false');
}

/**
 * The writes that neither move money nor commit anyone to pay, and under which conditions. They are allowed under a limit. Any
 * other write whose amount is not known is refused under a limit. A page on which the customer agrees to pay moves nothing
 * itself.
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
		// A new payment source makes Stripe retry overdue payments.
		'customer.update': only(CUSTOMER_DETAILS),
		'customer.upsert': only(CUSTOMER_DETAILS),
		'dispute.update': always,
		'invoice.create': switchedOff('auto_advance'),
		'invoice.delete': always,
		'invoice.deleteOrVoid': always,
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
		// A quote creates a debt only when it is accepted.
		'quote.finalize': always,
		'quote.update': always,
		'refund.cancel': always,
		'refund.update': always,
		'setupIntent.cancel': always,
		'setupIntent.confirm': always,
		'setupIntent.create': always,
		// A cancellation can invoice the usage so far.
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
 * @param name the resource and operation: `coupon.create`
 * @param params in wire form
 */
export function movesNoMoney(name: string, params: Params): boolean {
	return MOVES_NO_MONEY.get(name)?.(params) ?? false;
}
