import type { PointListener, RecordedRequest, SimulatorPoint } from './request';

/**
 * Who is told when a request reaches a point. Listeners are awaited one after another: they hold the request. One
 * that throws must not change what the simulated Stripe does; its error is kept for the end.
 */
export class Points {
	private readonly listeners = new Set<PointListener>();
	private readonly failures: Error[] = [];

	/** Returns the way to stop listening. */
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
