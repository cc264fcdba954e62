import type { StripeRequest } from '../../stripe/api/client';
import { sendOnce } from '../../stripe/api/client';
import type { Connection } from '../../stripe/api/connection';
import { connect } from '../../stripe/api/connection';
import type { Verdict } from '../../stripe/api/outcome';
import { classify } from '../../stripe/api/outcome';

const SECRET_KEY = 'sk_test_shop';

/** What a payment is created with that can be confirmed without a page to come back to; in wire form. */
export const NO_REDIRECTS = {
	automatic_payment_methods: { enabled: 'true', allow_redirects: 'never' },
} as const;

/** Parameters of a payment that succeeds, in wire form. */
export const PAYMENT = {
	amount: '500',
	currency: 'usd',
	confirm: 'true',
	payment_method: 'pm_card_visa',
	...NO_REDIRECTS,
} as const;

/** Generous: no test waits for it, but for those that set their own. */
const TIMEOUT_MS = 10_000;

export function at(url: string, secretKey = SECRET_KEY): Connection {
	return connect({ secretKey, baseUrl: url });
}

/** For an answer that never comes. Longer than this process stands still: what was not sent is given up as well. */
export const GIVEN_UP_AFTER_MS = 2_000;

/** A payment with a key, or what the test makes of it. */
export function payment(more: Partial<StripeRequest> = {}): StripeRequest {
	return {
		method: 'POST',
		path: '/v1/payment_intents',
		params: PAYMENT,
		idempotencyKey: 'n8n_v1_order_1001',
		timeoutMs: TIMEOUT_MS,
		...more,
	};
}

/** Sends a payment once and says what it means. */
export async function pay(url: string, more: Partial<StripeRequest> = {}): Promise<Verdict> {
	return classify(await sendOnce(at(url), payment(more)));
}
