import type { Admission } from '../ledger/claims';
import type { Turns } from '../stripe/api/turns';

/** The run was stopped before the turn of an item came: nothing was claimed for it, and nothing was sent. */
export class StoppedError extends Error {
	constructor() {
		super('The run was stopped');
		this.name = 'StoppedError';
	}
}

/** A claim is written only when its request may be sent at once: while it waits for its turn it holds nothing. */
export function admissionBy(turns: Turns, signal?: AbortSignal): Admission {
	let isIn = false;
	return {
		enter: async () => {
			if (isIn) return false;
			const turn = await turns.reserve(signal);
			if (!turn) throw new StoppedError();
			isIn = true;
			return turn.waited;
		},
		leave: () => {
			isIn = false;
			turns.giveBack();
		},
	};
}
