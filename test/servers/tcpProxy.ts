import type { Server, Socket } from 'node:net';
import net from 'node:net';

import { freePort, listen } from './ports';
import type { Exchange, Flow } from './tcpPair';
import { TcpPair } from './tcpPair';

type Matches = (bytes: Buffer) => boolean;

/** Which exchange to cut, and where. */
interface Cut {
	flow: Flow;
	/** Matches all bytes of the request since the last answer. */
	request: Matches;
	/** Matches all bytes of the answer so far. */
	whole: Matches;
	/** The number of matching exchanges to let through first. */
	spare: number;
	/** The last exchange that was let through, so that it is not counted twice. */
	spared?: Exchange;
}

const ANY: Matches = () => true;
const BOTH: readonly Flow[] = ['requests', 'answers'];

/**
 * A proxy from one port of this machine to another, whose connections a test can break. It applies no
 * back-pressure: data is forwarded as soon as it arrives, whatever its size.
 */
export class TcpProxy {
	readonly host = '127.0.0.1';
	/** Number of connections made so far. */
	connections = 0;
	bytesToServer = 0;
	bytesToClient = 0;
	/** Number of requests that were followed by an answer, including answers that were cut. */
	roundTrips = 0;
	/** Number of connections that were cut on behalf of a test. */
	cuts = 0;
	private readonly pairs = new Set<TcpPair>();
	private readonly held = new Set<Flow>();
	private planned: Cut[] = [];
	private server?: Server;

	static async to(host: string, port: number): Promise<TcpProxy> {
		for (;;) {
			const proxy = new TcpProxy(host, port, await freePort());
			try {
				await proxy.accept();
				return proxy;
			} catch (error) {
				if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
			}
		}
	}

	private constructor(
		private readonly targetHost: string,
		private readonly targetPort: number,
		readonly port: number,
	) {}

	/** Number of open connections. */
	get open(): number {
		return this.pairs.size;
	}

	/**
	 * Drops the nth answer from now on, on whichever connection: the server has done its work, and the client's
	 * connection is reset instead.
	 */
	cutBeforeAnswer(nth = 1): void {
		this.cutAnswerWhen(ANY, { nth });
	}

	/**
	 * Drops the answer to the nth request that matches; `request` gets all bytes since the last answer. An answer
	 * may arrive in chunks and begin before the work is done, so `whole` gets all its bytes so far and returns
	 * whether it is complete.
	 */
	cutAnswerWhen(
		request: (bytes: Buffer) => boolean,
		{ nth = 1, whole = ANY }: { nth?: number; whole?: (answer: Buffer) => boolean } = {},
	): void {
		this.planned.push({ flow: 'answers', request, whole, spare: nth - 1 });
	}

	/** Drops the nth request from now on before it reaches the server; the client's connection is reset. */
	cutBeforeRequest(nth = 1): void {
		this.cutRequestWhen(ANY, { nth });
	}

	/**
	 * Drops the nth request that matches, as soon as the bytes since the last answer match. Earlier chunks have
	 * already been forwarded to the server.
	 */
	cutRequestWhen(request: (bytes: Buffer) => boolean, { nth = 1 }: { nth?: number } = {}): void {
		this.planned.push({ flow: 'requests', request, whole: ANY, spare: nth - 1 });
	}

	/** Cancels all cuts that have not happened yet. */
	disarm(): void {
		this.planned = [];
	}

	/**
	 * Holds back all data, while connections stay open and new ones are accepted. On release, held requests are
	 * delivered, even those of a client that has closed its connection meanwhile, as on a slow network.
	 */
	hold(flow: Flow | 'both' = 'both'): void {
		for (const one of flow === 'both' ? BOTH : [flow]) {
			this.held.add(one);
			for (const pair of this.pairs) pair.hold(one);
		}
	}

	release(): void {
		this.held.clear();
		for (const pair of this.pairs) for (const flow of BOTH) pair.release(flow);
	}

	/** Refuses new connections. Open connections stay open. */
	refuse(): void {
		this.server?.close();
		this.server = undefined;
	}

	/** Listens again, on the same port. */
	async accept(): Promise<void> {
		if (this.server) return;
		const server = net.createServer({ allowHalfOpen: true }, (client) => this.lead(client));
		await listen(server, this.port);
		this.server = server;
	}

	/** Resets every open connection, on both sides. */
	reset(): void {
		for (const pair of this.pairs) pair.reset();
	}

	async close(): Promise<void> {
		this.refuse();
		const gone = [...this.pairs].map((pair) => pair.gone);
		this.reset();
		await Promise.all(gone);
	}

	/** The common name for this in all test servers. */
	async stop(): Promise<void> {
		await this.close();
	}

	private lead(client: Socket): void {
		this.connections++;
		const server = net.connect({ host: this.targetHost, port: this.targetPort, allowHalfOpen: true });
		const pair = new TcpPair(client, server, {
			request: (exchange) => this.planFor('requests', exchange) === undefined,
			answer: (exchange) => {
				this.roundTrips++;
				return this.planFor('answers', exchange)?.whole ?? true;
			},
			passed: (flow, bytes) => {
				if (flow === 'requests') this.bytesToServer += bytes;
				else this.bytesToClient += bytes;
			},
			cut: () => this.cuts++,
		});
		this.pairs.add(pair);
		void pair.gone.then(() => this.pairs.delete(pair));
		for (const flow of this.held) pair.hold(flow);
	}

	/** Returns the cut that is due now, if any, and removes it. */
	private planFor(flow: Flow, exchange: Exchange): Cut | undefined {
		const { request } = exchange;
		const matching = this.planned.filter(
			(cut) => cut.flow === flow && cut.spared !== exchange && cut.request(request),
		);
		const due = matching.find((cut) => cut.spare === 0);
		if (due) this.planned = this.planned.filter((cut) => cut !== due);
		else
			for (const cut of matching) {
				cut.spare--;
				cut.spared = exchange;
			}
		return due;
	}
}
