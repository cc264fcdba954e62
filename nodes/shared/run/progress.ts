import type { IExecuteFunctions } from 'n8n-workflow';

/** Fewer items finish before progress matters. */
const REPORT_EVERY = 25;

/** The maximum number of log messages per run. */
const MOST_REPORTS = 20;

/**
 * Reports the progress of a run with many items: in n8n's log and the browser's console during the run, and as a hint at its end.
 */
export class Progress {
	private readonly completed = new Set<object>();
	private readonly countByLabel = new Map<string, number>();
	private readonly remarks: string[] = [];

	/**
	 * @param participle what is done to each thing
	 * @param total the number of things, as far as it is known
	 */
	constructor(
		private readonly context: IExecuteFunctions,
		private readonly participle: string,
		private total: number,
	) {}

	/** Adds things if an item is about several. */
	expand(things: number): void {
		this.total += things - 1;
	}

	/**
	 * Counts a result once: one that was reported early belongs to an item that ends later.
	 *
	 * @param label the label of its output
	 */
	complete(result: object, label: string): void {
		const { completed, countByLabel } = this;
		if (completed.has(result)) return;
		completed.add(result);
		countByLabel.set(label, (countByLabel.get(label) ?? 0) + 1);
		const every = REPORT_EVERY * Math.ceil(this.total / (REPORT_EVERY * MOST_REPORTS));
		if (completed.size % every === 0 && completed.size < this.total) this.report();
	}

	/** Adds a remark for the end of the run. */
	addRemark(note: string): void {
		this.remarks.push(note);
	}

	/** Returns the messages for the end of the run. */
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
