/** Number of repetitions for each figure. */
export const FULL = {
	rounds: 7,
	charges: { count: 1_000, latencyMs: 200, atOnce: 10 },
	replays: { timed: 1_000, held: 5_000 },
	pace: { count: 1_000, latencyMs: 1_000, perSecond: 25 },
	writes: { workers: [1, 8, 32], perWorker: 250 },
	slowDisk: { commitMs: 5, ledger: 2_000, bare: 100, processes: 8 },
	questions: { entries: [1_000, 100_000, 1_000_000] },
	reservations: { after: [1, 100, 1_000, 10_000], open: 3_000, atOnce: 50, measured: 200 },
	load: 9,
	memory: 10_000,
	stop: { count: 10_000, sent: 100, latenciesMs: [200, 1_000] },
};

export type Sizes = typeof FULL;

/** The smallest sizes with which a test can check that everything works. The figures are meaningless. */
export const QUICK: Sizes = {
	rounds: 1,
	charges: { count: 6, latencyMs: 1, atOnce: 3 },
	replays: { timed: 5, held: 5 },
	pace: { count: 6, latencyMs: 1, perSecond: 25 },
	writes: { workers: [1, 2], perWorker: 5 },
	slowDisk: { commitMs: 1, ledger: 8, bare: 2, processes: 2 },
	questions: { entries: [50] },
	reservations: { after: [1, 5], open: 3, atOnce: 3, measured: 3 },
	load: 1,
	memory: 10,
	stop: { count: 20, sent: 2, latenciesMs: [1] },
};
