import type { TimeSource } from '../../ledger/clock';

/** ms by which the host's two clocks may differ about the time since Stripe's last answer. */
const CLOCK_TOLERANCE_MS = 5_000;

/** ms by which two answers may differ about Stripe's time. */
export const RESPONSE_TOLERANCE_MS = 60_000;

/** No answer to this package is older than the API version that it was written for. */
const OLDEST_RESPONSE_AT = Date.UTC(2026, 9, 28);

export type ResponseHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** What Stripe said of its time, and what the host's clocks showed just then. All are ms. */
interface ClockObservation {
	date: number;
	wall: number;
	monotonic: number;
}

/**
 * Stripe's time, from the `Date` of Stripe's own answers and the time since, as two clocks of the host measure it. Whatever
 * the host's clock shows, only how far it has moved counts; where it was set meanwhile, Stripe's time is not known.
 */
export class StripeTime {
	private observation: ClockObservation | undefined;
	/** What was believed last, also where it is not any more. */
	private last: ClockObservation | undefined;
	/** Answers in a row that agree with what is believed. */
	private agreed = 0;
	/** What contradicts the answers before: it counts when the next one agrees with it. */
	private contradicting: ClockObservation | undefined;

	constructor(private readonly time: TimeSource) {}

	/** @returns ms since the epoch; undefined where it is not known */
	now(): number | undefined {
		return this.observation && this.elapsedFrom(this.observation);
	}

	/** Counts the answers that agree; what was believed wrongly begins it anew. */
	get agreeing(): number {
		return this.agreed;
	}

	/**
	 * What time it is as far as anybody can tell: what was believed last, and what has passed since by the clock that nobody
	 * sets.
	 */
	guess(): number | undefined {
		return this.last && this.last.date + Math.floor(this.time.monotonic() - this.last.monotonic);
	}

	/** Takes what the head of an answer says. Of what is not surely Stripe's own nothing is believed. */
	observe(headers: ResponseHeaders): void {
		const date = readDate(headers);
		if (date === undefined) return;
		const next = { date, wall: this.time.now(), monotonic: this.time.monotonic() };
		const known = this.now();
		if (known === undefined && !this.contradicting) {
			this.believe(next, 1);
		} else if (known !== undefined && isNear(date, known)) {
			// A Date is cut to whole seconds, and may be late: time does not go back for that.
			if (date > known) this.believe(next, this.agreed);
			this.agreed++;
		} else if (isNear(date, this.contradicting && this.elapsedFrom(this.contradicting))) {
			this.believe(next, 2);
		} else {
			this.observation = undefined;
			this.contradicting = next;
			this.agreed = 0;
		}
	}

	private believe(heard: ClockObservation, agreed: number): void {
		this.observation = this.last = heard;
		this.contradicting = undefined;
		this.agreed = agreed;
	}

	private elapsedFrom({ date, wall, monotonic }: ClockObservation): number | undefined {
		const byWall = this.time.now() - wall;
		const elapsed = Math.floor(this.time.monotonic() - monotonic);
		return Math.abs(byWall - elapsed) > CLOCK_TOLERANCE_MS ? undefined : date + elapsed;
	}
}

/** @returns ms since the epoch; undefined where the answer is not Stripe's own, or older than it can be */
export function readDate(headers: ResponseHeaders): number | undefined {
	const { date, 'request-id': requestId } = headers;
	if (typeof date !== 'string' || requestId === undefined) return undefined;
	const at = Date.parse(date);
	return at >= OLDEST_RESPONSE_AT ? at : undefined;
}

function isNear(date: number, known: number | undefined): boolean {
	return known !== undefined && Math.abs(date - known) <= RESPONSE_TOLERANCE_MS;
}
