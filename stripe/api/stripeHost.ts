/** Whether an address is the API of Stripe itself, the only one that a live key is sent to (docs.stripe.com/api). */
export function isStripeHost({ origin }: URL): boolean {
	return origin === 'https://api.stripe.com';
}
