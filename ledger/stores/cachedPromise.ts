/** What was asked once is known for a while; a failure is not remembered. */
export class CachedPromise<R> {
	private cached: { value: Promise<R>; since: number } | undefined;

	/** @param ttlMs after which time it is asked again */
	constructor(
		private readonly load: () => Promise<R>,
		private readonly ttlMs: number,
	) {}

	value(): Promise<R> {
		if (this.cached && performance.now() - this.cached.since < this.ttlMs) return this.cached.value;
		const value = this.load();
		this.cached = { value, since: performance.now() };
		value.catch(() => (this.cached = undefined));
		return value;
	}
}
