import type { StripeRequest } from '../../../stripe/api/client';
import { sendOnce } from '../../../stripe/api/client';
import type { Connection } from '../../../stripe/api/connection';
import { connect } from '../../../stripe/api/connection';
import type { ClassifiedResponse } from '../../../stripe/api/outcome';
import { classify } from '../../../stripe/api/outcome';

const SECRET_KEY = 'sk_test_shop';

/** What a payment is created with that can be confirmed without a page to come back to; in wire form. */
export const WIRE_NO_REDIRECTS = {
	automatic_payment_methods: { enabled: 'true', allow_redirects: 'never' },
} as const;

/** Parameters of a payment that succeeds, in wire form. */
export const WIRE_PAYMENT = {
	amount: '500',
	currency: 'usd',
	confirm: 'true',
	payment_method: 'pm_card_visa',
	...WIRE_NO_REDIRECTS,
} as const;

/** Generous: no test waits for it, but for those that set their own. */
const TIMEOUT_MS = 10_000;

export function connectTo(url: string, secretKey = SECRET_KEY): Connection {
	return connect({ secretKey, baseUrl: url });
}

/** For an answer that never comes. Longer than this process stands still: what was not sent is given up as well. */
export const GIVEN_UP_AFTER_MS = 2_000;

/** A payment with a key, or what the test makes of it. */
export function buildPayment(more: Partial<StripeRequest> = {}): StripeRequest {
	return {
		method: 'POST',
		path: '/v1/payment_intents',
		params: WIRE_PAYMENT,
		idempotencyKey: 'n8n_v1_order_1001',
		timeoutMs: TIMEOUT_MS,
		...more,
	};
}

/** Sends a payment once and says what it means. */
export async function sendPayment(
	url: string,
	more: Partial<StripeRequest> = {},
): Promise<ClassifiedResponse> {
	return classify(await sendOnce(connectTo(url), buildPayment(more)));
}
