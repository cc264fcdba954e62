interface Process {
	kill(): Promise<void>;
}

/** Processes of one kind, which are started before somebody needs them. */
export class Spare<P extends Process> {
	private readonly ready: Promise<P>[] = [];

	/** @param ahead how many are started ahead */
	constructor(
		private readonly start: () => Promise<P>,
		private readonly ahead = 1,
	) {}

	/** Starts as many as are missing. */
	begin(): void {
		while (this.ready.length < this.ahead) {
			const started = this.start();
			// Whoever takes it hears of its failure.
			started.catch(() => undefined);
			this.ready.push(started);
		}
	}

	async take(): Promise<P> {
		this.begin();
		return this.ready.shift() ?? this.start();
	}

	async stop(): Promise<void> {
		await Promise.all(this.ready.splice(0).map(async (ready) => (await ready).kill()));
	}
}
