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

/** How many threads may end over one request: one with others, and then alone. */
const MAX_ENDED_THREADS = 3;

/** What follows from so many answers takes a few ms. */
const TOLD_AT_ONCE = 8;

interface OpenRequest extends NumberedRequest {
	endedThreads: number;
	resolve: (answer: never) => void;
	reject: (error: Error) => void;
}

/**
 * Asks the thread of one file. The thread begins with the first request, and holds the process while anything is unanswered.
 * When it ends by itself, what it has not answered is asked again of a new one.
 */
export class ThreadClient {
	private thread: Worker | undefined;
	private lastId = 0;
	private unsent: OpenRequest[] = [];
	private readonly sent = new Map<number, OpenRequest>();
	/** What was answered, and whoever asked does not know yet. */
	private readonly untold: [OpenRequest, Answered][] = [];
	private whenIdle: (() => void)[] = [];

	constructor(private readonly path: string) {}

	/** What is asked in one tick travels together. @throws StoreUnavailableError */
	ask<K extends FileRequest['kind']>(request: Extract<FileRequest, { kind: K }>): Promise<FileAnswers[K]> {
		return new Promise((resolve, reject) => {
			const numbered = { id: ++this.lastId, request, isRepeat: false, endedThreads: 0 };
			this.unsent.push({ ...numbered, resolve, reject });
			if (this.unsent.length === 1) process.nextTick(() => this.send());
		});
	}

	/** Resolves when everything is answered and the file is closed; the next request opens it again. */
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
		// What follows from the last answer goes along.
		if (this.untold.length > 0) return;
		const batch = this.nextBatch();
		if (batch.length === 0) return;
		for (const request of batch) this.sent.set(request.id, request);
		try {
			this.thread ??= this.begin();
		} catch (error) {
			// No more threads, no more memory, or the package is just being replaced by another version.
			this.askAgain(error);
			return;
		}
		this.thread.ref();
		this.thread.postMessage(
			batch.map(({ id, request, isRepeat }) => ({ id, request, isRepeat })) satisfies ToThread,
		);
	}

	/** What is asked again goes first, and one at a time: what ends one thread after the other costs only its own answer. */
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

	/** Portion by portion: whatever else this process has to do comes in between, and what is asked meanwhile travels together. */
	private tell(): void {
		for (const [open, one] of this.untold.splice(0, TOLD_AT_ONCE)) settle(open, one);
		if (this.untold.length > 0) setImmediate(() => this.tell());
		else if (this.isIdle()) this.rest();
		else if (this.unsent.length > 0) setImmediate(() => this.send());
	}

	/** Nobody knows what the thread has written: the answer to a request that is asked again says so, by its version. */
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
	// The answer to a request has the type that belongs to its kind.
	if ('answer' in answered) resolve(answered.answer as never);
	else reject(toError(answered.failure));
}

function toError(failure: Failure): Error {
	if (failure.kind === 'lost') return new LostEntriesError(failure.reason);
	if (failure.kind === 'unavailable') return new StoreUnavailableError(failure.reason);
	return Object.assign(new Error(failure.message), { stack: failure.stack });
}
