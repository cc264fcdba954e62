import type { OutcomeKind } from '../../ledger/model/entry';
import { DAY, HOUR } from '../ledger/requests';

/**
 * The result of a first execution under a key. A 500 may or may not have taken effect: its answer is the same.
 */
export type FirstExecution = 'charged' | 'declined' | 'failed' | 'failed but charged';

interface Remembered {
	fingerprint: string;
	at: number;
	/** Absent while the request is executing. */
	answer?: OutcomeKind;
	finish: () => OutcomeKind;
}

/** A request that Stripe always refuses before it executes anything. */
export const INVALID = 'invalid';

const FORGOTTEN_AFTER = 24 * HOUR;

/**
 * The age of a charge by a lost ledger in ms. Stripe still knows its key, because it documents no time by which it
 * forgets one.
 */
const LOST_BEFORE = 3 * DAY;

interface Charge {
	key: string;
	at: number;
}

/** The part of Stripe that matters for money: effects by key, and the result that each key remembers. */
export class ReferenceStripe {
	/** Every charge, with its key and its time. */
	readonly charges: Charge[] = [];
	private readonly keys = new Map<string, Remembered>();

	constructor(private readonly now: () => number) {}

	/** Receives a request. @returns the answer, or undefined while the request is executing */
	receive(key: string, fingerprint: string, execution: FirstExecution): OutcomeKind | undefined {
		const known = this.remembered(key);
		if (known) return known.fingerprint === fingerprint ? (known.answer ?? 'busy') : 'conflict';
		if (fingerprint === INVALID) return 'rejected';
		this.keys.set(key, { fingerprint, at: this.now(), finish: () => this.execute(key, execution) });
		return undefined;
	}

	/** Charges under a key before this test has sent any request for its entry. */
	chargeByLostLedger(key: string): void {
		const isSent = this.keys.has(key) || this.charges.some((charge) => charge.key.startsWith(key));
		if (isSent || /_\d+$/.test(key)) return;
		this.receive(key, 'of a lost ledger', 'charged');
		this.finish(key);
		for (const charge of this.charges) if (charge.key === key) charge.at -= LOST_BEFORE;
	}

	/**
	 * Whether a list shows a charge under the key, made at that time or later. A request that has been running for a
	 * day is completed first.
	 */
	showsCharge(key: string, from: number): boolean {
		const running = this.keys.get(key);
		if (running && this.now() - running.at >= FORGOTTEN_AFTER) this.finish(key);
		return this.charges.some((charge) => charge.key === key && charge.at >= from);
	}

	/** Completes the execution under a key, if it is still running. @returns its answer */
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
		const first = `n8n_${entryId}`;
		return this.charges.filter(({ key }) => key === first || key.startsWith(`${first}_`)).length;
	}

	/** After a day, the same key is a new request. */
	private remembered(key: string): Remembered | undefined {
		const known = this.keys.get(key);
		if (known?.answer && this.now() - known.at >= FORGOTTEN_AFTER) this.keys.delete(key);
		return this.keys.get(key);
	}

	private execute(key: string, execution: FirstExecution): OutcomeKind {
		if (execution === 'charged' || execution === 'failed but charged')
			this.charges.push({ key, at: this.now() });
		if (execution === 'charged') return 'succeeded';
		return execution === 'declined' ? 'rejected' : 'unknown';
	}
}
