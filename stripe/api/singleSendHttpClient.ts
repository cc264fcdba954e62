import Stripe from 'stripe';
import { isObject } from '../objects/stripeObject';

type HttpClientInterface =
	Parameters<typeof Stripe.createNodeHttpClient> extends unknown
		? ReturnType<typeof Stripe.createNodeHttpClient>
		: never;
type MakeRequest = HttpClientInterface['makeRequest'];
type WireResponse = Awaited<ReturnType<MakeRequest>>;

/** A request that failed in transport. `statusCode` is set if the headers of the response had arrived. */
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
 * The HTTP client of the SDK, restricted to one send. The SDK repeats a request after a connection reset even with
 * `maxNetworkRetries: 0`, because it recognizes the error code (stripe-node `RequestSender._shouldRetry`). Here the code is moved
 * to the cause, so that sends are counted, paced and bounded in one place, `retry.ts`. It also keeps the status of responses
 * whose body could not be read, which the SDK drops.
 */
export class SingleSendHttpClient extends Stripe.HttpClient {
	/** @param onHeaders receives the headers of every response */
	constructor(
		private readonly inner: HttpClientInterface,
		private readonly onHeaders: (headers: Record<string, string | string[]>) => void,
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
		this.onHeaders(response.getHeaders());
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
 * Stripe returns an object, whose `error`, if any, is an object too. On anything else the SDK either throws an uncaught error
 * that ends the process, or takes the message of a proxy (`{"error": "timeout"}`) for one of Stripe's.
 */
function assertStripeShape(body: unknown): unknown {
	if (isObject(body) && (body.error === undefined || body.error === null || isObject(body.error)))
		return body;
	throw new TypeError('JSON, but not in the form of a response from Stripe');
}
