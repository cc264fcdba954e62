import type { INodeProperties } from 'n8n-workflow';

import type { Permission } from '../../../stripe/api/permissions';
import { buildProseProperty } from '../../shared/parameters/fields';
import { buildPicker } from '../../shared/parameters/picker';
import type { ParameterReader } from '../../shared/parameters/parameterReader';
import { keepName } from '../../shared/parameters/stripeParams';
import {
	buildChoiceProperty,
	buildCommaListProperty,
	buildCountProperty,
	buildPickedListProperty,
	buildRowsProperty,
	buildSwitchProperty,
} from '../../shared/parameters/typedFields';

/** Parameters that subscriptions, invoices and their items share. */

const collectionMethods = {
	'Charge Automatically': 'charge_automatically',
	'Send Invoice': 'send_invoice',
};

export const collectionMethod = buildChoiceProperty(
	'Collection Method',
	'collectionMethod',
	collectionMethods,
);

export const daysUntilDue = buildCountProperty(
	'Days Until Due',
	'daysUntilDue',
	{ minValue: 0 },
	{ default: 30, description: 'How many days the customer has to pay an invoice that is sent' },
);

export const dueTerms: INodeProperties[] = [
	collectionMethod,
	{ ...daysUntilDue, displayOptions: { show: { collectionMethod: ['send_invoice'] } } },
];

/** Reads how an invoice is collected, and when it is due. */
export function readDueTerms(read: ParameterReader): {
	collection_method: string;
	days_until_due: unknown;
} {
	const method = read.choice('collectionMethod', Object.values(collectionMethods));
	const isSent = method === 'send_invoice';
	return { collection_method: method, days_until_due: isSent ? read.number('daysUntilDue') : undefined };
}

export const defaultPaymentMethod = {
	...buildPicker('paymentMethod', { displayName: 'Default Payment Method', required: false }),
	name: 'defaultPaymentMethod' as const,
};

export const automaticTax = buildSwitchProperty(
	'Automatic Tax',
	'automaticTax',
	'Whether Stripe Tax calculates the taxes',
);

export const defaultTaxRates = buildPickedListProperty(
	'Default Tax Rates',
	'defaultTaxRates',
	buildPicker('taxRate'),
	{ description: 'For everything without tax rates of its own' },
);

export const pickedTaxRates = buildPickedListProperty('Tax Rates', 'taxRates', buildPicker('taxRate'));

export const taxRates = buildCommaListProperty('Tax Rates', 'taxRates', {
	placeholder: 'e.g. txr_1MnyuqLkdIwHu7ixLVrdKS0u',
	description: 'IDs of tax rates, separated by commas',
});

export const discounts = buildRowsProperty(
	'Discounts',
	'discounts',
	[buildPicker('coupon', { required: false }), buildPicker('promotionCode', { required: false })],
	{
		description: 'Each row is a coupon or a promotion code. An update replaces all previous ones.',
	},
);

export const offSession = buildSwitchProperty(
	'Off Session',
	'offSession',
	'Whether the customer is absent, as in a workflow that runs at night',
	{ default: true },
);

export const price = buildPicker('price');

/** The price of an item of a subscription. */
export const recurringPrice = buildPicker('price', {}, 'searchRecurringPrice');

/** The price of an item or a line of an invoice: Stripe has no period there (`PriceData` in docs.stripe.com/api/invoiceitems/create). */
export const oneTimePrice = buildPicker('price', {}, 'searchOneTimePrice');

export const quantity = buildCountProperty('Quantity', 'quantity', { minValue: 0 }, { default: 1 });

export const prorationDate = keepName({
	displayName: 'Proration Date',
	name: 'prorationDate',
	type: 'dateTime',
	default: '',
	description: 'The moment unused time is calculated for. Use the same in Preview and in the change.',
});

export const statementDescriptor = buildProseProperty('Statement Descriptor', 'statementDescriptor', {
	placeholder: 'e.g. NOVEMBER',
	description: "Text on the customer's bank statement, at most 22 characters",
});

/** Permissions of a restricted key to preview a change, which is needed if a limit applies. */
export const previewPermissions: readonly Permission[] = [
	{ name: 'invoice', access: 'write' },
	{ name: 'plan', access: 'read' },
];
