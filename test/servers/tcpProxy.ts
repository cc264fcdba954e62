import type { Server, Socket } from 'node:net';
import net from 'node:net';

import { freePort, listen } from './ports';
import type { Exchange, Flow } from './tcpPair';
import { TcpPair } from './tcpPair';

type Matches = (bytes: Buffer) => boolean;

/** Which exchange to cut, and where. */
interface Cut {
	flow: Flow;
	/** Looks at all bytes of the request since the last answer. */
	request: Matches;
	/** Looks at all bytes of the answer so far. */
	whole: Matches;
	/** How many exchanges that match are spared before. */
	spare: number;
	/** The last one that was spared: it is not counted twice. */
	spared?: Exchange;
}

const ANY: Matches = () => true;
const BOTH: readonly Flow[] = ['requests', 'answers'];

/**
 * A wire that a test can break: a port of this machine that leads to another port. Without back-pressure: what arrives
 * is passed on at once, as much as it may be.
 */
export class TcpProxy {
	readonly host = '127.0.0.1';
	/** Connections that were made so far. */
	connections = 0;
	bytesToServer = 0;
	bytesToClient = 0;
	/** How often a request was followed by an answer, also by one that was cut. */
	roundTrips = 0;
	/** How many connections were cut as a test wanted it. */
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

	/** Connections that are open now. */
	get open(): number {
		return this.pairs.size;
	}

	/**
	 * The nth answer from now on, whichever connection it belongs to, does not arrive: the server has done its work, and
	 * the client gets a reset connection instead.
	 */
	cutBeforeAnswer(nth = 1): void {
		this.cutAnswerWhen(ANY, { nth });
	}

	/**
	 * The same for the nth request of which this is true; it sees all bytes since the last answer. An answer may come in
	 * pieces and begin before the work is done: then `whole` says, of all its bytes so far, when it is complete.
	 */
	cutAnswerWhen(
		request: (bytes: Buffer) => boolean,
		{ nth = 1, whole = ANY }: { nth?: number; whole?: (answer: Buffer) => boolean } = {},
	): void {
		this.planned.push({ flow: 'answers', request, whole, spare: nth - 1 });
	}

	/** The nth request from now on does not arrive at the server; the client gets a reset connection. */
	cutBeforeRequest(nth = 1): void {
		this.cutRequestWhen(ANY, { nth });
	}

	/**
	 * The same for the nth request of which this is true, as soon as it is true of the bytes since the last answer: what
	 * came before them, in another piece, has already gone on to the server.
	 */
	cutRequestWhen(request: (bytes: Buffer) => boolean, { nth = 1 }: { nth?: number } = {}): void {
		this.planned.push({ flow: 'requests', request, whole: ANY, spare: nth - 1 });
	}

	/** Forgets all cuts that have not happened. */
	disarm(): void {
		this.planned = [];
	}

	/**
	 * Silence: connections stay open, also new ones, and nothing gets through. Held requests arrive when they are
	 * released, even those of a client that has closed its connection meanwhile: the network is late.
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

	/** Nobody listens here any more: new connections are refused. Those that are open stay open. */
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

	/** By the name that all servers of the tests have for it. */
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

	/** The cut that is due now, if there is one; it is used up with that. */
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
