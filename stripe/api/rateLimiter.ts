import type { TimeSource } from '../../ledger/clock';
import type { Outcome } from '../../ledger/model/entry';
import { accountLimits, endpointLimits } from './publishedLimits';
import { RateLane } from './rateLane';
import { endpointOf } from './apiPath';
import type { StripeRequest } from './client';

/** Permission to send one request, which counts as in progress until `end`. */
interface Turn {
	/** Whether the request had to wait. */
	readonly waited: boolean;
	/** @param outcome a rate-limited outcome slows down later requests */
	end(outcome?: Outcome): void;
	/** Releases the turn without a request. */
	releaseUnused(): void;
}

/** Schedules the requests of one run: fairly among all runs, and no faster than the user allows. */
export class RunPace {
	/** Incremented by every turn of any run. The run that was served longest ago is next. */
	lastServed = 0;

	private constructor(
		/** Whether the user set the concurrency or rate. The published rates are then ignored, but not Stripe's refusals. */
		readonly isFixed: boolean,
		readonly own?: RateLane,
	) {}

	static automatic(): RunPace {
		return new RunPace(false);
	}

	/** @param perSecond the maximum rate; undefined if something else limits the run */
	static fixed(perSecond?: number): RunPace {
		const own = perSecond === undefined ? undefined : { perSecond, concurrent: Infinity };
		return new RunPace(true, own && new RateLane(own));
	}
}

/** A request for a turn. */
export interface TurnRequest {
	endpoint: string;
	run: RunPace;
	/** Whether a claim is active, or it is a retry. Urgent requests precede new ones. */
	isUrgent: boolean;
	/** ms. A request that would have to wait longer gives up. */
	patienceMs?: number;
	signal?: AbortSignal;
}

interface Waiter {
	run: RunPace;
	isUrgent: boolean;
	endpoint: RateLane;
	lanes: readonly RateLane[];
	giveUpAt: number;
	resolve: (turn: Turn | undefined) => void;
}

/** Some IDs are words (coupons) and look like endpoints. Unused lanes are dropped beyond this number. */
const MANY_ENDPOINTS = 200;

/**
 * Limits the requests to one account in one mode, across all runs of this process. It starts at Stripe's published limits. A 429
 * lowers the limit that it names, which then recovers gradually.
 */
export class RateLimiter {
	private readonly account: RateLane;
	private readonly endpoints = new Map<string, RateLane>();
	/** In order of arrival. */
	private waiting: Waiter[] = [];
	private served = 0;
	private wakesAt = Infinity;

	constructor(
		private readonly mode: 'test' | 'live',
		private readonly time: TimeSource,
	) {
		this.account = new RateLane(accountLimits(mode));
	}

	/** @returns undefined if it was aborted, or would have to wait too long */
	async acquire(request: TurnRequest): Promise<Turn | undefined> {
		const { run, isUrgent, signal, patienceMs = Infinity } = request;
		if (signal?.aborted) return undefined;
		const now = this.time.monotonic();
		const endpoint = this.laneOf(request.endpoint, now);
		if (this.leastWaitMs(endpoint, isUrgent, now) > patienceMs) return undefined;
		let isLater = false;
		return new Promise((resolve) => {
			const waiter: Waiter = {
				run,
				isUrgent,
				endpoint,
				giveUpAt: now + patienceMs,
				lanes: [this.account, endpoint, ...(run.own ? [run.own] : [])],
				resolve: (turn) => {
					signal?.removeEventListener('abort', stop);
					resolve(turn && { ...turn, waited: isLater });
				},
			};
			const stop = () => this.dismiss(waiter);
			signal?.addEventListener('abort', stop, { once: true });
			this.waiting.push(waiter);
			this.serve();
			isLater = true;
		});
	}

	/** The minimum wait: the time that the requests before it need. */
	private leastWaitMs(endpoint: RateLane, isUrgent: boolean, now: number): number {
		const before = this.waiting.filter(
			(waiter) => waiter.endpoint === endpoint && (waiter.isUrgent || !isUrgent),
		);
		return before.length * endpoint.intervalAt(now);
	}

	private laneOf(endpoint: string, now: number): RateLane {
		const { endpoints } = this;
		if (endpoints.size >= MANY_ENDPOINTS)
			for (const [name, lane] of endpoints) if (lane.isFresh(now)) endpoints.delete(name);
		const lane = endpoints.get(endpoint) ?? new RateLane(endpointLimits(endpoint, this.mode));
		endpoints.set(endpoint, lane);
		return lane;
	}

	/** Serves every request whose turn has come. */
	private serve(): void {
		const now = this.time.monotonic();
		for (const waiter of this.waiting) if (waiter.giveUpAt <= now) this.dismiss(waiter);
		for (let next = this.findNext(now); next; next = this.findNext(now)) this.admit(next, now);
		this.wakeForNext(now);
	}

