import { setTimeout as pause } from 'node:timers/promises';

const PAUSE = 15;

/**
 * Polls until the result is neither undefined nor false. An error counts as "not yet"; the last one is reported
 * at the timeout.
 */
export async function until<T>(
	what: string,
	ask: () => Promise<T | undefined | false> | T | undefined | false,
	patience = 60_000,
): Promise<T> {
	const deadline = Date.now() + patience;
	let reason: unknown;
	for (;;) {
		try {
			const answer = await ask();
			if (answer !== undefined && answer !== false) return answer;
		} catch (error) {
			if (error instanceof Hopeless) throw error;
			reason = error;
		}
		if (Date.now() > deadline)
			throw new Error(
				`Not within ${patience} ms: ${what}`,
				reason === undefined ? {} : { cause: reason },
			);
		await pause(PAUSE);
	}
}

/** Thrown by the polled function if waiting longer is pointless. */
export class Hopeless extends Error {}
