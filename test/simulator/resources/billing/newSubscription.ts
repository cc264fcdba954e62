import type Stripe from 'stripe';

import { getOwn, type ParamMap } from '../../form';
import type { Subscription, SubscriptionItem } from '../../objects';
import * as given from '../../parameters';
import type { Shown } from '../../sdkTypes';
import type { StripeState } from '../../world';
import { showItems } from './subscriptionItems';

interface SubscriptionWish {
	id: string;
	customer: string;
	items: SubscriptionItem[];
	trialEnd: number | null;
	discounts: string[];
	metadata: Record<string, string>;
	params: ParamMap;
}

/** A subscription with every field that Stripe shows, before anything is billed. */
export function newSubscription(state: StripeState, wish: SubscriptionWish): Subscription {
	const { id, items, params, trialEnd } = wish;
	const now = state.seconds();
	const start = given.readInteger(params, 'backdate_start_date') ?? now;
	const atPeriodEnd = given.readFlag(params, 'cancel_at_period_end') ?? false;
	return {
		id,
		object: 'subscription',
		application: null,
		application_fee_percent: null,
		automatic_tax: { disabled_reason: null, enabled: false, liability: null },
		billing_cycle_anchor: given.readInteger(params, 'billing_cycle_anchor') ?? trialEnd ?? now,
		billing_cycle_anchor_config: null,
		billing_mode: { flexible: { proration_discounts: 'included' }, type: 'flexible' },
		billing_schedules: [],
		billing_thresholds: null,
		cancel_at: readCancelAt(params, items) ?? (atPeriodEnd ? endOf(items) : null),
		cancel_at_period_end: atPeriodEnd,
		canceled_at: null,
		cancellation_details: { comment: null, feedback: null, feedback_option: null, reason: null },
		collection_method: given.readText(params, 'collection_method') ?? 'charge_automatically',
		created: now,
		currency: items[0]?.price.currency ?? 'usd',
		customer: wish.customer,
		customer_account: null,
		days_until_due: given.readInteger(params, 'days_until_due') ?? null,
		default_payment_method: given.readText(params, 'default_payment_method') ?? null,
		default_source: null,
		default_tax_rates: [],
		description: getOwn(params, 'description') ?? null,
		discounts: wish.discounts,
		ended_at: null,
		invoice_settings: {
			account_tax_ids: null,
			custom_fields: null,
			description: null,
			footer: null,
			issuer: { type: 'self' },
		},
		items: showItems(id, items),
		latest_invoice: null,
		livemode: state.livemode,
		managed_payments: null,
		metadata: wish.metadata,
		next_pending_invoice_item_invoice: null,
		on_behalf_of: null,
		pause_collection: null,
		payment_settings: null,
		pending_invoice_item_interval: null,
		pending_setup_intent: null,
		pending_update: null,
		schedule: null,
		start_date: start,
		status: trialEnd === null ? 'active' : 'trialing',
		test_clock: null,
		transfer_data: null,
		trial_end: trialEnd,
		trial_settings: { end_behavior: { missing_payment_method: 'create_invoice' } },
		trial_start: trialEnd === null ? null : now,
	} satisfies Shown<Stripe.Subscription, Subscription>;
}

export function endOf(items: readonly SubscriptionItem[]): number {
	return Math.min(...items.map(({ current_period_end: end }) => end));
}

/** A time, or the end of a period; an empty text removes it. */
export function readCancelAt(params: ParamMap, items: readonly SubscriptionItem[]): number | undefined {
	const text = getOwn(params, 'cancel_at');
	const ends = items.map(({ current_period_end: end }) => end);
	if (text === 'min_period_end') return Math.min(...ends);
	if (text === 'max_period_end') return Math.max(...ends);
	return given.readInteger(params, 'cancel_at');
}
