import type { PointListener, RecordedRequest, SimulatorPoint } from './request';

/**
 * The listeners for points in a request's life. They are awaited one after another, so they hold the request. An
 * error in a listener must not change the behaviour of the simulated Stripe; it is kept for the end.
 */
export class Points {
	private readonly listeners = new Set<PointListener>();
	private readonly failures: Error[] = [];

	/** Returns a function that removes the listener. */
	listen(listener: PointListener): () => void {
		this.listeners.add(listener);
		return () => this.listeners.delete(listener);
	}

	async reach(name: SimulatorPoint['name'], request: RecordedRequest): Promise<void> {
		for (const listener of [...this.listeners]) {
			try {
				await listener({ name, request });
			} catch (failure) {
				this.failures.push(failure as Error);
			}
		}
	}

	/** Throws the first error of a listener, once, so that a failed expectation in it fails its test. */
	rethrow(): void {
		const [first] = this.failures.splice(0);
		if (first !== undefined) throw first;
	}
}
