interface PendingRequest<Q, A> {
	request: Q;
	resolve: (response: A) => void;
	reject: (error: unknown) => void;
}

interface CoalescerOptions<Q, A> {
	/** Sends all requests in one round trip. @returns the responses in their order */
	sendBatch: (requests: readonly Q[]) => Promise<readonly A[]>;
	/** Returns the row of a request. Requests for the same row never share a batch: each runs after the one before it. */
	rowOf?: (request: Q) => string;
	/** Returns whether one request may have failed the whole batch. Each request is then sent on its own. */
	mayConcernOneRequest?: (error: unknown) => boolean;
	/** When to send what was requested. By default at the end of this turn of the event loop, which may read several responses. */
	schedule?: (flush: () => void) => void;
	/** Maximum number of requests in a batch, whose responses are all read at once. */
	maxBatchSize?: number;
}

const DEFAULT_MAX_BATCH_SIZE = 500;

/** Coalesces the requests of several callers in one turn of the event loop into batches. Each caller gets its own responses. */
export class Coalescer<Q, A> {
	private pending: PendingRequest<Q, A>[] = [];

	constructor(private readonly options: CoalescerOptions<Q, A>) {}

	send(requests: readonly Q[]): Promise<A[]> {
		const { schedule = setImmediate } = this.options;
		if (this.pending.length === 0 && requests.length > 0) schedule(() => this.flush());
		return Promise.all(
			requests.map(
				(request) =>
					new Promise<A>((resolve, reject) => {
						this.pending.push({ request, resolve, reject });
					}),
			),
		);
	}

	private flush(): void {
		void this.sendAll(this.pending.splice(0));
	}

	private async sendAll(pending: readonly PendingRequest<Q, A>[]): Promise<void> {
		for (let remaining = pending; remaining.length > 0;) {
			const { current, deferred } = this.deferRepeatedRows(remaining);
			const { maxBatchSize = DEFAULT_MAX_BATCH_SIZE } = this.options;
			const batches = Array.from({ length: Math.ceil(current.length / maxBatchSize) }, (_, n) =>
				current.slice(n * maxBatchSize, (n + 1) * maxBatchSize),
			);
			await Promise.all(batches.map((batch) => this.sendBatch(batch)));
			remaining = deferred;
		}
	}

	private deferRepeatedRows(pending: readonly PendingRequest<Q, A>[]) {
		const { rowOf } = this.options;
		if (!rowOf) return { current: pending, deferred: [] };
		const seen = new Set<string>();
		const [current, deferred]: [PendingRequest<Q, A>[], PendingRequest<Q, A>[]] = [[], []];
		for (const one of pending) {
			const row = rowOf(one.request);
			(seen.has(row) ? deferred : current).push(one);
			seen.add(row);
		}
		return { current, deferred };
	}

	/** Never throws: an error rejects the requests of the batch. */
	private async sendBatch(batch: readonly PendingRequest<Q, A>[]): Promise<void> {
		try {
			const responses = await this.options.sendBatch(batch.map(({ request }) => request));
			batch.forEach(({ resolve }, nth) => resolve(responses[nth] as A));
		} catch (error) {
			if (batch.length > 1 && this.options.mayConcernOneRequest?.(error)) {
				await Promise.all(batch.map((one) => this.sendBatch([one])));
			} else {
				for (const { reject } of batch) reject(error);
			}
		}
	}
}
