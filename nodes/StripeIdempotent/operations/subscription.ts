import type Stripe from 'stripe';

import {
	buildAdditionalFields,
	buildProseProperty,
	createdFilters,
	metadata,
	otherParameters,
} from '../../shared/parameters/fields';
import { buildPicker } from '../../shared/parameters/picker';
import { checkFields, checkParamNames } from '../../shared/parameters/stripeParams';
import {
	buildChoiceProperty,
	buildCountProperty,
	buildRowsProperty,
	buildSwitchProperty,
	buildTimeProperty,
} from '../../shared/parameters/typedFields';
import {
	automaticTax,
	collectionMethod,
	daysUntilDue,
	defaultPaymentMethod,
	defaultTaxRates,
	discounts,
	dueTerms,
	offSession,
	oneTimePrice,
	previewPermissions,
	prorationDate,
	quantity,
	readDueTerms,
	recurringPrice,
} from './billing';
import { cancelSubscription, undoCancellation } from './cancelSubscription';
import { changePlan, paymentBehavior, prorationBehavior } from './changePlan';
import type { StripeResource } from './operation';
import { detectDescriptionOnly } from './operation';
import { pauseSubscription, resumeSubscription } from './pauseSubscription';
import { buildGet, buildGetMany } from './reads';
import { buildSearch } from './search';
import { readOnlyOne, readSubscribedItems, refuseUnclearSubscription } from './subscribing';

const subscriptions = {
	resource: 'subscription',
	path: '/v1/subscriptions',
	one: 'a subscription',
	many: 'subscriptions',
	includes: { includeCustomer: 'customer' },
} as const;

const addInvoiceItems = buildRowsProperty('Add Invoice Items', 'addInvoiceItems', [oneTimePrice, quantity], {
	description: 'One-time prices to add to its next invoice, such as a setup fee',
});
const description = buildProseProperty('Description', 'description', { placeholder: 'e.g. Team plan' });
const trialEnd = buildTimeProperty('Trial End', 'trialEnd', 'It becomes the billing day');

const statuses = {
	Active: 'active',
	All: 'all',
	Canceled: 'canceled',
	Ended: 'ended',
	Incomplete: 'incomplete',
	'Incomplete Expired': 'incomplete_expired',
	'Past Due': 'past_due',
	Paused: 'paused',
	Trialing: 'trialing',
	Unpaid: 'unpaid',
};

/** Without those that stand for several. */
const ownStatuses = Object.fromEntries(
	Object.entries(statuses).filter(([, status]) => status !== 'all' && status !== 'ended'),
);

export const subscriptionResource: StripeResource = {
	value: 'subscription',
	name: 'Subscription',
	permission: 'subscription',
	operations: [
		cancelSubscription,
		changePlan,
		{
			kind: 'write',
			class: 'create',
			value: 'create',
			name: 'Create',
			action: 'Create a subscription',
			description:
				'Bill a customer for one or more prices at regular intervals. Success does not mean paid: check the status and the payment state.',
			alsoNeeds: previewPermissions,
			path: () => subscriptions.path,
			olderPaths: (read) => [`/v1/customers/${read.id('customer')}/subscriptions`],
			params: (read) =>
				checkParamNames<Stripe.SubscriptionCreateParams>({
					customer: read.id('customer'),
					items: readSubscribedItems(read),
					...readDueTerms(read),
					...read.additionalFields(),
				}),
			check: refuseUnclearSubscription,
			onlyOne: readOnlyOne,
			properties: [
				buildPicker('customer'),
				buildRowsProperty(
					'Items',
					'items',
					checkFields<Stripe.SubscriptionCreateParams.Item>([recurringPrice, quantity]),
				),
				...dueTerms,
				{
					...buildChoiceProperty('If Already Subscribed', 'ifAlreadySubscribed', {
						Allow: 'allow',
						Refuse: 'refuse',
					}),
					default: 'refuse',
					description:
						'What to do if the customer already has a subscription to one of the prices. Stripe itself allows any number.',
				},
				buildAdditionalFields<Stripe.SubscriptionCreateParams>([
					addInvoiceItems,
					automaticTax,
					buildTimeProperty('Backdate Start Date', 'backdateStartDate'),
					buildTimeProperty(
						'Billing Cycle Anchor',
						'billingCycleAnchor',
						'The first day of a full period',
					),
					buildTimeProperty('Cancel At', 'cancelAt'),
					buildSwitchProperty(
						'Cancel at Period End',
						'cancelAtPeriodEnd',
						'Whether it ends with its first period',
						{ default: true },
					),
					defaultPaymentMethod,
					defaultTaxRates,
					description,
					discounts,
					metadata,
					offSession,
					otherParameters,
					paymentBehavior,
					prorationBehavior,
					trialEnd,
					buildCountProperty(
						'Trial Period Days',
						'trialPeriodDays',
						{ minValue: 1 },
						{ default: 14 },
					),
				]),
			],
		},
		buildGet(subscriptions),
		buildGetMany<Stripe.SubscriptionListParams>(subscriptions, [
			collectionMethod,
			buildTimeProperty('Current Period End After', 'currentPeriodEndAfter'),
			buildTimeProperty('Current Period End Before', 'currentPeriodEndBefore'),
			buildTimeProperty('Current Period Start After', 'currentPeriodStartAfter'),
			buildTimeProperty('Current Period Start Before', 'currentPeriodStartBefore'),
			buildPicker('customer', { required: false }),
			buildPicker('price', { required: false }, 'searchRecurringPrice'),
			buildChoiceProperty('Status', 'status', statuses, {
				description: 'If not added, all that are not canceled',
			}),
		]),
		pauseSubscription,
		resumeSubscription,
		buildSearch(subscriptions, "-status:'canceled'", [
			buildTimeProperty('Canceled After', 'canceledAfter'),
			buildTimeProperty('Canceled Before', 'canceledBefore'),
			...createdFilters,
			buildChoiceProperty('Status', 'status', ownStatuses),
		]),
		undoCancellation,
		{
			kind: 'write',
			class: 'repeatable',
			value: 'update',
			name: 'Update',
			action: 'Update a subscription',
			description:
				'Change how a subscription is paid and described. For a different price, use Change Plan.',
			harmless: detectDescriptionOnly,
			path: (read) => `${subscriptions.path}/${read.id('subscription')}`,
			target: (read) => read.id('subscription'),
			params: (read) => read.additionalFields(),
			check: refuseUnclearSubscription,
			properties: [
				buildPicker('subscription'),
				buildAdditionalFields<Stripe.SubscriptionUpdateParams>([
					addInvoiceItems,
					buildTimeProperty('Cancel At', 'cancelAt'),
					collectionMethod,
					daysUntilDue,
					defaultPaymentMethod,
					defaultTaxRates,
					description,
					discounts,
					metadata,
					offSession,
					otherParameters,
					prorationBehavior,
					prorationDate,
					trialEnd,
				]),
			],
		},
	],
};
