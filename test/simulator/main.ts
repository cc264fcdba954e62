import { parseArgs } from 'node:util';

import type { SimulatorClock } from './clock';
import { HELP } from './control';
import { StripeSimulator } from './simulator';

/** Starts a simulator to try things out manually: `npm run simulator -- [--port 0] [--time-scale 60]`. */
async function main(): Promise<void> {
	const { values } = parseArgs({
		options: {
			/** 0 uses a free port. */
			port: { type: 'string', default: '0' },
			/** The speed of the simulator's clock relative to real time. */
			'time-scale': { type: 'string', default: '1' },
			/** Latency of every request in ms. */
			latency: { type: 'string', default: '0' },
			/** Requests per second that each endpoint accepts; default: unlimited. */
			limit: { type: 'string' },
		},
	});
	const simulator = await StripeSimulator.start({
		port: Number(values.port),
		clock: scaledClock(Number(values['time-scale'])),
		requestLatencyMs: Number(values.latency),
		limits: values.limit === undefined ? {} : { endpointPerSecond: Number(values.limit) },
	});
	console.log(`${simulator.url}\n\n${HELP}`);
	for (const signal of ['SIGINT', 'SIGTERM'] as const) {
		process.once(signal, () => void simulator.stop());
	}
}

function scaledClock(scale: number): SimulatorClock {
	if (!(scale > 0)) throw new RangeError('--time-scale must be more than 0');
	const start = Date.now();
	return { now: () => Math.floor(start + (Date.now() - start) * scale) };
}

void main();
