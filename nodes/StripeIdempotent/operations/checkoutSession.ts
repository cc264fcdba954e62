import type Stripe from 'stripe';

import type { Params } from '../../../ledger/model/request';
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
import {
	buildChoiceProperty,
	buildCountProperty,
	buildSwitchProperty,
	buildTimeProperty,
} from '../../shared/parameters/typedFields';
import type { Values } from '../../shared/parameters/values';
import { mergeValues } from '../../shared/parameters/values';
import { discounts } from './billing';
import { copyMetadata } from './copyMetadata';
import { buildLineItems, readLineItems } from './lineItems';
import type { StripeResource } from './operation';
import { buildGet, buildGetLineItems, buildGetMany } from './reads';

type CreateParams = Stripe.Checkout.SessionCreateParams;

const sessions = {
	resource: 'checkoutSession',
	path: '/v1/checkout/sessions',
	one: 'a checkout session',
	many: 'checkout sessions',
	includes: { includeCustomer: 'customer', includeLineItems: 'line_items' },
} as const;

const MODES = { Payment: 'payment', Setup: 'setup', Subscription: 'subscription' };

/** The object that each mode creates has its own metadata. */
const MADE_IN: ReadonlyMap<string, keyof CreateParams> = new Map([
	['payment', 'payment_intent_data'],
	['setup', 'setup_intent_data'],
	['subscription', 'subscription_data'],
]);

export const checkoutSessionResource: StripeResource = {
	value: 'checkoutSession',
	name: 'Checkout Session',
	permission: 'checkout_session',
	operations: [
		{
			kind: 'write',
			class: 'ephemeral',
			value: 'create',
			name: 'Create',
			action: 'Create a checkout session',
			description: 'Create a link for one customer to pay once. It expires after 24 hours at most.',
			path: () => sessions.path,
			params: readSession,
			check: refuseUnclearDiscount,
			properties: [
				buildChoiceProperty('Mode', 'mode', MODES, {
					description: 'Setup saves a payment method without a payment',
				}),
				buildLineItems({ displayOptions: { show: { mode: ['payment', 'subscription'] } } }),
				buildTextProperty('Success URL', 'successUrl', {
					required: true,
					placeholder: 'e.g. https://example.com/thanks',
				}),
				buildTextProperty('Cancel URL', 'cancelUrl', {
					placeholder: 'e.g. https://example.com/cart',
				}),
				buildPicker('customer', { required: false }),
				buildProseProperty('Customer Email', 'customerEmail', {
					placeholder: 'e.g. name@email.com',
					description: 'For a new customer. Leave it empty if a customer is chosen.',
				}),
				copyMetadata,
				buildAdditionalFields<CreateParams>([
					buildSwitchProperty(
						'Allow Promotion Codes',
						'allowPromotionCodes',
						'Whether customers can enter a code',
						{ default: true },
					),
					buildSwitchProperty('Automatic Tax', 'automaticTax', 'Whether Stripe computes the tax', {
						default: true,
					}),
					buildProseProperty('Client Reference ID', 'clientReferenceId', {
						placeholder: 'e.g. 1001',
					}),
					buildChoiceProperty('Customer Creation', 'customerCreation', {
						Always: 'always',
						'If Required': 'if_required',
					}),
					{ ...discounts, description: 'One row: a coupon or a promotion code' },
					buildTimeProperty(
						'Expires At',
						'expiresAt',
						'Between 30 minutes and 24 hours from now. If empty, 24 hours.',
					),
					buildSwitchProperty(
						'Invoice Creation',
						'invoiceCreation',
						'Whether Stripe creates a paid invoice for each payment',
						{ default: true },
					),
					buildTextProperty('Locale', 'locale', { placeholder: 'e.g. de' }),
					metadata,
					otherParameters,
					buildChoiceProperty('Payment Method Collection', 'paymentMethodCollection', {
						Always: 'always',
						'If Required': 'if_required',
					}),
					buildCountProperty(
						'Trial Days',
						'trialDays',
						{ minValue: 1 },
						{ description: 'Of a subscription' },
					),
				]),
			],
		},
		{
			kind: 'write',
			class: 'terminal',
			value: 'expire',
			name: 'Expire',
			action: 'Expire a checkout session',
			description: 'Expire the session, so that it can no longer be paid',
			harmless: 'twice',
			path: (read) => `${sessions.path}/${read.id('checkoutSession')}/expire`,
			target: (read) => read.id('checkoutSession'),
			params: () => ({}),
			properties: [buildPicker('checkoutSession', {}, 'searchOpenCheckoutSession')],
		},
		buildGet(sessions),
		buildGetLineItems(sessions),
		buildGetMany<Stripe.Checkout.SessionListParams>(sessions, [
			buildPicker('customer', { required: false }),
			buildPicker('paymentIntent', { required: false }),
			buildPicker('paymentLink', { required: false }),
			buildChoiceProperty('Status', 'status', {
				Complete: 'complete',
				Expired: 'expired',
				Open: 'open',
			}),
			buildPicker('subscription', { required: false }),
		]),
	],
};

function readSession(read: ParameterReader): Values {
	const mode = read.choice('mode', Object.values(MODES));
	const fields = read.additionalFields();
	const session = checkParamNames<CreateParams>({
		mode,
		line_items: mode === 'setup' ? undefined : readLineItems(read, 100),
		success_url: read.text('successUrl'),
		cancel_url: read.optionalText('cancelUrl'),
		customer: read.optionalId('customer'),
		customer_email: read.optionalText('customerEmail'),
	});
	const made = MADE_IN.get(mode) ?? 'payment_intent_data';
	const isCopied = read.flag('copyMetadata') && fields.metadata !== undefined;
	return mergeValues(
		mergeValues(session, isCopied ? { [made]: { metadata: fields.metadata } } : {}),
		fields,
	);
}

function refuseUnclearDiscount(read: ParameterReader, { mode, discounts: rows = [] }: Params): void {
	if (!Array.isArray(rows) || rows.length === 0) return;
	const isOne = rows.length === 1;
	if (isOne && mode !== 'setup') return;
	throw read.buildError(
		'additionalFields.discounts',
		isOne ? 'cannot be given where nothing is paid' : 'has more than one discount',
		isOne ? 'Remove it, or choose another Mode.' : 'Stripe takes one coupon, or one promotion code.',
	);
}
