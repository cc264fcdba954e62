/** How wide the bucket is, in ms, that a time is rounded down to. */
export const BUCKET_MS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;

export type Bucket = keyof typeof BUCKET_MS;

/** Unix times below this are seconds (until the year 5138), those from it on are ms (since 1973). */
const FIRST_MILLISECOND_TIME = 100_000_000_000;

const ISO_8601 =
	/^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(:\d{2}(?:\.\d{1,9})?)?\s*(Z|[+-]\d{2}:?\d{2})?)?$/i;

/**
 * The instant that a field names, in ms since the epoch. Understands ISO 8601 (without an offset it is taken as UTC, so
 * that the key does not depend on the time zone of a server), Unix seconds, Unix ms, and Date objects.
 *
 * @returns undefined for anything else: a time that has to be guessed must not become part of a key
 */
export function instantOf(value: unknown): number | undefined {
	if (value instanceof Date) return validInstant(value.getTime());
	if (typeof value === 'number') return fromUnix(value);
	if (typeof value !== 'string') return undefined;
	const text = value.trim();
	if (/^\d{9,14}$/.test(text)) return fromUnix(Number(text));
	const match = ISO_8601.exec(text);
	if (!match) return undefined;
	const [, day = '', hourAndMinute = '00:00', seconds = ':00', offset = 'Z'] = match;
	if (!isOnCalendar(day)) return undefined;
	return validInstant(Date.parse(`${day}T${hourAndMinute}${seconds}${withColon(offset)}`));
}

/** How much of an ISO time names the bucket. */
const NAMING: Record<Bucket, number> = {
	minute: 'yyyy-mm-ddThh:mm'.length,
	hour: 'yyyy-mm-ddThh'.length,
	day: 'yyyy-mm-dd'.length,
};

/** The bucket in UTC, as text for a key: `2026-11-24T10:40`, `2026-11-24T10`, `2026-11-24`. A day is never a minute. */
export function bucketOf(instant: number, bucket: Bucket): string {
	return new Date(bucketStart(instant, bucket)).toISOString().slice(0, NAMING[bucket]);
}

/** How far apart two times on the two sides of a boundary may be and still mean one moment. */
const ACROSS_BOUNDARY_MS: Record<Bucket, number> = { minute: 30_000, hour: 300_000, day: 300_000 };

/**
 * Whether two rounded times mean one moment: they share a bucket, or lie on the two sides of one boundary and close to it.
 * So 10:40:59 and 10:41:00 are one payment, while yesterday evening and this morning are two days.
 */
export function isSameMoment(one: number, other: number, bucket: Bucket): boolean {
	return (
		bucketStart(one, bucket) === bucketStart(other, bucket) ||
		Math.abs(one - other) < ACROSS_BOUNDARY_MS[bucket]
	);
}

/** `Date.parse` takes 31 February for 3 March. */
function isOnCalendar(day: string): boolean {
	const midnight = new Date(`${day}T00:00Z`);
	return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(day);
}

function bucketStart(instant: number, bucket: Bucket): number {
	return Math.floor(instant / BUCKET_MS[bucket]) * BUCKET_MS[bucket];
}

function fromUnix(value: number): number | undefined {
	if (!Number.isFinite(value) || value <= 0) return undefined;
	return validInstant(value < FIRST_MILLISECOND_TIME ? Math.floor(value * 1000) : Math.floor(value));
}

function validInstant(instant: number): number | undefined {
	return Math.abs(instant) <= 8.64e15 ? instant : undefined;
}

function withColon(offset: string): string {
	return /^[+-]\d{4}$/.test(offset) ? `${offset.slice(0, 3)}:${offset.slice(3)}` : offset.toUpperCase();
}
