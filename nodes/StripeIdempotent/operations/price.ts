import type Stripe from 'stripe';

import type { Param, Params } from '../../../ledger/model/request';
import {
	buildAdditionalFields,
	buildAmountProperties,
	buildProseProperty,
	buildTextProperty,
	currencyFilter,
	metadata,
	otherParameters,
} from '../../shared/parameters/fields';
import { buildPicker } from '../../shared/parameters/picker';
import type { ParameterReader } from '../../shared/parameters/parameterReader';
import type { Values } from '../../shared/parameters/values';
import { mergeValues, toInputText } from '../../shared/parameters/values';
import { checkParamNames } from '../../shared/parameters/stripeParams';
import {
	buildChoiceProperty,
	buildCommaListProperty,
	buildCountProperty,
	buildSwitchProperty,
} from '../../shared/parameters/typedFields';
import { billingPeriod, INTERVALS, readRecurring } from './billingPeriod';
import type { StripeResource } from './operation';
import { detectDescriptionOnly } from './operation';
import { buildGet, buildGetMany } from './reads';
import { buildSearch } from './search';
import { otherCurrencies, readOtherCurrencies } from './otherCurrencies';
import { customUnitAmount, readCustomAmount, readTiers, tierProperties } from './tiers';

const prices = {
	resource: 'price',
	path: '/v1/prices',
	one: 'a price',
	many: 'prices',
} as const;

const active = buildSwitchProperty('Active', 'active', 'Whether it can be used for new purchases', {
	default: true,
});
const usageType = buildChoiceProperty('Usage Type', 'usageType', {
	Licensed: 'licensed',
	Metered: 'metered',
});
const meter = buildPicker('meter', { required: false, description: 'The meter that counts the usage' });
const priceFields = [
	active,
	buildTextProperty('Lookup Key', 'lookupKey', {
		placeholder: 'e.g. pro_monthly',
		description: 'Your own name for the price. Only one active price can have it.',
	}),
	metadata,
	buildProseProperty('Nickname', 'nickname', { placeholder: 'e.g. Pro, monthly' }),
	otherCurrencies,
	otherParameters,
	buildChoiceProperty('Tax Behavior', 'taxBehavior', {
		Exclusive: 'exclusive',
		Inclusive: 'inclusive',
		Unspecified: 'unspecified',
	}),
	buildSwitchProperty(
		'Transfer Lookup Key',
		'transferLookupKey',
		'Whether to move the lookup key from the price that has it now',
	),
];

const type = buildChoiceProperty('Type', 'type', { 'One Time': 'one_time', Recurring: 'recurring' });

/** The maximum number of lookup keys in one list request (docs.stripe.com/api/prices/list). */
const MAX_LOOKUP_KEYS = 10;

const listPrices = buildGetMany<Stripe.PriceListParams>(prices, [
	active,
	buildChoiceProperty('Billing Period', 'interval', INTERVALS, { default: 'month' }),
	currencyFilter,
	buildCommaListProperty('Lookup Keys', 'lookupKeys', {
		placeholder: 'e.g. pro_monthly',
		description: 'Up to 10, separated by commas',
	}),
	{ ...meter },
	buildPicker('product', { required: false }),
	type,
	usageType,
]);

export const priceResource: StripeResource = {
	value: 'price',
	name: 'Price',
	permission: 'plan',
	operations: [
		{
			kind: 'write',
			class: 'create',
			value: 'create',
			name: 'Create',
			action: 'Create a price',
			description: 'Create a price for a product. Its amount can never be changed.',
			harmless: 'create',
			path: () => prices.path,
			params: (read) =>
				mergeValues(
					checkParamNames<Stripe.PriceCreateParams>({
						...readTiers(read),
						...readProduct(read),
						currency: read.currency(),
						unit_amount:
							read.optionalText('amount') === undefined
								? undefined
								: read.amount('notNegative'),
						recurring: readRecurring(read),
					}),
					{ ...read.additionalFields(), ...readCustomAmount(read), ...readOtherCurrencies(read) },
				),
			check: refuseUnclearPrice,
			properties: [
				buildChoiceProperty('Product Is', 'productIs', { Existing: 'existing', New: 'new' }),
				buildPicker('product', { displayOptions: { show: { productIs: ['existing'] } } }),
				buildProseProperty('Product Name', 'productName', {
					required: true,
					placeholder: 'e.g. Pro Plan',
					displayOptions: { show: { productIs: ['new'] } },
				}),
				...buildAmountProperties({
					description:
						'What one unit costs; 0 is allowed. If empty, set it under Tiers or Additional Fields.',
				}),
				buildTextProperty('Currency', 'currency', {
					required: true,
					placeholder: 'e.g. EUR',
					description: 'Three-letter code of the currency',
				}),
				billingPeriod,
				...tierProperties,
				buildAdditionalFields<Stripe.PriceCreateParams>([
					...priceFields,
					customUnitAmount,
					buildCountProperty(
						'Interval Count',
						'intervalCount',
						{ minValue: 1 },
						{ description: 'Number of intervals between invoices: 3 with Month for quarterly' },
					),
					meter,
					buildTextProperty('Unit Amount Decimal', 'unitAmountDecimal', {
						placeholder: 'e.g. 0.125',
						description: 'In the minor unit, with up to 12 decimals, instead of Amount',
					}),
					usageType,
				]),
			],
		},
		buildGet(prices),
		{ ...listPrices, params: (read) => refuseManyKeys(read, listPrices.params(read)) },
		buildSearch(prices, "-type:'recurring'", [
			active,
			currencyFilter,
			buildTextProperty('Lookup Key', 'lookupKey', { placeholder: 'e.g. pro_monthly' }),
			buildPicker('product', { required: false }),
			type,
		]),
		{
			kind: 'write',
			class: 'repeatable',
			value: 'update',
			name: 'Update',
			action: 'Update a price',
			description:
				'Change texts, Active, the lookup key or other currencies. For a different amount, create a new price and turn on Transfer Lookup Key.',
			harmless: detectDescriptionOnly,
			path: (read) => `${prices.path}/${read.pathId('price')}`,
			target: (read) => read.id('price'),
			params: (read) => ({ ...read.additionalFields(), ...readOtherCurrencies(read) }),
			check: refuseFixed,
			properties: [buildPicker('price'), buildAdditionalFields<Stripe.PriceUpdateParams>(priceFields)],
		},
	],
};

