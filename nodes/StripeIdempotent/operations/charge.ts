import type Stripe from 'stripe';

import {
	buildAdditionalFields,
	buildAmountProperties,
	currencyOfObject,
	buildListProperties,
	metadata,
} from '../../shared/parameters/fields';
import { otherParameters, buildSearchProperties, buildProseProperty } from '../../shared/parameters/fields';
import { buildPicker } from '../../shared/parameters/picker';
import type { StripeResource } from './operation';
import { detectDescriptionOnly, readAmountOfObject } from './operation';
import { checkParamNames } from '../../shared/parameters/stripeParams';

const chargesPath = '/v1/charges';

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
			path: (read) => `${chargesPath}/${read.id('charge')}/capture`,
			target: (read) => read.id('charge'),
			params: (read) =>
				checkParamNames<Stripe.ChargeCaptureParams>({
					amount: read.amountOfObject(),
					...read.additionalFields(),
				}),
			...readAmountOfObject('amount', (read) => `${chargesPath}/${read.id('charge')}`),
			properties: [
				buildPicker('charge'),
				...buildAmountProperties({
					description: 'Amount to collect. If empty, the full authorized amount.',
				}),
				currencyOfObject,
				buildAdditionalFields<Stripe.ChargeCaptureParams>([otherParameters, receiptEmail]),
			],
		},
		{
			kind: 'read',
			value: 'get',
			name: 'Get',
			action: 'Get a charge',
			description: 'Read one charge',
			path: (read) => `${chargesPath}/${read.id('charge')}`,
			properties: [buildPicker('charge')],
		},
		{
			kind: 'list',
			value: 'getMany',
			name: 'Get Many',
			action: 'Get many charges',
			description: 'Read the newest charges',
			path: () => chargesPath,
			params: (read) => read.filters(),
			properties: buildListProperties<Stripe.ChargeListParams>([
				buildPicker('customer', { required: false }),
				buildPicker('paymentIntent', { required: false }),
			]),
		},
		{
			kind: 'search',
			value: 'search',
			name: 'Search',
			action: 'Search charges',
			description: 'Find charges with a search query',
			path: () => `${chargesPath}/search`,
			params: (read) => ({ query: read.text('query') }),
			properties: buildSearchProperties("amount>999 AND metadata['order_id']:'1001'"),
		},
		{
			kind: 'write',
			class: 'repeatable',
			value: 'update',
			name: 'Update',
			action: 'Update a charge',
			description: "Change a charge's description or metadata",
			harmless: detectDescriptionOnly,
			path: (read) => `${chargesPath}/${read.id('charge')}`,
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
