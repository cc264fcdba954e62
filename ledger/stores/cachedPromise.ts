/** Caches the result of a load for a while. Failures are not cached. */
export class CachedPromise<R> {
	private cached: { value: Promise<R>; since: number } | undefined;

	/** @param ttlMs how long a result is cached */
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
