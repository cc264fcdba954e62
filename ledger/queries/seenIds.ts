import { createHash } from 'node:crypto';

/** How full the table may be before it grows. */
const MAX_FILL = 0.5;

/**
 * Which ids have gone by, in 16 to 32 bytes each: a store may give a row twice while others are written, and money must be
 * counted once. Two ids are told apart by 64 bits of their hash, so that among ten million the chance that one is taken for
 * another is one in 300,000.
 */
export class SeenIds {
	/** Pairs of halves; a free place is two zeros. */
	private table = new Uint32Array(2 * 1_024);
	private size = 0;

	/** Takes an id down. @returns whether it is the first time */
	addIfNew(id: string): boolean {
		const hash = createHash('sha1').update(id, 'utf8').digest();
		// No hash looks like a free place.
		if (!this.put(hash.readUInt32LE(0) || 1, hash.readUInt32LE(4))) return false;
		if (++this.size > (this.table.length / 2) * MAX_FILL) this.grow();
		return true;
	}

	private put(one: number, other: number): boolean {
		const { table } = this;
		for (let place = (2 * one) % table.length; ; place = (place + 2) % table.length) {
			if (table[place] === one && table[place + 1] === other) return false;
			if (table[place] !== 0) continue;
			table[place] = one;
			table[place + 1] = other;
			return true;
		}
	}

	private grow(): void {
		const before = this.table;
		this.table = new Uint32Array(2 * before.length);
		for (let place = 0; place < before.length; place += 2) {
			const one = before[place] ?? 0;
			if (one !== 0) this.put(one, before[place + 1] ?? 0);
		}
	}
}
