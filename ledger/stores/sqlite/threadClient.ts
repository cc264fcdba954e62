import { Worker } from 'node:worker_threads';

import { LostEntriesError, StoreUnavailableError } from '../../store';
import type {
	ThreadResponse,
	Failure,
	FileResponses,
	FileRequest,
	FromThread,
	NumberedRequest,
	ToThread,
} from './messages';
import { groupOf } from './messages';

/** Threads that may end during one request: first in a batch, then on its own. */
const MAX_ENDED_THREADS = 3;

/** Responses delivered before yielding to the event loop. The callers' follow-up work for so many takes a few ms. */
const DELIVERY_BATCH_SIZE = 8;

interface PendingRequest extends NumberedRequest {
	endedThreads: number;
	/** Whether it has let reads go first. */
	hasWaited: boolean;
	resolve: (response: never) => void;
	reject: (error: Error) => void;
}

/**
 * Sends requests to the thread of one file. The first request starts the thread, which keeps the process alive while requests
 * are unanswered. If it ends unexpectedly, its unanswered requests are repeated in a new thread.
 */
export class ThreadClient {
	private thread: Worker | undefined;
	private lastId = 0;
	private isSending = false;
	private unsent: PendingRequest[] = [];
	private readonly sent = new Map<number, PendingRequest>();
	/** Responses that have arrived but are not yet delivered to their callers. */
	private readonly undelivered: [PendingRequest, ThreadResponse][] = [];
	private idleCallbacks: (() => void)[] = [];

	constructor(private readonly path: string) {}

	/**
	 * Sends a request, in one batch with the others of this turn of the event loop: waking the thread costs more than the rest of
	 * the request. @throws StoreUnavailableError
	 */
	request<K extends FileRequest['kind']>(
		request: Extract<FileRequest, { kind: K }>,
	): Promise<FileResponses[K]> {
		return new Promise((resolve, reject) => {
			const numbered = {
				id: ++this.lastId,
				request,
				isRepeat: false,
				endedThreads: 0,
				hasWaited: false,
			};
			this.unsent.push({ ...numbered, resolve, reject });
			this.sendSoon();
		});
	}

	/** Resolves when all requests are answered and the file is closed. The next request opens it again. */
	async close(): Promise<void> {
		while (!this.isIdle()) await new Promise<void>((resolve) => this.idleCallbacks.push(resolve));
		const { thread } = this;
		if (!thread) return;
		this.thread = undefined;
		thread.ref();
		const ended = new Promise((resolve) => thread.once('exit', resolve));
		thread.postMessage('close' satisfies ToThread);
		await ended;
	}

	private sendSoon(): void {
		if (this.isSending) return;
		this.isSending = true;
		setImmediate(() => {
			this.isSending = false;
			this.send();
		});
	}

	private send(): void {
		// Wait for the requests that follow from the undelivered responses, and send them in the same batch.
		if (this.undelivered.length > 0) return;
		const batch = this.nextBatch();
		if (batch.length === 0) return;
		for (const request of batch) this.sent.set(request.id, request);
		try {
			this.thread ??= this.startThread();
		} catch (error) {
			// No thread or memory is available, or the package is being replaced by another version.
			this.repeatRequests(error);
			return;
		}
		this.thread.ref();
		this.thread.postMessage(
			batch.map(({ id, request, isRepeat }) => ({ id, request, isRepeat })) satisfies ToThread,
		);
	}

	/** Repeated requests go first, and one at a time: a request that ends every thread fails only itself. */
	private nextBatch(): PendingRequest[] {
		const repeated = this.unsent.filter(({ isRepeat }) => isRepeat);
		if (repeated.length === 0 && !this.isRepeating()) return this.takeReadsFirst();
		return this.sent.size === 0 ? this.unsent.splice(0, 1) : [];
	}