	/** Urgent requests first, then the run that was served longest ago. */
	private findNext(now: number): Waiter | undefined {
		let next: Waiter | undefined;
		for (const waiter of this.waiting) {
			if (readyAt(waiter, now) > now) continue;
			const isBefore = next && compareRanks(waiter, next) >= 0;
			if (!isBefore) next = waiter;
		}
		return next;
	}

	private admit(waiter: Waiter, now: number): void {
		this.waiting = this.waiting.filter((other) => other !== waiter);
		waiter.run.lastServed = ++this.served;
		waiter.resolve(this.beginTurn(waiter, now));
	}

	private beginTurn({ lanes, endpoint, run }: Waiter, sentAt: number): Turn {
		const costs = lanes.map((lane) => lane.enter(sentAt, run.isFixed && lane !== run.own));
		let isOver = false;
		const leave = (outcome: Outcome | undefined, isUnused: boolean) => {
			if (isOver) return;
			isOver = true;
			for (const [index, lane] of lanes.entries()) lane.leave(isUnused ? costs[index] : 0);
			if (outcome?.kind === 'rate_limited') this.slowDown(endpoint, outcome, sentAt);
			this.serve();
		};
		return {
			waited: false,
			end: (outcome) => leave(outcome, false),
			releaseUnused: () => leave(undefined, true),
		};
	}

	/**
	 * Lowers the limit that `Stripe-Rate-Limited-Reason` names (docs.stripe.com/rate-limits). The limit of a single object does
	 * not affect the pace.
	 */
	private slowDown(endpoint: RateLane, { rateLimitedReason = '' }: Outcome, sentAt: number): void {
		if (rateLimitedReason === 'resource-specific') return;
		const lane = rateLimitedReason.startsWith('global-') ? this.account : endpoint;
		const now = this.time.monotonic();
		if (rateLimitedReason.endsWith('-concurrency')) lane.lowerConcurrency(sentAt, now);
		else lane.lowerRate(sentAt, now);
	}

	private dismiss(waiter: Waiter): void {
		this.waiting = this.waiting.filter((other) => other !== waiter);
		waiter.resolve(undefined);
	}

	private noteLateness(ms: number): void {
		for (const lane of new Set(this.waiting.flatMap(({ lanes }) => lanes))) lane.fallBehind(ms);
	}

	private wakeForNext(now: number): void {
		const at = Math.min(...this.waiting.map((waiter) => Math.min(readyAt(waiter, now), waiter.giveUpAt)));
		if (at >= this.wakesAt || at === Infinity) return;
		this.wakesAt = at;
		void this.time.sleep(Math.ceil(at - now)).then(() => {
			if (this.wakesAt === at) {
				this.wakesAt = Infinity;
				this.noteLateness(this.time.monotonic() - at);
			}
			this.serve();
		});
	}
}

function readyAt({ lanes, run }: Waiter, now: number): number {
	return Math.max(...lanes.map((lane) => lane.readyAt(now, run.isFixed && lane !== run.own)));
}

/** Negative if `a` precedes `b`. */
function compareRanks(a: Waiter, b: Waiter): number {
	if (a.isUrgent !== b.isUrgent) return a.isUrgent ? -1 : 1;
	return a.run.lastServed - b.run.lastServed;
}

/** Thrown if the run was stopped while an item waited for its turn. Nothing was claimed or sent for it. */
export class StoppedError extends Error {
	constructor() {
		super('The run was stopped');
		this.name = 'StoppedError';
	}
}

/** The turns of one request at the rate limiter, for its first send and its retries. */
export class Turns {
	private reserved: Turn | undefined;
	private readonly endpoint: string;

	/** @param isClaimed whether a claim is active during the wait: the request then precedes new ones */
	constructor(
		private readonly limiter: RateLimiter,
		private readonly run: RunPace,
		request: Pick<StripeRequest, 'method' | 'path'>,
		private readonly isClaimed: boolean,
		private readonly signal: AbortSignal | undefined,
	) {
		this.endpoint = endpointOf(request);
	}

	/**
	 * Takes the first turn before the request is claimed, so that no lease runs while it waits.
	 *
	 * @returns whether it waited
	 * @throws StoppedError
	 */
	async enter(): Promise<boolean> {
		if (this.reserved) return false;
		const { limiter, endpoint, run, signal } = this;
		this.reserved = await limiter.acquire({ endpoint, run, isUrgent: false, signal });
		if (!this.reserved) throw new StoppedError();
		return this.reserved.waited;
	}

	/** Gives back the first turn, because something else comes first or nothing is sent. */
	leave(): void {
		this.reserved?.releaseUnused();
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
	{ isClaimed = false, signal }: { isClaimed?: boolean; signal?: AbortSignal } = {},
): Turns | undefined {
	return pace && new Turns(rateLimiter, pace, request, isClaimed, signal);
}
