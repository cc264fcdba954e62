import type { StripeError } from './errors';
import type { Delivery } from './faultRules';
import type { RecordedRequest } from './request';
import { DEFAULT_API_VERSION } from './world';

/** What goes back to the client, and how it travels. */
export interface Answer {
	status: number;
	body: string;
	headers: Record<string, string>;
	delivery: Delivery;
}

/** Where an answer came from; decides its headers. */
export interface Origin {
	/** The Request-Id of the request that executed. */
	originalRequest: string;
	replayed: boolean;
}

/** The body of a refusal, as Stripe writes it. */
export function refusalBody(error: StripeError, request: RecordedRequest): string {
	const log = `https://dashboard.stripe.com/${request.mode === 'live' ? '' : 'test/'}logs/${request.id}`;
	return stripeJson({ error: { ...error.error, request_log_url: log } });
}

export function stripeJson(value: unknown): string {
	return JSON.stringify(value, null, 2);
}

/** Stripe's headers: API reference, "Request IDs", "Idempotent requests"; `Stripe-Should-Retry` from its SDKs. */
export function stripeHeaders(
	request: RecordedRequest,
	status: number,
	code: string | undefined,
	origin: Origin,
): Record<string, string> {
	const headers: Record<string, string> = {
		'Content-Type': 'application/json',
		'Request-Id': request.id,
		'Stripe-Version': request.apiVersion ?? DEFAULT_API_VERSION,
	};
	if (request.stripeAccount !== undefined) headers['Stripe-Account'] = request.stripeAccount;
	if (request.key !== undefined && request.method === 'POST') {
		headers['Idempotency-Key'] = request.key;
		headers['Original-Request'] = origin.originalRequest;
	}
	if (origin.replayed) headers['Idempotent-Replayed'] = 'true';
	const retry = shouldRetry(status, code, origin.replayed);
	if (retry !== undefined) headers['Stripe-Should-Retry'] = retry;
	return headers;
}

/** Yes where the same request can still end otherwise; no where a repeat would return this very answer. */
function shouldRetry(
	status: number,
	code: string | undefined,
	replayed: boolean,
): 'true' | 'false' | undefined {
	if (status < 400) return undefined;
	if (status === 409 || code === 'lock_timeout') return 'true';
	if (status >= 500) return replayed ? 'false' : 'true';
	return 'false';
}
