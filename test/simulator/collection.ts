import type { SimulatorClock } from './clock';
import type { SimulatedObject } from './objects';

interface StoredObject<T> {
	object: T;
	/** Milliseconds. Search shows a change only some time later. */
	changedAt: number;
}

/** All objects of one kind in one world. */
export class ObjectStore<T extends SimulatedObject = SimulatedObject> {
	private readonly objects = new Map<string, StoredObject<T>>();

	constructor(private readonly clock: SimulatorClock) {}

	/** Adds a new object, or records a change of an existing one. */
	save(object: T): T {
		const changedAt = this.clock.now();
		const stored = this.objects.get(object.id);
		if (stored?.object === object) stored.changedAt = changedAt;
		else {
			// An ID that is used again belongs to a new object, which moves to the end.
			this.objects.delete(object.id);
			this.objects.set(object.id, { object, changedAt });
		}
		return object;
	}

	find(id: string): T | undefined {
		return this.objects.get(id)?.object;
	}

	/** Newest first, in Stripe's list order. */
	newestFirst(): T[] {
		return [...this.objects.values()].reverse().map((entry) => entry.object);
	}

	/** Newest first, without changes of the last `lagMs`: Stripe's Search is not read-after-write. */
	indexed(lagMs: number): T[] {
		const until = this.clock.now() - lagMs;
		return [...this.objects.values()]
			.reverse()
			.filter((entry) => entry.changedAt <= until)
			.map((entry) => entry.object);
	}
}
