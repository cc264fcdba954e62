import { setTimeout as pause } from 'node:timers/promises';

const PAUSE = 15;

/**
 * Asks again and again until the answer is neither undefined nor false. An error counts as "not yet": it is told
 * when the time is over.
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

/** Thrown by what is asked when waiting longer makes no sense. */
export class Hopeless extends Error {}
