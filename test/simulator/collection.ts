import type { SimulatorClock } from './clock';
import type { SimulatedObject } from './objects';

interface StoredObject<T> {
	object: T;
	/** Milliseconds; search shows an object only some time after its last change. */
	changedAt: number;
}

/** All objects of one kind in one world. */
export class ObjectStore<T extends SimulatedObject = SimulatedObject> {
	private readonly objects = new Map<string, StoredObject<T>>();

	constructor(private readonly clock: SimulatorClock) {}

	/** Adds a new object, or notes that a standing one has changed. */
	save(object: T): T {
		const changedAt = this.clock.now();
		const stored = this.objects.get(object.id);
		if (stored?.object === object) stored.changedAt = changedAt;
		else {
			// An ID may be used again, and is new then.
			this.objects.delete(object.id);
			this.objects.set(object.id, { object, changedAt });
		}
		return object;
	}

	find(id: string): T | undefined {
		return this.objects.get(id)?.object;
	}

	/** Newest first, as Stripe lists. */
	newestFirst(): T[] {
		return [...this.objects.values()].reverse().map((entry) => entry.object);
	}

	/** Newest first, without what changed in the last `lagMs`: Stripe's Search is not read-after-write. */
	indexed(lagMs: number): T[] {
		const until = this.clock.now() - lagMs;
		return [...this.objects.values()]
			.reverse()
			.filter((entry) => entry.changedAt <= until)
			.map((entry) => entry.object);
	}
}
