/** An object of Stripe's, as it comes over the wire. */
export type StripeObject = Record<string, unknown>;

/** Whether it is an object of JSON, and no list. */
export function isObject(value: unknown): value is StripeObject {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function asText(value: unknown): string | undefined {
	return typeof value === 'string' ? value : undefined;
}

/** The ID in a reference, whether Stripe shows only that, or the whole object where that was asked for. */
export function readReference(reference: unknown): string | undefined {
	if (typeof reference !== 'object' || reference === null) return asText(reference);
	return asText((reference as StripeObject).id);
}
