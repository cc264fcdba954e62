import type { Time } from '../../ledger/clock';
import type { Connection } from './connection';

/** ms by which the host's two clocks may differ about the time since Stripe's last answer. */
const CLOCKS_DIFFER_MS = 5_000;

/** ms by which two answers may differ about Stripe's time. */
const ANSWERS_DIFFER_MS = 60_000;

/** No answer to this package is older than the API version that it was written for. */
const WRITTEN_AT = Date.UTC(2026, 9, 28);

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** What Stripe said of its time, and what the host's clocks showed just then. All are ms. */
interface Heard {
	date: number;
	wall: number;
	monotonic: number;
}

/**
 * Stripe's time, from the `Date` of Stripe's own answers and the time since, as two clocks of the host measure it. Whatever
 * the host's clock shows, only how far it has moved counts; where it was set meanwhile, Stripe's time is not known.
 */
export class StripeTime {
	private heard: Heard | undefined;
	/** What contradicts the answers before: it counts when the next one agrees with it. */
	private contradiction: Heard | undefined;

	constructor(private readonly time: Time) {}

	/** @returns ms since the epoch; undefined where it is not known */
	now(): number | undefined {
		return this.heard && this.since(this.heard);
	}

	/** Takes what the head of an answer says. Of what is not surely Stripe's own nothing is believed. */
	hear(headers: Headers): void {
		const date = dateIn(headers);
		if (date === undefined) return;
		const next = { date, wall: this.time.now(), monotonic: this.time.monotonic() };
		const known = this.now();
		if (known === undefined && !this.contradiction) {
			this.heard = next;
		} else if (known !== undefined && isNear(date, known)) {
			// A Date is cut to whole seconds, and may be late: time does not go back for that.
			if (date > known) this.heard = next;
		} else if (isNear(date, this.contradiction && this.since(this.contradiction))) {
			this.heard = next;
			this.contradiction = undefined;
		} else {
			this.heard = undefined;
			this.contradiction = next;
		}
	}

	private since({ date, wall, monotonic }: Heard): number | undefined {
		const byWall = this.time.now() - wall;
		const elapsed = this.time.monotonic() - monotonic;
		return Math.abs(byWall - elapsed) > CLOCKS_DIFFER_MS ? undefined : date + elapsed;
	}
}

/** What is known in this process, by the host's clocks and by whom it was heard. */
const known = new WeakMap<Time, Map<string, StripeTime>>();

/** One for all that is asked in this process over one connection. */
export function stripeTimeOf({ cacheKey }: Pick<Connection, 'cacheKey'>, time: Time): StripeTime {
	const byConnection = known.get(time) ?? new Map<string, StripeTime>();
	known.set(time, byConnection);
	const stripeTime = byConnection.get(cacheKey) ?? new StripeTime(time);
	byConnection.set(cacheKey, stripeTime);
	return stripeTime;
}

/**
 * By which time entries are old enough to be forgotten: the earliest that anybody says, so that a clock that is ahead forgets
 * nothing.
 *
 * @returns ms since the epoch; undefined while Stripe's time is not known: then nothing is old
 */
export function timeToForget(time: Time): number | undefined {
	const told = [...(known.get(time)?.values() ?? [])].flatMap((stripeTime) => stripeTime.now() ?? []);
	return told.length > 0 ? Math.min(time.now(), ...told) : undefined;
}

/** @returns ms since the epoch; undefined where the answer is not Stripe's own, or older than it can be */
function dateIn(headers: Headers): number | undefined {
	const { date, 'request-id': requestId } = headers;
	if (typeof date !== 'string' || requestId === undefined) return undefined;
	const at = Date.parse(date);
	return at >= WRITTEN_AT ? at : undefined;
}

function isNear(date: number, known: number | undefined): boolean {
	return known !== undefined && Math.abs(date - known) <= ANSWERS_DIFFER_MS;
}
