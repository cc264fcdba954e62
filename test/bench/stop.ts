import { subscribe, unsubscribe } from 'node:diagnostics_channel';

import { runNode } from '../engine';
import { ordersFrom, setUp } from './contestants';
import type { Rival } from './rivals';
import type { Section } from './section';
import { withSimulator } from './simulated';
import type { Sizes } from './sizes';

const CHANNEL = 'n8n-nodes-stripe-idempotent';

/** Measures from Stop to the end of a large run. What is on its way to Stripe is waited for. */
export const stop: Section = async function* ({ rounds, stop: sizes }, rivals) {
	for (const rival of rivals)
		for (const latencyMs of sizes.latenciesMs) {
			const ours: number[] = [];
			await withSimulator({ latencyMs }, async (url) => {
				for (let round = -1; round < Math.min(rounds, 3); round++) {
					const seconds = await stopped(url, rival, sizes, round);
					if (round >= 0) ours.push(seconds);
				}
			});
			yield {
				what: `from Stop to the end of a run of ${sizes.count.toLocaleString('en-US')} whose answers take ${latencyMs} ms`,
				ledger: rival.name,
				unit: 's',
				ours,
				goal: { of: 'value', atMost: 1 },
			};
		}
};

/** @returns the seconds from Stop, once some charges were sent, to the end of the run */
async function stopped(
	url: string,
	rival: Rival,
	{ count, sent }: Sizes['stop'],
	round: number,
): Promise<number> {
	const { node, options } = setUp(url, rival, 'stop');
	const items = ordersFrom((round + 1) * count, count);
	let stoppedAt = Number.NaN;
	const cancelWhen = once('sending', sent).then(() => (stoppedAt = performance.now()));
	const { status } = await runNode(node, { ...options, items, cancelWhen });
	if (status !== 'canceled') throw new Error(`It was not stopped, but ${status}`);
	return (performance.now() - stoppedAt) / 1_000;
}

/** Resolves when the nodes have come to a point so many times. */
function once(point: string, times: number): Promise<void> {
	return new Promise((resolve) => {
		let left = times;
		const hear = (message: unknown) => {
			if ((message as { point: string }).point !== point || --left > 0) return;
			unsubscribe(CHANNEL, hear);
			resolve();
		};
		subscribe(CHANNEL, hear);
	});
}
