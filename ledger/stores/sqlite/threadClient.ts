import { Worker } from 'node:worker_threads';

import { LostEntriesError, StoreUnavailableError } from '../../store';
import type {
	Answered,
	Failure,
	FileAnswers,
	FileRequest,
	FromThread,
	NumberedRequest,
	ToThread,
} from './messages';

/** Threads that may end during one request: first in a batch, then on its own. */
const MAX_ENDED_THREADS = 3;

/** Responses delivered before yielding to the event loop. The callers' follow-up work for so many takes a few ms. */
const TOLD_AT_ONCE = 8;

interface OpenRequest extends NumberedRequest {
	endedThreads: number;
	resolve: (answer: never) => void;
	reject: (error: Error) => void;
}

/**
 * Sends requests to the thread of one file. The first request starts the thread, which keeps the process alive while requests
 * are unanswered. If it ends unexpectedly, its unanswered requests are repeated in a new thread.
 */
export class ThreadClient {
	private thread: Worker | undefined;
	private lastId = 0;
	private unsent: OpenRequest[] = [];
	private readonly sent = new Map<number, OpenRequest>();
	/** Responses that have arrived but are not yet delivered to their callers. */
	private readonly untold: [OpenRequest, Answered][] = [];
	private whenIdle: (() => void)[] = [];

	constructor(private readonly path: string) {}

	/** Sends a request, in one batch with the other requests of the same tick. @throws StoreUnavailableError */
	ask<K extends FileRequest['kind']>(request: Extract<FileRequest, { kind: K }>): Promise<FileAnswers[K]> {
		return new Promise((resolve, reject) => {
			const numbered = { id: ++this.lastId, request, isRepeat: false, endedThreads: 0 };
			this.unsent.push({ ...numbered, resolve, reject });
			if (this.unsent.length === 1) process.nextTick(() => this.send());
		});
	}

	/** Resolves when all requests are answered and the file is closed. The next request opens it again. */
	async close(): Promise<void> {
		while (!this.isIdle()) await new Promise<void>((resolve) => this.whenIdle.push(resolve));
		const { thread } = this;
		if (!thread) return;
		this.thread = undefined;
		thread.ref();
		const ended = new Promise((resolve) => thread.once('exit', resolve));
		thread.postMessage('close' satisfies ToThread);
		await ended;
	}

	private send(): void {
		// Wait for the requests that follow from the undelivered responses, and send them in the same batch.
		if (this.untold.length > 0) return;
		const batch = this.nextBatch();
		if (batch.length === 0) return;
		for (const request of batch) this.sent.set(request.id, request);
		try {
			this.thread ??= this.begin();
		} catch (error) {
			// No thread or memory is available, or the package is being replaced by another version.
			this.askAgain(error);
			return;
		}
		this.thread.ref();
		this.thread.postMessage(
			batch.map(({ id, request, isRepeat }) => ({ id, request, isRepeat })) satisfies ToThread,
		);
	}

	/** Repeated requests go first, and one at a time: a request that ends every thread fails only itself. */
	private nextBatch(): OpenRequest[] {
		const again = this.unsent.filter(({ isRepeat }) => isRepeat);
		if (again.length === 0 && !this.isRepeating()) return this.unsent.splice(0);
		return this.sent.size === 0 ? this.unsent.splice(0, 1) : [];
	}

	private isRepeating(): boolean {
		return [...this.sent.values()].some(({ isRepeat }) => isRepeat);
	}

	private begin(): Worker {
		const thread = new Worker(require.resolve('./thread'), {
			name: 'idempotency-ledger',
			workerData: { path: this.path },
		});
		let fault: unknown;
		thread.on('error', (error: unknown) => {
			fault = error;
		});
		thread.on('message', (answered: FromThread) => this.receive(answered));
		thread.on('exit', () => {
			if (this.thread === thread) this.askAgain(fault);
		});
		return thread;
	}

	private receive(answered: FromThread): void {
		const isTelling = this.untold.length > 0;
		for (const one of answered) {
			const open = this.sent.get(one.id);
			this.sent.delete(one.id);
			if (open) this.untold.push([open, one]);
		}
		if (!isTelling) this.tell();
	}

	/**
	 * Delivers responses batch by batch, and yields to the event loop in between. Requests made in the meantime form the next
	 * batch.
	 */
	private tell(): void {
		for (const [open, one] of this.untold.splice(0, TOLD_AT_ONCE)) settle(open, one);
		if (this.untold.length > 0) setImmediate(() => this.tell());
		else if (this.isIdle()) this.rest();
		else if (this.unsent.length > 0) setImmediate(() => this.send());
	}

	/**
	 * It is unknown what the thread has written. A repeated request is marked, and recognizes its own earlier write by the row.
	 */
	private askAgain(fault: unknown): void {
		this.thread = undefined;
		const open = [...this.sent.values()].map((request) => ({
			...request,
			isRepeat: true,
			endedThreads: request.endedThreads + 1,
		}));
		this.sent.clear();
		this.unsent.unshift(...open.filter(({ endedThreads }) => endedThreads < MAX_ENDED_THREADS));
		for (const { endedThreads, reject } of open) {
			if (endedThreads >= MAX_ENDED_THREADS) reject(this.threadsEnded(fault));
		}
		if (this.isIdle()) this.rest();
		else this.send();
	}

	private threadsEnded(fault: unknown): StoreUnavailableError {
		const { message } = (fault ?? {}) as Partial<Error>;
		const why = message === undefined ? '' : ` (${message})`;
		return new StoreUnavailableError(
			`${this.path}: the thread that reads and writes it ended ${MAX_ENDED_THREADS} times${why}. Run it again.`,
			{ cause: fault },
		);
	}

	private isIdle(): boolean {
		return this.unsent.length === 0 && this.sent.size === 0 && this.untold.length === 0;
	}

	private rest(): void {
		this.thread?.unref();
		for (const wake of this.whenIdle.splice(0)) wake();
	}
}

function settle({ resolve, reject }: OpenRequest, answered: Answered): void {
	// The type of a response belongs to the kind of its request.
	if ('answer' in answered) resolve(answered.answer as never);
	else reject(toError(answered.failure));
}

function toError(failure: Failure): Error {
	if (failure.kind === 'lost') return new LostEntriesError(failure.reason);
	if (failure.kind === 'unavailable') return new StoreUnavailableError(failure.reason);
	return Object.assign(new Error(failure.message), { stack: failure.stack });
}