function readProduct(read: ParameterReader): Pick<Stripe.PriceCreateParams, 'product' | 'product_data'> {
	return read.choice('productIs', ['existing', 'new']) === 'new'
		? { product_data: { name: read.prose('productName') } }
		: { product: read.id('product') };
}

/** Parameters that give the unit amount. */
const AMOUNTS = ['unit_amount', 'unit_amount_decimal', 'custom_unit_amount', 'tiers'];

function refuseUnclearPrice(read: ParameterReader, params: Params): void {
	const named = AMOUNTS.filter((name) => name in params);
	if (named.length === 0) {
		throw read.buildError(
			'amount',
			'is empty',
			'Enter the amount, also where it is 0, or add Unit Amount Decimal or Customer Chooses the Amount, or choose a Tiers Mode.',
		);
	}
	refuseNegativeDecimal(read, params);
	if ('tiers' in params && params.recurring === undefined) {
		// Tiers are a pricing model of recurring prices (docs.stripe.com/products-prices/pricing-models).
		throw read.buildError(
			'billingPeriod',
			'is One Time, which has no tiers',
			'Choose a period, or None in Tiers Mode.',
		);
	}
	if (params.recurring !== undefined && !hasInterval(params.recurring)) {
		throw read.buildError(
			'billingPeriod',
			'is One Time',
			'Choose a period, or remove what belongs to one.',
		);
	}
	refuseKeylessTransfer(read, params);
}

function refuseNegativeDecimal(read: ParameterReader, { unit_amount_decimal: decimal }: Params): void {
	if (decimal === undefined || !toInputText(decimal).startsWith('-')) return;
	throw read.buildError(
		'additionalFields.unitAmountDecimal',
		'is below zero',
		'Enter it like 0.125, in the minor unit: an eighth of a cent.',
	);
}

function hasInterval(recurring: Param): boolean {
	return typeof recurring === 'object' && 'interval' in recurring;
}

function refuseKeylessTransfer(read: ParameterReader, params: Params): void {
	if (params.transfer_lookup_key !== 'true' || 'lookup_key' in params) return;
	throw read.buildError(
		'additionalFields.transferLookupKey',
		'is on, but Lookup Key is empty',
		'Add Lookup Key, or turn it off.',
	);
}

/** Parameters that cannot be changed after a price was created. */
const FIXED = [...AMOUNTS, 'currency', 'product', 'product_data', 'recurring', 'tiers_mode'];

function refuseFixed(read: ParameterReader, params: Params): void {
	const name = FIXED.find((one) => one in params);
	if (name !== undefined) {
		throw read.buildError(
			'additionalFields.otherParameters',
			`has ${name}, which can never be changed`,
			'Create a new price, and turn on Transfer Lookup Key there to move the lookup key to it.',
		);
	}
	refuseKeylessTransfer(read, params);
}

function refuseManyKeys(read: ParameterReader, params: Values): Values {
	const { lookup_keys: keys } = params;
	if (!Array.isArray(keys) || keys.length <= MAX_LOOKUP_KEYS) return params;
	throw read.buildError(
		'filters.lookupKeys',
		`has ${keys.length} keys`,
		`Give at most ${MAX_LOOKUP_KEYS}, and read the others in another item.`,
	);
}
