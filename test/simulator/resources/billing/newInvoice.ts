import type Stripe from 'stripe';

import { getOwn, type ParamMap } from '../../form';
import type { Invoice } from '../../objects';
import * as given from '../../parameters';
import type { Shown } from '../../sdkTypes';
import type { StripeState } from '../../world';
import { readRates } from './invoiceTaxes';
import { sumUp } from './invoiceTotals';

export interface InvoiceWish {
	customer: string;
	currency: string;
	reason: Stripe.Invoice.BillingReason;
	subscription: string | null;
	discounts?: string[];
	metadata?: Record<string, string>;
	params: ParamMap;
}

/** A draft with every field that Stripe shows, without any lines yet. */
export function newInvoice(state: StripeState, wish: InvoiceWish, id = state.newId('in')): Invoice {
	const { customer, params } = wish;
	const shown = (name: string) => {
		const value = getOwn(params, name);
		return value === undefined || value === '' ? null : value;
	};
	const now = state.seconds();
	const owner = state.customers.find(customer);
	const discounts = wish.discounts ?? [];
	const { enabled } = given.readHash(params, 'automatic_tax') ?? {};
	const terms = {
		id,
		customer,
		discounts,
		amount_paid: 0,
		automatic_tax: { enabled: enabled === 'true', status: null },
		default_tax_rates: readRates(state, params, 'default_tax_rates') ?? [],
	};
	const totals = sumUp(state, terms, []) as Pick<
		Invoice,
		'amount_due' | 'amount_remaining' | 'automatic_tax' | 'lines' | 'total'
	>;
	return {
		id,
		object: 'invoice',
		account_country: 'US',
		account_name: 'Simulator',
		account_tax_ids: null,
		amount_overpaid: 0,
		amount_paid: 0,
		amount_shipping: 0,
		application: null,
		attempt_count: 0,
		attempted: false,
		auto_advance: given.readFlag(params, 'auto_advance') ?? false,
		automatically_finalizes_at: null,
		billing_reason: wish.reason,
		collection_method: given.readText(params, 'collection_method') ?? 'charge_automatically',
		created: now,
		currency: wish.currency,
		custom_fields: shown('custom_fields'),
		customer,
		customer_account: null,
		customer_address: null,
		customer_email: owner?.email ?? null,
		customer_name: owner?.name ?? null,
		customer_phone: null,
		customer_shipping: null,
		customer_tax_exempt: 'none',
		customer_tax_ids: [],
		default_payment_method: given.readText(params, 'default_payment_method') ?? null,
		default_source: null,
		default_tax_rates: terms.default_tax_rates,
		description: shown('description'),
		discounts,
		due_date: dueDate(params, now),
		effective_at: null,
		ending_balance: null,
		footer: shown('footer'),
		from_invoice: null,
		issuer: { type: 'self' },
		last_finalization_error: null,
		latest_revision: null,
		livemode: state.livemode,
		metadata: wish.metadata ?? {},
		next_payment_attempt: null,
		number: given.readText(params, 'number') ?? null,
		on_behalf_of: null,
		parent: wish.subscription === null ? null : toParent(state, wish.subscription),
		payment_settings: {
			default_mandate: null,
			payment_method_options: null,
			payment_method_types: null,
		},
		period_end: now,
		period_start: now,
		post_payment_credit_notes_amount: 0,
		pre_payment_credit_notes_amount: 0,
		receipt_number: null,
		rendering: null,
		shipping_cost: null,
		shipping_details: null,
		starting_balance: 0,
		statement_descriptor: shown('statement_descriptor'),
		status: 'draft',
		status_transitions: {
			finalized_at: null,
			marked_uncollectible_at: null,
			paid_at: null,
			voided_at: null,
		},
		subtotal: 0,
		subtotal_excluding_tax: 0,
		test_clock: null,
		total_discount_amounts: [],
		total_excluding_tax: 0,
		total_pretax_credit_amounts: [],
		total_taxes: [],
		webhooks_delivered_at: null,
		...totals,
	} satisfies Shown<Stripe.Invoice, Invoice>;
}

function dueDate(params: ParamMap, now: number): number | null {
	const days = given.readInteger(params, 'days_until_due');
	return given.readInteger(params, 'due_date') ?? (days === undefined ? null : now + days * 86_400);
}

/** Copies the subscription's current metadata (API reference, "The Invoice object", `parent`). */
function toParent(state: StripeState, subscription: string): NonNullable<Invoice['parent']> {
	const metadata = { ...state.subscriptions.find(subscription)?.metadata };
	const parent = {
		type: 'subscription_details',
		quote_details: null,
		subscription_details: { metadata, subscription },
	};
	return parent;
}
