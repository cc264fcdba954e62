import type { Owner } from './pickerSearch';
import { buildPickerSearch } from './pickerSearch';
import type { ListedObject } from './choices';
import {
	buildChoice,
	keepIf,
	toAccountName,
	toBalanceTransactionName,
	toCreditGrantName,
	toCreditNoteName,
	readProductOfPrice,
	readProducts,
	toCouponName,
	toPaymentLinkName,
	toSessionName,
	toSetupIntentName,
	toPriceName,
	toProductName,
	toQuoteName,
	toPromotionCodeName,
	toTaxRateName,
	toCustomerName,
	toDisputeName,
	toEventName,
	toExternalAccountName,
	toInvoiceItemName,
	toInvoiceName,
	toMeterChoice,
	toMeterName,
	toMoneyName,
	toPaymentMethodName,
	toPayoutName,
	toRefundableChoice,
	toScheduleName,
	toSubscriptionItemName,
	toSubscriptionName,
	toTransferName,
} from './choices';

/** Objects that people know by the name of their customer. */
const ofCustomer: Owner = {
	collection: '/v1/customers',
	toQuery: (typed) => `name~"${typed}" OR email~"${typed}"`,
	filter: 'customer',
};

const charges = { collection: '/v1/charges', owner: ofCustomer };

const invoices = {
	collection: '/v1/invoices',
	params: { expand: ['data.customer'] },
	toQuery: (typed: string) => `number:"${typed}"`,
	owner: ofCustomer,
};

function searchInvoices(status?: 'draft' | 'open') {
	return buildPickerSearch({
		...invoices,
		params: { ...invoices.params, ...(status ? { status } : {}) },
		choiceOf: buildChoice(toInvoiceName),
		toQuery: (typed) => `${invoices.toQuery(typed)}${status ? ` AND status:"${status}"` : ''}`,
	});
}

function searchPrices(type?: 'one_time' | 'recurring') {
	return buildPickerSearch({
		collection: '/v1/prices',
		params: { active: 'true', ...(type ? { type } : {}) },
		choiceOf: buildChoice(toPriceName),
		toQuery: (typed) => `lookup_key:"${typed}"`,
		owner: {
			collection: '/v1/products',
			toQuery: (typed) => `name~"${typed}"`,
			filter: 'product',
		},
		productsOf: readProductOfPrice,
	});
}

/** Lists the newest objects of a collection that Stripe's Search does not cover. */
function searchNewest(
	collection: string,
	nameOf: Parameters<typeof buildChoice>[0],
	more: Partial<Parameters<typeof buildPickerSearch>[0]> = {},
) {
	return buildPickerSearch({ collection, choiceOf: buildChoice(nameOf), ...more });
}

const payouts = (...statuses: readonly string[]) =>
	searchNewest('/v1/payouts', toPayoutName, {
		choiceOf: keepIf(({ status }) => statuses.includes(String(status)), toPayoutName),
	});
const creditNotes = (isChoosable: (note: ListedObject) => boolean) =>
	searchNewest('/v1/credit_notes', toCreditNoteName, {
		params: { expand: ['data.customer'] },
		choiceOf: keepIf(isChoosable, toCreditNoteName),
		owner: ofCustomer,
	});

const quotes = (status?: 'draft' | 'open') =>
	searchNewest('/v1/quotes', toQuoteName, {
		params: { expand: ['data.customer'], ...(status ? { status } : {}) },
		owner: ofCustomer,
	});

