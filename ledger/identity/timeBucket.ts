import { DateTime, IANAZone } from 'luxon';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../clock';

/** The units that a time is rounded down to. */
export const BUCKETS = ['minute', 'hour', 'day'] as const;

export type Bucket = (typeof BUCKETS)[number];

/** The IANA time zone in which days and hours begin. */
export type TimeZone = string;

export const UTC: TimeZone = 'UTC';

/**
 * Returns whether the runtime knows the zone, such as `Europe/Berlin`. An offset such as `+01:00` is not a zone: it has no
 * daylight saving time.
 */
export function isTimeZone(name: string): boolean {
	return /^[A-Za-z]/.test(name) && IANAZone.isValidZone(name);
}

/** Why a value is not accepted as a time. A value that would have to be guessed must neither make a key nor filter a list. */
export type TimeFault =
	/** A spreadsheet's count of days since 1900, such as `46205`. */
	| 'serial_date'
	/** An ambiguous order of day and month, or digits without separators: `05/04/2026`, `20261124`. */
	| 'unclear_date'
	| 'not_a_time';

const MIN_TIME_MS = Date.UTC(2000, 0);
const MAX_TIME_MS = Date.UTC(2100, 0);

/** Returns whether a payment can have this time: `new Date(46205)` and `new Date(null)` are in 1970. */
export function isBusinessTime(instant: number): boolean {
	return instant >= MIN_TIME_MS && instant < MAX_TIME_MS;
}

/**
 * Parses a time into ms since the epoch. Accepts ISO 8601 text, Date and Luxon objects, and Unix seconds or ms between 2000 and
 * 2100, also as text. A text without an offset is a time in `zone`, never in the server's zone.
 */
export function parseTimeOrFault(value: unknown, zone: TimeZone = UTC): number | TimeFault {
	if (value instanceof Date) return toInstant(value.getTime());
	// Also accepts an object of another copy of Luxon, such as n8n's own.
	if (DateTime.isDateTime(value)) return toInstant(value.toMillis());
	if (typeof value === 'number') return parseNumber(value);
	if (typeof value !== 'string') return 'not_a_time';
	const text = value.trim();
	return /^\d{1,17}(?:\.\d{1,20})?$/.test(text) ? parseNumber(Number(text)) : parseIso(text, zone);
}

/** Like `parseTimeOrFault`, without the reason. */
export function parseTime(value: unknown, zone: TimeZone = UTC): number | undefined {
	const time = parseTimeOrFault(value, zone);
	return typeof time === 'number' ? time : undefined;
}

function toInstant(instant: number): number | TimeFault {
	return Number.isFinite(instant) ? instant : 'not_a_time';
}

/** 31 December 9999 as a spreadsheet's count of days, the last day with a four-digit year. */
const MAX_SERIAL = 2_958_466;

function parseNumber(value: number): number | TimeFault {
	const ms = Math.floor(value);
	if (isBusinessTime(ms)) return ms;
	const fromSeconds = Math.floor(value * 1000);
	if (isBusinessTime(fromSeconds)) return fromSeconds;
	if (value > 0 && value < MAX_SERIAL) return 'serial_date';
	return /^(?:19|20)\d{6}(?:\d{2}){0,3}$/.test(String(value)) ? 'unclear_date' : 'not_a_time';
}

const ISO_8601 =
	/^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(?: ?(Z|[+-](?:0\d|1[0-4])(?::?[0-5]\d)?))?)?$/i;

function parseIso(text: string, zone: TimeZone): number | TimeFault {
	const match = ISO_8601.exec(text);
	if (!match) return /^\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\b/.test(text) ? 'unclear_date' : 'not_a_time';
	const [, day = '', clock = '00:00', offset] = match;
	const time = DateTime.fromISO(`${day}T${clock}${offset?.toUpperCase() ?? 'Z'}`, { zone: 'utc' });
	if (!time.isValid) return 'not_a_time';
	return offset === undefined ? toInstantInZone(time.toMillis(), zone) : time.toMillis();
}

/**
 * Returns the instant at which clocks in a zone show a time. If they show it twice, returns the first. If they skip it, the
 * time counts from the offset before the change.
 *
 * @param localMs ms as if the clocks showed UTC
 */
function toInstantInZone(localMs: number, zone: TimeZone): number {
	const before = zoneOffsetMs(localMs - DAY_MS, zone);
	const after = zoneOffsetMs(localMs + DAY_MS, zone);
	const instants = [localMs - before, localMs - after].filter(
		(at) => at + zoneOffsetMs(at, zone) === localMs,
	);
	return instants.length > 0 ? Math.min(...instants) : localMs - before;
}

function zoneOffsetMs(instant: number, zone: TimeZone): number {
	return zone === UTC ? 0 : IANAZone.create(zone).offset(instant) * MINUTE_MS;
}

/**
 * Returns the bucket as text for a key: `2026-11-24T10:40` and `2026-11-24T10` are the minute and the hour in UTC, `2026-11-24`
 * is the day in the zone. Minutes are the same in every zone. So are hours, except where the offset from UTC includes half an
 * hour: there the hour is an ISO 8601 interval, `2026-11-24T04:30/PT1H`. Changing the zone later therefore only gives the days
 * around midnight another key. A day never equals an hour, nor an hour a minute.
 */
export function bucketOf(instant: number, bucket: Bucket, zone: TimeZone = UTC): string {
	const offset = zoneOffsetMs(instant, zone);
	if (bucket === 'day') return formatIso(instant + offset, 'yyyy-mm-dd');
	if (bucket === 'minute') return formatIso(instant, 'yyyy-mm-ddThh:mm');
	const start = floorTo(instant + offset, HOUR_MS) - offset;
	return start % HOUR_MS === 0
		? formatIso(start, 'yyyy-mm-ddThh')
		: `${formatIso(start, 'yyyy-mm-ddThh:mm')}/PT1H`;
}

/** How far apart (ms) two times on both sides of a boundary may be and still be one occurrence. */
const SAME_OCCURRENCE_MS: Record<Bucket, number> = { minute: 30_000, hour: 300_000, day: 300_000 };

/**
 * Returns whether two rounded times are one occurrence: they share a bucket, or lie on both sides of a boundary and close to
 * it. So 10:40:59 and 10:41:00 are one payment, while yesterday evening and this morning are two days.
 */
export function isSameOccurrence(one: number, other: number, bucket: Bucket, zone: TimeZone = UTC): boolean {
	return (
		Math.abs(one - other) < SAME_OCCURRENCE_MS[bucket] ||
		bucketOf(one, bucket, zone) === bucketOf(other, bucket, zone)
	);
}

function floorTo(ms: number, step: number): number {
	return Math.floor(ms / step) * step;
}

function formatIso(ms: number, form: string): string {
	return new Date(ms).toISOString().slice(0, form.length);
}
