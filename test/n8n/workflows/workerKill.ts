import type { RealN8n } from '../harness/realN8n';

/** How many executions a worker of the tests has at once. */
const CONCURRENCY = 10;

/**
 * Kills the first worker while it is sending, and puts a new one in its place. From the given payment on, payments are
 * held after the money has moved, until there are more than the other worker can have: some are the first one's.
 */
export class WorkerKill {
	/** Payments whose money had moved when the worker died, of both workers. */
	held = 0;
	private readonly stopListening: () => void;
	private payments = 0;
	private killed?: Promise<void>;
	private letGo = () => {};
	private readonly dead = new Promise<void>((resolve) => (this.letGo = resolve));

	constructor(
		private readonly n8n: RealN8n,
		from: number,
	) {
		this.stopListening = n8n.simulator.onPoint(({ name }) => {
			if (name !== 'executed' || ++this.payments < from) return undefined;
			if (!this.killed && ++this.held > CONCURRENCY) this.killed = this.kill();
			return this.dead;
		});
	}

	/** Waits until the new worker works. Rejects when there was no kill. */
	async end(): Promise<void> {
		this.stopListening();
		this.letGo();
		if (!this.killed) throw new Error(`There were only ${this.payments} payments: no worker was killed`);
		await this.killed;
	}

	private async kill(): Promise<void> {
		const [worker] = this.n8n.workers;
		await worker!.kill();
		this.letGo();
		await this.n8n.replace(worker!);
	}
}
