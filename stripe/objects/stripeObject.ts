/** A Stripe object as JSON. */
export type StripeObject = Record<string, unknown>;

/** Returns whether a value is a JSON object, and not an array. */
export function isObject(value: unknown): value is StripeObject {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function asText(value: unknown): string | undefined {
	return typeof value === 'string' ? value : undefined;
}

/** Returns the ID in a reference, which is an ID, or the whole object if the request expanded it. */
export function readReference(reference: unknown): string | undefined {
	if (typeof reference !== 'object' || reference === null) return asText(reference);
	return asText((reference as StripeObject).id);
}
