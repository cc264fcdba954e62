import Stripe from 'stripe';

type HttpClientInterface =
	Parameters<typeof Stripe.createNodeHttpClient> extends unknown
		? ReturnType<typeof Stripe.createNodeHttpClient>
		: never;
type MakeRequest = HttpClientInterface['makeRequest'];
type WireResponse = Awaited<ReturnType<MakeRequest>>;

/** A request that failed on the wire. `statusCode` is known when the answer's head had arrived. */
export class WireFailure extends Error {
	constructor(
		cause: unknown,
		readonly statusCode?: number,
		readonly headers?: Record<string, string | string[]>,
	) {
		super('The request failed on the wire', { cause });
		this.name = 'WireFailure';
	}
}

/**
 * The SDK's own HTTP client, made to send exactly once. The SDK repeats a request whose connection was reset even with
 * `maxNetworkRetries: 0`, because it recognises the error's code (stripe-node `RequestSender._shouldRetry`): here the code
 * stays in the cause, so that sends are counted, spaced and bounded in one place, `retry.ts`. It also keeps the status of
 * answers whose body could not be read, which the SDK drops.
 */
export class SingleSendHttpClient extends Stripe.HttpClient {
	constructor(private readonly inner: HttpClientInterface) {
		super();
	}

	override getClientName(): string {
		return this.inner.getClientName();
	}

	override async makeRequest(...request: Parameters<MakeRequest>): Promise<WireResponse> {
		const response = await this.inner.makeRequest(...request).catch((error: unknown) => {
			throw new WireFailure(error);
		});
		const readJson = response.toJSON.bind(response);
		response.toJSON = () =>
			readJson().catch((error: unknown) => {
				throw new WireFailure(error, response.getStatusCode(), response.getHeaders());
			});
		return response;
	}
}
