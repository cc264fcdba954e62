import type Stripe from 'stripe';

import type { Params } from '../../../ledger/model/request';
import {
	buildAdditionalFields,
	buildAmountProperties,
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
	buildPickedListProperty,
	buildTimeProperty,
} from '../../shared/parameters/typedFields';
import type { StripeResource } from './operation';
import { detectDescriptionOnly } from './operation';
import { buildGet, buildGetMany } from './reads';

const coupons = {
	resource: 'coupon',
	path: '/v1/coupons',
	one: 'a coupon',
	many: 'coupons',
} as const;

const name = buildProseProperty('Name', 'name', {
	placeholder: 'e.g. Summer',
	description: 'Shown to the customer on the invoice',
});
const showForAmount = { displayOptions: { show: { discountBy: ['amount'] } } };

export const couponResource: StripeResource = {
	value: 'coupon',
	name: 'Coupon',
	permission: 'coupon',
	operations: [
		{
			kind: 'write',
			class: 'create',
			value: 'create',
			name: 'Create',
			action: 'Create a coupon',
			description: 'Create a discount. Later only its name and metadata can be changed.',
			harmless: ({ id }) => (id === undefined ? 'create' : undefined),
			path: () => coupons.path,
			params: (read) =>
				checkParamNames<Stripe.CouponCreateParams>({
					...readDiscount(read),
					...readDuration(read),
					...read.additionalFields(),
				}),
			check: refuseUnclearCoupon,
			properties: [
				buildChoiceProperty(
					'Discount By',
					'discountBy',
					{ Amount: 'amount', Percent: 'percent' },
					{
						default: 'percent',
					},
				),
				buildCountProperty(
					'Percent Off',
					'percentOff',
					{ minValue: 0, maxValue: 100, numberPrecision: 2 },
					{ displayOptions: { show: { discountBy: ['percent'] } } },
				),
				...buildAmountProperties({
					required: true,
					description: 'Amount taken off',
					...showForAmount,
				}).map((property) => ({
					...property,
					displayOptions: { ...property.displayOptions, ...showForAmount.displayOptions },
				})),
				buildTextProperty('Currency', 'currency', {
					required: true,
					placeholder: 'e.g. EUR',
					description: 'Three-letter code of the currency',
					...showForAmount,
				}),
				buildChoiceProperty(
					'Duration',
					'duration',
					{
						Forever: 'forever',
						Once: 'once',
						'Several Months': 'repeating',
					},
					{ default: 'once' },
				),
				buildCountProperty(
					'Months',
					'durationInMonths',
					{ minValue: 1 },
					{
						displayOptions: { show: { duration: ['repeating'] } },
					},
				),
				buildAdditionalFields<Stripe.CouponCreateParams>([
					buildPickedListProperty(
						'Applies to Products',
						'appliesToProducts',
						buildPicker('product'),
						{ description: 'If none is added, it applies to everything' },
					),
					buildTextProperty('Coupon ID', 'id', {
						placeholder: 'e.g. SUMMER-25',
						description: 'Your own ID. A second coupon with the same ID is refused.',
					}),
					buildCountProperty('Max Redemptions', 'maxRedemptions', { minValue: 1 }),
					metadata,
					name,
					otherParameters,
					buildTimeProperty('Redeem By', 'redeemBy', 'The last day it can be used'),
				]),
			],
		},
		{
			kind: 'write',
			class: 'terminal',
			method: 'DELETE',
			value: 'delete',
			name: 'Delete',
			action: 'Delete a coupon',
			description: 'Delete a coupon. Customers who already have it keep the discount.',
			harmless: 'twice',
			path: (read) => `${coupons.path}/${read.pathId('coupon')}`,
			target: (read) => read.id('coupon'),
			properties: [buildPicker('coupon')],
		},
		buildGet(coupons),
		buildGetMany<Stripe.CouponListParams>(coupons, []),
		{
			kind: 'write',
			class: 'repeatable',
			value: 'update',
			name: 'Update',
			action: 'Update a coupon',
			description: 'Change the name or metadata of a coupon. Nothing else can be changed.',
			harmless: detectDescriptionOnly,
			path: (read) => `${coupons.path}/${read.pathId('coupon')}`,
			target: (read) => read.id('coupon'),
			params: (read) => read.additionalFields(),
			check: refuseFixed,
			properties: [
				buildPicker('coupon'),
				buildAdditionalFields<Stripe.CouponUpdateParams>([metadata, name, otherParameters]),
			],
		},
	],
};

function readDiscount(read: ParameterReader): object {
	if (read.choice('discountBy', ['amount', 'percent']) === 'percent')
		return checkParamNames<Stripe.CouponCreateParams>({ percent_off: read.number('percentOff') });
	return checkParamNames<Stripe.CouponCreateParams>({
		amount_off: read.amount(),
		currency: read.currency(),
	});
}

function readDuration(read: ParameterReader): object {
	const duration = read.choice('duration', ['forever', 'once', 'repeating']);
	const months = duration === 'repeating' ? read.number('durationInMonths') : undefined;
	return checkParamNames<Stripe.CouponCreateParams>({ duration, duration_in_months: months });
}

function refuseUnclearCoupon(read: ParameterReader, params: Params): void {
	if (params.percent_off === undefined || Number(params.percent_off) > 0) return;
	throw read.buildError('percentOff', 'is 0', 'Enter more than 0, up to 100.');
}

const CHANGEABLE = ['currency_options', 'expand', 'metadata', 'name'];

function refuseFixed(read: ParameterReader, params: Params): void {
	const fixed = Object.keys(params).find((one) => !CHANGEABLE.includes(one));
	if (fixed === undefined) return;
	throw read.buildError(
		'additionalFields.otherParameters',
		`has ${fixed}, which can never be changed`,
		'Create a new coupon.',
	);
}
