import type { IExecuteFunctions } from 'n8n-workflow';

import type { Departure } from './result';
import type { OutputName } from './outputs';
import { OUTPUT_LABELS } from './outputs';

/** Fewer are done before anybody asks how far it is. */
const MANY = 25;

/** Tells how far a run with many things is: in n8n's log and the browser's console while it lasts, in a hint at its end. */
export class Progress {
	private readonly counted = new Set<Departure>();
	private readonly passedBy = new Map<OutputName, number>();
	private readonly remarks: string[] = [];

	/**
	 * @param what was done to what has passed
	 * @param total how many things the run is about, as far as is known yet
	 */
	constructor(
		private readonly context: IExecuteFunctions,
		private readonly what: string,
		private total: number,
	) {}

	/** One item is about more than itself. */
	leadsTo(things: number): void {
		this.total += things - 1;
	}

	/** Each departure counts once: what was told as soon as it was done leaves with its item later. */
	passed(departure: Departure): void {
		const { counted, passedBy } = this;
		const { output } = departure;
		if (counted.has(departure)) return;
		counted.add(departure);
		passedBy.set(output, (passedBy.get(output) ?? 0) + 1);
		if (counted.size % MANY === 0 && counted.size < this.total) this.tell();
	}

	/** Something about what did not pass, which is said when the run is over. */
	remark(words: string): void {
		this.remarks.push(words);
	}

	/** What is to be said when the run is over. */
	notes(): string[] {
		return [...(this.total >= MANY ? [this.words()] : []), ...this.remarks];
	}

	private tell(): void {
		const { context } = this;
		const words = `${context.getNode().name}: ${this.words()}`;
		context.logger.info(words);
		context.sendMessageToUI(words);
	}

	private words(): string {
		const parts = [...this.passedBy].map(([output, count]) => `${OUTPUT_LABELS[output]} ${count}`);
		return `${this.counted.size} of ${this.total} ${this.what}: ${parts.join(', ')}`;
	}
}
