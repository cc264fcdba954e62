import type { INodeProperties } from 'n8n-workflow';
import type Stripe from 'stripe';

import type { StripeObject } from '../../../stripe/objects/stripeObject';
import { buildAdditionalFields, buildProseProperty, otherParameters } from '../../shared/parameters/fields';
import { markDescribing } from '../../shared/parameters/describing';
import { buildPicker } from '../../shared/parameters/picker';
import type { ParameterReader } from '../../shared/parameters/parameterReader';
import { checkParamNames } from '../../shared/parameters/stripeParams';
import {
	buildChoiceProperty,
	buildSwitchProperty,
	buildTimeProperty,
} from '../../shared/parameters/typedFields';
import type { WriteOperation } from './operation';

const pathOf = (read: ParameterReader) => `/v1/subscriptions/${read.id('subscription')}`;
const target = (read: ParameterReader) => read.id('subscription');

const WHEN = ['now', 'periodEnd', 'date'] as const;

const onlyNow = { displayOptions: { show: { when: ['now'] } } };

const properties: INodeProperties[] = [
	buildPicker('subscription'),
	{
		displayName: 'When',
		name: 'when',
		type: 'options',
		options: [
			{ name: 'At Period End', value: 'periodEnd', description: 'Can be undone until then' },
			{ name: 'Now', value: 'now', description: 'Can never be undone' },
			{ name: 'On a Date', value: 'date', description: 'Can be undone until then' },
		],
		default: 'periodEnd',
		description:
			'If you cancel now, Stripe also stops collecting all finalized invoices of the customer automatically. Unbilled usage and time are dropped unless Prorate or Invoice Now is on.',
	},
	{
		...buildTimeProperty('Cancel At', 'cancelAt'),
		required: true,
		displayOptions: { show: { when: ['date'] } },
	},
	{
		...buildSwitchProperty('Prorate', 'prorate', 'Whether unused time is credited on the next invoice'),
		...onlyNow,
	},
	{
		...buildSwitchProperty(
			'Invoice Now',
			'invoiceNow',
			'Whether usage and other items that were not billed yet are billed at once',
		),
		...onlyNow,
	},
	buildAdditionalFields<Stripe.SubscriptionUpdateParams>([
		buildProseProperty('Cancellation Comment', 'cancellationComment'),
		markDescribing(
			buildChoiceProperty('Cancellation Feedback', 'cancellationFeedback', {
				'Customer Service': 'customer_service',
				'Low Quality': 'low_quality',
				'Missing Features': 'missing_features',
				Other: 'other',
				'Switched Service': 'switched_service',
				'Too Complex': 'too_complex',
				'Too Expensive': 'too_expensive',
				Unused: 'unused',
			}),
		),
		otherParameters,
	]),
];

/** Cannot be undone. */
const cancelNow: WriteOperation = {
	kind: 'write',
	class: 'terminal',
	method: 'DELETE',
	value: 'cancel',
	name: 'Cancel',
	action: 'Cancel a subscription',
	description: 'End a subscription now, at the end of its period, or on a date',
	harmless: 'twice',
	path: pathOf,
	target,
	params: (read) =>
		checkParamNames<Stripe.SubscriptionCancelParams>({
			prorate: read.flag('prorate') || undefined,
			invoice_now: read.flag('invoiceNow') || undefined,
			...read.additionalFields(),
		}),
	properties,
};

/** The subscription continues until then, and the cancellation can be undone. */
const cancelLater: WriteOperation = {
	...cancelNow,
	class: 'repeatable',
	method: 'POST',
	harmless: undefined,
	params: (read) =>
		checkParamNames<Stripe.SubscriptionUpdateParams>({
			...readEnd(read),
			...read.additionalFields(),
		}),
};

export const cancelSubscription: WriteOperation = {
	...cancelNow,
	variant: (read) => (read.choice('when', WHEN) === 'now' ? cancelNow : cancelLater),
};

function readEnd(read: ParameterReader): Stripe.SubscriptionUpdateParams {
	if (read.choice('when', WHEN) === 'periodEnd') return { cancel_at_period_end: true };
	read.text('cancelAt');
	return { cancel_at: Math.floor((read.time('cancelAt') ?? NaN) / 1000) };
}

export const undoCancellation: WriteOperation = {
	kind: 'write',
	class: 'repeatable',
	value: 'undoCancellation',
	name: 'Undo Cancellation',
	action: 'Undo the cancellation of a subscription',
	description: 'Keep a subscription that was set to end at the end of its period or on a date',
	path: pathOf,
	target,
	params: () => ({}),
	reads: pathOf,
	adds: keepGoing,
	properties: [buildPicker('subscription')],
};

/**
 * Stripe accepts only one of the two parameters, so the one that is set is reset.
 *
 * @throws ItemError if the subscription has ended
 */
function keepGoing(
	read: ParameterReader,
	_params: unknown,
	{ status, ...shown }: StripeObject,
): Record<string, unknown> {
	if (status === 'canceled') {
		throw read.buildError(
			'subscription',
			'has been canceled, which nothing can undo',
			'Create a new subscription.',
		);
	}
	const isByDate = shown.cancel_at_period_end !== true && typeof shown.cancel_at === 'number';
	return checkParamNames<Stripe.SubscriptionUpdateParams>(
		isByDate ? { cancel_at: '' } : { cancel_at_period_end: false },
	);
}
