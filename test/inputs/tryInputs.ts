import fc from '../fastCheck';
import { moveAmounts } from './amounts';
import type { Counts } from './counts';
import { moveKeys } from './keys';
import { moveTargets } from './targets';

const constantFrom = <T>(from: readonly T[]) => fc.constantFrom(...from);

/** Tries random batches of the tables on the engine of this process, and returns what went wrong. */
export async function tryInputs(runs: number): Promise<Counts> {
	const counts: Counts = { tried: 0, wrongSums: [], lost: [], doubled: [] };
	for (const move of [moveAmounts, moveKeys, moveTargets]) {
		await fc.assert(
			fc.asyncProperty(fc.gen(), (any) => move((from) => any(constantFrom, from), counts)),
			{ numRuns: runs },
		);
	}
	return counts;
}
