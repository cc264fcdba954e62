interface Process {
	kill(): Promise<void>;
}

/** A pool of processes of one kind that starts the next one before it is needed. */
export class WarmWorkerPool<P extends Process> {
	private next?: Promise<P>;

	constructor(private readonly start: () => Promise<P>) {}

	/** Starts the next process, unless it has been started. */
	begin(): void {
		this.next ??= this.start();
		// The caller that takes the process gets its error.
		this.next.catch(() => undefined);
	}

	take(): Promise<P> {
		const worker = this.next ?? this.start();
		this.next = undefined;
		return worker;
	}

	async stop(): Promise<void> {
		await (await this.next)?.kill();
	}
}
