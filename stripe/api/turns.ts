import { endpointOf } from './apiPath';
import type { StripeRequest } from './client';
import type { RateLimiter, RunPace, Turn } from './rateLimiter';

/** Whose turn it is to send one request, and to send it again. */
export class Turns {
	private reserved: Turn | undefined;
	private readonly endpoint: string;

	/** @param isClaimed whether a claim is held while it waits: then it goes before what nobody has begun */
	constructor(
		private readonly limiter: RateLimiter,
		private readonly run: RunPace,
		request: Pick<StripeRequest, 'method' | 'path'>,
		private readonly isClaimed: boolean,
	) {
		this.endpoint = endpointOf(request);
	}

	/**
	 * Takes the first turn before anything is claimed for the request.
	 *
	 * @returns undefined where it was stopped
	 */
	async reserve(signal?: AbortSignal): Promise<Turn | undefined> {
		const { limiter, endpoint, run } = this;
		this.reserved ??= await limiter.acquire({ endpoint, run, isUrgent: false, signal });
		return this.reserved;
	}

	/** Something else comes first, or nothing is to be sent. */
	giveBack(): void {
		this.reserved?.giveBack();
		this.reserved = undefined;
	}

	/**
	 * @param patienceMs whose turn would come later gives up
	 * @returns undefined where it was stopped, or its turn would come too late
	 */
	async next(isRepeat: boolean, patienceMs: number, signal?: AbortSignal): Promise<Turn | undefined> {
		const { limiter, endpoint, run, reserved } = this;
		this.reserved = undefined;
		if (reserved) return reserved;
		const isUrgent = isRepeat || this.isClaimed;
		return limiter.acquire({ endpoint, run, isUrgent, patienceMs, signal });
	}
}

/** The turns of a request over a connection; undefined where nothing paces whoever sends it. */
export function buildTurns(
	{ rateLimiter }: { rateLimiter: RateLimiter },
	pace: RunPace | undefined,
	request: Pick<StripeRequest, 'method' | 'path'>,
	{ isClaimed = false }: { isClaimed?: boolean } = {},
): Turns | undefined {
	return pace && new Turns(rateLimiter, pace, request, isClaimed);
}
