import type { Owner } from './pickerSearch';
import { buildPickerSearch } from './pickerSearch';
import {
	buildChoice,
	readProducts,
	toCustomerName,
	toInvoiceItemName,
	toInvoiceName,
	toMoneyName,
	toPaymentMethodName,
	toRefundableChoice,
	toSubscriptionItemName,
	toSubscriptionName,
} from './choices';

/** What is known by the name of its customer. */
const ofCustomer: Owner = {
	collection: '/v1/customers',
	toQuery: (typed) => `name~"${typed}" OR email~"${typed}"`,
	filter: 'customer',
};

const charges = { collection: '/v1/charges', owner: ofCustomer };

function searchInvoices(status?: 'draft' | 'open') {
	return buildPickerSearch({
		collection: '/v1/invoices',
		params: { expand: ['data.customer'], ...(status ? { status } : {}) },
		choiceOf: buildChoice(toInvoiceName),
		toQuery: (typed) => `number:"${typed}"${status ? ` AND status:"${status}"` : ''}`,
		owner: ofCustomer,
	});
}

/** The lists of the editor, by the names that the pickers give them. */
export const listSearch = {
	searchCharge: buildPickerSearch({ ...charges, choiceOf: buildChoice(toMoneyName) }),
	searchCustomer: buildPickerSearch({
		collection: '/v1/customers',
		choiceOf: buildChoice(toCustomerName),
		toQuery: ofCustomer.toQuery,
	}),
	searchDraftInvoice: searchInvoices('draft'),
	searchInvoice: searchInvoices(),
	searchInvoiceItem: buildPickerSearch({
		collection: '/v1/invoiceitems',
		params: { expand: ['data.customer'] },
		choiceOf: buildChoice(toInvoiceItemName),
		owner: ofCustomer,
	}),
	searchOpenInvoice: searchInvoices('open'),
	searchPaymentIntent: buildPickerSearch({
		collection: '/v1/payment_intents',
		choiceOf: buildChoice(toMoneyName),
		owner: ofCustomer,
	}),
	/** Of the customer that is chosen beside it, or whose invoice or subscription is. */
	searchPaymentMethod: buildPickerSearch({
		collection: async (lookUp) => `/v1/customers/${await lookUp.requireCustomer()}/payment_methods`,
		choiceOf: buildChoice(toPaymentMethodName),
	}),
	searchRefund: buildPickerSearch({ collection: '/v1/refunds', choiceOf: buildChoice(toMoneyName) }),
	searchRefundableCharge: buildPickerSearch({
		...charges,
		choiceOf: (charge) => toRefundableChoice(charge, charge.id),
	}),
	// Only a charge says what is left of it; of an intent that needs a read of its own.
	searchRefundablePaymentIntent: buildPickerSearch({
		...charges,
		choiceOf: (charge) => toRefundableChoice(charge, charge.payment_intent),
	}),
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
};
