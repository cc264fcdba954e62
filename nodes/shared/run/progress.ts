import type { IExecuteFunctions } from 'n8n-workflow';

/** Fewer are done before anybody asks how far it is. */
const REPORT_EVERY = 25;

/** Of how many things a run is about, the log is told no more often than this. */
const MOST_REPORTS = 20;

/** Tells how far a run with many things is: in n8n's log and the browser's console while it lasts, in a hint at its end. */
export class Progress {
	private readonly completed = new Set<object>();
	private readonly countByLabel = new Map<string, number>();
	private readonly remarks: string[] = [];

	/**
	 * @param participle was done to what has passed
	 * @param total how many things the run is about, as far as is known yet
	 */
	constructor(
		private readonly context: IExecuteFunctions,
		private readonly participle: string,
		private total: number,
	) {}

	/** One item is about more than itself. */
	expand(things: number): void {
		this.total += things - 1;
	}

	/**
	 * Each result counts once: what was told as soon as it was done leaves with its item later.
	 *
	 * @param label of the output that it leaves through
	 */
	complete(result: object, label: string): void {
		const { completed, countByLabel } = this;
		if (completed.has(result)) return;
		completed.add(result);
		countByLabel.set(label, (countByLabel.get(label) ?? 0) + 1);
		const every = REPORT_EVERY * Math.ceil(this.total / (REPORT_EVERY * MOST_REPORTS));
		if (completed.size % every === 0 && completed.size < this.total) this.report();
	}

	/** Something about what did not pass, which is said when the run is over. */
	addRemark(note: string): void {
		this.remarks.push(note);
	}

	/** What is to be said when the run is over. */
	summary(): string[] {
		return [...(this.total >= REPORT_EVERY ? [this.describe()] : []), ...this.remarks];
	}

	private report(): void {
		const { context } = this;
		const message = `${context.getNode().name}: ${this.describe()}`;
		context.logger.info(message);
		context.sendMessageToUI(message);
	}

	private describe(): string {
		const parts = [...this.countByLabel].map(([label, count]) => `${label} ${count}`);
		return `${this.completed.size} of ${this.total} ${this.participle}: ${parts.join(', ')}`;
	}
}
