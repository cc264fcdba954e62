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

/**
 * Test files that run at the same time have no port in common, and none is given twice: a server that was killed comes
 * back to a port that nobody was given meanwhile.
 */
const LANES = 16;
const LANE = Number(process.env.JEST_WORKER_ID ?? 0) % LANES;
const given = new Set<number>();

/** A port of 127.0.0.1 on which nobody listens, and nobody on the port of its cluster bus. */
export async function freePort(): Promise<number> {
	for (;;) {
		const port = LOWEST + LANES * randomInt(Math.floor((HIGHEST - LOWEST) / LANES)) + LANE;
		if (given.has(port) || !(await isFree(port)) || !(await isFree(port + BUS))) continue;
		given.add(port);
		return port;
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
