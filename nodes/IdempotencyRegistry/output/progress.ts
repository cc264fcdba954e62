import type { IExecuteFunctions } from 'n8n-workflow';

import type { RegistryResult } from './result';
import type { RegistryOutput } from './outputs';
import { OUTPUT_LABELS } from './outputs';

/** Fewer are done before anybody asks how far it is. */
const REPORT_EVERY = 25;

/** Tells how far a run with many things is: in n8n's log and the browser's console while it lasts, in a hint at its end. */
export class Progress {
	private readonly completed = new Set<RegistryResult>();
	private readonly countByOutput = new Map<RegistryOutput, number>();
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

	/** Each result counts once: what was told as soon as it was done leaves with its item later. */
	complete(result: RegistryResult): void {
		const { completed, countByOutput } = this;
		const { output } = result;
		if (completed.has(result)) return;
		completed.add(result);
		countByOutput.set(output, (countByOutput.get(output) ?? 0) + 1);
		if (completed.size % REPORT_EVERY === 0 && completed.size < this.total) this.report();
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
		const parts = [...this.countByOutput].map(([output, count]) => `${OUTPUT_LABELS[output]} ${count}`);
		return `${this.completed.size} of ${this.total} ${this.participle}: ${parts.join(', ')}`;
	}
}
