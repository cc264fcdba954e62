/** Returns whether a URL is Stripe's own API, the only one that receives live keys (docs.stripe.com/api). */
export function isStripeHost({ origin }: URL): boolean {
	return origin === 'https://api.stripe.com';
}
