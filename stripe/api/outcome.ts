import type { UncertaintyCause, Outcome, OutcomeKind } from '../../ledger/model/entry';
import type { StripeResponse, Headers } from './client';
import { toSuccessFacts } from '../objects/paymentState';
import { readSystemError, wasNeverSent } from './networkError';
import { redactSecrets } from './redact';

/** One row of the outcome table: the responses it matches, their outcome, and whether to resend with the same key. */
interface OutcomeRow {
	meaning: string;
	matches: (answer: StripeResponse) => boolean;
	outcome: OutcomeKind;
	sendAgain: boolean;
}

const matchError =
	(matches: (status: number, code?: string, type?: string) => boolean) => (response: StripeResponse) =>
		response.kind === 'error' && matches(response.statusCode, response.error.code, response.error.type);

/**
 * What a response means (docs.stripe.com/error-low-level, docs.stripe.com/api/idempotent_requests). The first matching row
 * decides. The outcome is `unknown` unless the response proves otherwise.
 */
export const OUTCOMES: readonly OutcomeRow[] = [
	{
		meaning: '2xx, whole JSON, of what was requested',
		matches: ({ kind }) => kind === 'object',
		outcome: 'succeeded',
		sendAgain: false,
	},
	{
		meaning: '409: the first request with this key is still running',
		matches: matchError((status) => status === 409),
		outcome: 'busy',
		sendAgain: true,
	},
	{
		meaning: 'lock_timeout: another request holds the object',
		matches: matchError((_status, code) => code === 'lock_timeout'),
		outcome: 'busy',
		sendAgain: true,
	},
	{
		meaning: 'idempotency_error: the key was used with other parameters',
		matches: matchError((status, _code, type) => status === 400 && type === 'idempotency_error'),
		outcome: 'conflict',
		sendAgain: false,
	},
	{
		meaning: '429: nothing was executed',
		matches: matchError((status, code) => status === 429 || (status === 400 && code === 'rate_limit')),
		outcome: 'rate_limited',
		sendAgain: true,
	},
	{
		meaning: '401, 403: nothing was executed',
		matches: matchError((status) => status === 401 || status === 403),
		outcome: 'unauthorized',
		sendAgain: false,
	},
	{
		meaning: '424, 408: an intermediary did not respond in time',
		matches: matchError((status) => status === 424 || status === 408),
		outcome: 'unknown',
		sendAgain: true,
	},
	{
		meaning: 'any other 4xx with a Stripe error: definitive',
		matches: matchError((status) => status >= 400 && status < 500),
		outcome: 'rejected',
		sendAgain: false,
	},
	{
		meaning: 'DNS failure, connection refused, bad certificate: no request was sent',
		matches: (answer) => answer.kind === 'no_response' && wasNeverSent(answer.cause),
		outcome: 'unreachable',
		sendAgain: true,
	},
	{
		meaning: '5xx, timeout, reset, closed, cut off, not JSON, not from Stripe',
		matches: () => true,
		outcome: 'unknown',
		sendAgain: true,
	},
];

export interface ClassifiedResponse {
	outcome: Outcome;
	sendAgain: boolean;
}

/**
 * Classifies a response by the table. `Stripe-Should-Retry` counts for errors only: on a truncated success it describes Stripe's
 * response, not its delivery.
 */
export function classify(response: StripeResponse): ClassifiedResponse {
	const row = OUTCOMES.find(({ matches: takes }) => takes(response));
	if (!row) throw new RangeError('The outcome table has a last row that takes everything');
	const headers = response.kind === 'no_response' ? {} : response.headers;
	const advice = response.kind === 'error' ? readHeader(headers, 'stripe-should-retry') : undefined;
	// Stripe says that a retry may have a different result, so this one is not definitive.
	const isOpen = advice === 'true' && (row.outcome === 'rejected' || row.outcome === 'unauthorized');
	const kind = isOpen ? 'unknown' : row.outcome;
	const outcome = toOutcome(response, kind, headers);
	// A replay proves that another run, which is not in the ledger, sent the key before.
	if (kind === 'conflict')
		return { outcome: { ...outcome, uncertaintyCause: 'mismatched' }, sendAgain: false };
	if (kind !== 'unknown' && kind !== 'busy') return { outcome, sendAgain: shouldRetry(row, advice) };
	const cause = findCause(response, outcome);
	// Stripe replays this error under the key for as long as it remembers the key.
	const isStored = cause === 'replayed';
	return {
		outcome: { ...outcome, uncertaintyCause: cause },
		sendAgain: !isStored && shouldRetry(row, advice),
	};
}

