/** An object of Stripe's, as it comes over the wire. */
export type StripeObject = Record<string, unknown>;

export function asText(value: unknown): string | undefined {
	return typeof value === 'string' ? value : undefined;
}
