import type Stripe from 'stripe';

import { buildAdditionalFields, metadata, otherParameters } from '../../shared/parameters/fields';
import { buildPicker } from '../../shared/parameters/picker';
import type { ParameterReader } from '../../shared/parameters/parameterReader';
import { checkParamNames, keepName } from '../../shared/parameters/stripeParams';
import type { StripeResource } from './operation';
import { buildGet, buildGetMany } from './reads';

const schedules = {
	resource: 'subscriptionSchedule',
	path: '/v1/subscription_schedules',
	one: 'a subscription schedule',
	many: 'subscription schedules',
	includes: { includeCustomer: 'customer' },
} as const;

const pathOf = (read: ParameterReader) => `${schedules.path}/${read.id('subscriptionSchedule')}`;

const endBehavior = keepName({
	displayName: 'End Behavior',
	name: 'endBehavior',
	type: 'options',
	options: [
		{ name: 'Cancel', value: 'cancel', description: 'The subscription ends with the last phase' },
		{ name: 'Release', value: 'release', description: 'The subscription continues as it is then' },
	],
	default: 'release',
});

const phases = {
	...otherParameters,
	description:
		"Phases and any other parameter of Stripe's API, by its API name, with amounts in the minor unit",
};

export const subscriptionScheduleResource: StripeResource = {
	value: 'subscriptionSchedule',
	name: 'Subscription Schedule',
	permission: 'subscription',
	operations: [
		{
			kind: 'write',
			class: 'terminal',
			value: 'cancel',
			name: 'Cancel',
			action: 'Cancel a subscription schedule',
			description: 'Cancel a schedule and its subscription immediately',
			harmless: 'twice',
			path: (read) => `${pathOf(read)}/cancel`,
			target: (read) => read.id('subscriptionSchedule'),
			params: (read) => read.additionalFields(),
			properties: [
				buildPicker('subscriptionSchedule'),
				buildAdditionalFields<Stripe.SubscriptionScheduleCancelParams>([
					keepName({
						displayName: 'Invoice Now',
						name: 'invoiceNow',
						type: 'boolean',
						default: true,
						description:
							'Whether usage and other items that were not billed yet are billed at once',
					}),
					keepName({
						displayName: 'Prorate',
						name: 'prorate',
						type: 'boolean',
						default: true,
						description: 'Whether unused time is credited. Stripe does so unless this is off.',
					}),
				]),
			],
		},
		{
			kind: 'write',
			class: 'create',
			value: 'create',
			name: 'Create',
			action: 'Create a subscription schedule',
			description: 'Schedule changes to a subscription',
			path: () => schedules.path,
			params: (read) =>
				checkParamNames<Stripe.SubscriptionScheduleCreateParams>({
					...(read.choice('scheduleFor', ['subscription', 'customer']) === 'subscription'
						? { from_subscription: read.id('subscription') }
						: { customer: read.id('customer') }),
					...read.additionalFields(),
				}),
			properties: [
				{
					displayName: 'Schedule For',
					name: 'scheduleFor',
					type: 'options',
					options: [
						{
							name: 'Customer',
							value: 'customer',
							description: 'A new subscription, with phases',
						},
						{
							name: 'Subscription',
							value: 'subscription',
							description:
								'An existing subscription: the schedule starts with its current phase',
						},
					],
					default: 'subscription',
				},
				buildPicker('subscription', { displayOptions: { show: { scheduleFor: ['subscription'] } } }),
				buildPicker('customer', { displayOptions: { show: { scheduleFor: ['customer'] } } }),
				buildAdditionalFields<Stripe.SubscriptionScheduleCreateParams>([
					endBehavior,
					metadata,
					phases,
					keepName({ displayName: 'Start Date', name: 'startDate', type: 'dateTime', default: '' }),
				]),
			],
		},
		buildGet(schedules),
		buildGetMany<Stripe.SubscriptionScheduleListParams>(schedules, [
			buildPicker('customer', { required: false }),
		]),
		{
			kind: 'write',
			class: 'terminal',
			value: 'release',
			name: 'Release',
			action: 'Release a subscription schedule',
			description: 'End a schedule and leave its subscription as it is',
			path: (read) => `${pathOf(read)}/release`,
			target: (read) => read.id('subscriptionSchedule'),
			params: (read) => read.additionalFields(),
			properties: [
				buildPicker('subscriptionSchedule'),
				buildAdditionalFields<Stripe.SubscriptionScheduleReleaseParams>([
					keepName({
						displayName: 'Preserve Cancel Date',
						name: 'preserveCancelDate',
						type: 'boolean',
						default: true,
						description: 'Whether a cancellation planned by the schedule still happens',
					}),
				]),
			],
		},
		{
			kind: 'write',
			class: 'repeatable',
			value: 'update',
			name: 'Update',
			action: 'Update a subscription schedule',
			description: 'Change the upcoming phases',
			path: pathOf,
			target: (read) => read.id('subscriptionSchedule'),
			params: (read) => read.additionalFields(),
			properties: [
				buildPicker('subscriptionSchedule'),
				buildAdditionalFields<Stripe.SubscriptionScheduleUpdateParams>([
					endBehavior,
					metadata,
					phases,
				]),
			],
		},
	],
};
