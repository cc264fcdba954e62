import type { INodeProperties } from 'n8n-workflow';
import type Stripe from 'stripe';

import {
	buildAdditionalFields,
	buildAmountProperties,
	buildProseProperty,
	buildTextProperty,
	currencyOfObject,
	metadata,
	otherParameters,
	requiredCurrency,
} from '../../shared/parameters/fields';
import { buildPicker } from '../../shared/parameters/picker';
import type { ParameterReader } from '../../shared/parameters/parameterReader';
import { checkParamNames } from '../../shared/parameters/stripeParams';
import {
	buildChoiceProperty,
	buildSwitchProperty,
	buildTimeProperty,
} from '../../shared/parameters/typedFields';
import { discounts, oneTimePrice, pickedTaxRates, quantity } from './billing';
import type { StripeResource } from './operation';
import { detectDescriptionOnly, readAmountOfObject } from './operation';
import { buildGet, buildGetMany } from './reads';

const items = {
	resource: 'invoiceItem',
	path: '/v1/invoiceitems',
	one: 'an invoice item',
	many: 'invoice items',
	includes: { includeCustomer: 'customer' },
} as const;

const pathOf = (read: ParameterReader) => `${items.path}/${read.id('invoiceItem')}`;

const description = buildProseProperty('Description', 'description', {
	placeholder: 'e.g. 12 hours in November',
});
const itemFields = [
	buildSwitchProperty('Discountable', 'discountable', 'Whether discounts apply to it', { default: true }),
	discounts,
	metadata,
	otherParameters,
	buildTimeProperty('Period End', 'periodEnd'),
	buildTimeProperty('Period Start', 'periodStart'),
	buildTextProperty('Quantity Decimal', 'quantityDecimal', { placeholder: 'e.g. 7.5' }),
	buildChoiceProperty('Tax Behavior', 'taxBehavior', {
		Exclusive: 'exclusive',
		Inclusive: 'inclusive',
		Unspecified: 'unspecified',
	}),
	pickedTaxRates,
	buildTextProperty('Unit Amount Decimal', 'unitAmountDecimal', {
		placeholder: 'e.g. 0.125',
		description: 'In the minor unit, with up to 12 decimals, instead of the amount',
	}),
];

const showFor = (chargeBy: string, property: INodeProperties): INodeProperties => ({
	...property,
	displayOptions: {
		...property.displayOptions,
		show: { ...property.displayOptions?.show, chargeBy: [chargeBy] },
	},
});

export const invoiceItemResource: StripeResource = {
	value: 'invoiceItem',
	name: 'Invoice Item',
	permission: 'invoice',
	operations: [
		{
			kind: 'write',
			class: 'create',
			value: 'create',
			name: 'Create',
			action: 'Create an invoice item',
			description:
				"Add an amount to a draft invoice, or to the customer's next one. Without Invoice, the next renewal of a subscription takes it, or an invoice created with Pending Items: Include.",
			path: () => items.path,
			params: (read) =>
				checkParamNames<Stripe.InvoiceItemCreateParams>({
					customer: read.id('customer'),
					...readCharge(read),
					description: read.optionalProse('description'),
					invoice: read.optionalId('invoice'),
					...read.additionalFields(),
				}),
			properties: [
				buildPicker('customer'),
				buildChoiceProperty('Charge By', 'chargeBy', { Amount: 'amount', Price: 'price' }),
				...buildAmountProperties({
					required: true,
					description: 'Amount to charge. If negative, it is a credit.',
				}).map((property) => showFor('amount', property)),
				showFor('amount', requiredCurrency),
				showFor('price', oneTimePrice),
				showFor('price', quantity),
				description,
				buildPicker('invoice', { required: false }, 'searchDraftInvoice'),
				buildAdditionalFields<Stripe.InvoiceItemCreateParams>([
					...itemFields,
					buildPicker('subscription', { required: false }),
				]),
			],
		},
		{
			kind: 'write',
			class: 'terminal',
			method: 'DELETE',
			value: 'delete',
			name: 'Delete',
			action: 'Delete an invoice item',
			description: 'Delete an invoice item that is on no invoice yet, or on a draft',
			harmless: 'twice',
			path: pathOf,
			target: (read) => read.id('invoiceItem'),
			properties: [buildPicker('invoiceItem')],
		},
		buildGet(items),
		buildGetMany<Stripe.InvoiceItemListParams>(items, [
			buildPicker('customer', { required: false }),
			buildPicker('invoice', { required: false }),
			buildSwitchProperty('Pending', 'pending', 'Whether it is still waiting for an invoice', {
				default: true,
			}),
		]),
		{
			kind: 'write',
			class: 'repeatable',
			value: 'update',
			name: 'Update',
			action: 'Update an invoice item',
			description: 'Change an invoice item while its invoice is a draft',
			harmless: detectDescriptionOnly,
			path: pathOf,
			target: (read) => read.id('invoiceItem'),
			params: (read) =>
				checkParamNames<Stripe.InvoiceItemUpdateParams>({
					amount: read.amountOfObject('signed'),
					description: read.optionalProse('description'),
					...read.additionalFields(),
				}),
			...readAmountOfObject('amount', pathOf, 'signed'),
			properties: [
				buildPicker('invoiceItem'),
				...buildAmountProperties({ description: 'The new amount. If empty, it stays.' }),
				currencyOfObject,
				description,
				buildAdditionalFields<Stripe.InvoiceItemUpdateParams>([
					...itemFields,
					{ ...quantity, displayName: 'Quantity' },
				]),
			],
		},
	],
};

function readCharge(read: ParameterReader): Stripe.InvoiceItemCreateParams | Record<string, unknown> {
	if (read.choice('chargeBy', ['amount', 'price']) === 'price')
		return { pricing: { price: read.id('price') }, quantity: read.number('quantity') };
	const inFields = 'unit_amount_decimal' in read.additionalFields();
	const amount = inFields && read.optionalText('amount') === undefined ? undefined : read.amount('signed');
	return { amount, currency: read.currency() };
}
