import type Stripe from 'stripe';

import type { Params } from '../../../ledger/model/request';
import type { StripeObject } from '../../../stripe/objects/stripeObject';
import { buildAdditionalFields, metadata, otherParameters } from '../../shared/parameters/fields';
import { buildPicker } from '../../shared/parameters/picker';
import type { ParameterReader } from '../../shared/parameters/parameterReader';
import { isRecord } from '../../shared/parameters/values';
import { checkParamNames } from '../../shared/parameters/stripeParams';
import { buildChoiceProperty } from '../../shared/parameters/typedFields';
import { CAP_LABELS, readCap } from '../cap';
import { offSession, previewPermissions, prorationDate, recurringPrice } from './billing';
import type { WriteOperation } from './operation';

export const prorationBehavior = buildChoiceProperty('Proration Behavior', 'prorationBehavior', {
	'Always Invoice': 'always_invoice',
	'Create Prorations': 'create_prorations',
	None: 'none',
});

export const paymentBehavior = buildChoiceProperty(
	'Payment Behavior',
	'paymentBehavior',
	{
		'Allow Incomplete': 'allow_incomplete',
		'Default Incomplete': 'default_incomplete',
		'Error If Incomplete': 'error_if_incomplete',
		'Pending If Incomplete': 'pending_if_incomplete',
	},
	{
		default: 'error_if_incomplete',
		description:
			'What happens if the payment fails. If not added, Stripe continues without it, and the subscription is incomplete or past due. Error: nothing happens. Pending, for changes only: the change waits for its payment.',
	},
);

/**
 * Parameters that are allowed in a change that waits for its payment
 * (docs.stripe.com/billing/subscriptions/pending-updates-reference).
 */
const WAITS_BESIDE = [
	'items',
	'payment_behavior',
	'proration_behavior',
	'proration_date',
	'off_session',
	'expand',
	'trial_end',
	'trial_from_plan',
	'billing_cycle_anchor',
	'add_invoice_items',
];

const pathOf = (read: ParameterReader) => `/v1/subscriptions/${read.id('subscription')}`;

const NOW = ['always_invoice', 'create_prorations', 'none'] as const;
const WHEN = [...NOW, 'periodEnd'] as const;

const changeNow: WriteOperation = {
	kind: 'write',
	class: 'repeatable',
	value: 'changePlan',
	name: 'Change Plan',
	action: 'Change the plan of a subscription',
	description:
		'Replace the price of a subscription, or change its quantity. The quantity is kept unless you set it.',
	alsoNeeds: previewPermissions,
	path: pathOf,
	target: (read) => read.id('subscription'),
	params: (read) =>
		checkParamNames<Stripe.SubscriptionUpdateParams>({
			items: [readItem(read)],
			proration_behavior: read.choice('changeWhen', NOW),
			...read.additionalFields(),
		}),
	check: refuseBesidePending,
	cap: (read) => readCap('chargeAtMost', read.optionalText('chargeAtMost') ?? ''),
	reads: pathOf,
	adds: addItem,
	sendsBack: true,
	properties: [
		buildPicker('subscription'),
		buildPicker('subscriptionItem', {
			displayName: 'Item to Replace',
			required: false,
			description: 'The item that is replaced. Needed only where the subscription has several.',
		}),
		{ ...recurringPrice, displayName: 'New Price' },
		{
			displayName: 'Quantity',
			name: 'quantity',
			type: 'string',
			default: '',
			placeholder: 'e.g. 25',
			description: 'If empty, the quantity is kept as it is when the change is sent',
		},
		{
			displayName: 'When',
			name: 'changeWhen',
			type: 'options',
			options: [
				{ name: 'Now, and Invoice the Difference', value: 'always_invoice' },
				{ name: 'Now, Difference on the Next Invoice', value: 'create_prorations' },
				{ name: 'Now, Without Proration', value: 'none' },
				{
					name: 'At the End of the Period',
					value: 'periodEnd',
					description: 'By a schedule, which can be released until then. Returns the schedule.',
				},
			],
			default: 'create_prorations',
			description:
				'A different billing interval, or a move from free to paid, starts a new period and is charged immediately, unless you choose the end of the period',
		},
		{
			displayName: CAP_LABELS.chargeAtMost,
			name: 'chargeAtMost',
			type: 'string',
			default: '',
			placeholder: 'e.g. 50 EUR',
			description:
				'If filled in, the change is previewed in Stripe first, and nothing is sent above this amount. The resulting invoice is compared afterwards.',
		},
		buildAdditionalFields<Stripe.SubscriptionUpdateParams>([
			metadata,
			offSession,
			otherParameters,
			paymentBehavior,
			prorationDate,
		]),
	],
};

