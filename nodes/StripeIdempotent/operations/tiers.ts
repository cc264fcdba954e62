import type { INodeProperties } from 'n8n-workflow';
import type Stripe from 'stripe';

import { buildTextProperty } from '../../shared/parameters/fields';
import type { ParameterReader } from '../../shared/parameters/parameterReader';
import { checkFields, checkParamNames } from '../../shared/parameters/stripeParams';
import { buildGroupProperty, buildRowsProperty } from '../../shared/parameters/typedFields';

/** The pricing of a price that is not a single amount. */

type Tier = Stripe.PriceCreateParams.Tier;
type CustomAmount = Stripe.PriceCreateParams.CustomUnitAmount;

const MODES = ['none', 'graduated', 'volume'] as const;

const tierFields = checkFields<Tier>([
	buildTextProperty('Up To', 'upTo', {
		placeholder: 'e.g. 100',
		description: 'The last unit of the tier. Leave it empty in the last row, which has no limit.',
	}),
	buildTextProperty('Unit Amount', 'unitAmount', {
		placeholder: 'e.g. 1999',
		description: 'What each unit costs, in the Amount Unit',
	}),
	buildTextProperty('Flat Amount', 'flatAmount', {
		placeholder: 'e.g. 500',
		description: 'Flat fee of the tier, in the Amount Unit',
	}),
]);

export const tierProperties: INodeProperties[] = [
	{
		displayName: 'Tiers Mode',
		name: 'tiersMode',
		type: 'options',
		options: [
			{ name: 'Graduated', value: 'graduated', description: 'Each unit has the price of its own tier' },
			{ name: 'None', value: 'none', description: 'Each unit costs the same' },
			{
				name: 'Volume',
				value: 'volume',
				description: 'All units have the price of the tier that the total quantity falls into',
			},
		],
		default: 'none',
		description: 'Whether the price per unit depends on the quantity',
	},
	buildRowsProperty('Tiers', 'tiers', tierFields, {
		displayOptions: { show: { tiersMode: ['graduated', 'volume'] } },
	}),
];

const LIMITS = ['maximum', 'minimum', 'preset'] as const;

export const customUnitAmount = buildGroupProperty(
	'Customer Chooses the Amount',
	'customUnitAmount',
	checkFields<CustomAmount>([
		buildTextProperty('Maximum', 'maximum', { placeholder: 'e.g. 10000' }),
		buildTextProperty('Minimum', 'minimum', { placeholder: 'e.g. 500' }),
		buildTextProperty('Preset', 'preset', {
			placeholder: 'e.g. 2500',
			description: 'The amount that is filled in at first',
		}),
	]),
	{ description: 'Instead of Amount. All in the Amount Unit.' },
);

/** @throws ItemError for tiers without rows, and for a row whose upper bound or amount is unclear */
export function readTiers(read: ParameterReader): Record<string, unknown> {
	const mode = read.choice('tiersMode', MODES);
	if (mode === 'none') return {};
	const rows = read.rows('tiers.row');
	if (rows.length === 0)
		throw read.buildError('tiers', 'is empty', 'Add the tiers, or choose None in Tiers Mode.');
	const tiers = rows.map((row, index) => readTier(read, row, index === rows.length - 1));
	return checkParamNames<Stripe.PriceCreateParams>({ billing_scheme: 'tiered', tiers_mode: mode, tiers });
}

function readTier(read: ParameterReader, row: string, isLast: boolean): Record<string, unknown> {
	const end = read.optionalText(`${row}.upTo`) ?? 'inf';
	if ((end === 'inf') !== isLast) {
		throw read.buildError(
			`${row}.upTo`,
			isLast ? `is ${end}` : 'is empty',
			isLast
				? 'Leave it empty in the last row: the last tier has no end.'
				: 'Give the last unit of the tier. Only the last row has no end.',
		);
	}
	const [unit, flat] = ['unitAmount', 'flatAmount'].map((name) =>
		read.amountOfRow(`${row}.${name}`, undefined, 'notNegative'),
	);
	if (unit === undefined && flat === undefined)
		throw read.buildError(`${row}.unitAmount`, 'is empty', 'Enter what a unit costs, or Flat Amount.');
	return checkParamNames<Tier>({ up_to: end, unit_amount: unit, flat_amount: flat });
}

/** Empty if nothing is set. */
export function readCustomAmount(
	read: ParameterReader,
): Pick<Stripe.PriceCreateParams, 'custom_unit_amount'> {
	const limits = LIMITS.flatMap((name) => {
		const amount = read.amountOfRow(
			`additionalFields.customUnitAmount.value.${name}`,
			undefined,
			'notNegative',
		);
		return amount === undefined ? [] : [[name, amount] as const];
	});
	if (limits.length === 0) return {};
	return { custom_unit_amount: { enabled: true, ...Object.fromEntries(limits) } };
}
