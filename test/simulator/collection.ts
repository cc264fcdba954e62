import type { Clock } from './clock';
import type { StripeObject } from './objects';

interface Kept<T> {
	object: T;
	/** Milliseconds; search shows an object only some time after its last change. */
	changedAt: number;
}

/** All objects of one kind in one world. */
export class Collection<T extends StripeObject = StripeObject> {
	private readonly kept = new Map<string, Kept<T>>();

	constructor(private readonly clock: Clock) {}

	/** Adds a new object, or notes that a standing one has changed. */
	save(object: T): T {
		const changedAt = this.clock.now();
		const standing = this.kept.get(object.id);
		if (standing) standing.changedAt = changedAt;
		else this.kept.set(object.id, { object, changedAt });
		return object;
	}

	find(id: string): T | undefined {
		return this.kept.get(id)?.object;
	}

	/** Newest first, as Stripe lists. */
	newestFirst(): T[] {
		return [...this.kept.values()].reverse().map((entry) => entry.object);
	}

	/** Newest first, without what changed in the last `lagMs`: Stripe's Search is not read-after-write. */
	indexed(lagMs: number): T[] {
		const until = this.clock.now() - lagMs;
		return [...this.kept.values()]
			.reverse()
			.filter((entry) => entry.changedAt <= until)
			.map((entry) => entry.object);
	}
}
