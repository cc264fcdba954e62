import http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import net from 'node:net';

/** A proxy as companies have them: it takes CONNECT and nothing else, and leads every tunnel to one port of this machine. */
export class ConnectProxy {
	/** The hosts that were asked for, in order: `api.stripe.com:443`. */
	readonly requests: string[] = [];
	readonly credentials: (string | undefined)[] = [];
	/** What came after a CONNECT that was refused: nothing should. */
	leaked = '';
	private readonly sockets = new Set<Socket>();

	/** @param target the port that tunnels lead to, or the answer to every CONNECT */
	static async start(target: number | string): Promise<ConnectProxy> {
		const server = http.createServer((_request, response) => void response.writeHead(405).end());
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		return new ConnectProxy(server, target);
	}

	private constructor(
		private readonly server: http.Server,
		target: number | string,
	) {
		server.on('connection', (socket: Socket) => this.keep(socket));
		server.on('connect', (request, socket: Socket) => {
			this.requests.push(request.url ?? '');
			this.credentials.push(request.headers['proxy-authorization']);
			if (typeof target === 'number') this.tunnel(socket, target);
			else {
				socket.on('data', (chunk: Buffer) => (this.leaked += chunk.toString()));
				socket.end(target);
			}
		});
	}

	get address(): string {
		return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
	}

	async stop(): Promise<void> {
		const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
		for (const socket of this.sockets) socket.destroy();
		await closed;
	}

	private keep(socket: Socket): void {
		this.sockets.add(socket);
		socket.on('error', () => socket.destroy());
	}

	private tunnel(socket: Socket, port: number): void {
		const onward = net.connect(port, '127.0.0.1', () => {
			socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
			socket.pipe(onward).pipe(socket);
		});
		this.keep(onward);
	}
}
