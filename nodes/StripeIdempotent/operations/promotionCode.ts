import type Stripe from 'stripe';

import type { Params } from '../../../ledger/model/request';
import {
	buildAdditionalFields,
	buildAmountProperties,
	buildTextProperty,
	metadata,
	otherParameters,
	currencyOfAmount,
} from '../../shared/parameters/fields';
import { buildPicker } from '../../shared/parameters/picker';
import type { ParameterReader } from '../../shared/parameters/parameterReader';
import { mergeValues, toInputText } from '../../shared/parameters/values';
import { checkParamNames } from '../../shared/parameters/stripeParams';
import {
	buildCountProperty,
	buildSwitchProperty,
	buildTimeProperty,
} from '../../shared/parameters/typedFields';
import type { StripeResource } from './operation';
import { buildGet, buildGetMany } from './reads';

const promotionCodes = {
	resource: 'promotionCode',
	path: '/v1/promotion_codes',
	one: 'a promotion code',
	many: 'promotion codes',
} as const;

export const promotionCodeResource: StripeResource = {
	value: 'promotionCode',
	name: 'Promotion Code',
	permission: 'promotion_code',
	operations: [
		{
			kind: 'write',
			class: 'create',
			value: 'create',
			name: 'Create',
			action: 'Create a promotion code',
			description: 'Create a code that customers type in to get the discount of a coupon',
			path: () => promotionCodes.path,
			params: (read) =>
				mergeValues(
					checkParamNames<Stripe.PromotionCodeCreateParams>({
						promotion: { type: 'coupon', coupon: read.id('coupon') },
						code: read.optionalText('code'),
						...readMinimum(read),
					}),
					read.additionalFields(),
				),
			check: refuseUnusableCode,
			properties: [
				buildPicker('coupon'),
				buildTextProperty('Code', 'code', {
					placeholder: 'e.g. SUMMER-25',
					description:
						'Letters, digits and hyphens; upper and lower case are the same. Only one active code can be called this. If empty, Stripe generates one.',
				}),
				...buildAmountProperties({
					displayName: 'Minimum Amount',
					description: 'Minimum purchase amount. If empty, the code works with any amount.',
				}),
				currencyOfAmount,
				buildAdditionalFields<Stripe.PromotionCodeCreateParams>([
					buildPicker('customer', { required: false }),
					buildTimeProperty('Expires At', 'expiresAt'),
					buildSwitchProperty(
						'First Time Only',
						'firstTimeOnly',
						'Whether only customers who have bought nothing yet can use it',
						{ default: true },
					),
					buildCountProperty('Max Redemptions', 'maxRedemptions', { minValue: 1 }),
					metadata,
					otherParameters,
				]),
			],
		},
		{
			kind: 'write',
			class: 'repeatable',
			value: 'deactivate',
			name: 'Deactivate',
			action: 'Deactivate a promotion code',
			description:
				'Deactivate the code, so that it can no longer be used. It can be activated again in the dashboard.',
			path: (read) => `${promotionCodes.path}/${read.pathId('promotionCode')}`,
			target: (read) => read.id('promotionCode'),
			params: () => checkParamNames<Stripe.PromotionCodeUpdateParams>({ active: false }),
			properties: [buildPicker('promotionCode')],
		},
		buildGet(promotionCodes),
		buildGetMany<Stripe.PromotionCodeListParams>(promotionCodes, [
			buildSwitchProperty('Active', 'active', 'Whether it can be used', { default: true }),
			buildTextProperty('Code', 'code', { placeholder: 'e.g. SUMMER-25' }),
			buildPicker('coupon', { required: false }),
			buildPicker('customer', { required: false }),
		]),
	],
};

function readMinimum(read: ParameterReader): Pick<Stripe.PromotionCodeCreateParams, 'restrictions'> {
	if (read.optionalText('amount') === undefined) return {};
	const minimum = { minimum_amount: read.amount(), minimum_amount_currency: read.currency() };
	return { restrictions: checkParamNames<Stripe.PromotionCodeCreateParams.Restrictions>(minimum) };
}

function refuseUnusableCode(read: ParameterReader, { code }: Params): void {
	if (code === undefined || /^[A-Za-z0-9-]{1,500}$/.test(toInputText(code))) return;
	throw read.buildError(
		'code',
		`is "${toInputText(code)}"`,
		'Use only letters from A to Z, digits and hyphens.',
	);
}
