import Stripe from 'stripe';

import type { Clock } from '../../ledger/clock';
import type { Params } from '../../ledger/model/request';
import { isApiPath } from '../objects/ids';
import type { SentRequest } from './foreignResponse';
import { findForeignHead, findForeignObject } from './foreignResponse';
import { wasNeverSent } from './networkError';
import { stripQuery, appendQuery } from './query';
import { TransportError } from './singleSendHttpClient';
import { isObject } from '../objects/stripeObject';

/** One request to Stripe. `params` are in wire form; a GET or DELETE sends them in the query string. */
export interface StripeRequest {
	method: 'GET' | 'POST' | 'DELETE';
	/** `/v1/…` */
	path: string;
	params?: Params;
	/** Required for a POST that moves money. stripe-node silently replaces an empty key with a random one. */
	idempotencyKey?: string;
	/** A POST that creates nothing that could exist twice. The SDK generates a new key for each send. */
	isKeyless?: true;
	stripeAccount?: string;
	apiVersion?: string;
	/** Timeout of the whole exchange, from the first byte sent to the last byte read, in ms. */
	timeoutMs: number;
}

export type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** The fields of a Stripe error that are used (docs.stripe.com/api/errors). */
export interface StripeErrorFacts {
	type: string;
	code?: string;
	declineCode?: string;
	/** docs.stripe.com/declines/card#retrying-issuer-declines */
	adviceCode?: string;
	param?: string;
	message?: string;
	/** The object in the error, e.g. the declined PaymentIntent. */
	objectId?: string;
	objectStatus?: string;
}

/** The result of one send. */
export type StripeResponse =
	| { kind: 'object'; statusCode: number; headers: Headers; body: Record<string, unknown> }
	| { kind: 'error'; statusCode: number; headers: Headers; error: StripeErrorFacts }
	/** A response that does not come from Stripe's API: HTML, a truncated body, or JSON of another shape. */
	| { kind: 'unreadable'; statusCode?: number; headers: Headers; message: string }
	| { kind: 'no_response'; cause: unknown };

/** The SDK client that sends, and what is known about Stripe. */
interface Sender {
	stripe: Stripe;
	mode?: 'test' | 'live';
	/** Stripe's time. */
	clock?: Pick<Clock, 'known' | 'invalidate'>;
}

/** Sends exactly one HTTP request. Network errors and error statuses are returned, never thrown. */
export async function sendOnce(
	{ stripe, mode, clock }: Sender,
	request: StripeRequest,
): Promise<StripeResponse> {
	const { method, path, params = {}, timeoutMs, isKeyless, ...options } = request;
	const isPost = method === 'POST';
	// However the path was built, the secret key must not be sent to another host.
	if (!isApiPath(isPost ? path : stripQuery(path))) return { kind: 'no_response', cause: INVALID_PATH };
	if (isPost && !isKeyless && !options.idempotencyKey)
		throw new RangeError('A POST needs an idempotency key');
	const sent = { ...request, mode, sentAt: clock?.known() };
	try {
		const response = stripe.rawRequest(
			method,
			isPost ? path : appendQuery(path, params),
			isPost ? params : undefined,
			{
				...options,
				timeout: timeoutMs,
				maxNetworkRetries: 0,
			},
		);
		return refuseForeign(sent, toObjectResponse(await withTimeout(timeoutMs, response)));
	} catch (error) {
		const failed = toErrorResponse(error);
		if (failed.kind === 'no_response' && !wasNeverSent(failed.cause)) clock?.invalidate?.();
		return refuseForeign(sent, failed);
	}
}

/** A response to a different request proves nothing about this one. */
function refuseForeign(sent: SentRequest, response: StripeResponse): StripeResponse {
	if (response.kind !== 'object' && response.kind !== 'error') return response;
	const { statusCode, headers } = response;
	const reason =
		findForeignHead(sent, headers) ??
		(response.kind === 'object' ? findForeignObject(sent, response.body) : undefined);
	if (reason === undefined) return response;
	const message = `The response does not belong to this request: ${reason}`;
	return { kind: 'unreadable', statusCode, headers, message };
}

