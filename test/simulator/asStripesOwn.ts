import * as stripesOwn from '../../stripe/api/stripeHost';

/** From now on, and to the end of the test, a live key may be sent to the simulator as if that were Stripe. */
export function treatAsStripe(): void {
	jest.spyOn(stripesOwn, 'isStripeHost').mockReturnValue(true);
}

/** A live key is sent to Stripe alone: in this file's tests the simulator stands for it. */
export function letLiveKeysReachTheSimulator(): void {
	beforeEach(treatAsStripe);
	afterEach(() => jest.restoreAllMocks());
}
