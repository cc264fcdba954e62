import type { AddressInfo, Server, Socket } from 'node:net';
import net from 'node:net';

const LOOPBACK = '127.0.0.1';

/**
 * A port of this machine on which nobody listens, and nobody else is given it: it is the near end of a connection that
 * stands until the test ends. It is bound before it is connected, so that a client that knocks is not given it either
 * and is never connected to itself.
 */
export class ClosedPort {
	static async hold(): Promise<ClosedPort> {
		const server = net.createServer();
		await new Promise<void>((resolve) => server.listen(0, LOOPBACK, resolve));
		const { port } = server.address() as AddressInfo;
		const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
		const holder = net.connect({ host: LOOPBACK, port, localAddress: LOOPBACK });
		const farEnd = await accepted;
		return new ClosedPort(farEnd.remotePort ?? 0, holder, farEnd, server);
	}

	private constructor(
		readonly port: number,
		private readonly holder: Socket,
		private readonly farEnd: Socket,
		private readonly server: Server,
	) {}

	async stop(): Promise<void> {
		const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
		this.holder.destroy();
		this.farEnd.destroy();
		await closed;
	}
}
