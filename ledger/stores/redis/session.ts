import type { Redis } from 'ioredis';

import { isConnectionLoss, ResponseTimeoutError } from './errorKinds';
import type { RedisClient } from './scripts';

/** Takes a client into the care of its session. */
export type Watch = <C extends RedisClient>(client: C) => C;

/** One connection, from its making to its end. */
export class Session {
	readonly client: Promise<RedisClient>;
	/** What a client has told of its connection. */
	fault: Error | undefined;
	private readonly clients: RedisClient[] = [];
	private readonly idle: NodeJS.Timeout;
	private waiting = 0;
	private isOver = false;

	constructor(open: (watch: Watch) => Promise<RedisClient>, leave: () => void, idleMs: number) {
		this.idle = setTimeout(() => this.waiting === 0 && leave(), idleMs).unref();
		this.client = open((client) => this.watch(client));
		this.client.then((client) => client.once('end', leave), leave);
	}

	enter(): void {
		this.waiting++;
	}

	exit(): void {
		if (--this.waiting > 0) return;
		if (this.isOver) this.disconnect();
		else this.idle.refresh();
	}

	/** Whoever waits for an answer may still get it. */
	end(): void {
		this.isOver = true;
		clearTimeout(this.idle);
		if (this.waiting === 0) this.disconnect();
	}

	private watch<C extends RedisClient>(client: C): C {
		if (this.isOver) throw new ResponseTimeoutError('The connection was given up while it was made');
		// An 'error' that nobody hears would end the process.
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
		// That the connection is gone is known anyway; why it is gone was said before.
		if (!isConnectionLoss(error)) this.fault = error;
	}

	private disconnect(): void {
		// One that has ended would wait for its end once more, and keep the process alive meanwhile.
		for (const client of this.clients.splice(0)) if (client.status !== 'end') client.disconnect();
	}
}

/** A connection keeps no process alive: while there is something to wait for, the time for the answer does. */
function unref(client: Redis): void {
	client.on('connect', () => client.stream.unref());
}

/** A process that stood still may find the time over before it reads the answer that came in time: that is read first. */
export function withTimeout<R>(ms: number, answer: Promise<R>): Promise<R> {
	return new Promise((resolve, reject) => {
		const timer = setTimeout(
			() => setImmediate(() => reject(new ResponseTimeoutError(`No answer in ${ms} ms`))),
			ms,
		);
		const inTime =
			<T>(settle: (value: T) => void) =>
			(value: T) => {
				clearTimeout(timer);
				settle(value);
			};
		answer.then(inTime(resolve), inTime(reject));
	});
}
