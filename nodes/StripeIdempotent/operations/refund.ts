import type Stripe from 'stripe';

import type { ParameterReader } from '../../shared/parameters/parameterReader';
import { markDescribing } from '../../shared/parameters/describing';
import {
	buildAdditionalFields,
	buildAmountProperties,
	currencyOfObject,
	metadata,
} from '../../shared/parameters/fields';
import { otherParameters, buildTextProperty } from '../../shared/parameters/fields';
import { buildPicker } from '../../shared/parameters/picker';
import { buildSwitchProperty } from '../../shared/parameters/typedFields';
import type { StripeResource } from './operation';
import { detectDescriptionOnly, readAmountOfObject } from './operation';
import { checkParamNames } from '../../shared/parameters/stripeParams';
import { buildGet, buildGetMany } from './reads';

const refunds = {
	resource: 'refund',
	path: '/v1/refunds',
	one: 'a refund',
	many: 'refunds',
	includes: { includeFee: 'balance_transaction' },
} as const;

export const refundResource: StripeResource = {
	value: 'refund',
	name: 'Refund',
	permission: 'charge',
	operations: [
		{
			kind: 'write',
			class: 'create',
			value: 'create',
			name: 'Create',
			action: 'Create a refund',
			description: 'Refund a payment in full or in part',
			harmless: 'wholeRefund',
			alsoNeeds: [{ name: 'payment_intent', access: 'read' }],
			path: () => refunds.path,
			olderPaths: (read) =>
				['refund', 'refunds'].map((name) => `/v1/charges/${read.id('charge')}/${name}`),
			params: (read) => {
				const { isCharge, id } = readPaid(read);
				return checkParamNames<Stripe.RefundCreateParams>({
					...(isCharge ? { charge: id } : { payment_intent: id }),
					amount: read.amountOfObject(),
					reason: read.optionalChoice('reason'),
					...read.additionalFields(),
				});
			},
			...readAmountOfObject('amount', (read) => {
				const { isCharge, id } = readPaid(read);
				return isCharge ? `/v1/charges/${id}` : `/v1/payment_intents/${id}`;
			}),
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
				buildPicker(
					'paymentIntent',
					{ displayOptions: { show: { refundOf: ['paymentIntent'] } } },
					'searchRefundablePaymentIntent',
				),
				buildPicker(
					'charge',
					{ displayOptions: { show: { refundOf: ['charge'] } } },
					'searchRefundableCharge',
				),
				...buildAmountProperties({
					description: 'Amount to refund. If empty, the full remaining amount.',
				}),
				currencyOfObject,
				markDescribing({
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
				buildAdditionalFields<Stripe.RefundCreateParams>([
					buildTextProperty('Instructions Email', 'instructionsEmail', {
						placeholder: 'e.g. name@email.com',
						description: 'For payment methods that cannot be refunded directly',
					}),
					metadata,
					otherParameters,
					buildSwitchProperty(
						'Refund Application Fee',
						'refundApplicationFee',
						'Whether your platform gives its fee back as well',
						{ default: true },
					),
					buildSwitchProperty(
						'Reverse Transfer',
						'reverseTransfer',
						'Whether to take the money back from the connected account that received it',
						{ default: true },
					),
				]),
			],
		},
		{
			kind: 'write',
			class: 'terminal',
			value: 'cancel',
			name: 'Cancel',
			action: 'Cancel a refund',
			description: 'Cancel a refund that is waiting for the customer',
			harmless: 'twice',
			path: (read) => `${refunds.path}/${read.id('refund')}/cancel`,
			target: (read) => read.id('refund'),
			params: () => checkParamNames<Stripe.RefundCancelParams>({}),
			properties: [buildPicker('refund')],
		},
		buildGet(refunds),
		buildGetMany<Stripe.RefundListParams>(refunds, [
			buildPicker('charge', { required: false }),
			buildPicker('paymentIntent', { required: false }),
		]),
		{
			kind: 'write',
			class: 'repeatable',
			value: 'update',
			name: 'Update',
			action: 'Update a refund',
			description: "Change a refund's metadata",
			harmless: detectDescriptionOnly,
			path: (read) => `${refunds.path}/${read.id('refund')}`,
			target: (read) => read.id('refund'),
			params: (read) => read.additionalFields(),
			properties: [
				buildPicker('refund'),
				buildAdditionalFields<Stripe.RefundUpdateParams>([metadata, otherParameters]),
			],
		},
	],
};

/** The payment to refund: a PaymentIntent or a charge. */
function readPaid(read: ParameterReader): { isCharge: boolean; id: string } {
	const isCharge = read.choice('refundOf', ['paymentIntent', 'charge']) === 'charge';
	return { isCharge, id: read.id(isCharge ? 'charge' : 'paymentIntent') };
}
