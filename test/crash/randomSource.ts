/** Reproducible random numbers (mulberry32). */
export class RandomSource {
	private state: number;

	constructor(readonly seed: number) {
		this.state = seed;
	}

	/** Returns a number in [0, 1). */
	next(): number {
		this.state = (this.state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	}

	/** Returns an integer from 0 to `limit` - 1. */
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

/** Returns the random source of a test and prints its seed; set `SEED` to repeat it. */
export function seedRandom(test: string, usual = pickSeed()): RandomSource {
	const seed = Number(process.env.SEED ?? usual);
	process.stderr.write(`${test}: SEED=${seed}\n`);
	return new RandomSource(seed);
}
