import type Stripe from 'stripe';

import {
	buildAdditionalFields,
	buildAmountProperties,
	buildProseProperty,
	buildTextProperty,
	createdFilters,
	currencyFilter,
	currencyOfObject,
	metadata,
	otherParameters,
} from '../../shared/parameters/fields';
import { buildPicker } from '../../shared/parameters/picker';
import type { StripeResource } from './operation';
import { detectDescriptionOnly, readAmountOfObject } from './operation';
import { checkParamNames } from '../../shared/parameters/stripeParams';
import { buildChoiceProperty } from '../../shared/parameters/typedFields';
import { buildGet, buildGetMany } from './reads';
import { buildSearch } from './search';

const charges = {
	resource: 'charge',
	path: '/v1/charges',
	one: 'a charge',
	many: 'charges',
	includes: { includeCustomer: 'customer', includeFee: 'balance_transaction' },
} as const;

const receiptEmail = buildProseProperty('Receipt Email', 'receiptEmail', {
	placeholder: 'e.g. name@email.com',
});

export const chargeResource: StripeResource = {
	value: 'charge',
	name: 'Charge',
	permission: 'charge',
	operations: [
		{
			kind: 'write',
			class: 'terminal',
			value: 'capture',
			name: 'Capture (Deprecated)',
			action: 'Capture a charge',
			description:
				'Collect money that was authorized earlier. Stripe advises Payment Intent: Capture in its place.',
			harmless: 'twice',
			path: (read) => `${charges.path}/${read.id('charge')}/capture`,
			target: (read) => read.id('charge'),
			params: (read) =>
				checkParamNames<Stripe.ChargeCaptureParams>({
					amount: read.amountOfObject(),
					...read.additionalFields(),
				}),
			...readAmountOfObject('amount', (read) => `${charges.path}/${read.id('charge')}`),
			properties: [
				buildPicker('charge'),
				...buildAmountProperties({
					description: 'Amount to collect. If empty, the full authorized amount.',
				}),
				currencyOfObject,
				buildAdditionalFields<Stripe.ChargeCaptureParams>([otherParameters, receiptEmail]),
			],
		},
		buildGet(charges),
		buildGetMany<Stripe.ChargeListParams>(charges, [
			buildPicker('customer', { required: false }),
			buildPicker('paymentIntent', { required: false }),
		]),
		buildSearch(charges, 'amount>999', [
			buildTextProperty('Card Last Four', 'cardLastFour', { placeholder: 'e.g. 4242' }),
			...createdFilters,
			currencyFilter,
			buildPicker('customer', { required: false }),
			buildChoiceProperty(
				'Status',
				'status',
				{
					Failed: 'failed',
					Pending: 'pending',
					Succeeded: 'succeeded',
				},
				{ default: 'succeeded' },
			),
		]),
		{
			kind: 'write',
			class: 'repeatable',
			value: 'update',
			name: 'Update',
			action: 'Update a charge',
			description: "Change a charge's description or metadata",
			harmless: detectDescriptionOnly,
			path: (read) => `${charges.path}/${read.id('charge')}`,
			target: (read) => read.id('charge'),
			params: (read) => read.additionalFields(),
			properties: [
				buildPicker('charge'),
				buildAdditionalFields<Stripe.ChargeUpdateParams>([
					buildProseProperty('Description', 'description', { placeholder: 'e.g. Order 1001' }),
					metadata,
					otherParameters,
					receiptEmail,
				]),
			],
		},
	],
};
