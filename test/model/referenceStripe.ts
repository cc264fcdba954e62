import type { OutcomeKind } from '../../ledger/model/entry';
import { HOUR } from '../ledger/requests';

/** What a first execution under a key comes to. A 500 may have taken effect, or may not: its answer is the same. */
export type FirstExecution = 'charged' | 'declined' | 'failed' | 'failed but charged';

interface Remembered {
	fingerprint: string;
	at: number;
	/** Nothing while it runs. */
	answer?: OutcomeKind;
	finish: () => OutcomeKind;
}

/** A request that Stripe refuses before it executes anything, whenever it comes. */
export const INVALID = 'invalid';

const FORGOTTEN_AFTER = 24 * HOUR;

/** As much of Stripe as matters for money: effects by key, and what a key remembers. */
export class ReferenceStripe {
	/** The keys under which something was charged, each as often as it was. */
	readonly charges: string[] = [];
	private readonly keys = new Map<string, Remembered>();

	constructor(private readonly now: () => number) {}

	/** A request arrives. @returns the answer, or nothing while it runs */
	receive(key: string, fingerprint: string, execution: FirstExecution): OutcomeKind | undefined {
		const known = this.remembered(key);
		if (known) return known.fingerprint === fingerprint ? (known.answer ?? 'busy') : 'conflict';
		if (fingerprint === INVALID) return 'rejected';
		this.keys.set(key, { fingerprint, at: this.now(), finish: () => this.execute(key, execution) });
		return undefined;
	}

	/** As it was before anybody of this test sent anything of its entry. */
	chargeByLostLedger(key: string): void {
		const isSent = this.keys.has(key) || this.charges.some((charged) => charged.startsWith(key));
		if (isSent || /_\d+$/.test(key)) return;
		this.receive(key, 'of a lost ledger', 'charged');
		this.finish(key);
	}

	/** The execution under a key comes to its end, if it has not yet. @returns its answer */
	finish(key: string): OutcomeKind {
		const running = this.keys.get(key);
		if (!running) return 'unknown';
		running.answer ??= running.finish();
		return running.answer;
	}

	finishAll(): void {
		for (const key of this.keys.keys()) this.finish(key);
	}

	chargesOf(entryId: string): number {
		return this.charges.filter((key) => key === `n8n_${entryId}` || key.startsWith(`n8n_${entryId}_`))
			.length;
	}

	/** After a day the same key is a new request. */
	private remembered(key: string): Remembered | undefined {
		const known = this.keys.get(key);
		if (known?.answer && this.now() - known.at >= FORGOTTEN_AFTER) this.keys.delete(key);
		return this.keys.get(key);
	}

	private execute(key: string, execution: FirstExecution): OutcomeKind {
		if (execution === 'charged' || execution === 'failed but charged') this.charges.push(key);
		if (execution === 'charged') return 'succeeded';
		return execution === 'declined' ? 'rejected' : 'unknown';
	}
}
