import type Stripe from 'stripe';

import {
	additionalFields,
	amountProperties,
	currencyOfObject,
	listProperties,
	metadata,
} from '../../shared/parameters/fields';
import { otherParameters, picker, searchProperties, words } from '../../shared/parameters/fields';
import type { Resource } from './operation';
import { ifWordsOnly } from './operation';
import { sends } from './stripeParams';

const collection = '/v1/charges';

const receiptEmail = words('Receipt Email', 'receiptEmail', { placeholder: 'e.g. name@email.com' });

export const charge: Resource = {
	value: 'charge',
	name: 'Charge',
	operations: [
		{
			kind: 'write',
			value: 'capture',
			name: 'Capture',
			action: 'Capture a charge',
			description: 'Collect money that was authorized before',
			harmless: 'twice',
			path: (read) => `${collection}/${read.id('charge')}/capture`,
			target: (read) => read.id('charge'),
			params: async (read) =>
				sends<Stripe.ChargeCaptureParams>({
					amount: await read.amountOf(`${collection}/${read.id('charge')}`),
					...read.additionalFields(),
				}),
			properties: [
				picker('charge'),
				...amountProperties({
					description: 'How much to collect. If empty, everything that was authorized.',
				}),
				currencyOfObject,
				additionalFields<Stripe.ChargeCaptureParams>([otherParameters, receiptEmail]),
			],
		},
		{
			kind: 'read',
			value: 'get',
			name: 'Get',
			action: 'Get a charge',
			description: 'Read one charge',
			path: (read) => `${collection}/${read.id('charge')}`,
			properties: [picker('charge')],
		},
		{
			kind: 'list',
			value: 'getMany',
			name: 'Get Many',
			action: 'Get many charges',
			description: 'Read the newest charges',
			path: () => collection,
			params: (read) => read.filters(),
			properties: listProperties<Stripe.ChargeListParams>([
				picker('customer', { required: false }),
				picker('paymentIntent', { required: false }),
			]),
		},
		{
			kind: 'search',
			value: 'search',
			name: 'Search',
			action: 'Search charges',
			description: 'Find charges by their contents',
			path: () => `${collection}/search`,
			params: (read) => ({ query: read.text('query') }),
			properties: searchProperties("amount>999 AND metadata['order_id']:'1001'"),
		},
		{
			kind: 'write',
			value: 'update',
			name: 'Update',
			action: 'Update a charge',
			description: "Change a charge's description or metadata",
			harmless: ifWordsOnly,
			path: (read) => `${collection}/${read.id('charge')}`,
			target: (read) => read.id('charge'),
			params: (read) => read.additionalFields(),
			properties: [
				picker('charge'),
				additionalFields<Stripe.ChargeUpdateParams>([
					words('Description', 'description', { placeholder: 'e.g. Order 1001' }),
					metadata,
					otherParameters,
					receiptEmail,
				]),
			],
		},
	],
};
