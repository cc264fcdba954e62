import type { Redis } from 'ioredis';

import { isConnectionLoss, ResponseTimeoutError } from './errorKinds';
import type { RedisClient } from './scripts';

/** Registers a client with its session. */
export type Watch = <C extends RedisClient>(client: C) => C;

/** One connection, from its creation to its end. */
export class Session {
	readonly client: Promise<RedisClient>;
	/** The last error that a client reported about its connection. */
	fault: Error | undefined;
	private readonly clients: RedisClient[] = [];
	private readonly idle: NodeJS.Timeout;
	private pending = 0;
	private hasEnded = false;

	constructor(open: (watch: Watch) => Promise<RedisClient>, discard: () => void, idleMs: number) {
		this.idle = setTimeout(() => this.pending === 0 && discard(), idleMs).unref();
		this.client = open((client) => this.watch(client));
		this.client.then((client) => client.once('end', discard), discard);
	}

	enter(): void {
		this.pending++;
	}

	exit(): void {
		if (--this.pending > 0) return;
		if (this.hasEnded) this.disconnect();
		else this.idle.refresh();
	}

	/** Pending commands may still complete. */
	end(): void {
		this.hasEnded = true;
		clearTimeout(this.idle);
		if (this.pending === 0) this.disconnect();
	}

	private watch<C extends RedisClient>(client: C): C {
		if (this.hasEnded)
			throw new ResponseTimeoutError('The connection was closed while it was being opened');
		// An unhandled 'error' event would end the process.
		client.on('error', (error: Error) => this.recordFault(error));
		client.on('node error', (error: Error, node: string) =>
			this.recordFault(Object.assign(error, { node })),
		);
		if ('nodes' in client) client.on('+node', unref);
		else unref(client);
		this.clients.push(client);
		return client;
	}

	private recordFault(error: Error): void {
		// A connection loss is noticed elsewhere. Its cause was reported before.
		if (!isConnectionLoss(error)) this.fault = error;
	}

	private disconnect(): void {
		// A client that has already ended would wait for its end once more, and keep the process alive meanwhile.
		for (const client of this.clients.splice(0)) if (client.status !== 'end') client.disconnect();
	}
}

/** Lets the process exit despite an open connection. While a command is pending, the response timeout keeps the process alive. */
function unref(client: Redis): void {
	client.on('connect', () => client.stream.unref());
}

/**
 * Rejects after `ms`. A process that was blocked may see the timeout before it has read a response that arrived in time, so the
 * response is read first.
 */
export function withTimeout<R>(ms: number, response: Promise<R>): Promise<R> {
	return new Promise((resolve, reject) => {
		const timer = setTimeout(
			() => setImmediate(() => reject(new ResponseTimeoutError(`No response in ${ms} ms`))),
			ms,
		);
		const beforeTimeout =
			<T>(settle: (value: T) => void) =>
			(value: T) => {
				clearTimeout(timer);
				settle(value);
			};
		response.then(beforeTimeout(resolve), beforeTimeout(reject));
	});
}
