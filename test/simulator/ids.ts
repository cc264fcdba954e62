import { createHash } from 'node:crypto';

/**
 * Generates ids that look like Stripe's and are the same in every run: a counter, and a suffix computed from it.
 */
export class IdSource {
	private count = 0;

	/** `next('pi')` → `pi_3Sim00000001…`. */
	next(prefix: string): string {
		this.count += 1;
		const suffix = createHash('sha256').update(`${prefix} ${this.count}`).digest('base64url');
		return `${prefix}_3Sim${String(this.count).padStart(8, '0')}${suffix.replaceAll(/[-_]/g, '').slice(0, 12)}`;
	}

	reset(): void {
		this.count = 0;
	}
}
