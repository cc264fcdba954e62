import type Stripe from 'stripe';

import type { Params } from '../../../ledger/model/request';
import { markDescribing } from '../../shared/parameters/describing';
import {
	buildAdditionalFields,
	buildProseProperty,
	buildTextProperty,
	metadata,
	otherParameters,
} from '../../shared/parameters/fields';
import type { ParameterReader } from '../../shared/parameters/parameterReader';
import { buildPicker } from '../../shared/parameters/picker';
import { checkParamNames } from '../../shared/parameters/stripeParams';
import { buildChoiceProperty, buildSwitchProperty } from '../../shared/parameters/typedFields';
import type { StripeResource } from './operation';
import { buildGet, buildGetMany } from './reads';

const setupIntents = {
	resource: 'setupIntent',
	path: '/v1/setup_intents',
	one: 'a setup intent',
	many: 'setup intents',
} as const;

const pathOf = (read: ParameterReader) => `${setupIntents.path}/${read.id('setupIntent')}`;
const target = (read: ParameterReader) => read.id('setupIntent');
const paymentMethod = buildTextProperty('Payment Method', 'paymentMethod', {
	placeholder: 'e.g. pm_1MqLiJLkdIwHu7ixUEgbFdYF',
	description: 'ID of the payment method to save',
});
const returnUrl = buildTextProperty('Return URL', 'returnUrl', {
	placeholder: 'e.g. https://example.com/thanks',
	description: 'Where the customer returns after a payment method that redirects to a different page',
});
const confirmationToken = buildTextProperty('Confirmation Token', 'confirmationToken', {
	placeholder: 'e.g. ctoken_1NnQUf2eZvKYlo2CIObdtbnb',
});

export const setupIntentResource: StripeResource = {
	value: 'setupIntent',
	name: 'Setup Intent',
	permission: 'setup_intent',
	operations: [
		{
			kind: 'write',
			class: 'terminal',
			value: 'cancel',
			name: 'Cancel',
			action: 'Cancel a setup intent',
			description: 'Give up saving a payment method',
			harmless: 'twice',
			path: (read) => `${pathOf(read)}/cancel`,
			target,
			params: (read) => read.additionalFields(),
			properties: [
				buildPicker('setupIntent'),
				buildAdditionalFields<Stripe.SetupIntentCancelParams>([
					markDescribing(
						buildChoiceProperty('Cancellation Reason', 'cancellationReason', {
							Abandoned: 'abandoned',
							Duplicate: 'duplicate',
							'Requested by Customer': 'requested_by_customer',
						}),
					),
				]),
			],
		},
		{
			kind: 'write',
			class: 'repeatable',
			value: 'confirm',
			name: 'Confirm',
			action: 'Confirm a setup intent',
			description: 'Save a payment method, so that it can be charged later',
			harmless: 'twice',
			path: (read) => `${pathOf(read)}/confirm`,
			target,
			params: (read) =>
				checkParamNames<Stripe.SetupIntentConfirmParams>({
					payment_method: read.optionalText('paymentMethod'),
					...read.additionalFields(),
				}),
			properties: [
				buildPicker('setupIntent'),
				paymentMethod,
				buildAdditionalFields<Stripe.SetupIntentConfirmParams>([
					confirmationToken,
					otherParameters,
					returnUrl,
				]),
			],
		},
		{
			kind: 'write',
			class: 'create',
			value: 'create',
			name: 'Create',
			action: 'Create a setup intent',
			description:
				'Prepare a payment method for later charges. The client secret is not returned: to let a customer enter a card, use a checkout session in Setup mode.',
			path: () => setupIntents.path,
			params: (read) =>
				checkParamNames<Stripe.SetupIntentCreateParams>({
					customer: read.optionalId('customer'),
					payment_method: read.optionalText('paymentMethod'),
					confirm: read.flag('confirmSetup') || undefined,
					...read.additionalFields(),
				}),
			check: refuseUnconfirmableSetup,
			adds: (_read, params) =>
				checkParamNames<Stripe.SetupIntentCreateParams>({
					automatic_payment_methods: DECIDES_REDIRECTS.some((name) => name in params)
						? undefined
						: { enabled: true, allow_redirects: 'never' },
				}),
			properties: [
				buildPicker('customer', { required: false }),
				paymentMethod,
				buildSwitchProperty(
					'Confirm',
					'confirmSetup',
					'Whether to save the payment method immediately',
				),
				buildAdditionalFields<Stripe.SetupIntentCreateParams>([
					confirmationToken,
					buildProseProperty('Description', 'description', {
						placeholder: 'e.g. Card for renewals',
					}),
					metadata,
					otherParameters,
					returnUrl,
					buildChoiceProperty('Usage', 'usage', {
						'Off Session': 'off_session',
						'On Session': 'on_session',
					}),
				]),
			],
		},
		buildGet(setupIntents),
		buildGetMany<Stripe.SetupIntentListParams>(setupIntents, [
			buildPicker('customer', { required: false }),
			buildTextProperty('Payment Method', 'paymentMethod', {
				placeholder: 'e.g. pm_1MqLiJLkdIwHu7ixUEgbFdYF',
			}),
		]),
	],
};

/** With these, Stripe accepts no `automatic_payment_methods`, or redirects are wanted. */
const DECIDES_REDIRECTS = ['allowed_payment_method_types', 'automatic_payment_methods', 'return_url'];

function refuseUnconfirmableSetup(read: ParameterReader, params: Params): void {
	if (params.confirm === 'true') {
		const paysWith = ['payment_method', 'payment_method_data', 'confirmation_token'];
		if (paysWith.some((name) => name in params)) return;
		throw read.buildError(
			'paymentMethod',
			'is empty, but Confirm is on',
			'Fill it in, or turn Confirm off.',
		);
	}
	if (!('return_url' in params)) return;
	throw read.buildError(
		'additionalFields.returnUrl',
		'cannot be sent while Confirm is off',
		'Turn Confirm on, or give it in the operation Confirm.',
	);
}
