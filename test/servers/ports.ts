import { randomInt } from 'node:crypto';
import type { Server } from 'node:net';
import net from 'node:net';

/**
 * Ports are not chosen by the kernel (bind to 0), because those are also used for outgoing connections: a killed
 * server could find its port taken when it restarts, and a client that connects meanwhile could even be connected
 * to itself. These ports, and those of the bus of a Redis cluster, 10 000 above, are below that range on Linux.
 */
const LOWEST = 10_240;
const HIGHEST = 22_700;
const BUS = 10_000;

/**
 * Concurrent test files have no port in common, and no port is used twice, so that a killed server can restart on
 * its port.
 */
const LANES = 16;
const LANE = Number(process.env.JEST_WORKER_ID ?? 0) % LANES;
const PORTS_OF_LANE = Math.floor((HIGHEST - LOWEST) / LANES);
const given = new Set<number>();

/** Returns a port of 127.0.0.1 on which nobody listens, and whose cluster bus port is free. */
export async function freePort(): Promise<number> {
	// A process that runs many test files would find none left.
	if (given.size > PORTS_OF_LANE / 2) given.clear();
	for (;;) {
		const port = LOWEST + LANES * randomInt(PORTS_OF_LANE) + LANE;
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
