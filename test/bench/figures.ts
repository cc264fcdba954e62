import { monitorEventLoopDelay } from 'node:perf_hooks';

/** The value that a `share` of the values (0–1) do not exceed. */
function quantile(values: readonly number[], share: number): number {
	const sorted = values.toSorted((a, b) => a - b);
	return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
	return quantile(values, 0.5);
}

/** Measures each of `times` calls, in ms, with `workers` calls in flight. */
export async function timed(times: number, act: (n: number) => unknown, workers = 1): Promise<number> {
	const rest = Array(times).keys();
	const worker = async () => {
		for (const n of rest) await act(n);
	};
	const began = performance.now();
	await Promise.all(Array.from({ length: workers }, worker));
	return (performance.now() - began) / times;
}

/** The median duration of `times` calls in ms, one after the other. */
export async function medianOf(times: number, act: () => unknown): Promise<number> {
	const all: number[] = [];
	for (let n = 0; n < times; n++) all.push(await timed(1, act));
	return median(all);
}

/** The cost of an action to this process, in ms. */
export interface Cost {
	elapsed: number;
	/** CPU time of all threads. */
	cpu: number;
	/** Event loop delay: 99th percentile and maximum. */
	late: { p99: number; most: number };
}

export async function costOf(act: () => Promise<unknown>): Promise<Cost> {
	const delay = monitorEventLoopDelay({ resolution: 1 });
	delay.enable();
	const cpu = process.cpuUsage();
	const elapsed = await timed(1, act);
	const { user, system } = process.cpuUsage(cpu);
	delay.disable();
	return {
		elapsed,
		cpu: (user + system) / 1_000,
		late: { p99: delay.percentile(99) / 1e6, most: delay.max / 1e6 },
	};
}
