import type Stripe from 'stripe';

import {
	buildAdditionalFields,
	buildAmountProperties,
	buildProseProperty,
	buildTextProperty,
	metadata,
	nameContains,
	otherParameters,
	currencyOfAmount,
} from '../../shared/parameters/fields';
import type { ParameterReader } from '../../shared/parameters/parameterReader';
import { buildPicker } from '../../shared/parameters/picker';
import { checkParamNames } from '../../shared/parameters/stripeParams';
import { buildCommaListProperty, buildSwitchProperty } from '../../shared/parameters/typedFields';
import { billingPeriod, readRecurring } from './billingPeriod';
import type { StripeResource } from './operation';
import { detectDescriptionOnly } from './operation';
import { buildGet, buildGetMany } from './reads';
import { buildSearch } from './search';

const products = {
	resource: 'product',
	path: '/v1/products',
	one: 'a product',
	many: 'products',
} as const;

const active = buildSwitchProperty('Active', 'active', 'Whether the product can be bought', {
	default: true,
});
const name = buildProseProperty('Name', 'name', { placeholder: 'e.g. Pro Plan' });

const productFields = [
	active,
	buildProseProperty('Description', 'description', { placeholder: 'e.g. For teams' }),
	buildCommaListProperty('Images', 'images', {
		placeholder: 'e.g. https://example.com/a.png',
		description: 'Up to 8 addresses, separated by commas',
	}),
	metadata,
	otherParameters,
	buildProseProperty('Statement Descriptor', 'statementDescriptor', {
		placeholder: 'e.g. PRO PLAN',
		description: "Text on the customer's bank statement, at most 22 characters",
	}),
	buildTextProperty('Tax Code', 'taxCode', { placeholder: 'e.g. txcd_10103001' }),
	buildProseProperty('Unit Label', 'unitLabel', { placeholder: 'e.g. seat' }),
	buildProseProperty('URL', 'url', { placeholder: 'e.g. https://example.com/pro' }),
];

export const productResource: StripeResource = {
	value: 'product',
	name: 'Product',
	permission: 'product',
	operations: [
		{
			kind: 'write',
			class: 'create',
			value: 'create',
			name: 'Create',
			action: 'Create a product',
			description: 'Create something to sell. Its prices are created separately.',
			harmless: 'create',
			path: () => products.path,
			params: (read) =>
				checkParamNames<Stripe.ProductCreateParams>({
					name: read.prose('name'),
					default_price_data: readDefaultPrice(read),
					...read.additionalFields(),
				}),
			properties: [
				{ ...name, required: true },
				...buildAmountProperties({
					description: 'If filled in, the product gets a default price. 0 is allowed.',
				}),
				currencyOfAmount,
				billingPeriod,
				buildAdditionalFields<Stripe.ProductCreateParams>([
					...productFields,
					buildTextProperty('Product ID', 'id', {
						placeholder: 'e.g. pro-plan',
						description: 'Your own ID. A second product with the same ID is refused.',
					}),
				]),
			],
		},
		{
			kind: 'write',
			class: 'terminal',
			method: 'DELETE',
			value: 'delete',
			name: 'Delete',
			action: 'Delete a product',
			description: 'Delete a product that has no prices. Otherwise, update it and turn Active off.',
			harmless: 'twice',
			path: (read) => `${products.path}/${read.pathId('product')}`,
			target: (read) => read.id('product'),
			properties: [buildPicker('product')],
		},
		buildGet(products),
		buildGetMany<Stripe.ProductListParams>(products, [
			active,
			buildCommaListProperty('IDs', 'ids', { placeholder: 'e.g. prod_1,prod_2' }),
		]),
		buildSearch(products, "description~'seats'", [active, nameContains]),
		{
			kind: 'write',
			class: 'repeatable',
			value: 'update',
			name: 'Update',
			action: 'Update a product',
			description: 'Change a product, or make it unavailable',
			harmless: detectDescriptionOnly,
			path: (read) => `${products.path}/${read.pathId('product')}`,
			target: (read) => read.id('product'),
			params: (read) => read.additionalFields(),
			properties: [
				buildPicker('product'),
				buildAdditionalFields<Stripe.ProductUpdateParams>([
					...productFields,
					buildTextProperty('Default Price', 'defaultPrice', {
						placeholder: 'e.g. price_1MoBy5LkdIwHu7ixZhnattbh',
					}),
					name,
				]),
			],
		},
	],
};

function readDefaultPrice(read: ParameterReader): Record<string, unknown> | undefined {
	if (read.optionalText('amount') === undefined) return undefined;
	return checkParamNames<Stripe.ProductCreateParams.DefaultPriceData>({
		currency: read.currency(),
		unit_amount: read.amount('notNegative'),
		recurring: readRecurring(read),
	});
}
