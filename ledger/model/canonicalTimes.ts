import { MINUTE_MS } from '../clock';

/**
 * A date and a time with a time zone, within a text: as ISO 8601, RFC 3339, JavaScript, Python and SQL write it. An offset without
 * a colon counts only if it is zero: `…10:40:00-1001` may be a time and an invoice number. The same holds for a decimal comma.
 */
const MOMENT =
	/(?<!\d)(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(?: ?(?:Z|(?:UTC|GMT)(?![+-]\d)|[+-]00(?:00)?)| ?([+-])(0\d|1[0-4]):(00|15|30|45))(?![\w:])/gi;

/** The whole text is a time without a time zone. Other fractions are kept, because they could be a number after a point. */
const LOCAL_TIME = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(?::(\d{2})(?:[.,]0{1,9})?)?$/i;

/**
 * Returns a text in which each moment has one notation, `2026-11-24T10:40:00Z`, because one system writes the same moment as
 * `10:40:00.000Z`, the next as `10:40:00+00:00`. Fractions of a second count exactly, without trailing zeros. A time without a time
 * zone keeps its own notation, `2026-11-24T10:40:00`, because it is not known which moment it is.
 */
export function toCanonicalTimes(text: string): string {
	const local = LOCAL_TIME.exec(text);
	if (local) return `${local[1]}T${local[2]}:${local[3] ?? '00'}`;
	return text.replace(MOMENT, toUtc);
}

function toUtc(
	written: string,
	...[day, clock, seconds = '00', fraction = '', sign, hours = '0', minutes = '0']: (string | undefined)[]
): string {
	const shown = `${day}T${clock}:${seconds}`;
	const local = Date.parse(`${shown}Z`);
	// JavaScript takes 30 February for 2 March.
	if (Number.isNaN(local) || formatSeconds(local) !== shown) return written;
	const offset = (Number(hours) * 60 + Number(minutes)) * MINUTE_MS;
	const utc = formatSeconds(sign === '-' ? local + offset : local - offset);
	// Without the look-behind, each run of zeros would be scanned once per zero in it.
	const exact = fraction.replace(/(?<!0)0+$/, '');
	return `${utc}${exact === '' ? '' : `.${exact}`}Z`;
}

function formatSeconds(ms: number): string {
	return new Date(ms).toISOString().replace(/\.\d{3}Z$/, '');
}
