import type Stripe from 'stripe';

import { markDescribing } from '../../shared/parameters/describing';
import { markList } from '../../shared/parameters/fieldForms';
import { buildCreationParams, refuseUnconfirmable } from './confirmation';
import {
	buildAdditionalFields,
	buildAmountProperties,
	buildTextProperty,
	createdFilters,
	currencyFilter,
	currencyOfObject,
	metadata,
	otherParameters,
} from '../../shared/parameters/fields';
import { buildPicker } from '../../shared/parameters/picker';
import { buildSwitchProperty } from '../../shared/parameters/typedFields';
import { buildShipping } from './address';
import { incrementAuthorization } from './incrementAuthorization';
import type { StripeResource } from './operation';
import { detectDescriptionOnly, readAmountOfObject } from './operation';
import {
	applicationFee,
	intentStatus,
	confirmFields,
	confirmationToken,
	description,
	paymentMethod,
	paymentMethodOptions,
	receiptEmail,
	returnUrl,
	setupFutureUsage,
	statementDescriptorSuffix,
	transferGroup,
} from './paymentIntentFields';
import { checkParamNames } from '../../shared/parameters/stripeParams';
import { buildGet, buildGetMany } from './reads';
import { buildSearch } from './search';

const paymentIntents = {
	resource: 'paymentIntent',
	path: '/v1/payment_intents',
	one: 'a payment intent',
	many: 'payment intents',
	includes: { includeCustomer: 'customer', includeFee: 'latest_charge.balance_transaction' },
} as const;

