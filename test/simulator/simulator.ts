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
	/** Secret key → account id. Without it every well-formed key belongs to `acct_simulator`. */
	accounts?: Record<string, string>;
	/** Secret key → its permissions, by Stripe's names: `charge_write`. A key without them may do everything. */
	permissions?: Record<string, readonly string[]>;
	/** How long search does not see a change; default one minute. */
	searchLagMs?: number;
	/** Real milliseconds that every request takes; default none. */
	requestLatencyMs?: number;
	/** Stripe's limiters; default none. */
	limits?: Limits;
}

/** A Stripe on this machine: real enough for Stripe's own SDK, and it can be made to fail in every known way. */
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

	/** Listens on a free port of 127.0.0.1 unless one is given. */
	static async start(options: SimulatorOptions & { port?: number } = {}): Promise<StripeSimulator> {
		const server = createServer();
		server.keepAliveTimeout = 0;
		await new Promise<void>((resolve, reject) => {
			server.once('error', reject);
			server.listen(options.port ?? 0, '127.0.0.1', resolve);
		});
		return new StripeSimulator(options, server);
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
		// Each pause listens for the end; there may be hundreds at once.
		setMaxListeners(0, this.stopping.signal);
		server.on('request', (incoming, response) => void this.serve(incoming, response));
	}

	/** Ends every connection, also those that a fault holds open. Throws what a listener threw. */
	async stop(): Promise<void> {
		this.stopping.abort();
		const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
		this.server.closeAllConnections();
		await closed;
		this.points.rethrow();
	}

	/** Moves the simulator's clock forward, and does what has become due. */
	advance(ms: number): void {
		this.clock.advance(ms);
		this.worlds.all();
	}

	/** Queues a fault; the first queued one that matches a request meets it. */
	inject(fault: Fault): void {
		this.faults.add(fault);
	}

	clearFaults(): void {
		this.faults.clear();
	}

	/** From now on the bank declines (or no longer declines) this customer or this payment method. */
	setDeclines(customerOrPaymentMethodId: string, decline: boolean): void {
		this.cards.setDeclines(customerOrPaymentMethodId, decline);
	}

	/** What befalls a payment intent without any request: a bank debit on its way, somebody's work in the dashboard. */
	changeIntent(id: string, change: Record<string, unknown>): void {
		for (const { paymentIntents } of this.worlds.all()) {
			const intent = paymentIntents.find(id);
			if (intent) paymentIntents.save(Object.assign(intent, change));
		}
	}

	/** Stripe pays out by itself what has come in so far. */
	payOut(): void {
		for (const state of this.worlds.all()) payOutAutomatically(state);
	}

	/** The listener is awaited, so it can hold a request at a point. Returns the way to stop listening. */
	onPoint(listener: PointListener): () => void {
		return this.points.listen(listener);
	}

	/** The requests received that change something (POST and DELETE), or those with the method in the filter. */
	sends(filter: { method?: string; path?: string; key?: string } = {}): RecordedRequest[] {
		const methods = filter.method === undefined ? ['POST', 'DELETE'] : [filter.method.toUpperCase()];
		return this.requests.filter(
			(request) =>
				methods.includes(request.method) &&
				(filter.path ?? request.path) === request.path &&
				(filter.key ?? request.key) === request.key,
		);
	}

	/** What really happened to the money of one account (also a connected one). */
	ledgerOf(account = DEFAULT_ACCOUNT, mode: Mode = 'test'): MoneyReport {
		this.worlds.all();
		return moneyReport([this.worlds.of(account, mode)]);
	}

	/** What really happened to money, in all accounts and modes together. */
	report(): MoneyReport {
		return moneyReport(this.worlds.all());
	}

	/** Everything that has ever happened, oldest first in each account, also what Stripe shows no more. */
	happened(): SimulatedEvent[] {
		return this.worlds.all().flatMap(({ events }) => events.newestFirst().reverse());
	}

	/** Forgets everything: objects, keys, requests, faults, declines, and time that was moved. */
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
			// The client went away, or the simulator is stopping: there is nobody to answer.
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