	/**
	 * A settle lets the reads of its turn go first, once: what follows from them is mostly a claim, which then shares its commit.
	 * Nobody waits for a settle, but callers wait for a claim, so a claim lets nothing go first, and a settle shares its commit.
	 */
	private takeReadsFirst(): PendingRequest[] {
		const batch = this.unsent.splice(0);
		const reads = batch.filter(({ request }) => groupOf(request) === 'read');
		const writes = batch.filter(({ request }) => groupOf(request) !== 'read');
		const mayWait = writes.every(({ hasWaited, request }) => !hasWaited && request.kind === 'replace');
		if (reads.length === 0 || !mayWait) return batch;
		for (const write of writes) write.hasWaited = true;
		this.unsent = writes;
		return reads;
	}

	private isRepeating(): boolean {
		return [...this.sent.values()].some(({ isRepeat }) => isRepeat);
	}

	private startThread(): Worker {
		const thread = new Worker(require.resolve('./thread'), {
			name: 'idempotency-ledger',
			workerData: { path: this.path },
		});
		let cause: unknown;
		thread.on('error', (error: unknown) => {
			cause = error;
		});
		thread.on('message', (responses: FromThread) => this.receive(responses));
		thread.on('exit', () => {
			if (this.thread === thread) this.repeatRequests(cause);
		});
		return thread;
	}

	private receive(responses: FromThread): void {
		const isDelivering = this.undelivered.length > 0;
		for (const one of responses) {
			const pending = this.sent.get(one.id);
			this.sent.delete(one.id);
			if (pending) this.undelivered.push([pending, one]);
		}
		if (!isDelivering) this.deliver();
	}

	/**
	 * Delivers responses batch by batch, and yields to the event loop in between. Requests made in the meantime form the next
	 * batch.
	 */
	private deliver(): void {
		for (const [pending, one] of this.undelivered.splice(0, DELIVERY_BATCH_SIZE)) settle(pending, one);
		if (this.undelivered.length > 0) setImmediate(() => this.deliver());
		else if (this.isIdle()) this.becomeIdle();
		else if (this.unsent.length > 0) this.sendSoon();
	}

	/**
	 * It is unknown what the thread has written. A repeated request is marked, and recognizes its own earlier write by the row.
	 */
	private repeatRequests(cause: unknown): void {
		this.thread = undefined;
		const pending = [...this.sent.values()].map((request) => ({
			...request,
			isRepeat: true,
			endedThreads: request.endedThreads + 1,
		}));
		this.sent.clear();
		this.unsent.unshift(...pending.filter(({ endedThreads }) => endedThreads < MAX_ENDED_THREADS));
		for (const { endedThreads, reject } of pending) {
			if (endedThreads >= MAX_ENDED_THREADS) reject(this.threadsEnded(cause));
		}
		if (this.isIdle()) this.becomeIdle();
		else this.send();
	}

	private threadsEnded(cause: unknown): StoreUnavailableError {
		const { message } = (cause ?? {}) as Partial<Error>;
		const why = message === undefined ? '' : ` (${message})`;
		return new StoreUnavailableError(
			`${this.path}: the thread that reads and writes it ended ${MAX_ENDED_THREADS} times${why}. Run it again.`,
			{ cause },
		);
	}

	private isIdle(): boolean {
		return this.unsent.length === 0 && this.sent.size === 0 && this.undelivered.length === 0;
	}

	private becomeIdle(): void {
		this.thread?.unref();
		for (const notify of this.idleCallbacks.splice(0)) notify();
	}
}

function settle({ resolve, reject }: PendingRequest, response: ThreadResponse): void {
	// The type of a response belongs to the kind of its request.
	if ('response' in response) resolve(response.response as never);
	else reject(toError(response.failure));
}

function toError(failure: Failure): Error {
	if (failure.kind === 'lost') return new LostEntriesError(failure.reason);
	if (failure.kind === 'unavailable') return new StoreUnavailableError(failure.reason);
	return Object.assign(new Error(failure.message), { stack: failure.stack });
}
