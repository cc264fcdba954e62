import { setTimeout as sleep } from 'node:timers/promises';

/** ms. How long a store tries again what fails for reasons that pass by themselves, and how far apart. */
export interface Patience {
	patienceMs: number;
	pauseMs: number;
}

/**
 * Repeats work that fails for reasons that `passes` knows to pass by themselves. The work must bear being done twice: a
 * failure may have cost only the acknowledgement.
 *
 * @throws the last failure, when it does not pass or patience is over
 */
export async function patiently<R>(
	work: () => R | Promise<R>,
	passes: (error: unknown) => boolean,
	{ patienceMs, pauseMs }: Patience,
): Promise<R> {
	const until = performance.now() + patienceMs;
	for (;;) {
		try {
			return await work();
		} catch (error) {
			if (!passes(error) || performance.now() > until) throw error;
			await sleep(pauseMs);
		}
	}
}