export const paymentIntentResource: StripeResource = {
	value: 'paymentIntent',
	name: 'Payment Intent',
	permission: 'payment_intent',
	operations: [
		{
			kind: 'write',
			class: 'terminal',
			value: 'cancel',
			name: 'Cancel',
			action: 'Cancel a payment intent',
			description: 'Cancel a payment that has not succeeded yet',
			harmless: 'twice',
			path: (read) => `${paymentIntents.path}/${read.id('paymentIntent')}/cancel`,
			target: (read) => read.id('paymentIntent'),
			params: (read) => read.additionalFields(),
			properties: [
				buildPicker('paymentIntent'),
				buildAdditionalFields<Stripe.PaymentIntentCancelParams>([
					markDescribing({
						displayName: 'Cancellation Reason',
						name: 'cancellationReason',
						type: 'options',
						options: [
							{ name: 'Abandoned', value: 'abandoned' },
							{ name: 'Duplicate', value: 'duplicate' },
							{ name: 'Fraudulent', value: 'fraudulent' },
							{ name: 'Requested by Customer', value: 'requested_by_customer' },
						],
						default: 'requested_by_customer',
					}),
					otherParameters,
				]),
			],
		},
		{
			kind: 'write',
			class: 'terminal',
			classFor: ({ final_capture: isFinal }) => (isFinal === 'false' ? 'repeatable' : 'terminal'),
			value: 'capture',
			name: 'Capture',
			action: 'Capture a payment intent',
			description: 'Collect money that was authorized earlier',
			harmless: ({ final_capture: isFinal }) => (isFinal === 'false' ? undefined : 'twice'),
			path: (read) => `${paymentIntents.path}/${read.id('paymentIntent')}/capture`,
			target: (read) => read.id('paymentIntent'),
			params: (read) =>
				checkParamNames<Stripe.PaymentIntentCaptureParams>({
					amount_to_capture: read.amountOfObject(),
					...read.additionalFields(),
				}),
			...readAmountOfObject(
				'amount_to_capture',
				(read) => `${paymentIntents.path}/${read.id('paymentIntent')}`,
			),
			properties: [
				buildPicker('paymentIntent'),
				...buildAmountProperties({
					description: 'Amount to collect. If empty, the full authorized amount.',
				}),
				currencyOfObject,
				buildAdditionalFields<Stripe.PaymentIntentCaptureParams>([
					applicationFee,
					buildSwitchProperty(
						'Final Capture',
						'finalCapture',
						'Whether the rest of the authorization is released. If off, more can be captured later, if the card allows it.',
						{ default: true },
					),
					metadata,
					otherParameters,
					statementDescriptorSuffix,
				]),
			],
		},
		{
			kind: 'write',
			class: 'repeatable',
			value: 'confirm',
			name: 'Confirm',
			action: 'Confirm a payment intent',
			description: 'Charge a payment that was created earlier',
			harmless: 'twice',
			path: (read) => `${paymentIntents.path}/${read.id('paymentIntent')}/confirm`,
			target: (read) => read.id('paymentIntent'),
			params: (read) =>
				checkParamNames<Stripe.PaymentIntentConfirmParams>({
					payment_method: read.optionalText('paymentMethod'),
					...read.additionalFields(),
				}),
			properties: [
				buildPicker('paymentIntent'),
				paymentMethod,
				buildAdditionalFields<Stripe.PaymentIntentConfirmParams>([
					confirmationToken,
					...confirmFields,
					otherParameters,
					receiptEmail,
					returnUrl,
					setupFutureUsage,
				]),
			],
		},
		{
			kind: 'write',
			class: 'create',
			value: 'create',
			name: 'Create',
			action: 'Create a payment intent',
			description: 'Create a payment, and charge it immediately if Confirm is on',
			harmless: ({ confirm }) => (confirm === 'true' ? undefined : 'create'),
			path: () => paymentIntents.path,
			params: (read) =>
				checkParamNames<Stripe.PaymentIntentCreateParams>({
					amount: read.amount(),
					currency: read.currency(),
					confirm: read.flag('confirm') || undefined,
					customer: read.optionalId('customer'),
					payment_method: read.optionalText('paymentMethod'),
					...read.additionalFields(),
				}),
			check: refuseUnconfirmable,
			adds: (_read, params) => buildCreationParams(params),
			properties: [
				...buildAmountProperties({ required: true, description: 'Amount to charge' }),
				buildTextProperty('Currency', 'currency', {
					required: true,
					placeholder: 'e.g. EUR',
					description: 'Three-letter code of the currency',
				}),
				{
					displayName: 'Confirm',
					name: 'confirm',
					type: 'boolean',
					default: true,
					description:
						'Whether to charge immediately. If off, the payment is only created, and no money moves until it is confirmed.',
				},
				buildPicker('customer', { required: false }),
				paymentMethod,
				buildAdditionalFields<Stripe.PaymentIntentCreateParams>([
					{
						displayName: 'Capture Method',
						name: 'captureMethod',
						type: 'options',
						options: [
							{ name: 'Automatic', value: 'automatic' },
							{ name: 'Automatic Async', value: 'automatic_async' },
							{
								name: 'Manual',
								value: 'manual',
								description: 'Only authorize now, and collect with Capture later',
							},
						],
						default: 'automatic',
					},
					confirmationToken,
					description,
					metadata,
					applicationFee,
					...confirmFields,
					buildTextProperty('On Behalf Of', 'onBehalfOf', {
						placeholder: 'e.g. acct_1032D82eZvKYlo2C',
					}),
					buildTextProperty('Transfer Destination', 'transferDestination', {
						placeholder: 'e.g. acct_1032D82eZvKYlo2C',
						description: 'The connected account that receives the money',
					}),
					transferGroup,
					otherParameters,
					markList(
						buildTextProperty('Allowed Payment Method Types', 'paymentMethodTypes', {
							placeholder: 'e.g. card,sepa_debit',
							description:
								'Comma-separated list of types. Stripe leaves out those that do not fit the payment. If empty, the types set in your dashboard.',
						}),
					),
					receiptEmail,
					returnUrl,
					setupFutureUsage,
					statementDescriptorSuffix,
				]),
			],
		},
		buildGet(paymentIntents),
		buildGetMany<Stripe.PaymentIntentListParams>(paymentIntents, [
			buildPicker('customer', { required: false }),
		]),
		buildSearch(paymentIntents, 'amount>999', [
			...createdFilters,
			currencyFilter,
			buildPicker('customer', { required: false }),
			intentStatus,
		]),
		incrementAuthorization,
		{
			kind: 'write',
			class: 'repeatable',
			value: 'update',
			name: 'Update',
			action: 'Update a payment intent',
			description: 'Change a payment without charging it',
			harmless: detectDescriptionOnly,
			path: (read) => `${paymentIntents.path}/${read.id('paymentIntent')}`,
			target: (read) => read.id('paymentIntent'),
			params: (read) =>
				checkParamNames<Stripe.PaymentIntentUpdateParams>({
					amount: read.amountOfObject(),
					currency: read.optionalText('currency') === undefined ? undefined : read.currency(),
					...read.additionalFields(),
				}),
			...readAmountOfObject('amount', (read) => `${paymentIntents.path}/${read.id('paymentIntent')}`),
			properties: [
				buildPicker('paymentIntent'),
				...buildAmountProperties({ description: 'The new amount. If empty, it stays.' }),
				buildTextProperty('Currency', 'currency', {
					placeholder: 'e.g. EUR',
					description: 'The new currency. If empty, it stays.',
				}),
				buildAdditionalFields<Stripe.PaymentIntentUpdateParams>([
					applicationFee,
					buildPicker('customer', { required: false }),
					description,
					metadata,
					otherParameters,
					{ ...paymentMethod },
					paymentMethodOptions,
					receiptEmail,
					buildShipping(),
					transferGroup,
					setupFutureUsage,
					statementDescriptorSuffix,
				]),
			],
		},
	],
};
