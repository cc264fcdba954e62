import type Stripe from 'stripe';

import { describing } from '../../shared/parameters/describing';
import {
	additionalFields,
	amountProperties,
	currencyOfObject,
	listProperties,
	metadata,
} from '../../shared/parameters/fields';
import { otherParameters, picker, text } from '../../shared/parameters/fields';
import type { Resource } from './operation';
import { ifWordsOnly } from './operation';
import { sends } from './stripeParams';

const collection = '/v1/refunds';

export const refund: Resource = {
	value: 'refund',
	name: 'Refund',
	operations: [
		{
			kind: 'write',
			value: 'create',
			name: 'Create',
			action: 'Create a refund',
			description: 'Give back a payment, or a part of it',
			harmless: 'wholeRefund',
			path: () => collection,
			params: async (read) => {
				const isCharge = read.choice('refundOf', ['paymentIntent', 'charge']) === 'charge';
				const id = read.id(isCharge ? 'charge' : 'paymentIntent');
				return sends<Stripe.RefundCreateParams>({
					...(isCharge ? { charge: id } : { payment_intent: id }),
					amount: await read.amountOf(isCharge ? `/v1/charges/${id}` : `/v1/payment_intents/${id}`),
					reason: read.optionalText('reason'),
					...read.additionalFields(),
				});
			},
			properties: [
				{
					displayName: 'Refund Of',
					name: 'refundOf',
					type: 'options',
					options: [
						{ name: 'Charge', value: 'charge' },
						{ name: 'Payment Intent', value: 'paymentIntent' },
					],
					default: 'paymentIntent',
				},
				picker(
					'paymentIntent',
					{ displayOptions: { show: { refundOf: ['paymentIntent'] } } },
					'searchRefundablePaymentIntent',
				),
				picker(
					'charge',
					{ displayOptions: { show: { refundOf: ['charge'] } } },
					'searchRefundableCharge',
				),
				...amountProperties({
					description: 'How much to give back. If empty, everything that is left.',
				}),
				currencyOfObject,
				describing({
					displayName: 'Reason',
					name: 'reason',
					type: 'options',
					options: [
						{ name: 'Duplicate', value: 'duplicate' },
						{ name: 'Fraudulent', value: 'fraudulent' },
						{ name: 'Not Given', value: '' },
						{ name: 'Requested by Customer', value: 'requested_by_customer' },
					],
					default: '',
				}),
				additionalFields<Stripe.RefundCreateParams>([
					text('Instructions Email', 'instructionsEmail', {
						placeholder: 'e.g. name@email.com',
						description: 'For payment methods that cannot be refunded directly',
					}),
					metadata,
					otherParameters,
				]),
			],
		},
		{
			kind: 'read',
			value: 'get',
			name: 'Get',
			action: 'Get a refund',
			description: 'Read one refund',
			path: (read) => `${collection}/${read.id('refund')}`,
			properties: [picker('refund')],
		},
		{
			kind: 'list',
			value: 'getMany',
			name: 'Get Many',
			action: 'Get many refunds',
			description: 'Read the newest refunds',
			path: () => collection,
			params: (read) => read.filters(),
			properties: listProperties<Stripe.RefundListParams>([
				picker('charge', { required: false }),
				picker('paymentIntent', { required: false }),
			]),
		},
		{
			kind: 'write',
			value: 'update',
			name: 'Update',
			action: 'Update a refund',
			description: "Change a refund's metadata",
			harmless: ifWordsOnly,
			path: (read) => `${collection}/${read.id('refund')}`,
			target: (read) => read.id('refund'),
			params: (read) => read.additionalFields(),
			properties: [
				picker('refund'),
				additionalFields<Stripe.RefundUpdateParams>([metadata, otherParameters]),
			],
		},
	],
};
