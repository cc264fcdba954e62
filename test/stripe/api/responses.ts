import type { OutcomeKind } from '../../../ledger/model/entry';
import { GIVEN_UP_AFTER_MS } from './sending';
import type { WireReply } from './wireServer';
import { replyWith, toStripeErrorBody } from './wireServer';

/** One answer as it comes over the wire, and what it must be taken for. */
export interface ResponseCase {
	what: string;
	reply: WireReply;
	kind: OutcomeKind;
	sendAgain: boolean;
	statusCode?: number;
	/** Only where the answer is waited for until it is given up. */
	timeoutMs?: number;
}

export const INTENT = { id: 'pi_1', object: 'payment_intent', status: 'succeeded', amount: 500 };
const PAGE = '<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1></body></html>';

/** Promises more than it sends, and hangs up. */
const cut =
	(status: number, body: string): WireReply =>
	(response) => {
		response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': body.length + 9 });
		response.write(body, () => response.socket?.destroy());
	};

/** Never ends, and is never idle for as long as the timeout. */
const trickle: WireReply = (response) => {
	response.writeHead(200, { 'Content-Type': 'application/json' });
	const timer = setInterval(() => response.write(' '), 10);
	response.on('close', () => clearInterval(timer));
};

const hangUp: WireReply = (response) => void response.socket?.destroy();
const reset: WireReply = (response) => void response.socket?.resetAndDestroy();
const silence: WireReply = () => undefined;

const html = (status: number): WireReply => replyWith(status, PAGE, { 'Content-Type': 'text/html' });
const redirect = replyWith(302, INTENT, { Location: 'https://elsewhere.invalid/' });
const empty: WireReply = (response) => void response.writeHead(204).end();

const row = (
	kind: OutcomeKind,
	sendAgain: boolean,
	cases: [what: string, reply: WireReply, statusCode?: number, timeoutMs?: number][],
): ResponseCase[] =>
	cases.map(([what, reply, statusCode, timeoutMs]) => ({
		what,
		reply,
		kind,
		sendAgain,
		statusCode,
		timeoutMs,
	}));

const refusal = (status: number, type: string, more?: Record<string, unknown>): [WireReply, number] => [
	replyWith(status, toStripeErrorBody(type, more)),
	status,
];

/** What Stripe says in its own words. */
export const STRIPE_RESPONSES: readonly ResponseCase[] = [
	...row('succeeded', false, [
		['200 with an object', replyWith(200, INTENT), 200],
		['201 with an object', replyWith(201, INTENT), 201],
		['200 with an error that is null', replyWith(200, { ...INTENT, error: null }), 200],
	]),
	...row('busy', true, [
		['409 of type idempotency_error', ...refusal(409, 'idempotency_error')],
		[
			'409 of type invalid_request_error, key in use',
			...refusal(409, 'invalid_request_error', { code: 'idempotency_key_in_use' }),
		],
		['409 of type api_error', ...refusal(409, 'api_error')],
		[
			'409 of a type nobody knows yet',
			replyWith(409, toStripeErrorBody('something_new'), { 'Request-Id': 'req_1' }),
			409,
		],
		['429 lock_timeout', ...refusal(429, 'invalid_request_error', { code: 'lock_timeout' })],
		['400 lock_timeout', ...refusal(400, 'invalid_request_error', { code: 'lock_timeout' })],
	]),
	...row('conflict', false, [['400 idempotency_error', ...refusal(400, 'idempotency_error')]]),
	...row('rate_limited', true, [
		['429 rate_limit', ...refusal(429, 'invalid_request_error', { code: 'rate_limit' })],
		['429 without a code', ...refusal(429, 'invalid_request_error')],
		['400 rate_limit', ...refusal(400, 'invalid_request_error', { code: 'rate_limit' })],
	]),
	...row('unauthorized', false, [
		['401', ...refusal(401, 'invalid_request_error')],
		['403', ...refusal(403, 'invalid_request_error')],
	]),
	...row('rejected', false, [
		['400', ...refusal(400, 'invalid_request_error', { param: 'amount' })],
		['402', ...refusal(402, 'card_error', { code: 'card_declined' })],
		['404', ...refusal(404, 'invalid_request_error', { code: 'resource_missing' })],
		['422', ...refusal(422, 'invalid_request_error')],
	]),
	...row('unknown', true, [
		['424', ...refusal(424, 'api_error')],
		['408', ...refusal(408, 'api_error')],
		['500', ...refusal(500, 'api_error')],
		['503', ...refusal(503, 'api_error')],
		['599', ...refusal(599, 'api_error')],
		['500 that calls itself rate_limit', ...refusal(500, 'api_error', { code: 'rate_limit' })],
		['500 that calls itself idempotency_error', ...refusal(500, 'idempotency_error')],
		['500 that calls itself card_error', ...refusal(500, 'card_error', { code: 'card_declined' })],
	]),
];

/** What somebody else says on the way, or nobody at all: the request may have reached Stripe. */
export const FOREIGN_RESPONSES: readonly ResponseCase[] = row('unknown', true, [
	['200 whose body is cut', cut(200, JSON.stringify(INTENT)), 200],
	['402 whose body is cut', cut(402, JSON.stringify(toStripeErrorBody('card_error'))), 402],
	['200 HTML', html(200), 200],
	['502 HTML', html(502), 502],
	['403 HTML', html(403), 403],
	['429 HTML', html(429), 429],
	['204 without a body', empty, 204],
	['200 without a body', replyWith(200, ''), 200],
	['302 to elsewhere', redirect, 302],
	['302 with an error', replyWith(302, toStripeErrorBody('invalid_request_error')), 302],
	['200 JSON null', replyWith(200, null), 200],
	['200 JSON array', replyWith(200, [INTENT]), 200],
	['200 JSON text', replyWith(200, '"ok"'), 200],
	['200 JSON number', replyWith(200, '5'), 200],
	['200 JSON true', replyWith(200, 'true'), 200],
	['400 JSON null', replyWith(400, null), 400],
	['400 JSON text', replyWith(400, '"no"'), 400],
	['200 JSON of a login page', replyWith(200, { message: 'please log in' }), 200],
	['200 with an error object', replyWith(200, toStripeErrorBody('card_error')), 200],
	['200 with an error text', replyWith(200, { error: 'login_required' }), 200],
	['500 JSON without an error object', replyWith(500, { message: 'oops' }), 500],
	['400 JSON without an error object', replyWith(400, INTENT), 400],
	['403 JSON of a proxy', replyWith(403, { message: 'proxy says no' }), 403],
	['400 with an error text of a proxy', replyWith(400, { error: 'timeout', error_description: 'x' }), 400],
	['401 with an error text of a proxy', replyWith(401, { error: 'invalid_client' }), 401],
	['400 with an error that is true', replyWith(400, { error: true }), 400],
	['400 with an error without a type', replyWith(400, { error: { message: 'no' } }), 400],
	['400 with an error whose type is a number', replyWith(400, { error: { type: 5 } }), 400],
	[
		"404 with an error of a type that is none of Stripe's",
		replyWith(404, toStripeErrorBody('not_found')),
		404,
	],
	[
		"403 with an error of a type that is none of Stripe's",
		replyWith(403, toStripeErrorBody('blocked')),
		403,
	],
	['429 without an error object', replyWith(429, { message: 'slow down' }), 429],
	['a connection that is closed', hangUp],
	['a connection that is reset', reset],
	['no answer at all', silence, undefined, GIVEN_UP_AFTER_MS],
	['an answer that comes in byte by byte and never ends', trickle, undefined, GIVEN_UP_AFTER_MS],
]);
