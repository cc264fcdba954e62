import type Stripe from 'stripe';

import { ALWAYS_ALLOWED, LIST_PARAMETERS } from '../../route';
import type { ParameterNames } from '../../sdkTypes';

const BOTH = [
	...(['add_invoice_items', 'application_fee_percent', 'automatic_tax', 'billing_cycle_anchor'] as const),
	...(['billing_schedules', 'billing_thresholds', 'cancel_at', 'cancel_at_period_end'] as const),
	...(['collection_method', 'days_until_due', 'default_payment_method', 'default_source'] as const),
	...(['default_tax_rates', 'description', 'discounts', 'invoice_settings', 'items', 'metadata'] as const),
	...(['off_session', 'on_behalf_of', 'payment_behavior', 'payment_settings'] as const),
	...(['pending_invoice_item_interval', 'proration_behavior', 'transfer_data', 'trial_end'] as const),
	...(['trial_from_plan', 'trial_settings'] as const),
	...ALWAYS_ALLOWED,
] as const satisfies ParameterNames<Stripe.SubscriptionCreateParams & Stripe.SubscriptionUpdateParams>;

export const CREATE = [
	...BOTH,
	...(['backdate_start_date', 'billing_cycle_anchor_config', 'billing_mode', 'currency'] as const),
	...(['customer', 'customer_account', 'trial_period_days'] as const),
] as const satisfies ParameterNames<Stripe.SubscriptionCreateParams>;

export const UPDATE = [
	...BOTH,
	...(['cancellation_details', 'pause_collection', 'proration_date'] as const),
] as const satisfies ParameterNames<Stripe.SubscriptionUpdateParams>;

/**
 * Parameters that a pending update may contain (docs.stripe.com/billing/subscriptions/pending-updates-reference).
 */
export const PENDING: readonly string[] = [
	...(['expand', 'items', 'payment_behavior', 'proration_behavior', 'proration_date'] as const),
	...([
		'billing_cycle_anchor',
		'trial_end',
		'trial_from_plan',
		'add_invoice_items',
		'off_session',
	] as const),
] satisfies ParameterNames<Stripe.SubscriptionUpdateParams>;

export const CANCEL = [
	...(['cancellation_details', 'invoice_now', 'prorate'] as const),
	...ALWAYS_ALLOWED,
] as const satisfies ParameterNames<Stripe.SubscriptionCancelParams>;

export const PAUSE = [
	...(['bill_for', 'invoicing_behavior', 'type'] as const),
	...ALWAYS_ALLOWED,
] as const satisfies ParameterNames<Stripe.SubscriptionPauseParams>;

export const RESUME = [
	...(['billing_cycle_anchor', 'payment_behavior', 'proration_behavior', 'proration_date'] as const),
	...ALWAYS_ALLOWED,
] as const satisfies ParameterNames<Stripe.SubscriptionResumeParams>;

export const LIST = [
	...LIST_PARAMETERS,
	...(['automatic_tax', 'collection_method', 'current_period_end', 'current_period_start'] as const),
	...(['customer', 'customer_account', 'plan', 'price', 'status', 'test_clock'] as const),
] as const satisfies ParameterNames<Stripe.SubscriptionListParams>;

export const PAYMENT_BEHAVIORS = [
	...(['allow_incomplete', 'default_incomplete', 'error_if_incomplete', 'pending_if_incomplete'] as const),
] as const;
