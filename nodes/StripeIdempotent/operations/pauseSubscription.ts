import type { INodeProperties } from 'n8n-workflow';
import type Stripe from 'stripe';

import { buildAdditionalFields, otherParameters } from '../../shared/parameters/fields';
import { buildPicker } from '../../shared/parameters/picker';
import type { ParameterReader } from '../../shared/parameters/parameterReader';
import { checkParamNames } from '../../shared/parameters/stripeParams';
import { buildChoiceProperty, buildTimeProperty } from '../../shared/parameters/typedFields';
import { prorationDate } from './billing';
import { prorationBehavior } from './changePlan';
import type { WriteOperation } from './operation';

const pathOf = (read: ParameterReader) => `/v1/subscriptions/${read.id('subscription')}`;
const target = (read: ParameterReader) => read.id('subscription');

const isCollection = (read: ParameterReader) =>
	read.choice('whatStops', ['collection', 'subscription']) === 'collection';

const BEHAVIORS = {
	'Keep as Draft': 'keep_as_draft',
	'Mark Uncollectible': 'mark_uncollectible',
	Void: 'void',
};
const BILL_FOR = { 'Item Period Start': 'item_current_period_start', None: 'none', Now: 'now' };

function buildWhatStops(displayName: string): INodeProperties {
	return {
		displayName,
		name: 'whatStops',
		type: 'options',
		options: [
			{
				name: 'Collection',
				value: 'collection',
				description: 'It stays active, but nobody is charged',
			},
			{ name: 'The Subscription', value: 'subscription', description: 'Its status is paused' },
		],
		default: 'collection',
	};
}

const showFor = (what: string): Partial<INodeProperties> => ({
	displayOptions: { show: { whatStops: [what] } },
});

export const pauseSubscription: WriteOperation = {
	kind: 'write',
	class: 'repeatable',
	value: 'pause',
	name: 'Pause',
	action: 'Pause a subscription',
	description: 'Stop charging for a subscription, or pause it. One with a schedule cannot be paused.',
	path: (read) => (isCollection(read) ? pathOf(read) : `${pathOf(read)}/pause`),
	target,
	params: (read) => ({
		...(isCollection(read) ? readCollectionPause(read) : readPause(read)),
		...read.additionalFields(),
	}),
	properties: [
		buildPicker('subscription'),
		buildWhatStops('What Stops'),
		{
			...buildChoiceProperty('Behavior', 'behavior', BEHAVIORS),
			...showFor('collection'),
			description: 'What happens to invoices in the meantime',
		},
		{
			...buildTimeProperty('Resumes At', 'resumesAt', 'If empty, it stays paused until Resume'),
			...showFor('collection'),
		},
		{
			...buildChoiceProperty('Credit Unused Time From', 'unusedTimeFrom', BILL_FOR, { default: 'now' }),
			...showFor('subscription'),
		},
		{
			...buildChoiceProperty('Invoicing Behavior', 'invoicingBehavior', {
				Invoice: 'invoice',
				'Pending Invoice Item': 'pending_invoice_item',
			}),
			default: 'pending_invoice_item',
			...showFor('subscription'),
		},
		buildAdditionalFields<Stripe.SubscriptionUpdateParams>([otherParameters]),
	],
};

function readCollectionPause(read: ParameterReader): Record<string, unknown> {
	const time = read.time('resumesAt');
	return checkParamNames<Stripe.SubscriptionUpdateParams>({
		pause_collection: {
			behavior: read.choice('behavior', Object.values(BEHAVIORS)),
			resumes_at: time === undefined ? undefined : Math.floor(time / 1000),
		},
	});
}

function readPause(read: ParameterReader): Record<string, unknown> {
	const from = read.choice('unusedTimeFrom', Object.values(BILL_FOR));
	return checkParamNames<Stripe.SubscriptionPauseParams>({
		type: 'subscription',
		bill_for: { unused_time_from: { type: from } },
		invoicing_behavior: read.choice('invoicingBehavior', ['invoice', 'pending_invoice_item']),
	});
}

export const resumeSubscription: WriteOperation = {
	kind: 'write',
	class: 'repeatable',
	value: 'resume',
	name: 'Resume',
	action: 'Resume a subscription',
	description:
		'Resume what Pause stopped. A paused subscription starts a new billing period, and can stay paused until it is paid.',
	path: (read) => (isCollection(read) ? pathOf(read) : `${pathOf(read)}/resume`),
	target,
	params: (read) => ({
		...(isCollection(read)
			? checkParamNames<Stripe.SubscriptionUpdateParams>({ pause_collection: '' })
			: read.additionalFields()),
	}),
	properties: [
		buildPicker('subscription'),
		buildWhatStops('What Resumes'),
		{
			...buildAdditionalFields<Stripe.SubscriptionResumeParams>([
				buildChoiceProperty('Billing Cycle Anchor', 'billingCycleAnchorType', {
					Now: 'now',
					Unchanged: 'unchanged',
				}),
				otherParameters,
				buildChoiceProperty('Payment Behavior', 'paymentBehavior', {
					'Resume on Payment Attempt': 'resume_on_payment_attempt',
					'Resume on Payment Success': 'resume_on_payment_success',
				}),
				prorationBehavior,
				prorationDate,
			]),
			...showFor('subscription'),
		},
	],
};
