import type { IExecuteFunctions } from 'n8n-workflow';

import type { TimeSource } from '../../../ledger/clock';
import { buildNotSent } from '../../../payments/notSent';
import { getNotSentMessage } from './notSent';
import type { ItemResult } from './result';
import { toItemResult } from './result';

/** ms after Stop for which work in progress is waited for. Routing ten thousand items takes most of the rest of the second. */
export const STOP_PATIENCE_MS = 400;

/**
 * Lets a run end soon after n8n has stopped it. Stripe may take more than a minute to respond. Work still in
 * progress then continues without the run, and writes its outcome to the ledger.
 */
export class Stop {
	private readonly leaves = new Set<() => void>();
	private isOver = false;

	/** @param reportError receives errors of abandoned work */
	constructor(
		private readonly signal: AbortSignal | undefined,
		time: TimeSource,
		private readonly reportError: (error: unknown) => void,
	) {
		const leaveAll = async () => {
			await time.sleep(STOP_PATIENCE_MS);
			this.isOver = true;
			for (const leave of this.leaves) leave();
		};
		signal?.addEventListener('abort', () => void leaveAll(), { once: true });
	}

	/**
	 * Waits for work, but after Stop no longer than `STOP_PATIENCE_MS`.
	 *
	 * @param leave returns the result of abandoned work
	 * @param reportLate receives the late result of abandoned work
	 */
	async waitFor<R>(work: Promise<R>, leave: () => R, reportLate?: (result: R) => void): Promise<R> {
		if (!this.signal) return work;
		return new Promise<R>((resolve) => {
			let isLeft = false;
			const leaveIt = () => {
				isLeft = true;
				this.leaves.delete(leaveIt);
				resolve(leave());
			};
			this.leaves.add(leaveIt);
			const end = (tell: () => void) => {
				this.leaves.delete(leaveIt);
				tell();
			};
			work.then(
				(result) => end(() => (isLeft ? reportLate?.(result) : resolve(result))),
				(error: unknown) => end(() => (isLeft ? this.reportError(error) : resolve(work))),
			);
			// Work that waits for nothing still ends.
			if (this.isOver) setImmediate(() => this.leaves.has(leaveIt) && leaveIt());
		});
	}
}

/** The result of an item that was not begun before Stop. */
export function buildCancelledResult(): ItemResult {
	const outcome = buildNotSent('not_sent_cancelled');
	return toItemResult(outcome, getNotSentMessage(outcome));
}

/** The result of an item that was left. It may have been sent. */
export function buildLeftResult(): ItemResult {
	return toItemResult(
		{ kind: 'unknown' },
		{
			message:
				'The run was stopped before Stripe had responded. The response is still awaited, and written to the ledger',
			nextStep:
				'Run it again with the same item. The same idempotency key is used, so nothing is charged twice.',
		},
	);
}

/** Logs what the ledger could not store about an item that was left, because nobody sees its result. */
export function logUnsaved(
	context: IExecuteFunctions,
	{ isUnsaved, message, warning = '' }: ItemResult,
): void {
	if (isUnsaved) context.logger.error(`${context.getNode().name}: ${message} ${warning}`);
}
