import { randomUUID } from 'node:crypto';

import type { Outcome } from '../../ledger/model/entry';
import type { Time } from '../../ledger/clock';
import { stopwatch } from '../../ledger/clock';
import type { Answer, StripeRequest } from '../api/client';
import { sendOnce } from '../api/client';
import type { Connection } from '../api/connection';
import { DEFAULT_API_VERSION } from '../api/connection';
import { classify } from '../api/outcome';
import { leaseMs, sendUntilKnown } from '../api/retry';

/** Whoever publishes a workflow waits for it. */
const PATIENCE = { timeoutMs: 20_000, maxRetries: 2 };

/** More than one account may have (docs.stripe.com/webhooks). */
const LONGEST_PAGE = '100';

/** An endpoint of webhooks as it should be. */
export interface EndpointWish {
	url: string;
	/** Types of events, or `*`. */
	events: readonly string[];
	/** Whether it hears of connected accounts instead of one's own (docs.stripe.com/connect/webhooks). */
	connect: boolean;
	/** By which it is known again as one's own. */
	metadata: Readonly<Record<string, string>>;
}

/** What Stripe tells of an endpoint; the secret only when it is created. */
interface EndpointFacts {
	id: string;
	url?: unknown;
	status?: unknown;
	enabled_events?: unknown;
	api_version?: unknown;
	metadata?: unknown;
}

/** Stripe did not do what was asked of an endpoint. */
export class EndpointRefusal extends Error {
	constructor(readonly outcome: Outcome) {
		super(`Stripe did not do it: ${outcome.kind}`);
		this.name = 'EndpointRefusal';
	}
}

/** Stripe's endpoints of webhooks, asked as one account. Every method throws an EndpointRefusal where Stripe does not obey. */
export class WebhookEndpoints {
	constructor(
		private readonly connection: Connection,
		private readonly time: Time,
	) {}

	/** @returns the secret with which Stripe signs: it is never told again */
	async create({ url, events, connect, metadata }: EndpointWish): Promise<{ id: string; secret: string }> {
		const body = await this.ask({
			method: 'POST',
			path: '/v1/webhook_endpoints',
			params: {
				...{ url, enabled_events: events, connect, metadata, api_version: DEFAULT_API_VERSION },
				description: 'Made by n8n for a workflow',
			},
			// One key for all tries of this creation: an answer that was lost is told again, with its secret.
			idempotencyKey: `n8n_endpoint_${randomUUID()}`,
		});
		const { id, secret } = body;
		if (typeof id !== 'string' || typeof secret !== 'string') {
			throw new EndpointRefusal({ kind: 'unknown', message: 'Stripe told no secret of the endpoint' });
		}
		return { id, secret };
	}

	/** Whether an endpoint stands as wished. What it hears of (`connect`) Stripe does not tell. */
	async stands(id: string, { url, events }: EndpointWish): Promise<boolean> {
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

	/** Deletes an endpoint; one that is gone already is as good. */
	async delete(id: string): Promise<void> {
		await this.orGone({ method: 'DELETE', path: `/v1/webhook_endpoints/${id}` });
	}

	/** One's own endpoints at an address: such as a crash has left behind. */
	async ownAt({ url, metadata }: Pick<EndpointWish, 'url' | 'metadata'>): Promise<string[]> {
		const { data } = await this.ask({
			method: 'GET',
			path: `/v1/webhook_endpoints?limit=${LONGEST_PAGE}`,
		});
		const all = Array.isArray(data) ? (data as EndpointFacts[]) : [];
		return all
			.filter((facts) => facts.url === url && bears(facts.metadata, metadata))
			.map(({ id }) => id);
	}

	private async find(id: string): Promise<EndpointFacts | undefined> {
		const body = await this.orGone({ method: 'GET', path: `/v1/webhook_endpoints/${id}` });
		return body && { ...body, id };
	}

	private async orGone(
		request: Omit<StripeRequest, 'timeoutMs'>,
	): Promise<Record<string, unknown> | undefined> {
		return this.ask(request).catch((error: unknown) => {
			if (error instanceof EndpointRefusal && error.outcome.statusCode === 404) return undefined;
			throw error;
		});
	}

	private async ask(request: Omit<StripeRequest, 'timeoutMs'>): Promise<Record<string, unknown>> {
		const answers: Answer[] = [];
		const send = async () => {
			const answer = await sendOnce(this.connection, { ...request, timeoutMs: PATIENCE.timeoutMs });
			answers.push(answer);
			return answer;
		};
		const time = stopwatch(this.time);
		await sendUntilKnown(send, PATIENCE, time.now() + leaseMs(PATIENCE), time);
		const last = answers.at(-1) ?? { kind: 'no_answer', cause: new Error('There was no time to ask') };
		// The outcome would hide the secret, which is what this is about.
		if (last.kind === 'object') return last.body;
		throw new EndpointRefusal(classify(last).outcome);
	}
}

function bears(given: unknown, wished: Readonly<Record<string, string>>): boolean {
	if (typeof given !== 'object' || given === null) return false;
	return Object.entries(wished).every(
		([name, value]) => (given as Record<string, unknown>)[name] === value,
	);
}
