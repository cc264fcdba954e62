import type { RunFrame } from './item';
import type { OutputName } from './outputs';
import { OUTPUT_LABELS } from './outputs';

/** Fewer are done before anybody asks how far it is. */
const MANY = 25;

/** Tells how far a run with many entries is: in n8n's log and the browser's console while it lasts, in a hint at its end. */
export class Progress {
	private readonly passedBy = new Map<OutputName, number>();
	private count = 0;

	constructor(
		private readonly run: RunFrame,
		private readonly total: number,
	) {}

	passed(output: OutputName): void {
		this.count++;
		this.passedBy.set(output, (this.passedBy.get(output) ?? 0) + 1);
		if (this.count % MANY === 0 && this.count < this.total) this.tell();
	}

	end(): void {
		if (this.total >= MANY) this.run.notes.push(this.words());
	}

	private tell(): void {
		const { context } = this.run;
		const words = `${context.getNode().name}: ${this.words()}`;
		context.logger.info(words);
		context.sendMessageToUI(words);
	}

	private words(): string {
		const parts = [...this.passedBy].map(([output, count]) => `${OUTPUT_LABELS[output]} ${count}`);
		return `${this.count} of ${this.total} looked up: ${parts.join(', ')}`;
	}
}
