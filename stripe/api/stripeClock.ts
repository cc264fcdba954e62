import type { Clock, TimeSource } from '../../ledger/clock';
import { CLOCK_TOLERANCE_MS, TimeUnknownError } from '../../ledger/clock';
import type { ResponseHeaders } from './stripeTime';
import { StripeTime } from './stripeTime';

/** One response is enough, unless it contradicts the known time: then two have to agree. */
const MOST_QUESTIONS = 2;

/**
 * A clock that shows Stripe's time. Every response of Stripe, even a refusal, sets it. If the time is unknown, a request is sent
 * to learn it.
 */
export class StripeClock implements Clock {
	readonly of = 'stripe';
	private readonly stripeTime: StripeTime;
	/** The request in progress, shared by all callers. */
	private asking: Promise<string | undefined> | undefined;

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

	hear(headers: ResponseHeaders): void {
		this.stripeTime.observe(headers);
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
		if (this.known() === undefined) reason = await this.atOnce(() => this.findOut());
		const { agreeing } = this.stripeTime;
		if (this.isBefore(newest)) {
			reason = await this.atOnce(() => this.askTwice());
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

	private async findOut(): Promise<string | undefined> {
		let reason: string | undefined;
		for (let n = 0; n < MOST_QUESTIONS && this.known() === undefined; n++) reason = await this.ask();
		return reason;
	}

	private async askTwice(): Promise<string | undefined> {
		const [first, second] = [await this.ask(), await this.ask()];
		return first ?? second;
	}

	private async atOnce(ask: () => Promise<string | undefined>): Promise<string | undefined> {
		this.asking ??= ask().finally(() => (this.asking = undefined));
		return this.asking;
	}
}
