import type Stripe from 'stripe';

import { buildAdditionalFields, buildTextProperty, otherParameters } from '../../shared/parameters/fields';
import type { ParameterReader } from '../../shared/parameters/parameterReader';
import { buildPicker } from '../../shared/parameters/picker';
import { checkParamNames } from '../../shared/parameters/stripeParams';
import { buildChoiceProperty } from '../../shared/parameters/typedFields';
import type { StripeResource } from './operation';

type CreateParams = Stripe.BillingPortal.SessionCreateParams;

const FLOWS = {
	'Cancel a Subscription': 'subscription_cancel',
	'Change a Subscription': 'subscription_update',
	'Change the Payment Method': 'payment_method_update',
	'Everything in the Portal': 'all',
	'Pause a Subscription': 'subscription_pause',
};

/** The flows that Stripe opens for one subscription. */
const OF_SUBSCRIPTION = ['subscription_cancel', 'subscription_pause', 'subscription_update'];

export const portalSessionResource: StripeResource = {
	value: 'portalSession',
	name: 'Customer Portal Session',
	permission: 'customer_portal',
	operations: [
		{
			kind: 'read',
			method: 'POST',
			isLogin: true,
			value: 'create',
			name: 'Create',
			action: 'Create a customer portal session',
			description:
				'Get a link that lets a customer change cards and subscriptions. The link logs them in, so it is never stored, and each run gets a new one.',
			path: () => '/v1/billing_portal/sessions',
			params: (read) =>
				checkParamNames<CreateParams>({
					customer: read.id('customer'),
					return_url: read.optionalText('returnUrl'),
					flow_data: readFlow(read),
					...read.additionalFields(),
				}),
			properties: [
				buildPicker('customer'),
				buildTextProperty('Return URL', 'returnUrl', {
					placeholder: 'e.g. https://example.com/account',
					description: 'Where the customer returns to',
				}),
				buildChoiceProperty('Opens', 'flow', FLOWS, { default: 'all' }),
				buildPicker('subscription', {
					displayOptions: { show: { flow: OF_SUBSCRIPTION } },
				}),
				buildAdditionalFields<CreateParams>([
					buildTextProperty('Configuration', 'configuration', {
						placeholder: 'e.g. bpc_1MrnZsLkdIwHu7ixNiQL1xPM',
						description:
							'ID of the portal configuration. If empty, the default in your dashboard.',
					}),
					buildTextProperty('Locale', 'locale', { placeholder: 'e.g. de' }),
					otherParameters,
				]),
			],
		},
	],
};

function readFlow(read: ParameterReader): object | undefined {
	const type = read.choice('flow', Object.values(FLOWS));
	if (type === 'all') return undefined;
	return type === 'payment_method_update'
		? { type }
		: { type, [type]: { subscription: read.id('subscription') } };
}
