import type { DoubtCause, Outcome, OutcomeKind } from '../../ledger/model/entry';
import type { Answer, Headers } from './client';
import { networkWords } from './networkMessages';
import { factsOfObject } from '../objects/paymentState';
import { withoutSecrets } from './redact';

/** One row of the outcome table: which answers it takes, what they mean, and whether to send again with the same key. */
interface OutcomeRow {
	what: string;
	takes: (answer: Answer) => boolean;
	outcome: OutcomeKind;
	sendAgain: boolean;
}

const error = (matches: (status: number, code?: string, type?: string) => boolean) => (answer: Answer) =>
	answer.kind === 'error' && matches(answer.statusCode, answer.error.code, answer.error.type);

/**
 * What an answer means (docs.stripe.com/error-low-level, docs.stripe.com/api/idempotent_requests). The first row that takes
 * an answer decides. Whatever is not surely something else is `unknown`.
 */
export const OUTCOMES: readonly OutcomeRow[] = [
	{
		what: '2xx, whole JSON',
		takes: ({ kind }) => kind === 'object',
		outcome: 'succeeded',
		sendAgain: false,
	},
	{
		what: '409: the first request with this key is still running',
		takes: error((status) => status === 409),
		outcome: 'busy',
		sendAgain: true,
	},
	{
		what: 'lock_timeout: another request holds the object',
		takes: error((_status, code) => code === 'lock_timeout'),
		outcome: 'busy',
		sendAgain: true,
	},
	{
		what: 'idempotency_error: the key was used with other parameters',
		takes: error((status, _code, type) => status === 400 && type === 'idempotency_error'),
		outcome: 'conflict',
		sendAgain: false,
	},
	{
		what: '429: nothing was executed',
		takes: error((status, code) => status === 429 || (status === 400 && code === 'rate_limit')),
		outcome: 'rate_limited',
		sendAgain: true,
	},
	{
		what: '401, 403: nothing was executed',
		takes: error((status) => status === 401 || status === 403),
		outcome: 'unauthorized',
		sendAgain: false,
	},
	{
		what: '424, 408: somebody on the way did not answer in time',
		takes: error((status) => status === 424 || status === 408),
		outcome: 'unknown',
		sendAgain: true,
	},
	{
		what: 'any other 4xx with a Stripe error: definitive',
		takes: error((status) => status >= 400 && status < 500),
		outcome: 'rejected',
		sendAgain: false,
	},
	{
		what: 'DNS failure, connection refused, bad certificate: no request left',
		takes: (answer) => answer.kind === 'no_answer' && neverLeft(answer.cause),
		outcome: 'unreachable',
		sendAgain: true,
	},
	{
		what: '5xx, timeout, reset, closed, cut off, not JSON, not from Stripe',
		takes: () => true,
		outcome: 'unknown',
		sendAgain: true,
	},
];

export interface Verdict {
	outcome: Outcome;
	sendAgain: boolean;
}

/**
 * Reads an answer by the table. What Stripe advises (`Stripe-Should-Retry`) counts on an error object only: on a success that
 * did not come through whole it speaks of Stripe's answer, not of its delivery.
 */
export function classify(answer: Answer): Verdict {
	const row = OUTCOMES.find(({ takes }) => takes(answer));
	if (!row) throw new RangeError('The outcome table has a last row that takes everything');
	const headers = answer.kind === 'no_answer' ? {} : answer.headers;
	const advice = answer.kind === 'error' ? header(headers, 'stripe-should-retry') : undefined;
	// Another result is possible: what would be definitive is not.
	const isOpen = advice === 'true' && (row.outcome === 'rejected' || row.outcome === 'unauthorized');
	const kind = isOpen ? 'unknown' : row.outcome;
	const outcome = factsOf(answer, kind, headers);
	if (kind !== 'unknown' && kind !== 'busy') return { outcome, sendAgain: isSentAgain(row, advice) };
	const cause = causeOf(answer, outcome);
	// Its key gives the same error for as long as it lives.
	const isStored = cause === 'replayed';
	return { outcome: { ...outcome, cause }, sendAgain: !isStored && isSentAgain(row, advice) };
}

/** What may have happened behind an answer that tells nothing of the money. */
function causeOf(answer: Answer, outcome: Outcome): DoubtCause {
	switch (answer.kind) {
		case 'error':
			return isReplay(answer, outcome)
				? 'replayed'
				: causeOfStatus(answer.statusCode, answer.error.code);
		case 'unreadable':
			// A page in its place is a proxy's; but of Stripe's own 500 not everything may have come.
			return answer.statusCode === 500 ? 'failed' : 'lost';
		case 'no_answer':
		case 'object':
			return 'lost';
	}
}

