import type { StripeError } from './errors';
import type { Fault } from './fault';
import type { ResponseDelivery } from './faultRules';
import type { RememberedAnswer } from './idempotency';
import type { RecordedRequest } from './request';
import type { RouteResult } from './route';
import { SIMULATED_API_VERSION } from './world';

/** The answer to the client, and how it is sent. */
export interface SimulatedResponse {
	status: number;
	body: string;
	headers: Record<string, string>;
	delivery: ResponseDelivery;
}

export function buildSuccess(request: RecordedRequest, reply: RouteResult): SimulatedResponse {
	const headers = stripeHeaders(request, 200, undefined, { originalRequest: request.id, replayed: false });
	return { status: 200, body: stripeJson(reply), headers, delivery: 'whole' };
}

/** The stored answer of the key, byte by byte, with a new Request-Id. */
export function buildReplay(
	request: RecordedRequest,
	originalRequest: string,
	remembered: RememberedAnswer,
): SimulatedResponse {
	const { status, body } = remembered;
	const headers = stripeHeaders(request, status, undefined, { originalRequest, replayed: true });
	return { status, body, headers, delivery: 'whole' };
}

/** @param originalRequest the request that the key belongs to, if it is another one */
export function buildRefusal(
	request: RecordedRequest,
	error: StripeError,
	originalRequest = request.id,
): SimulatedResponse {
	const { status } = error;
	const headers = stripeHeaders(request, status, error.error.code, { originalRequest, replayed: false });
	return {
		status,
		body: buildRefusalBody(error, request),
		headers: { ...headers, ...error.headers },
		delivery: 'whole',
	};
}

/** The `Date` header of Stripe's answers is the time of Stripe's clock; a proxy's answers have the host's. */
export function withDate(answer: SimulatedResponse, now: number): SimulatedResponse {
	if (answer.delivery === 'html' || answer.headers['Request-Id'] === undefined) return answer;
	return { ...answer, headers: { ...answer.headers, Date: new Date(now).toUTCString() } };
}

/** The client receives nothing. */
export function buildNoResponse(): SimulatedResponse {
	return { status: 0, body: '', headers: {}, delivery: 'silence' };
}

/** The same answer, with the headers that a fault sets. */
export function applyFault(
	answer: SimulatedResponse,
	{ shouldRetry, rateLimitedReason }: Fault,
): SimulatedResponse {
	const headers = { ...answer.headers };
	if (shouldRetry !== undefined) headers['Stripe-Should-Retry'] = String(shouldRetry);
	if (rateLimitedReason !== undefined) headers['Stripe-Rate-Limited-Reason'] = rateLimitedReason;
	return { ...answer, headers };
}

/** The origin of an answer, which determines its headers. */
interface Origin {
	/** The Request-Id of the request that executed. */
	originalRequest: string;
	replayed: boolean;
}

/** The body of a refusal in Stripe's format. */
export function buildRefusalBody(error: StripeError, request: RecordedRequest): string {
	const log = `https://dashboard.stripe.com/${request.mode === 'live' ? '' : 'test/'}logs/${request.id}`;
	return stripeJson({ error: { ...error.error, request_log_url: log } });
}

function stripeJson(value: unknown): string {
	return JSON.stringify(value, null, 2);
}

/** Stripe's headers: API reference, "Request IDs", "Idempotent requests"; `Stripe-Should-Retry` from its SDKs. */
function stripeHeaders(
	request: RecordedRequest,
	status: number,
	code: string | undefined,
	origin: Origin,
): Record<string, string> {
	const headers: Record<string, string> = {
		'Content-Type': 'application/json',
		'Request-Id': request.id,
		'Stripe-Version': request.apiVersion ?? SIMULATED_API_VERSION,
	};
	if (request.stripeAccount !== undefined) headers['Stripe-Account'] = request.stripeAccount;
	if (request.key !== undefined && request.method === 'POST') {
		headers['Idempotency-Key'] = request.key;
		headers['Original-Request'] = origin.originalRequest;
	}
	if (origin.replayed) headers['Idempotent-Replayed'] = 'true';
	const retry = shouldRetry(request, status, code, origin.replayed);
	if (retry !== undefined) headers['Stripe-Should-Retry'] = retry;
	return headers;
}

/**
 * True if the same request can still end differently; false if a repeat would return this very answer. Ordinary
 * successes of POSTs with a key have the header too.
 */
function shouldRetry(
	{ key, method }: RecordedRequest,
	status: number,
	code: string | undefined,
	replayed: boolean,
): 'true' | 'false' | undefined {
	if (status < 400) return key !== undefined && method === 'POST' ? 'false' : undefined;
	if (status === 409 || code === 'lock_timeout') return 'true';
	if (status >= 500) return replayed ? 'false' : 'true';
	// It is not documented whether Stripe sends it with a rate limit or a failed dependency.
	return status === 429 || status === 424 ? undefined : 'false';
}
