import type { Clock, TimeSource } from '../../ledger/clock';
import { CLOCK_TOLERANCE_MS, TimeUnknownError } from '../../ledger/clock';

/** One response is enough, unless it contradicts the known time. Then two have to agree. */
const MOST_QUESTIONS = 2;

/**
 * A clock that shows Stripe's time. Every response of Stripe, even a refusal, sets it. If the time is unknown, a request is sent
 * to learn it.
 */
export class StripeClock implements Clock {
	readonly of = 'stripe';
	private readonly stripeTime: StripeTime;
	/** The request in progress, shared by all callers. */
	private pending: Promise<string | undefined> | undefined;

	/**
	 * @param time the host's clock
	 * @param ask sends any request to Stripe; resolves after a response, or with the reason why there was none
	 * @param isConfirmed whether the account is confirmed: until then the time counts as unknown, and nothing is claimed or sent
	 */
	constructor(
		private readonly time: TimeSource,
		private readonly ask: () => Promise<string | undefined>,
		private readonly isConfirmed: () => boolean,
	) {
		this.stripeTime = new StripeTime(time);
	}

	observe(headers: ResponseHeaders): void {
		this.stripeTime.observe(headers);
	}

	/** The machine may have been paused meanwhile, and its clocks with it. */
	invalidate(): void {
		this.stripeTime.invalidate();
	}

	known(): number | undefined {
		return this.isConfirmed() ? this.stripeTime.now() : undefined;
	}

	now(): number {
		return this.stamp(this.time.now());
	}

	stamp(since: number): number {
		return this.known() ?? this.stripeTime.guess() ?? since;
	}

	monotonic(): number {
		return this.time.monotonic();
	}

	sleep(ms: number, signal?: AbortSignal): Promise<void> {
		return this.time.sleep(ms, signal);
	}

	random(): number {
		return this.time.random();
	}

	/**
	 * @param newest an earlier value of Stripe's time. If it is later than Stripe's current time, two new responses that agree
	 * override it
	 */
	async ascertain(newest = -Infinity): Promise<number> {
		let reason: string | undefined;
		if (this.known() === undefined) reason = await this.shareRequest(() => this.learnTime());
		const { agreeing } = this.stripeTime;
		if (this.isBefore(newest)) {
			reason = await this.shareRequest(() => this.askTwice());
			if (this.stripeTime.agreeing < agreeing + 2) throw new TimeUnknownError(reason);
		}
		const now = this.known();
		if (now === undefined) throw new TimeUnknownError(reason);
		return now;
	}

	private isBefore(newest: number): boolean {
		const known = this.known();
		return known !== undefined && known < newest - CLOCK_TOLERANCE_MS;
	}

	private async learnTime(): Promise<string | undefined> {
		let reason: string | undefined;
		for (let n = 0; n < MOST_QUESTIONS && this.known() === undefined; n++) reason = await this.ask();
		return reason;
	}

	private async askTwice(): Promise<string | undefined> {
		const [first, second] = [await this.ask(), await this.ask()];
		return first ?? second;
	}

	private async shareRequest(ask: () => Promise<string | undefined>): Promise<string | undefined> {
		this.pending ??= ask().finally(() => (this.pending = undefined));
		return this.pending;
	}
}

/** How far the two clocks of the host may differ about the time since the last response, in ms. */
const HOST_CLOCK_TOLERANCE_MS = 5_000;

/** How far two responses may differ about Stripe's time, in ms. */
export const RESPONSE_TOLERANCE_MS = 60_000;

/** No response can be older than the API version for which this package was written. */
const OLDEST_RESPONSE_AT = Date.UTC(2026, 9, 28);

export type ResponseHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** Stripe's time in a response, and the host's clocks at that moment. All in ms. */
interface ClockObservation {
	date: number;
	wall: number;
	monotonic: number;
}

/**
 * Stripe's time: the `Date` of its last response plus the time since, measured by two clocks of the host. The host's clock is
 * used for differences only. If it was changed meanwhile, Stripe's time is unknown.
 */
export class StripeTime {
	private observation: ClockObservation | undefined;
	/** The last accepted observation, even if it is no longer valid. */
	private last: ClockObservation | undefined;
	/** The number of consecutive responses that agree with it. */
	private agreed = 0;
	/** An observation that contradicts earlier ones. It is accepted if the next one agrees with it. */
	private contradicting: ClockObservation | undefined;
	/** It has to be confirmed by a response. */
	private isDoubted = false;

	constructor(private readonly time: TimeSource) {}

	/** @returns ms since the epoch; undefined if it is unknown */
	now(): number | undefined {
		return this.isDoubted ? undefined : this.measure();
	}

	private measure(): number | undefined {
		return this.observation && this.elapsedFrom(this.observation);
	}

	/** The number of responses that agree. A correction restarts it. */
	get agreeing(): number {
		return this.agreed;
	}

	/** The best estimate: the last accepted observation plus the time since, by the monotonic clock. */
	guess(): number | undefined {
		return this.last && this.last.date + Math.floor(this.time.monotonic() - this.last.monotonic);
	}

	/** Reads the headers of a response. Headers that are not provably Stripe's are ignored. */
	observe(headers: ResponseHeaders): void {
		const date = readDate(headers);
		if (date === undefined) return;
		const next = { date, wall: this.time.now(), monotonic: this.time.monotonic() };
		const known = this.measure();
		this.isDoubted = false;
		if (known === undefined && !this.contradicting) {
			this.accept(next, 1);
		} else if (known !== undefined && isNear(date, known)) {
			// A `Date` is truncated to seconds and may be late, so it never sets the time back.
			if (date > known) this.accept(next, this.agreed);
			this.agreed++;
		} else if (isNear(date, this.contradicting && this.elapsedFrom(this.contradicting))) {
			this.accept(next, 2);
		} else {
			this.observation = undefined;
			this.contradicting = next;
			this.agreed = 0;
		}
	}

	/** Makes the time unknown until the next response. */
	invalidate(): void {
		this.isDoubted = true;
	}

	private accept(accepted: ClockObservation, agreed: number): void {
		this.observation = this.last = accepted;
		this.contradicting = undefined;
		this.agreed = agreed;
	}

	private elapsedFrom({ date, wall, monotonic }: ClockObservation): number | undefined {
		const byWall = this.time.now() - wall;
		const elapsed = Math.floor(this.time.monotonic() - monotonic);
		return Math.abs(byWall - elapsed) > HOST_CLOCK_TOLERANCE_MS ? undefined : date + elapsed;
	}
}

/** @returns ms since the epoch; undefined if the response is not Stripe's, or is impossibly old */
export function readDate(headers: ResponseHeaders): number | undefined {
	const { date, 'request-id': requestId } = headers;
	if (typeof date !== 'string' || requestId === undefined) return undefined;
	const at = Date.parse(date);
	return at >= OLDEST_RESPONSE_AT ? at : undefined;
}

function isNear(date: number, known: number | undefined): boolean {
	return known !== undefined && Math.abs(date - known) <= RESPONSE_TOLERANCE_MS;
}