/** Statuses of answers that were lost on the way to Stripe, in it, or behind it. */
const LOST: ReadonlySet<number> = new Set([408, 409, 424, 502, 504]);

function causeOfStatus(status: number, code: string | undefined): DoubtCause {
	if (status === 503) return 'shed';
	return LOST.has(status) || code === 'lock_timeout' ? 'lost' : 'failed';
}

/** An error that Stripe has stored under the key, and says again. Only 5xx: what else is stored is definitive. */
function isReplay({ statusCode, headers }: Answer & { kind: 'error' }, outcome: Outcome): boolean {
	const { requestId, originalRequestId } = outcome;
	const isOther = originalRequestId !== undefined && originalRequestId !== requestId;
	return statusCode >= 500 && (header(headers, 'idempotent-replayed') === 'true' || isOther);
}

function isSentAgain({ outcome, sendAgain }: OutcomeRow, advice: string | undefined): boolean {
	// A key that belongs to another request belongs to it for ever.
	return advice === undefined || outcome === 'conflict' ? sendAgain : advice === 'true';
}

function factsOf(answer: Answer, kind: OutcomeKind, headers: Headers): Outcome {
	const outcome: Outcome = {
		kind,
		requestId: header(headers, 'request-id'),
		originalRequestId: header(headers, 'original-request'),
		retryAfterSeconds: seconds(header(headers, 'retry-after')),
		...limitIn(headers),
	};
	switch (answer.kind) {
		case 'object': {
			const { statusCode, body } = answer;
			return { ...outcome, statusCode, ...factsOfObject(body) };
		}
		case 'error':
			return { ...outcome, statusCode: answer.statusCode, ...withoutSecrets({ ...answer.error }) };
		case 'unreadable':
			return { ...outcome, statusCode: answer.statusCode, message: withoutSecrets(answer.message) };
		case 'no_answer':
			return { ...outcome, ...describe(answer.cause) };
	}
}

/** It is shown to people: what does not look like one of Stripe's reasons is nobody's. */
function limitIn(headers: Headers): Pick<Outcome, 'rateLimitedReason'> {
	const reason = header(headers, 'stripe-rate-limited-reason') ?? '';
	return /^[a-z]+(?:-[a-z]+){0,4}$/.test(reason) ? { rateLimitedReason: reason } : {};
}

/** Codes of Node and OpenSSL for a peer whose certificate is not accepted: the request is written only afterwards. */
const BAD_CERTIFICATE =
	/^(?:CERT_|ERR_TLS_CERT|DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED_|UNABLE_TO_(?:VERIFY|GET_ISSUER))/;

/** Codes of Node for a request that it refuses to write. */
const INVALID_REQUEST = new Set(['ERR_INVALID_CHAR', 'ERR_INVALID_HTTP_TOKEN', 'ERR_UNESCAPED_CHARACTERS']);

function neverLeft(cause: unknown): boolean {
	if (cause instanceof AggregateError && cause.errors.length > 0) return cause.errors.every(neverLeft);
	const { code, syscall } = systemError(cause);
	if (code !== undefined && INVALID_REQUEST.has(code)) return true;
	return (
		syscall === 'connect' ||
		syscall === 'getaddrinfo' ||
		(code !== undefined && BAD_CERTIFICATE.test(code))
	);
}

function describe(cause: unknown): Pick<Outcome, 'code' | 'message'> {
	const { code, message } = systemError(cause);
	return { code, message: withoutSecrets(networkWords(code, message)) };
}

function systemError(cause: unknown): { code?: string; syscall?: string; message?: string } {
	if (typeof cause !== 'object' || cause === null) return {};
	const { code, syscall, message } = cause as Record<string, unknown>;
	return { code: textOf(code), syscall: textOf(syscall), message: textOf(message === '' ? code : message) };
}

function header(headers: Headers, name: string): string | undefined {
	const value = headers[name];
	return Array.isArray(value) ? value[0] : value;
}

function seconds(value: string | undefined): number | undefined {
	const parsed = Number(value ?? Number.NaN);
	return Number.isFinite(parsed) && parsed >= 0 ? parsed : undefined;
}

function textOf(value: unknown): string | undefined {
	return typeof value === 'string' ? value : undefined;
}
