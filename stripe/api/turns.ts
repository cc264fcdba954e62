import { endpointOf } from './apiPath';
import type { StripeRequest } from './client';
import type { RateLimiter, RunPace, Turn } from './rateLimiter';

/** The turns of one request at the rate limiter, for its first send and its retries. */
export class Turns {
	private reserved: Turn | undefined;
	private readonly endpoint: string;

	/** @param isClaimed whether a claim is active while it waits: it then precedes new requests */
	constructor(
		private readonly limiter: RateLimiter,
		private readonly run: RunPace,
		request: Pick<StripeRequest, 'method' | 'path'>,
		private readonly isClaimed: boolean,
	) {
		this.endpoint = endpointOf(request);
	}

	/**
	 * Takes the first turn before the request is claimed.
	 *
	 * @returns undefined if it was aborted
	 */
	async reserve(signal?: AbortSignal): Promise<Turn | undefined> {
		const { limiter, endpoint, run } = this;
		this.reserved ??= await limiter.acquire({ endpoint, run, isUrgent: false, signal });
		return this.reserved;
	}

	/** Releases the turn, because something else comes first or nothing is sent. */
	giveBack(): void {
		this.reserved?.giveBack();
		this.reserved = undefined;
	}

	/**
	 * @param patienceMs gives up if it would have to wait longer
	 * @returns undefined if it was aborted, or would have to wait too long
	 */
	async next(isRepeat: boolean, patienceMs: number, signal?: AbortSignal): Promise<Turn | undefined> {
		const { limiter, endpoint, run, reserved } = this;
		this.reserved = undefined;
		if (reserved) return reserved;
		const isUrgent = isRepeat || this.isClaimed;
		return limiter.acquire({ endpoint, run, isUrgent, patienceMs, signal });
	}
}

/** Returns the turns of a request on a connection; undefined if the run is not paced. */
export function buildTurns(
	{ rateLimiter }: { rateLimiter: RateLimiter },
	pace: RunPace | undefined,
	request: Pick<StripeRequest, 'method' | 'path'>,
	{ isClaimed = false }: { isClaimed?: boolean } = {},
): Turns | undefined {
	return pace && new Turns(rateLimiter, pace, request, isClaimed);
}