/** The lists of the editor, by the names that the pickers use. */
export const listSearch = {
	searchAccount: searchNewest('/v1/accounts', toAccountName),
	/** Accounts to act for, independent of the account that is already selected. */
	searchConnectedAccount: searchNewest('/v1/accounts', toAccountName, { isOfPlatform: true }),
	searchBalanceTransaction: searchNewest('/v1/balance_transactions', toBalanceTransactionName),
	searchCheckoutSession: searchNewest('/v1/checkout/sessions', toSessionName, { owner: ofCustomer }),
	searchOpenCheckoutSession: searchNewest('/v1/checkout/sessions', toSessionName, {
		params: { status: 'open' },
		owner: ofCustomer,
	}),
	searchPaymentLink: searchNewest('/v1/payment_links', toPaymentLinkName),
	searchSetupIntent: searchNewest('/v1/setup_intents', toSetupIntentName, { owner: ofCustomer }),
	searchCoupon: buildPickerSearch({ collection: '/v1/coupons', choiceOf: buildChoice(toCouponName) }),
	searchCharge: buildPickerSearch({ ...charges, choiceOf: buildChoice(toMoneyName) }),
	searchCustomer: buildPickerSearch({
		collection: '/v1/customers',
		choiceOf: buildChoice(toCustomerName),
		toQuery: ofCustomer.toQuery,
	}),
	searchCreditGrant: searchNewest('/v1/billing/credit_grants', toCreditGrantName, {
		params: { expand: ['data.customer'] },
		owner: ofCustomer,
	}),
	searchCreditNote: creditNotes(() => true),
	searchDispute: searchNewest('/v1/disputes', toDisputeName),
	searchDraftInvoice: searchInvoices('draft'),
	searchEvent: searchNewest('/v1/events', toEventName),
	/** Invoices for which a credit note can be created. */
	searchFinalizedInvoice: buildPickerSearch({
		...invoices,
		choiceOf: keepIf(
			({ status }) => ['open', 'paid', 'uncollectible'].includes(String(status)),
			toInvoiceName,
		),
	}),
	searchInvoice: searchInvoices(),
	searchInvoiceItem: buildPickerSearch({
		collection: '/v1/invoiceitems',
		params: { expand: ['data.customer'] },
		choiceOf: buildChoice(toInvoiceItemName),
		owner: ofCustomer,
	}),
	searchIssuedCreditNote: creditNotes(({ status }) => status === 'issued'),
	searchMeter: searchNewest('/v1/billing/meters', toMeterName),
	/** Selects a meter by the name of its events, with which usage is reported. */
	searchMeterEventName: buildPickerSearch({
		collection: '/v1/billing/meters',
		params: { status: 'active' },
		choiceOf: toMeterChoice,
	}),
	/** Disputes that need a response. */
	searchOpenDispute: searchNewest('/v1/disputes', toDisputeName, {
		choiceOf: keepIf(({ status }) => String(status).endsWith('needs_response'), toDisputeName),
	}),
	searchOpenInvoice: searchInvoices('open'),
	searchPaymentIntent: buildPickerSearch({
		collection: '/v1/payment_intents',
		choiceOf: buildChoice(toMoneyName),
		owner: ofCustomer,
	}),
	/** The payment methods of the selected customer, or of the customer of the selected invoice or subscription. */
	searchPaymentMethod: buildPickerSearch({
		collection: async (lookUp) => `/v1/customers/${await lookUp.requireCustomer()}/payment_methods`,
		choiceOf: buildChoice(toPaymentMethodName),
	}),
	searchPayout: searchNewest('/v1/payouts', toPayoutName),
	/** The payout destinations of the selected account. */
	searchPayoutDestination: buildPickerSearch({
		collection: async (lookUp) => `/v1/accounts/${await lookUp.requireAccount()}/external_accounts`,
		choiceOf: buildChoice(toExternalAccountName),
	}),
	searchPendingPayout: payouts('pending'),
	searchPrice: searchPrices(),
	/** Prices that a subscription can have. */
	searchRecurringPrice: searchPrices('recurring'),
	/** Prices that a line of an invoice can have. */
	searchOneTimePrice: searchPrices('one_time'),
	searchProduct: buildPickerSearch({
		collection: '/v1/products',
		params: { active: 'true' },
		choiceOf: buildChoice(toProductName),
		toQuery: (typed) => `name~"${typed}"`,
	}),
	searchPromotionCode: buildPickerSearch({
		collection: '/v1/promotion_codes',
		params: { active: 'true', expand: ['data.promotion.coupon'] },
		choiceOf: buildChoice(toPromotionCodeName),
	}),
	searchQuote: quotes(),
	searchDraftQuote: quotes('draft'),
	searchOpenQuote: quotes('open'),
	searchTaxRate: buildPickerSearch({
		collection: '/v1/tax_rates',
		params: { active: 'true' },
		choiceOf: buildChoice(toTaxRateName),
	}),
	searchRefund: buildPickerSearch({ collection: '/v1/refunds', choiceOf: buildChoice(toMoneyName) }),
	searchRefundableCharge: buildPickerSearch({
		...charges,
		choiceOf: (charge) => toRefundableChoice(charge, charge.id),
	}),
	// Only a charge shows what is left to refund. A PaymentIntent would need another read.
	searchRefundablePaymentIntent: buildPickerSearch({
		...charges,
		choiceOf: (charge) => toRefundableChoice(charge, charge.payment_intent),
	}),
	searchReversibleTransfer: searchNewest('/v1/transfers', toTransferName, {
		choiceOf: keepIf(({ reversed }) => reversed !== true, toTransferName),
	}),
	searchSentPayout: payouts('in_transit', 'paid'),
	searchSubscription: buildPickerSearch({
		collection: '/v1/subscriptions',
		params: { expand: ['data.customer'] },
		choiceOf: buildChoice(toSubscriptionName),
		owner: ofCustomer,
		productsOf: readProducts,
	}),
	searchSubscriptionItem: buildPickerSearch({
		collection: '/v1/subscription_items',
		params: (lookUp) => ({ subscription: lookUp.requireId('subscription', 'Subscription') }),
		choiceOf: buildChoice(toSubscriptionItemName),
		productsOf: readProducts,
	}),
	searchSubscriptionSchedule: searchNewest('/v1/subscription_schedules', toScheduleName, {
		params: { expand: ['data.customer'] },
		owner: ofCustomer,
	}),
	searchTopUp: searchNewest('/v1/topups', toMoneyName),
	searchTransfer: searchNewest('/v1/transfers', toTransferName),
};
