import { setMaxListeners } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import { withDate, buildRefusalBody } from './response';
import { arrive, type Arrival } from './arrival';
import { DEFAULT_ACCOUNT } from './authentication';
import { CardOutcomes } from './cards';
import { MovableClock, type SimulatorClock } from './clock';
import { control, isControl } from './control';
import { deliverResponse, isAnswered } from './delivery';
import { serverError } from './errors';
import type { Fault } from './fault';
import { FaultQueue } from './faults';
import { Limiters, type Limits } from './limiters';
import { moneyReport, type MoneyReport } from './money';
import type { SimulatedEvent } from './objects';
import { Pipeline } from './pipeline';
import { Points } from './points';
import { payOutAutomatically } from './resources/payouts';
import type { Mode, PointListener, RecordedRequest } from './request';
import { StripeStates } from './worlds';

export type { Fault, FaultKind } from './fault';
export type { MoneyReport } from './money';
export type { Mode, PointListener, RecordedRequest, SimulatorPoint } from './request';

export interface SimulatorOptions {
	/** Milliseconds since the epoch, for `created`, the age of keys and the lag of search; default `Date`. */
	clock?: SimulatorClock;
	/** Secret key → account id. By default, every well-formed key belongs to `acct_simulator`. */
	accounts?: Record<string, string>;
	/**
	 * Secret key → its permissions, by Stripe's names: `charge_write`. A key that is not listed has all permissions.
	 */
	permissions?: Record<string, readonly string[]>;
	/** Time until search shows a change; default one minute. */
	searchLagMs?: number;
	/** Real milliseconds that every request takes; default 0. */
	requestLatencyMs?: number;
	/** Stripe's limiters; default none. */
	limits?: Limits;
}

/** The ports that this process has used: what a client knows of an address must not be of an earlier simulator. */
const usedPorts = new Set<number>();

/** A system has about 28,000 ports to give. */
const MOST_USED = 10_000;

async function listen(given?: number): Promise<Server> {
	const server = createServer();
	server.keepAliveTimeout = 0;
	await new Promise<void>((resolve, reject) => {
		server.once('error', reject);
		server.listen(given ?? 0, '127.0.0.1', resolve);
	});
	const { port } = server.address() as AddressInfo;
	if (given === undefined && usedPorts.has(port)) {
		server.close();
		return listen();
	}
	if (usedPorts.size === MOST_USED) usedPorts.clear();
	usedPorts.add(port);
	return server;
}

/**
 * A simulated Stripe on this machine that works with Stripe's own SDK and can be made to fail in every known way.
 */
export class StripeSimulator {
	readonly url: string;
	readonly requests: RecordedRequest[] = [];
	private readonly clock: MovableClock;
	private readonly worlds: StripeStates;
	private readonly faults = new FaultQueue();
	private readonly cards = new CardOutcomes();
	private readonly points = new Points();
	private readonly limiters: Limiters;
	private readonly pipeline: Pipeline;
	private readonly stopping = new AbortController();

	/** Listens on 127.0.0.1, on a free port unless one is given. */
	static async start(options: SimulatorOptions & { port?: number } = {}): Promise<StripeSimulator> {
		return new StripeSimulator(options, await listen(options.port));
	}

	private constructor(
		options: SimulatorOptions,
		private readonly server: Server,
	) {
		this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
		this.clock = new MovableClock(options.clock ?? Date);
		this.worlds = new StripeStates(this.clock);
		this.limiters = new Limiters(options.limits ?? {}, this.clock);
		this.pipeline = new Pipeline({
			limiters: this.limiters,
			worlds: this.worlds,
			faults: this.faults,
			cards: this.cards,
			points: this.points,
			accounts: options.accounts,
			permissions: options.permissions,
			searchLagMs: options.searchLagMs ?? 60_000,
			latencyMs: options.requestLatencyMs ?? 0,
			pause: async (ms) => {
				if (ms > 0) await sleep(ms, undefined, { signal: this.stopping.signal });
			},
		});
		// Each pause adds a listener, and there may be hundreds at once.
		setMaxListeners(0, this.stopping.signal);
		server.on('request', (incoming, response) => void this.serve(incoming, response));
	}

