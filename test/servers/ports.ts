import { randomInt } from 'node:crypto';
import type { Server } from 'node:net';
import net from 'node:net';

/**
 * Not a port of the kernel's choice (bind to 0): those are also handed out as the near end of any outgoing connection,
 * so that a killed server would find its port taken when it comes back, and a client that knocks meanwhile could even
 * be connected to itself. With the bus of a Redis cluster, 10 000 above, these stay below that range as Linux has it.
 */
const LOWEST = 10_240;
const HIGHEST = 22_700;
const BUS = 10_000;

/** A port of 127.0.0.1 on which nobody listens, and nobody on the port of its cluster bus. */
export async function freePort(): Promise<number> {
	for (;;) {
		const port = randomInt(LOWEST, HIGHEST);
		if ((await isFree(port)) && (await isFree(port + BUS))) return port;
	}
}

async function isFree(port: number): Promise<boolean> {
	const server = net.createServer();
	try {
		await listen(server, port);
	} catch {
		return false;
	}
	await new Promise((resolve) => server.close(resolve));
	return true;
}

export async function listen(server: Server, port: number): Promise<void> {
	await new Promise<void>((resolve, reject) => {
		server.once('error', reject);
		server.listen(port, '127.0.0.1', () => {
			server.off('error', reject);
			resolve();
		});
	});
}
