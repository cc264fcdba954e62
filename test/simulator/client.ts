import Stripe from 'stripe';

import type { StripeSimulator } from './simulator';

/** Stripe's own SDK, talking to the simulator; it does not retry unless told to. */
export function stripeAt(
	simulator: StripeSimulator,
	key = 'sk_test_shop',
	options: Stripe.StripeConfig = {},
): Stripe {
	const { hostname, port } = new URL(simulator.url);
	return new Stripe(key, {
		host: hostname,
		port: Number(port),
		protocol: 'http',
		maxNetworkRetries: 0,
		telemetry: false,
		...options,
	});
}

export interface PlainAnswer {
	status: number;
	body: Record<string, unknown> & { error?: Record<string, unknown> };
	headers: Headers;
}

export interface PlainOptions {
	key?: string;
	secretKey?: string;
	headers?: Record<string, string>;
	method?: string;
	signal?: AbortSignal;
}

/** One request without any SDK, to see exactly what goes over the wire. Parameters are written in Stripe's brackets. */
export async function send(
	simulator: StripeSimulator,
	path: string,
	params: Record<string, string> = {},
	options: PlainOptions = {},
): Promise<PlainAnswer> {
	const { key, secretKey = 'sk_test_shop', method = 'POST', signal } = options;
	const form = new URLSearchParams(params).toString();
	const inBody = method === 'POST';
	const answer = await fetch(`${simulator.url}${path}${inBody || form === '' ? '' : `?${form}`}`, {
		method,
		signal,
		body: inBody ? form : undefined,
		headers: {
			Authorization: `Bearer ${secretKey}`,
			...(inBody ? { 'Content-Type': 'application/x-www-form-urlencoded' } : {}),
			...(key === undefined ? {} : { 'Idempotency-Key': key }),
			...options.headers,
		},
	});
	return {
		status: answer.status,
		body: (await answer.json()) as PlainAnswer['body'],
		headers: answer.headers,
	};
}

/** Parameters of a payment that succeeds. */
export const PAYMENT = {
	amount: '500',
	currency: 'usd',
	confirm: 'true',
	payment_method: 'pm_card_visa',
} as const;
