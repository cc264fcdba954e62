/**
 * Fields whose name in workflows, a contract, is not the parameter's name in camelCase: Stripe has renamed the parameter since,
 * or it is nested in another one.
 */
const RENAMED_FIELDS = {
	acceptedTypes: 'payment_method_types',
	appliesToProducts: 'applies_to.products',
	arrivesAfter: 'arrival_date.gte',
	arrivesBefore: 'arrival_date.lte',
	automaticTax: 'automatic_tax.enabled',
	billingAddress: 'billing_address_collection',
	billingCycleAnchorType: 'billing_cycle_anchor.type',
	canceledAfter: 'canceled_at.gte',
	canceledBefore: 'canceled_at.lte',
	cancellationComment: 'cancellation_details.comment',
	cancellationFeedback: 'cancellation_details.feedback',
	cardLastFour: 'payment_method_details.card.last4',
	confirmSetup: 'confirm',
	createdAfter: 'created.gte',
	createdAfterExclusive: 'created.gt',
	createdBefore: 'created.lte',
	createdBeforeExclusive: 'created.lt',
	currentPeriodEndAfter: 'current_period_end.gte',
	currentPeriodEndBefore: 'current_period_end.lte',
	currentPeriodStartAfter: 'current_period_start.gte',
	currentPeriodStartBefore: 'current_period_start.lte',
	customerKey: 'customer_mapping.event_payload_key',
	dropdownOptions: 'dropdown.options',
	dueAfter: 'due_date.gte',
	dueBefore: 'due_date.lte',
	fieldLabel: 'label.custom',
	firstTimeOnly: 'restrictions.first_time_transaction',
	interval: 'recurring.interval',
	intervalCount: 'recurring.interval_count',
	invoiceCreation: 'invoice_creation.enabled',
	invoiceFooter: 'invoice_settings.footer',
	invoicePaymentMethod: 'invoice_settings.default_payment_method',
	meter: 'recurring.meter',
	offSessionType: 'off_session',
	paidOutsideStripe: 'paid_out_of_band',
	paymentMethodTypes: 'allowed_payment_method_types',
	pendingItems: 'pending_invoice_items_behavior',
	periodEnd: 'period.end',
	periodStart: 'period.start',
	phoneNumber: 'phone_number_collection.enabled',
	prorationBehaviorOfPreview: 'subscription_details.proration_behavior',
	prorationDateOfPreview: 'subscription_details.proration_date',
	shippingCity: 'address.city',
	shippingCountries: 'shipping_address_collection.allowed_countries',
	shippingCountry: 'address.country',
	shippingLine1: 'address.line1',
	shippingLine2: 'address.line2',
	shippingPostalCode: 'address.postal_code',
	shippingState: 'address.state',
	taxIdCollection: 'tax_id_collection.enabled',
	transferDestination: 'transfer_data.destination',
	trialDays: 'subscription_data.trial_period_days',
	usageType: 'recurring.usage_type',
	valueKey: 'value_settings.event_payload_key',
} as const;

export type RenamedFields = typeof RENAMED_FIELDS;

const API_NAMES: ReadonlyMap<string, string> = new Map(Object.entries(RENAMED_FIELDS));

/** Returns the name in Stripe's API of the parameter that a field sends. `created.gte` is nested in `created`. */
export function toApiName(field: string): string {
	return API_NAMES.get(field) ?? field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
