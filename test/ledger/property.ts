import fc, { seed } from '../fastCheck';

/**
 * Runs a property, and prints the seed that would repeat it. `FC_SEED` and `FC_RUNS` take the place of both numbers:
 * `FC_SEED=1 FC_RUNS=10000 jest test/ledger`.
 *
 * @param isToFail whether the proof is that it fails
 */
export async function checkProperty<Ts>(
	name: string,
	runs: number,
	property: fc.IProperty<Ts> | fc.IAsyncProperty<Ts>,
	{ isToFail = false } = {},
): Promise<void> {
	const numRuns = Number(process.env.FC_RUNS ?? runs);
	process.stderr.write(`${name}: FC_SEED=${seed} FC_RUNS=${numRuns}\n`);
	// A slow machine does less; a failure is made smaller for so long and then shown, unless nobody reads it.
	await fc.assert(property, { numRuns, interruptAfterTimeLimit: 25_000, endOnFailure: isToFail });
}
