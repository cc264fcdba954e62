import type { IncomingMessage } from 'node:http';

import { StripeError } from './errors';
import { MalformedForm, mergeParams, parseForm, type ParamMap } from './form';
import type { RecordedRequest } from './request';

export interface Arrival {
	request: RecordedRequest;
	/** Set if the body is not a valid Stripe form. The request is refused after its key is checked. */
	malformed?: StripeError;
}

/** Reads one HTTP request to its end. Rejects if the client disconnects before that. */
export async function arrive(incoming: IncomingMessage, id: string, receivedAt: number): Promise<Arrival> {
	const body = await readBody(incoming);
	const url = new URL(incoming.url ?? '/', 'http://stripe');
	const headers = flatHeaders(incoming);
	const request: RecordedRequest = {
		id,
		method: incoming.method ?? 'GET',
		path: url.pathname,
		account: '',
		mode: 'test',
		params: {},
		replayed: false,
		receivedAt,
		headers,
	};
	if (headers['idempotency-key']) request.key = headers['idempotency-key'];
	if (headers['stripe-account']) request.stripeAccount = headers['stripe-account'];
	if (headers['stripe-version']) request.apiVersion = headers['stripe-version'];
	try {
		request.params = paramsOf(url, body, headers['content-type'] ?? '');
		return { request };
	} catch (error) {
		if (error instanceof MalformedForm) return { request, malformed: unreadable(error.message) };
		throw error;
	}
}

export async function readBody(incoming: IncomingMessage): Promise<string> {
	const chunks: Buffer[] = [];
	for await (const chunk of incoming) chunks.push(chunk as Buffer);
	return Buffer.concat(chunks).toString('utf8');
}

function paramsOf(url: URL, body: string, contentType: string): ParamMap {
	const query = parseForm(url.search.slice(1));
	if (body === '') return query;
	if (contentType.includes('json')) {
		throw new MalformedForm('check that your POST content type is application/x-www-form-urlencoded');
	}
	return mergeParams(query, parseForm(body));
}

function unreadable(message: string): StripeError {
	return new StripeError(400, { type: 'invalid_request_error', message: `Invalid request (${message})` });
}

function flatHeaders(incoming: IncomingMessage): Record<string, string> {
	const headers: Record<string, string> = {};
	for (const [name, value] of Object.entries(incoming.headers)) {
		if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
	}
	return headers;
}
