import Stripe from 'stripe';

import type { StripeSimulator } from './simulator';

/** Stripe's own SDK, connected to the simulator. It does not retry unless configured to. */
export function stripeAt(
	simulator: Pick<StripeSimulator, 'url'>,
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

/**
 * Sends one request without any SDK, so that a test sees exactly what is on the wire. Parameters use Stripe's
 * bracket notation.
 */
export async function send(
	{ url }: Pick<StripeSimulator, 'url'>,
	path: string,
	params: Record<string, string> = {},
	options: PlainOptions = {},
): Promise<PlainAnswer> {
	const { key, secretKey = 'sk_test_shop', method = 'POST', signal } = options;
	const form = new URLSearchParams(params).toString();
	const inBody = method === 'POST';
	const answer = await fetch(`${url}${path}${inBody || form === '' ? '' : `?${form}`}`, {
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

/** A payment that never redirects the customer; any other payment can be confirmed only with a return URL. */
export const NO_REDIRECTS = {
	automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
} as const;

/** Parameters of a payment that succeeds, in the SDK's format. */
export const PAID = {
	amount: 500,
	currency: 'usd',
	confirm: true,
	payment_method: 'pm_card_visa',
	...NO_REDIRECTS,
} as const;

/** The same parameters in wire format. */
export const PAYMENT = {
	amount: '500',
	currency: 'usd',
	confirm: 'true',
	payment_method: 'pm_card_visa',
	'automatic_payment_methods[enabled]': 'true',
	'automatic_payment_methods[allow_redirects]': 'never',
} as const;

/** Returns Stripe's error. Throws if the request succeeded. */
export async function refusalOf(promise: Promise<unknown>): Promise<Stripe.errors.StripeError> {
	const error: unknown = await promise.then(
		() => undefined,
		(reason: unknown) => reason,
	);
	if (error instanceof Stripe.errors.StripeError) return error;
	throw new Error(`expected a refusal, got ${String(error)}`);
}
