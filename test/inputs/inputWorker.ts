import fc from '../fastCheck';
import { moveAmounts } from './amounts';
import type { Counts } from './counts';
import type { Engine } from './engines';
import { useEngine } from './engines';
import { moveKeys } from './keys';
import { moveTargets } from './targets';

const constantFrom = <T>(from: readonly T[]) => fc.constantFrom(...from);

/** Tries random batches of the tables on one engine, and says what went wrong. */
async function main(engine: Engine, runs: number): Promise<void> {
	await useEngine(engine);
	const counts: Counts = { tried: 0, wrongSums: [], lost: [], doubled: [] };
	for (const move of [moveAmounts, moveKeys, moveTargets]) {
		await fc.assert(
			fc.asyncProperty(fc.gen(), (any) => move((from) => any(constantFrom, from), counts)),
			{ numRuns: runs },
		);
	}
	process.send?.(counts, () => process.exit(0));
}

void main(process.argv[2] as Engine, Number(process.argv[3]));
