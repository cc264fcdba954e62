interface Process {
	kill(): Promise<void>;
}

/** Processes of one kind, of which the next one is started before somebody needs it. */
export class WarmWorkerPool<P extends Process> {
	private next?: Promise<P>;

	constructor(private readonly start: () => Promise<P>) {}

	/** Starts the next one, unless it is there. */
	begin(): void {
		this.next ??= this.start();
		// Whoever takes it hears of its failure.
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
