/** Random numbers that a seed repeats (mulberry32). */
export class RandomSource {
	private state: number;

	constructor(readonly seed: number) {
		this.state = seed;
	}

	/** In [0, 1). */
	next(): number {
		this.state = (this.state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	}

	/** A whole number from 0 to `limit` - 1. */
	below(limit: number): number {
		return Math.floor(this.next() * limit);
	}

	shuffled<T>(list: readonly T[]): T[] {
		const ordered = list.map((value) => ({ value, at: this.next() }));
		return ordered.sort((a, b) => a.at - b.at).map(({ value }) => value);
	}
}

export function pickSeed(): number {
	return Math.floor(Math.random() * 2 ** 31);
}

/** The chance of a test; the seed is told, and `SEED` repeats it. */
export function seedRandom(test: string, usual = pickSeed()): RandomSource {
	const seed = Number(process.env.SEED ?? usual);
	process.stderr.write(`${test}: SEED=${seed}\n`);
	return new RandomSource(seed);
}
