import * as stripesOwn from '../../stripe/api/stripesOwn';

/** From now on, and to the end of the test, a live key may be sent to the simulator as if that were Stripe. */
export function takenForStripe(): void {
	jest.spyOn(stripesOwn, 'isStripesOwn').mockReturnValue(true);
}

/** A live key is sent to Stripe alone: in this file's tests the simulator stands for it. */
export function letLiveKeysReachTheSimulator(): void {
	beforeEach(takenForStripe);
	afterEach(() => jest.restoreAllMocks());
}
