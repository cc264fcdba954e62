import Stripe from 'stripe';
import { isObject } from '../objects/stripeObject';

type HttpClientInterface =
	Parameters<typeof Stripe.createNodeHttpClient> extends unknown
		? ReturnType<typeof Stripe.createNodeHttpClient>
		: never;
type MakeRequest = HttpClientInterface['makeRequest'];
type WireResponse = Awaited<ReturnType<MakeRequest>>;

/** A request that failed on the wire. `statusCode` is known when the answer's head had arrived. */
export class TransportError extends Error {
	constructor(
		cause: unknown,
		readonly statusCode?: number,
		readonly headers?: Record<string, string | string[]>,
	) {
		super('The request failed on the wire', { cause });
		this.name = 'TransportError';
	}
}

/**
 * The SDK's own HTTP client, made to send exactly once. The SDK repeats a request whose connection was reset even with
 * `maxNetworkRetries: 0`, because it recognises the error's code (stripe-node `RequestSender._shouldRetry`): here the code
 * stays in the cause, so that sends are counted, spaced and bounded in one place, `retry.ts`. It also keeps the status of
 * answers whose body could not be read, which the SDK drops.
 */
export class SingleSendHttpClient extends Stripe.HttpClient {
	/** @param hear takes the head of every answer, whatever is asked and whatever comes of it */
	constructor(
		private readonly inner: HttpClientInterface,
		private readonly hear: (headers: Record<string, string | string[]>) => void,
	) {
		super();
	}

	override getClientName(): string {
		return this.inner.getClientName();
	}

	override async makeRequest(...request: Parameters<MakeRequest>): Promise<WireResponse> {
		const response = await this.inner.makeRequest(...request).catch((error: unknown) => {
			throw new TransportError(error);
		});
		this.hear(response.getHeaders());
		const readJson = response.toJSON.bind(response);
		response.toJSON = () =>
			readJson()
				.then(assertStripeShape)
				.catch((error: unknown) => {
					throw new TransportError(error, response.getStatusCode(), response.getHeaders());
				});
		return response;
	}
}

/**
 * Stripe answers with an object, whose `error`, if any, is an object too. On anything else the SDK either throws where
 * nobody can catch it, which ends the process, or takes the words of a proxy (`{"error": "timeout"}`) for Stripe's.
 */
function assertStripeShape(body: unknown): unknown {
	if (isObject(body) && (body.error === undefined || body.error === null || isObject(body.error)))
		return body;
	throw new TypeError('JSON, but not of the shape that Stripe answers with');
}
