import type Stripe from 'stripe';

import {
	buildAdditionalFields,
	buildProseProperty,
	buildTextProperty,
	buildUntimedListProperties,
	metadata,
	otherParameters,
} from '../../shared/parameters/fields';
import type { ParameterReader } from '../../shared/parameters/parameterReader';
import { buildPicker } from '../../shared/parameters/picker';
import { checkParamNames } from '../../shared/parameters/stripeParams';
import {
	buildChoiceProperty,
	buildCommaListProperty,
	buildCountProperty,
	buildSwitchProperty,
} from '../../shared/parameters/typedFields';
import { copyMetadata, copyToPayments } from './copyMetadata';
import { completeCustomFields, customFields, refuseUnclearFields } from './customFields';
import { buildLineItems, readLineItems } from './lineItems';
import type { StripeResource } from './operation';
import { detectDescriptionOnly } from './operation';
import { buildGet, buildGetLineItems, buildGetMany } from './reads';

const links = {
	resource: 'paymentLink',
	path: '/v1/payment_links',
	one: 'a payment link',
	many: 'payment links',
	includes: { includeLineItems: 'line_items' },
} as const;

const pathOf = (read: ParameterReader) => `${links.path}/${read.id('paymentLink')}`;

const linkFields = [
	buildSwitchProperty(
		'Allow Promotion Codes',
		'allowPromotionCodes',
		'Whether customers can enter a code',
		{ default: true },
	),
	buildSwitchProperty('Automatic Tax', 'automaticTax', 'Whether Stripe computes the tax', {
		default: true,
	}),
	buildChoiceProperty('Billing Address', 'billingAddress', { Automatic: 'auto', Required: 'required' }),
	customFields,
	buildProseProperty('Inactive Message', 'inactiveMessage', {
		placeholder: 'e.g. This offer has ended',
		description: 'Shown to customers when the link is no longer active',
	}),
	buildSwitchProperty(
		'Invoice Creation',
		'invoiceCreation',
		'Whether Stripe creates a paid invoice for each payment',
		{
			default: true,
		},
	),
	metadata,
	otherParameters,
	buildCommaListProperty('Payment Method Types', 'acceptedTypes', { placeholder: 'e.g. card,sepa_debit' }),
	buildSwitchProperty('Phone Number', 'phoneNumber', 'Whether to ask customers for it', {
		default: true,
	}),
	buildCommaListProperty('Shipping Countries', 'shippingCountries', {
		placeholder: 'e.g. DE,FR',
		description: 'If filled in, customers are asked for a shipping address in one of these countries',
	}),
	buildChoiceProperty('Submit Type', 'submitType', {
		Automatic: 'auto',
		Book: 'book',
		Donate: 'donate',
		Pay: 'pay',
		Subscribe: 'subscribe',
	}),
	buildSwitchProperty('Tax ID Collection', 'taxIdCollection', 'Whether businesses can enter their tax ID', {
		default: true,
	}),
	buildCountProperty('Trial Days', 'trialDays', { minValue: 1 }, { description: 'Of a subscription' }),
];

export const paymentLinkResource: StripeResource = {
	value: 'paymentLink',
	name: 'Payment Link',
	permission: 'payment_links',
	operations: [
		{
			kind: 'write',
			class: 'create',
			value: 'create',
			name: 'Create',
			action: 'Create a payment link',
			description: 'Create a page that customers pay on',
			alsoNeeds: [{ name: 'plan', access: 'read' }],
			harmless: 'create',
			path: () => links.path,
			params: (read) =>
				checkParamNames<Stripe.PaymentLinkCreateParams>({
					line_items: readLineItems(read, 20),
					restrictions: read.flag('onePaymentOnly')
						? { completed_sessions: { limit: 1 } }
						: undefined,
					after_completion: readAfterPayment(read),
					...completeCustomFields(read.additionalFields()),
				}),
			check: refuseUnclearFields,
			...copyToPayments,
			properties: [
				buildLineItems(),
				buildSwitchProperty(
					'One Payment Only',
					'onePaymentOnly',
					'Whether the link stops working after one payment. If off, everyone who has it can pay, any number of times.',
					{ default: true },
				),
				buildChoiceProperty('After Payment', 'afterPayment', {
					'Show a Page of Stripe': 'page',
					'Go to a URL': 'redirect',
				}),
				buildTextProperty('Redirect URL', 'redirectUrl', {
					required: true,
					placeholder: 'e.g. https://example.com/thanks',
					displayOptions: { show: { afterPayment: ['redirect'] } },
				}),
				copyMetadata,
				buildAdditionalFields<Stripe.PaymentLinkCreateParams>(linkFields),
			],
		},
		{
			kind: 'write',
			class: 'repeatable',
			value: 'deactivate',
			name: 'Deactivate',
			action: 'Deactivate a payment link',
			description: 'Deactivate the link, so that it can no longer be paid',
			path: pathOf,
			target: (read) => read.id('paymentLink'),
			params: () => checkParamNames<Stripe.PaymentLinkUpdateParams>({ active: false }),
			properties: [buildPicker('paymentLink')],
		},
		buildGet(links),
		buildGetLineItems(links),
		buildGetMany(
			links,
			[],
			buildUntimedListProperties<Stripe.PaymentLinkListParams>([
				buildSwitchProperty('Active', 'active', 'Whether it can be paid with', { default: true }),
			]),
		),
		{
			kind: 'write',
			class: 'repeatable',
			value: 'update',
			name: 'Update',
			action: 'Update a payment link',
			description: 'Change a payment link, or activate it again',
			harmless: detectDescriptionOnly,
			path: pathOf,
			target: (read) => read.id('paymentLink'),
			params: (read) => completeCustomFields(read.additionalFields()),
			check: refuseUnclearFields,
			properties: [
				buildPicker('paymentLink'),
				buildAdditionalFields<Stripe.PaymentLinkUpdateParams>([
					buildSwitchProperty('Active', 'active', 'Whether it can be paid with', { default: true }),
					...linkFields,
				]),
			],
		},
	],
};

function readAfterPayment(read: ParameterReader): object | undefined {
	if (read.choice('afterPayment', ['page', 'redirect']) === 'page') return undefined;
	return { type: 'redirect', redirect: { url: read.text('redirectUrl') } };
}
