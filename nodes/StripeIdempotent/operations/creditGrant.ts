import type Stripe from 'stripe';

import {
	buildAdditionalFields,
	buildAmountProperties,
	buildProseProperty,
	buildUntimedListProperties,
	metadata,
	otherParameters,
	requiredCurrency,
} from '../../shared/parameters/fields';
import type { ParameterReader } from '../../shared/parameters/parameterReader';
import { buildPicker } from '../../shared/parameters/picker';
import { checkParamNames } from '../../shared/parameters/stripeParams';
import {
	buildChoiceProperty,
	buildCountProperty,
	buildRowsProperty,
	buildTimeProperty,
} from '../../shared/parameters/typedFields';
import type { StripeResource, WriteOperation } from './operation';
import { detectDescriptionOnly } from './operation';
import { buildGet, buildGetMany } from './reads';

const grants = {
	resource: 'creditGrant',
	path: '/v1/billing/credit_grants',
	one: 'a credit grant',
	many: 'credit grants',
} as const;

const pathOf = (read: ParameterReader) => `${grants.path}/${read.id('creditGrant')}`;
const target = (read: ParameterReader) => read.id('creditGrant');

const CATEGORIES = { Paid: 'paid', Promotional: 'promotional' };

const expiresAt = buildTimeProperty('Expires At', 'expiresAt', 'If empty, the credit does not expire');

/** Builds an operation that ends a credit grant. What is left of it can no longer be used. */
function buildEnding(name: string, description: string): WriteOperation {
	const value = name.toLowerCase();
	return {
		kind: 'write',
		class: 'terminal',
		value,
		name,
		action: `${name} a credit grant`,
		description,
		harmless: 'twice',
		path: (read) => `${pathOf(read)}/${value}`,
		target,
		params: () => ({}),
		properties: [buildPicker('creditGrant')],
	};
}

/** Billing credits, which pay for metered prices (docs.stripe.com/billing/subscriptions/usage-based/billing-credits). */
export const creditGrantResource: StripeResource = {
	value: 'creditGrant',
	name: 'Credit Grant',
	operations: [
		{
			kind: 'write',
			class: 'create',
			value: 'create',
			name: 'Create',
			action: 'Create a credit grant',
			description: 'Give a customer billing credits, which later invoices of metered prices use up',
			path: () => grants.path,
			params: (read) =>
				checkParamNames<Stripe.Billing.CreditGrantCreateParams>({
					customer: read.id('customer'),
					amount: {
						type: 'monetary',
						monetary: { value: read.amount(), currency: read.currency() },
					},
					category: read.choice('category', Object.values(CATEGORIES)),
					...readScope(read),
					...read.additionalFields(),
				}),
			properties: [
				buildPicker('customer'),
				...buildAmountProperties({ required: true }),
				requiredCurrency,
				buildChoiceProperty('Category', 'category', CATEGORIES, {
					description: 'For your own bookkeeping: customers do not see it',
				}),
				buildRowsProperty(
					'Prices',
					'prices',
					[buildPicker('price', { required: false }, 'searchRecurringPrice')],
					{
						description: 'What the credit can be used for. If none is added, all metered prices.',
					},
				),
				buildAdditionalFields<Stripe.Billing.CreditGrantCreateParams>([
					buildTimeProperty('Effective At', 'effectiveAt', 'If empty, now'),
					expiresAt,
					metadata,
					buildProseProperty('Name', 'name', {
						placeholder: 'e.g. Welcome credit',
						description: 'Shown in the dashboard',
					}),
					otherParameters,
					buildCountProperty(
						'Priority',
						'priority',
						{ minValue: 0, maxValue: 100 },
						{
							default: 50,
							description:
								'If there are several credits, the one with priority 0 is used first',
						},
					),
				]),
			],
		},
		buildEnding('Expire', 'End a credit now. Whatever is left of it is lost.'),
		buildGet(grants),
		buildGetMany(
			grants,
			[],
			buildUntimedListProperties<Stripe.Billing.CreditGrantListParams>([
				buildPicker('customer', { required: false }),
			]),
		),
		{
			kind: 'write',
			class: 'repeatable',
			value: 'update',
			name: 'Update',
			action: 'Update a credit grant',
			description: 'Change when a credit expires, or its metadata',
			harmless: detectDescriptionOnly,
			path: pathOf,
			target,
			params: (read) => read.additionalFields(),
			properties: [
				buildPicker('creditGrant'),
				buildAdditionalFields<Stripe.Billing.CreditGrantUpdateParams>([
					expiresAt,
					metadata,
					otherParameters,
				]),
			],
		},
		buildEnding('Void', 'Withdraw a credit that has not been used yet'),
	],
};

/** @throws ItemError for a row without a price */
function readScope(
	read: ParameterReader,
): Pick<Stripe.Billing.CreditGrantCreateParams, 'applicability_config'> {
	const prices = read.rows('prices.row').map((row) => ({ id: read.id(`${row}.price`) }));
	return {
		applicability_config: { scope: prices.length === 0 ? { price_type: 'metered' } : { prices } },
	};
}