/** Why a response without a clear result leaves the outcome unknown. */
function findCause(response: StripeResponse, outcome: Outcome): UncertaintyCause {
	switch (response.kind) {
		case 'error':
			return isReplay(response, outcome)
				? 'replayed'
				: causeFromStatus(response.statusCode, response.error.code);
		case 'unreadable':
			// An unreadable page comes from a proxy. A 500 may be a truncated response of Stripe itself.
			return response.statusCode === 500 ? 'failed' : 'lost';
		case 'no_response':
		case 'object':
			return 'lost';
	}
}

/** Statuses that mean the response was lost before, within or behind Stripe. */
const LOST_STATUSES: ReadonlySet<number> = new Set([408, 409, 424, 502, 504]);

function causeFromStatus(status: number, code: string | undefined): UncertaintyCause {
	if (status === 503) return 'shed';
	return LOST_STATUSES.has(status) || code === 'lock_timeout' ? 'lost' : 'failed';
}

/**
 * Returns whether Stripe has stored an error under the key and replays it. Only 5xx: every other stored response is definitive.
 */
function isReplay({ statusCode, headers }: StripeResponse & { kind: 'error' }, outcome: Outcome): boolean {
	const { requestId, originalRequestId } = outcome;
	const isOther = originalRequestId !== undefined && originalRequestId !== requestId;
	return statusCode >= 500 && (readHeader(headers, 'idempotent-replayed') === 'true' || isOther);
}

function shouldRetry({ sendAgain }: OutcomeRow, advice: string | undefined): boolean {
	return advice === undefined ? sendAgain : advice === 'true';
}

function toOutcome(response: StripeResponse, kind: OutcomeKind, headers: Headers): Outcome {
	// People see the reason, so it has to look like one of Stripe's.
	const reason = readHeader(headers, 'stripe-rate-limited-reason') ?? '';
	const outcome: Outcome = {
		kind,
		requestId: readHeader(headers, 'request-id'),
		originalRequestId: readHeader(headers, 'original-request'),
		retryAfterSeconds: parseSeconds(readHeader(headers, 'retry-after')),
		...(/^[a-z]+(?:-[a-z]+){0,4}$/.test(reason) ? { rateLimitedReason: reason } : {}),
	};
	switch (response.kind) {
		case 'object': {
			const { statusCode, body } = response;
			return { ...outcome, statusCode, ...toSuccessFacts(body) };
		}
		case 'error':
			return { ...outcome, statusCode: response.statusCode, ...redactSecrets({ ...response.error }) };
		case 'unreadable':
			return { ...outcome, statusCode: response.statusCode, message: redactSecrets(response.message) };
		case 'no_response':
			return { ...outcome, ...describeFailure(response.cause) };
	}
}

function describeFailure(cause: unknown): Pick<Outcome, 'code' | 'message'> {
	const { code, message } = readSystemError(cause);
	return { code, message: redactSecrets(toNetworkMessage(code, message)) };
}

function readHeader(headers: Headers, name: string): string | undefined {
	const value = headers[name];
	return Array.isArray(value) ? value[0] : value;
}

function parseSeconds(value: string | undefined): number | undefined {
	const parsed = Number(value ?? Number.NaN);
	return Number.isFinite(parsed) && parsed >= 0 ? parsed : undefined;
}

/** Messages for Node.js network error codes (nodejs.org/api/errors.html, "Common system errors"). */
const NETWORK_MESSAGES: ReadonlyMap<string, string> = new Map([
	['ECONNRESET', 'The connection was closed before the response arrived'],
	['EPIPE', 'The connection was cut while the request was being written'],
	['ECONNABORTED', 'The connection was closed before the response arrived'],
	['ETIMEDOUT', 'No response in time'],
	['ESOCKETTIMEDOUT', 'No response in time'],
	['ECONNREFUSED', 'Connection refused'],
	['ENOTFOUND', 'Host not found'],
	['EAI_AGAIN', 'The host name could not be resolved'],
	['EHOSTUNREACH', 'The host cannot be reached'],
	['ENETUNREACH', 'The host cannot be reached'],
]);

/**
 * Says why a request got no response. The error code is included, because administrators search for it.
 *
 * @param code of Node.js or OpenSSL
 * @param message the fallback for an unknown code
 */
function toNetworkMessage(code: string | undefined, message: string | undefined): string {
	const explanation = code === undefined ? undefined : NETWORK_MESSAGES.get(code);
	if (explanation === undefined) return message ?? 'No response';
	return `${explanation} (${code})`;
}
