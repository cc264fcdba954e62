import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import type { Contestant } from './contestants';
import { bareSdk, ordersFrom, ourNode } from './contestants';
import type { Section } from './section';
import { withSimulator } from './simulated';

const AT_ONCE = 20;
/** Garbage collection of a large heap takes a good part of a second. */
const LOOK_EVERY_MS = 3_000;

/**
 * Measures the peak memory of a large run, including its input and output items, against a node that holds
 * nothing else: only the difference is ours.
 */
export const memory: Section = async function* ({ memory: count }, rivals) {
	for (const rival of rivals) {
		if (!rival.isLarge) continue;
		const [ours, bare] = await withSimulator({}, async (url) => [
			await mostHeldBy(ourNode(url, rival, 'memory', AT_ONCE), count),
			await mostHeldBy(bareSdk(url, AT_ONCE), count),
		]);
		yield {
			what: `memory held at most, ${count.toLocaleString('en-US')} charges in one run`,
			ledger: rival.name,
			unit: 'MB',
			ours: [ours],
			against: { who: 'bare SDK', values: [bare] },
		};
	}
};

/** Peak memory in MB above the memory in use before the run. Garbage is collected before each measurement. */
async function mostHeldBy(contestant: Contestant, count: number): Promise<number> {
	// Warms up what is loaded or compiled in the first run and stays in memory.
	await contestant.charge(ordersFrom(-10, 10));
	const before = heldNow();
	let most = 0;
	const look = () => (most = Math.max(most, heldNow() - before));
	const looking = setInterval(look, LOOK_EVERY_MS);
	try {
		await contestant.charge(ordersFrom(0, count));
		look();
	} finally {
		clearInterval(looking);
	}
	return most;
}

setFlagsFromString('--expose-gc');
const letGo = runInNewContext('gc') as () => void;

function heldNow(): number {
	letGo();
	const { heapUsed, arrayBuffers } = process.memoryUsage();
	return (heapUsed + arrayBuffers) / 1e6;
}