	/** Closes every connection, including those that a fault holds open. Throws the error of a listener, if any. */
	async stop(): Promise<void> {
		this.stopping.abort();
		const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
		this.server.closeAllConnections();
		await closed;
		this.points.rethrow();
	}

	/** Moves the simulator's clock forward, and does the work that has become due. */
	advance(ms: number): void {
		this.clock.advance(ms);
		this.worlds.all();
	}

	/** Queues a fault. The first queued fault that matches a request affects it. */
	inject(fault: Fault): void {
		this.faults.add(fault);
	}

	clearFaults(): void {
		this.faults.clear();
	}

	/** Makes the bank decline this customer or payment method from now on, or no longer. */
	setDeclines(customerOrPaymentMethodId: string, decline: boolean): void {
		this.cards.setDeclines(customerOrPaymentMethodId, decline);
	}

	/**
	 * Changes a payment intent without a request, like the progress of a bank debit or a change in the dashboard.
	 */
	changeIntent(id: string, change: Record<string, unknown>): void {
		for (const { paymentIntents } of this.worlds.all()) {
			const intent = paymentIntents.find(id);
			if (intent) paymentIntents.save(Object.assign(intent, change));
		}
	}

	/** Creates Stripe's automatic payout of everything received so far. */
	payOut(): void {
		for (const state of this.worlds.all()) payOutAutomatically(state);
	}

	/** The listener is awaited, so it can hold a request at a point. Returns a function that removes it. */
	onPoint(listener: PointListener): () => void {
		return this.points.listen(listener);
	}

	/** The received requests that change something (POST and DELETE), or those with the method in the filter. */
	sends(filter: { method?: string; path?: string; key?: string } = {}): RecordedRequest[] {
		const methods = filter.method === undefined ? ['POST', 'DELETE'] : [filter.method.toUpperCase()];
		return this.requests.filter(
			(request) =>
				methods.includes(request.method) &&
				(filter.path ?? request.path) === request.path &&
				(filter.key ?? request.key) === request.key,
		);
	}

	/** The actual movements of money of one account (which may be a connected one). */
	ledgerOf(account = DEFAULT_ACCOUNT, mode: Mode = 'test'): MoneyReport {
		this.worlds.all();
		return moneyReport([this.worlds.of(account, mode)]);
	}

	/** The actual movements of money in all accounts and modes. */
	report(): MoneyReport {
		return moneyReport(this.worlds.all());
	}

	/** All events, oldest first in each account, including those that Stripe no longer shows. */
	happened(): SimulatedEvent[] {
		return this.worlds.all().flatMap(({ events }) => events.newestFirst().reverse());
	}

	/** Deletes all objects, keys, requests, faults and declines, and resets the clock. */
	reset(): void {
		this.worlds.reset();
		this.faults.clear();
		this.cards.reset();
		this.limiters.reset();
		this.clock.reset();
		this.requests.length = 0;
	}

	private async serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
		response.on('error', () => undefined);
		try {
			if (isControl(incoming)) {
				await control(this, incoming, response);
				return;
			}
			const arrival = await arrive(incoming, this.worlds.ids.next('req'), this.clock.now());
			await this.respond(arrival, response);
		} catch {
			// The client has disconnected, or the simulator is stopping, so nobody can be answered.
			response.socket?.destroy();
		}
	}

	private async respond({ request, malformed }: Arrival, response: ServerResponse): Promise<void> {
		this.requests.push(request);
		try {
			await this.points.reach('received', request);
			const answer = withDate(await this.pipeline.answer(request, malformed), this.clock.now());
			if (!isAnswered(answer)) {
				await deliverResponse(answer, response);
				return;
			}
			await this.points.reach('answering', request);
			request.status = answer.status;
			await deliverResponse(answer, response);
			await this.points.reach('answered', request);
		} catch (failure) {
			if (this.stopping.signal.aborted || response.headersSent) throw failure;
			console.error('The Stripe simulator itself failed:', failure);
			const broken = serverError(500, `The simulator itself failed: ${String(failure)}`);
			response.writeHead(500, { 'Content-Type': 'application/json', 'Stripe-Should-Retry': 'false' });
			response.end(buildRefusalBody(broken, request));
		}
	}
}
