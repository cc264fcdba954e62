import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

/** One request, as it arrived. */
export interface WireRequest {
	method: string;
	path: string;
	headers: IncomingMessage['headers'];
	/** In the order and spelling of the wire: name, value, name, value … */
	rawHeaders: string[];
	body: string;
}

export type WireReply = (response: ServerResponse, request: WireRequest, nth: number) => void;

/** A server that answers whatever a test wants, for what no Stripe would ever say. It counts what arrives. */
export class WireServer {
	readonly arrived: WireRequest[] = [];
	private readonly closing: Promise<void>[] = [];

	/** Listens on a free port of this machine; with a certificate it speaks https. */
	static async start(reply: WireReply, certificate?: { key: string; cert: string }): Promise<WireServer> {
		const server = certificate ? https.createServer(certificate) : http.createServer();
		// An unused connection stays open until the test ends it.
		server.keepAliveTimeout = 0;
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		return new WireServer(server, reply, certificate ? 'https' : 'http');
	}

	private constructor(
		private readonly server: Server,
		reply: WireReply,
		private readonly protocol: string,
	) {
		server.on('connection', (socket: Socket) => {
			socket.on('error', () => undefined);
			this.closing.push(new Promise((resolve) => socket.once('close', () => resolve())));
		});
		server.on('request', this.listener(reply));
	}

	get port(): number {
		return (this.server.address() as AddressInfo).port;
	}

	get url(): string {
		return `${this.protocol}://127.0.0.1:${this.port}`;
	}

	/** How many connections were made. */
	get connections(): number {
		return this.closing.length;
	}

	/** Waits until every connection is closed, so that nothing can arrive any more. */
	async deserted(): Promise<void> {
		await Promise.all(this.closing);
	}

	async stop(): Promise<void> {
		const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
		this.server.closeAllConnections();
		await closed;
	}

	private listener(reply: WireReply): RequestListener {
		return (request, response) => {
			const chunks: Buffer[] = [];
			response.on('error', () => undefined);
			request.on('data', (chunk: Buffer) => chunks.push(chunk));
			request.on('end', () => {
				const { method = '', url = '', headers, rawHeaders } = request;
				const body = Buffer.concat(chunks).toString();
				const arrived = { method, path: url, headers, rawHeaders, body };
				this.arrived.push(arrived);
				reply(response, arrived, this.arrived.length);
			});
		};
	}
}

/** A whole answer with a body of JSON, or of the text that is given. */
export function replyWith(status: number, body: unknown, headers: Record<string, string> = {}): WireReply {
	return (response) => {
		response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
		response.end(typeof body === 'string' ? body : JSON.stringify(body));
	};
}

/** Says whose key it is, as Stripe does, and gives everything else the reply that a test wants. */
export function asAccount(id: string, reply: WireReply): WireReply {
	const account = replyWith(200, { id, object: 'account' }, { 'request-id': 'req_account' });
	return (response, request, nth) =>
		(request.path === '/v1/account' ? account : reply)(response, request, nth);
}

/** What Stripe says in an error's body. */
export function toStripeErrorBody(type: string, more: Record<string, unknown> = {}): Record<string, unknown> {
	return { error: { type, message: 'Words for a person', ...more } };
}