/** Node.js refuses to write such a request, so nothing was sent. */
const INVALID_PATH = {
	code: 'ERR_UNESCAPED_CHARACTERS',
	message: 'This is not a valid path of the API, so nothing was sent',
};

/** The timeout of the SDK counts idle time only, so a response that trickles in would never time out. */
async function withTimeout(timeoutMs: number, response: Promise<unknown>): Promise<unknown> {
	let timer: NodeJS.Timeout | undefined;
	const timeout = new Promise<never>((_, reject) => {
		timer = setTimeout(
			() => reject(new TransportError(new Error(`No response within ${timeoutMs} ms`))),
			timeoutMs,
		);
	}) as Promise<Stripe.Response<unknown>>;
	try {
		return await Promise.race([response, timeout]);
	} finally {
		clearTimeout(timer);
	}
}

/** The SDK resolves a 3xx, 4xx or 5xx whose JSON has no `error` as if it were a success. */
function toObjectResponse(response: unknown): StripeResponse {
	if (!isObject(response))
		return { kind: 'unreadable', headers: {}, message: 'The response is not an object' };
	const { statusCode, headers } = response.lastResponse as Stripe.Response<unknown>['lastResponse'];
	if (statusCode < 200 || statusCode > 299) {
		return {
			kind: 'unreadable',
			statusCode,
			headers,
			message: `Status ${statusCode} without a message from Stripe`,
		};
	}
	// Every Stripe object has an `object` field, and every response a `request-id`. A login page in JSON has neither.
	if (typeof response.object !== 'string' && headers['request-id'] === undefined) {
		return { kind: 'unreadable', statusCode, headers, message: 'The response is not a Stripe object' };
	}
	return { kind: 'object', statusCode, headers, body: { ...response } };
}

/** Stripe's error types (docs.stripe.com/api/errors#errors-type). An error of another type has to have a `request-id`. */
const STRIPE_ERROR_TYPES = new Set<string>([
	'api_error',
	'card_error',
	'idempotency_error',
	'invalid_request_error',
]);

function toErrorResponse(error: unknown): StripeResponse {
	if (error instanceof TransportError) return toTransportResponse(error);
	if (!(error instanceof Stripe.errors.StripeError)) return { kind: 'no_response', cause: error };
	const wire = findTransportError(error);
	if (wire) return toTransportResponse(wire);
	const headers: Headers = error.headers ?? {};
	const { statusCode, rawType } = error;
	const isStripes =
		typeof rawType === 'string' &&
		(STRIPE_ERROR_TYPES.has(rawType) || headers['request-id'] !== undefined);
	if (statusCode === undefined || !isStripes || statusCode < 400) {
		return { kind: 'unreadable', statusCode, headers, message: error.message };
	}
	// The object contains a client secret, so only its kind, ID and status are kept.
	const object = [error.payment_intent, error.setup_intent, error.payment_method].find(hasId);
	return {
		kind: 'error',
		statusCode,
		headers,
		error: {
			type: rawType,
			code: error.code,
			declineCode: error.decline_code,
			adviceCode: error.advice_code,
			param: error.param,
			message: error.message,
			objectId: object?.id ?? error.charge,
			objectStatus: statusOf(object),
		},
	};
}

function toTransportResponse({ cause, statusCode, headers }: TransportError): StripeResponse {
	if (statusCode === undefined) return { kind: 'no_response', cause };
	const message = 'The response was cut off, or is not JSON from Stripe';
	return { kind: 'unreadable', statusCode, headers: headers ?? {}, message };
}

/** Finds the error of our HTTP client in an SDK error: in `detail` of connection errors, in `raw.exception` of parse errors. */
function findTransportError(error: Stripe.errors.StripeError): TransportError | undefined {
	const { detail, raw } = error as { detail?: unknown; raw?: unknown };
	const candidates = [detail, isObject(raw) ? raw.exception : undefined];
	return candidates.find((candidate) => candidate instanceof TransportError);
}

function hasId(value: unknown): value is { id: string } {
	return isObject(value) && typeof value.id === 'string';
}

function statusOf(object: { id: string; status?: unknown } | undefined): string | undefined {
	return typeof object?.status === 'string' ? object.status : undefined;
}
