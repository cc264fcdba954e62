/**
 * Fields whose name in the editor, a contract, is not the parameter's in camelCase: Stripe has given it another name since, or
 * it stands inside another one.
 */
const RENAMED_FIELDS = {
	arrivesAfter: 'arrival_date.gte',
	arrivesBefore: 'arrival_date.lte',
	createdAfter: 'created.gte',
	createdBefore: 'created.lte',
	appliesToProducts: 'applies_to.products',
	firstTimeOnly: 'restrictions.first_time_transaction',
	intervalCount: 'recurring.interval_count',
	meter: 'recurring.meter',
	paymentMethodTypes: 'allowed_payment_method_types',
	usageType: 'recurring.usage_type',
} as const;

export type RenamedFields = typeof RENAMED_FIELDS;

const API_NAMES: ReadonlyMap<string, string> = new Map(Object.entries(RENAMED_FIELDS));

/** The name in Stripe's API of the parameter that a field of the editor sends; `created.gte` stands inside `created`. */
export function toApiName(field: string): string {
	return API_NAMES.get(field) ?? field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
