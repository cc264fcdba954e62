import type Stripe from 'stripe';

import type { Params } from '../../../ledger/model/request';
import {
	buildAdditionalFields,
	buildProseProperty,
	buildTextProperty,
	metadata,
	otherParameters,
} from '../../shared/parameters/fields';
import { buildPicker } from '../../shared/parameters/picker';
import type { ParameterReader } from '../../shared/parameters/parameterReader';
import { checkParamNames } from '../../shared/parameters/stripeParams';
import {
	buildChoiceProperty,
	buildCountProperty,
	buildSwitchProperty,
} from '../../shared/parameters/typedFields';
import type { StripeResource } from './operation';
import { detectDescriptionOnly } from './operation';
import { buildGet, buildGetMany } from './reads';

const taxRates = {
	resource: 'taxRate',
	path: '/v1/tax_rates',
	one: 'a tax rate',
	many: 'tax rates',
} as const;

const active = buildSwitchProperty('Active', 'active', 'Whether it can be used for something new', {
	default: true,
});
const displayName = buildProseProperty('Display Name', 'displayName', {
	placeholder: 'e.g. VAT',
	description: 'What customers read',
});
const taxRateFields = [
	active,
	buildTextProperty('Country', 'country', { placeholder: 'e.g. DE' }),
	buildProseProperty('Description', 'description', { placeholder: 'e.g. VAT Germany' }),
	buildProseProperty('Jurisdiction', 'jurisdiction', { placeholder: 'e.g. DE' }),
	metadata,
	otherParameters,
	buildTextProperty('State', 'state', { placeholder: 'e.g. CA' }),
	buildChoiceProperty(
		'Tax Type',
		'taxType',
		{
			GST: 'gst',
			HST: 'hst',
			'Sales Tax': 'sales_tax',
			VAT: 'vat',
		},
		{ default: 'vat' },
	),
];

export const taxRateResource: StripeResource = {
	value: 'taxRate',
	name: 'Tax Rate',
	permission: 'tax_rate',
	operations: [
		{
			kind: 'write',
			class: 'create',
			value: 'create',
			name: 'Create',
			action: 'Create a tax rate',
			description: 'Create a tax rate. Its percentage can never be changed.',
			harmless: 'create',
			path: () => taxRates.path,
			params: (read) =>
				checkParamNames<Stripe.TaxRateCreateParams>({
					display_name: read.prose('displayName'),
					percentage: read.number('percentage'),
					inclusive: read.choice('tax', ['inclusive', 'exclusive']) === 'inclusive',
					...read.additionalFields(),
				}),
			properties: [
				{ ...displayName, required: true },
				buildCountProperty(
					'Percentage',
					'percentage',
					{ minValue: 0, maxValue: 100, numberPrecision: 4 },
					{ required: true },
				),
				buildChoiceProperty('Tax Is', 'tax', {
					'Added to the Price': 'exclusive',
					'Included in the Price': 'inclusive',
				}),
				buildAdditionalFields<Stripe.TaxRateCreateParams>(taxRateFields),
			],
		},
		buildGet(taxRates),
		buildGetMany<Stripe.TaxRateListParams>(taxRates, [
			active,
			buildSwitchProperty('Inclusive', 'inclusive', 'Whether it is included in the price'),
		]),
		{
			kind: 'write',
			class: 'repeatable',
			value: 'update',
			name: 'Update',
			action: 'Update a tax rate',
			description: 'Change texts, or turn it off. For a different percentage, create a new tax rate.',
			harmless: detectDescriptionOnly,
			path: (read) => `${taxRates.path}/${read.id('taxRate')}`,
			target: (read) => read.id('taxRate'),
			params: (read) => read.additionalFields(),
			check: refuseFixed,
			properties: [
				buildPicker('taxRate'),
				buildAdditionalFields<Stripe.TaxRateUpdateParams>([...taxRateFields, displayName]),
			],
		},
	],
};

function refuseFixed(read: ParameterReader, params: Params): void {
	const fixed = ['percentage', 'inclusive'].find((name) => name in params);
	if (fixed === undefined) return;
	throw read.buildError(
		'additionalFields.otherParameters',
		`has ${fixed}, which can never be changed`,
		'Create a new tax rate, and turn off Active of this one.',
	);
}
