import type { PublishedLimits } from './publishedLimits';

/** ms from one fall to the next: what was sent before the first one has slowed anything down says nothing new. */
const WINDOW_MS = 1_000;

/** The share of the published limit that is won back each second. */
const RISE_PER_SECOND = 0.05;

/** However often Stripe refuses. */
const LOWEST = 1;

/** ms that whoever comes late may catch up on: timers are late, and what nobody has used is not lost at once. */
const CATCH_UP_MS = 100;

/** ms beyond that which are made up for gradually, where this process was held up while somebody waited. */
const MOST_BEHIND_MS = 1_000;

/** By how much less there is from one to the next until that is made up for: no limiter sees much more than is published. */
const HASTE = 0.1;

/** A limit that is found: it begins at what Stripe publishes, falls by half where Stripe refuses, and rises again. */
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

	/** @param sentAt when that was sent which Stripe has refused. @returns whether it has fallen */
	lower(sentAt: number, now: number): boolean {
		if (sentAt < this.loweredAt + WINDOW_MS) return false;
		this.lowest = Math.max(Math.min(LOWEST, this.published), this.at(now) / 2);
		this.loweredAt = now;
		return true;
	}
}

/** What is sent through one limiter of Stripe's: that of an account, or of an endpoint. Times are ms, monotonic. */
export class RateLane {
	private readonly rate: AdaptiveLimit;
	private readonly concurrency: AdaptiveLimit;
	/** When the next one may go. */
	private nextAt = -Infinity;
	private behindMs = 0;
	private underWay = 0;

	constructor({ perSecond, concurrent }: PublishedLimits) {
		this.rate = new AdaptiveLimit(perSecond);
		this.concurrency = new AdaptiveLimit(concurrent);
	}

	/**
	 * @param isFree whether the published rate does not bind: only what Stripe has refused does
	 * @returns from when on one may go; Infinity while too many are under way
	 */
	readyAt(now: number, isFree: boolean): number {
		if (this.underWay >= Math.floor(this.concurrency.at(now))) return Infinity;
		return isFree && !this.rate.isLowered(now) ? -Infinity : this.nextAt;
	}

	/** Whether a new one in its place would be the same. */
	isFresh(now: number): boolean {
		return (
			this.underWay === 0 &&
			this.nextAt <= now &&
			![this.rate, this.concurrency].some((limit) => limit.isLowered(now))
		);
	}

	/** ms from one to the next */
	intervalAt(now: number): number {
		return 1000 / this.rate.at(now);
	}

	/** Somebody who waits here was woken so many ms late. */
	fallBehind(lateMs: number): void {
		const lost = Math.max(0, lateMs - CATCH_UP_MS);
		this.behindMs = Math.min(MOST_BEHIND_MS, this.behindMs + lost);
	}

	/** @returns the ms that it costs */
	enter(now: number, isFree: boolean): number {
		const cost = isFree && !this.rate.isLowered(now) ? 0 : this.intervalAt(now);
		const madeUp = Math.min(this.behindMs, cost * HASTE);
		this.behindMs -= madeUp;
		this.nextAt = Math.max(this.nextAt, now - CATCH_UP_MS) + cost - madeUp;
		this.underWay++;
		return cost;
	}

	/** @param unusedMs what it has cost, where nothing was sent */
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
