import type Stripe from 'stripe';

import { ALWAYS_ALLOWED, LIST_PARAMETERS } from '../../route';
import type { ParameterNames } from '../../sdkTypes';

/** Parameters that may change while an invoice is a draft. */
const EDITABLE = [
	...([
		'account_tax_ids',
		'application_fee_amount',
		'automatic_tax',
		'automatically_finalizes_at',
	] as const),
	...([
		'collection_method',
		'custom_fields',
		'days_until_due',
		'default_tax_rates',
		'description',
	] as const),
	...(['discounts', 'due_date', 'effective_at', 'footer', 'issuer', 'number', 'on_behalf_of'] as const),
	...(['rendering', 'shipping_cost', 'shipping_details', 'statement_descriptor', 'transfer_data'] as const),
] as const satisfies ParameterNames<Stripe.InvoiceUpdateParams>;

/** Parameters that may change at any time. */
const ALWAYS = [
	...([
		'auto_advance',
		'default_payment_method',
		'default_source',
		'metadata',
		'payment_settings',
	] as const),
	...ALWAYS_ALLOWED,
] as const satisfies ParameterNames<Stripe.InvoiceUpdateParams>;

export const UPDATE = [...EDITABLE, ...ALWAYS] as const;
export const DRAFT_ONLY: readonly string[] = EDITABLE;

export const CREATE = [
	...UPDATE,
	...(['currency', 'customer', 'customer_account', 'from_invoice'] as const),
	...(['pending_invoice_items_behavior', 'subscription'] as const),
] as const satisfies ParameterNames<Stripe.InvoiceCreateParams>;

export const LIST = [
	...LIST_PARAMETERS,
	...(['collection_method', 'customer', 'customer_account', 'due_date', 'status', 'subscription'] as const),
] as const satisfies ParameterNames<Stripe.InvoiceListParams>;

export const PAY = [
	...(['forgive', 'mandate', 'off_session', 'paid_out_of_band', 'payment_method', 'source'] as const),
	...ALWAYS_ALLOWED,
] as const satisfies ParameterNames<Stripe.InvoicePayParams>;

export const PREVIEW = [
	...([
		'automatic_tax',
		'currency',
		'customer',
		'customer_account',
		'customer_details',
		'discounts',
	] as const),
	...(['invoice_items', 'issuer', 'on_behalf_of', 'preview_mode', 'schedule', 'schedule_details'] as const),
	...(['subscription', 'subscription_details'] as const),
	...ALWAYS_ALLOWED,
] as const satisfies ParameterNames<Stripe.InvoiceCreatePreviewParams>;
