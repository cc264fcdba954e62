import { randomUUID } from 'node:crypto';

import type { Outcome } from '../../ledger/model/entry';
import type { TimeSource } from '../../ledger/clock';
import { buildStopwatch } from '../../ledger/clock';
import type { StripeResponse, StripeRequest } from '../api/client';
import { sendOnce } from '../api/client';
import type { Connection } from '../api/connection';
import { DEFAULT_API_VERSION } from '../api/connection';
import { classify } from '../api/outcome';
import { leaseDurationMs, sendWithRetries } from '../api/retry';

/** Publishing a workflow waits for these requests. */
const RETRY_POLICY = { timeoutMs: 20_000, maxRetries: 2 };

/** More endpoints than an account may have, so one page holds them all (docs.stripe.com/webhooks). */
const PAGE_SIZE = '100';

/** The desired state of a webhook endpoint. */
export interface EndpointSpec {
	url: string;
	/** Event types, or `*`. */
	events: readonly string[];
	/** Whether it receives events of connected accounts instead of its own (docs.stripe.com/connect/webhooks). */
	connect: boolean;
	/** Identifies the endpoint as created by this node. */
	metadata: Readonly<Record<string, string>>;
}

/** An endpoint in Stripe's response. It includes the secret only when it is created. */
interface EndpointFacts {
	id: string;
	url?: unknown;
	status?: unknown;
	enabled_events?: unknown;
	api_version?: unknown;
	metadata?: unknown;
}

/** Thrown when Stripe did not create, read or delete an endpoint. */
export class WebhookEndpointError extends Error {
	constructor(readonly outcome: Outcome) {
		super(`Stripe did not complete the request: ${outcome.kind}`);
		this.name = 'WebhookEndpointError';
	}
}

/** The webhook endpoints of one account. Every method throws a WebhookEndpointError if Stripe refuses or cannot be reached. */
export class WebhookEndpoints {
	constructor(
		private readonly connection: Connection,
		private readonly time: TimeSource,
	) {}

	/** @returns the signing secret, which Stripe returns only once */
	async create({ url, events, connect, metadata }: EndpointSpec): Promise<{ id: string; secret: string }> {
		const body = await this.sendRequest({
			method: 'POST',
			path: '/v1/webhook_endpoints',
			params: {
				url,
				enabled_events: [...events],
				connect: String(connect),
				metadata,
				api_version: DEFAULT_API_VERSION,
				description: 'Made by n8n for a workflow',
			},
			// One key for all tries of this creation, so that a lost response is replayed with its secret.
			idempotencyKey: `n8n_endpoint_${randomUUID()}`,
		});
		const { id, secret } = body;
		if (typeof id !== 'string' || typeof secret !== 'string') {
			throw new WebhookEndpointError({
				kind: 'unknown',
				message: 'Stripe returned no secret for the endpoint',
			});
		}
		return { id, secret };
	}

	/** Returns whether an endpoint has the desired URL and events. Stripe does not return `connect`. */
	async isUpToDate(id: string, { url, events }: EndpointSpec): Promise<boolean> {
		const facts = await this.find(id);
		if (!facts) return false;
		const { enabled_events: enabled } = facts;
		const isSame =
			Array.isArray(enabled) &&
			enabled.length === events.length &&
			events.every((type) => enabled.includes(type));
		return (
			isSame &&
			facts.url === url &&
			facts.status === 'enabled' &&
			facts.api_version === DEFAULT_API_VERSION
		);
	}

	/** Deletes an endpoint. An endpoint that no longer exists counts as deleted. */
	async delete(id: string): Promise<void> {
		await this.ignoreMissing({ method: 'DELETE', path: `/v1/webhook_endpoints/${id}` });
	}

	/** Finds endpoints that this node created for a URL, e.g. before a crash. */
	async findOwn({ url, metadata }: Pick<EndpointSpec, 'url' | 'metadata'>): Promise<string[]> {
		const { data } = await this.sendRequest({
			method: 'GET',
			path: `/v1/webhook_endpoints?limit=${PAGE_SIZE}`,
		});
		const all = Array.isArray(data) ? (data as EndpointFacts[]) : [];
		return all
			.filter((facts) => facts.url === url && hasMetadata(facts.metadata, metadata))
			.map(({ id }) => id);
	}

	private async find(id: string): Promise<EndpointFacts | undefined> {
		const body = await this.ignoreMissing({ method: 'GET', path: `/v1/webhook_endpoints/${id}` });
		return body && { ...body, id };
	}

	private async ignoreMissing(
		request: Omit<StripeRequest, 'timeoutMs'>,
	): Promise<Record<string, unknown> | undefined> {
		return this.sendRequest(request).catch((error: unknown) => {
			if (error instanceof WebhookEndpointError && error.outcome.statusCode === 404) return undefined;
			throw error;
		});
	}

	private async sendRequest(request: Omit<StripeRequest, 'timeoutMs'>): Promise<Record<string, unknown>> {
		const responses: StripeResponse[] = [];
		const send = async () => {
			const response = await sendOnce(this.connection, {
				...request,
				timeoutMs: RETRY_POLICY.timeoutMs,
			});
			responses.push(response);
			return response;
		};
		const time = buildStopwatch(this.time);
		await sendWithRetries(send, RETRY_POLICY, time.now() + leaseDurationMs(RETRY_POLICY), time);
		const last = responses.at(-1) ?? {
			kind: 'no_response',
			cause: new Error('There was no time to check'),
		};
		// `toOutcome` would mask the secret, which is needed here.
		if (last.kind === 'object') return last.body;
		throw new WebhookEndpointError(classify(last).outcome);
	}
}

function hasMetadata(metadata: unknown, expected: Readonly<Record<string, string>>): boolean {
	if (typeof metadata !== 'object' || metadata === null) return false;
	return Object.entries(expected).every(
		([name, value]) => (metadata as Record<string, unknown>)[name] === value,
	);
}
