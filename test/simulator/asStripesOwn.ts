import * as stripesOwn from '../../stripe/api/stripeHost';

/** Until the end of the test, live keys may be sent to the simulator as if it were Stripe. */
export function treatAsStripe(): void {
	jest.spyOn(stripesOwn, 'isStripeHost').mockReturnValue(true);
}

/** Live keys may only be sent to Stripe. In this file's tests, the simulator counts as Stripe. */
export function letLiveKeysReachTheSimulator(): void {
	beforeEach(treatAsStripe);
	afterEach(() => jest.restoreAllMocks());
}
