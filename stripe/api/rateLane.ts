import type { PublishedLimits } from './publishedLimits';

/** ms between two decreases: a request sent before the first decrease took effect is no new information. */
const WINDOW_MS = 1_000;

/** The share of the published limit that is recovered per second. */
const RISE_PER_SECOND = 0.05;

/** The minimum limit, however often Stripe refuses. */
const LOWEST = 1;

/** ms of delay that a late request may catch up on at once. Timers are late, and unused capacity is not lost immediately. */
const CATCH_UP_MS = 100;

/** ms of further delay that are made up gradually, if this process was blocked while a request waited. */
const MOST_BEHIND_MS = 1_000;

/** By how much the interval is shortened until the delay is made up, so that Stripe sees little more than the published rate. */
const HASTE = 0.1;

/** An adaptive limit. It starts at the published limit, is halved when Stripe refuses a request, and recovers gradually. */
class AdaptiveLimit {
	private lowest: number;
	private loweredAt = -Infinity;

	constructor(private readonly published: number) {
		this.lowest = published;
	}

	at(now: number): number {
		const wonBack = ((now - this.loweredAt) / 1000) * this.published * RISE_PER_SECOND;
		return Math.min(this.published, this.lowest + wonBack);
	}

	isLowered(now: number): boolean {
		return this.at(now) < this.published;
	}

	/**
	 * @param sentAt when the refused request was sent
	 * @returns whether the limit was lowered
	 */
	lower(sentAt: number, now: number): boolean {
		if (sentAt < this.loweredAt + WINDOW_MS) return false;
		this.lowest = Math.max(Math.min(LOWEST, this.published), this.at(now) / 2);
		this.loweredAt = now;
		return true;
	}
}

/** Paces the requests under one of Stripe's limits: that of an account, or of an endpoint. Times are ms of a monotonic clock. */
export class RateLane {
	private readonly rate: AdaptiveLimit;
	private readonly concurrency: AdaptiveLimit;
	/** When the next request may be sent. */
	private nextAt = -Infinity;
	private behindMs = 0;
	private underWay = 0;

	constructor({ perSecond, concurrent }: PublishedLimits) {
		this.rate = new AdaptiveLimit(perSecond);
		this.concurrency = new AdaptiveLimit(concurrent);
	}

	/**
	 * @param isFree whether to ignore the published rate and respect refusals only
	 * @returns when a request may be sent; Infinity while too many are in progress
	 */
	readyAt(now: number, isFree: boolean): number {
		if (this.underWay >= Math.floor(this.concurrency.at(now))) return Infinity;
		return isFree && !this.rate.isLowered(now) ? -Infinity : this.nextAt;
	}

	/** Returns whether the lane can be replaced by a new one without any difference. */
	isFresh(now: number): boolean {
		return (
			this.underWay === 0 &&
			this.nextAt <= now &&
			![this.rate, this.concurrency].some((limit) => limit.isLowered(now))
		);
	}

	/** The interval between two requests, in ms. */
	intervalAt(now: number): number {
		return 1000 / this.rate.at(now);
	}

	/** Records that a waiting request was woken late, in ms. */
	fallBehind(lateMs: number): void {
		const lost = Math.max(0, lateMs - CATCH_UP_MS);
		this.behindMs = Math.min(MOST_BEHIND_MS, this.behindMs + lost);
	}

	/**
	 * Counts a request as in progress.
	 *
	 * @returns the ms of the rate that it uses
	 */
	enter(now: number, isFree: boolean): number {
		const cost = isFree && !this.rate.isLowered(now) ? 0 : this.intervalAt(now);
		const madeUp = Math.min(this.behindMs, cost * HASTE);
		this.behindMs -= madeUp;
		this.nextAt = Math.max(this.nextAt, now - CATCH_UP_MS) + cost - madeUp;
		this.underWay++;
		return cost;
	}

	/**
	 * Ends a request.
	 *
	 * @param unusedMs the ms that it used, if nothing was sent
	 */
	leave(unusedMs = 0): void {
		this.nextAt -= unusedMs;
		this.underWay--;
	}

	lowerRate(sentAt: number, now: number): void {
		if (!this.rate.lower(sentAt, now)) return;
		this.nextAt = now + this.intervalAt(now);
		this.behindMs = 0;
	}

	lowerConcurrency(sentAt: number, now: number): void {
		this.concurrency.lower(sentAt, now);
	}
}
