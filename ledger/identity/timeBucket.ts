import { DateTime, IANAZone } from 'luxon';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../clock';

/** What a time is rounded down to. */
export const BUCKETS = ['minute', 'hour', 'day'] as const;

export type Bucket = (typeof BUCKETS)[number];

/** A day is a day somewhere: an IANA time zone, in which days and hours begin. */
export type TimeZone = string;

export const UTC: TimeZone = 'UTC';

/** Whether the runtime knows the zone: `Europe/Berlin`. An offset such as `+01:00` is none: it has no summer time. */
export function isTimeZone(name: string): boolean {
	return /^[A-Za-z]/.test(name) && IANAZone.isValidZone(name);
}

/** Why something is not taken for a time: whatever has to be guessed must neither make a key nor choose what is listed. */
export type TimeFault =
	/** A spreadsheet counts days since 1900: `46205`. */
	| 'serial_date'
	/** Day and month in an order that nobody can tell, or digits without signs between them: `05/04/2026`, `20261124`. */
	| 'unclear_date'
	| 'not_a_time';

const FIRST_MS = Date.UTC(2000, 0);
const END_MS = Date.UTC(2100, 0);

/** Whether payments of that time can be: `new Date(46205)` and `new Date(null)` lie in 1970. */
export function isBusinessTime(instant: number): boolean {
	return instant >= FIRST_MS && instant < END_MS;
}

/**
 * The instant that a value names, in ms since the epoch. Understands ISO 8601 text, Date and Luxon objects, and Unix
 * seconds or ms between 2000 and 2100, also as text. A text without an offset is a time in `zone`, never in the zone of
 * the server.
 */
export function parseTimeOrFault(value: unknown, zone: TimeZone = UTC): number | TimeFault {
	if (value instanceof Date) return toInstant(value.getTime());
	// Also of another copy of Luxon, as n8n's own is.
	if (DateTime.isDateTime(value)) return toInstant(value.toMillis());
	if (typeof value === 'number') return parseNumber(value);
	if (typeof value !== 'string') return 'not_a_time';
	const text = value.trim();
	return /^\d{1,17}(?:\.\d{1,20})?$/.test(text) ? parseNumber(Number(text)) : parseIso(text, zone);
}

/** The same where the reason does not matter. */
export function parseTime(value: unknown, zone: TimeZone = UTC): number | undefined {
	const time = parseTimeOrFault(value, zone);
	return typeof time === 'number' ? time : undefined;
}

function toInstant(instant: number): number | TimeFault {
	return Number.isFinite(instant) ? instant : 'not_a_time';
}

/** 31 December 9999 as a spreadsheet counts, and the last day that eight digits can write. */
const LAST_SERIAL = 2_958_466;

function parseNumber(value: number): number | TimeFault {
	const ms = Math.floor(value);
	if (isBusinessTime(ms)) return ms;
	const fromSeconds = Math.floor(value * 1000);
	if (isBusinessTime(fromSeconds)) return fromSeconds;
	if (value > 0 && value < LAST_SERIAL) return 'serial_date';
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
 * The instant at which clocks in a zone show a time. Where they show it twice it is the first of the two; where they skip
 * it, as far behind the change as it is written.
 *
 * @param localMs ms as if the clocks were UTC's
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
 * The bucket as text for a key: `2026-11-24T10:40` and `2026-11-24T10` are the minute and the hour in UTC, `2026-11-24` is
 * the day in the zone. A minute is the same everywhere, and so is an hour, but where clocks differ from UTC's by half an
 * hour: there it is written as ISO 8601's interval, `2026-11-24T04:30/PT1H`. So a zone that is changed later gives the days
 * around midnight another key, and nothing else. A day is never an hour, an hour never a minute.
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

/** How far apart two times on the two sides of a boundary may be and still mean one moment. */
const SAME_OCCURRENCE_MS: Record<Bucket, number> = { minute: 30_000, hour: 300_000, day: 300_000 };

/**
 * Whether two rounded times mean one moment: they share a bucket, or lie on the two sides of one boundary and close to it.
 * So 10:40:59 and 10:41:00 are one payment, while yesterday evening and this morning are two days.
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