/** Nothing is due now, and Subscription Schedule → Release undoes it until then. See `payments/changeRun.ts`. */
const changeLater: WriteOperation = {
	...changeNow,
	takesSteps: true,
	path: (read) => `${pathOf(read)}/schedule`,
	params: (read) =>
		checkParamNames<Stripe.SubscriptionUpdateParams>({
			items: [readItem(read)],
			...read.additionalFields(),
		}),
	check: refuseBesideSchedule,
	reads: undefined,
	adds: undefined,
};

export const changePlan: WriteOperation = {
	...changeNow,
	variant: (read) => (read.choice('changeWhen', WHEN) === 'periodEnd' ? changeLater : changeNow),
};

function readItem(read: ParameterReader): Stripe.SubscriptionUpdateParams.Item {
	return checkParamNames<Stripe.SubscriptionUpdateParams.Item>({
		id: read.optionalId('subscriptionItem'),
		price: read.id('price'),
		quantity: read.optionalText('quantity') === undefined ? undefined : read.number('quantity'),
	});
}

/** Refuses parameters that only apply to an immediate change. @throws ItemError */
function refuseBesideSchedule(read: ParameterReader, params: Params): void {
	const other = Object.keys(params).find((name) => !['expand', 'items', 'metadata'].includes(name));
	if (other === undefined) return;
	throw read.buildError(
		'changeWhen',
		`is At the End of the Period, beside which "${other}" cannot be sent`,
		'Leave it out, or plan the change with Subscription Schedule → Create and Update.',
	);
}

/** Adds the item's ID, without which the price is added to the old one, and its quantity, which otherwise becomes 1 (docs.stripe.com/api/subscriptions/update). */
function addItem(
	read: ParameterReader,
	{ items }: Params,
	{ items: shown, status }: StripeObject,
): Record<string, unknown> {
	if (['canceled', 'incomplete_expired'].includes(String(status))) {
		throw read.buildError('subscription', `is ${String(status)}`, 'Create a new subscription.');
	}
	const currentItems = isRecord(shown) && Array.isArray(shown.data) ? shown.data.filter(isRecord) : [];
	const [wanted] = Array.isArray(items) ? items : [];
	const { id, quantity } = isRecord(wanted) ? wanted : {};
	const item =
		id === undefined && currentItems.length === 1
			? currentItems[0]
			: currentItems.find((one) => one.id === id);
	if (!item) {
		throw read.buildError(
			'subscriptionItem',
			id === undefined
				? `is empty, and the subscription has ${currentItems.length} items`
				: 'does not belong to this subscription',
			'Choose the item that is to be replaced.',
		);
	}
	return { items: [{ id: item.id, ...(quantity === undefined ? { quantity: item.quantity } : {}) }] };
}

/** @throws ItemError */
function refuseBesidePending(read: ParameterReader, params: Params): void {
	if (params.payment_behavior !== 'pending_if_incomplete') return;
	const other = Object.keys(params).find((name) => !WAITS_BESIDE.includes(name));
	if (other === undefined) return;
	throw read.buildError(
		'additionalFields.paymentBehavior',
		`is Pending If Incomplete, beside which Stripe does not accept ${other}`,
		'Leave it out here, and change it with Update.',
	);
}
