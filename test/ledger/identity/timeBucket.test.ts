import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

import fc from '../../fastCheck';

import type { Bucket } from '../../../ledger/identity/timeBucket';
import { DateTime } from 'luxon';

import {
	bucketOf,
	BUCKETS,
	parseTime,
	isSameOccurrence,
	isTimeZone,
	parseTimeOrFault,
} from '../../../ledger/identity/timeBucket';
import { TYPESCRIPT } from '../../typescript';
import { checkProperty } from '../property';

const AT = Date.UTC(2026, 10, 24, 10, 40, 59);
const WIDTH = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** n8n brings a Luxon of its own: its values are of another class. */
function foreign(at: number) {
	return { isLuxonDateTime: true, toMillis: () => at };
}

describe('the instant that a field represents', () => {
	it.each<[string, unknown, number]>([
		['UTC', '2026-11-24T10:40:59Z', AT],
		['a small z', '2026-11-24t10:40:59z', AT],
		['an offset', '2026-11-24T12:40:59+02:00', AT],
		['an offset without a colon', '2026-11-24T12:40:59+0200', AT],
		['a negative offset', '2026-11-24T05:10:59-05:30', AT],
		['no offset: UTC, wherever the server is', '2026-11-24T10:40:59', AT],
		['a space instead of the T', '2026-11-24 10:40:59', AT],
		['fractions of a second', '2026-11-24T10:40:59.123456789Z', AT + 123],
		['no seconds', '2026-11-24T10:40Z', AT - 59_000],
		['a date only', '2026-11-24', Date.UTC(2026, 10, 24)],
		['29 February of a leap year', '2028-02-29', Date.UTC(2028, 1, 29)],
		['Unix seconds', AT / 1000, AT],
		['Unix seconds as text', String(AT / 1000), AT],
		['Unix seconds with a fraction', AT / 1000 + 0.5, AT + 500],
		['Unix ms', AT, AT],
		['Unix ms as text', String(AT), AT],
		['a Date', new Date(AT), AT],
		['a Luxon value, as $now is one', DateTime.fromMillis(AT, { zone: 'Asia/Tokyo' }), AT],
		['a Luxon value of a different copy of Luxon', { ...foreign(AT) }, AT],
		[
			'a Luxon value that came out as text',
			DateTime.fromMillis(AT, { zone: 'Asia/Tokyo' }).toString(),
			AT,
		],
		[
			'a Luxon value as $now.minus returns it',
			DateTime.fromMillis(AT + 3_600_000).minus({ hours: 1 }),
			AT,
		],
		["Stripe's created", 1795516859, AT],
		['an offset of whole hours', '2026-11-24T12:40:59+02', AT],
		['an offset behind a blank', '2026-11-24 12:40:59 +02:00', AT],
		['the first Unix second that is accepted', 946_684_800, Date.UTC(2000, 0)],
		['the last Unix ms that is accepted', 4_102_444_799_999, Date.UTC(2100, 0) - 1],
		['white space around it', ' 2026-11-24T10:40:59Z\n', AT],
	])('%s', (_name, value, instant) => {
		expect(parseTime(value)).toBe(instant);
	});

	it.each<[string, unknown]>([
		['a word', 'now'],
		['an empty text', ''],
		['a date as Americans write it', '11/24/2026'],
		['a date as the RFC 2822 writes it', 'Tue, 24 Nov 2026 10:40:59 GMT'],
		['13 months', '2026-13-01'],
		['31 February', '2026-02-31'],
		['29 February of another year', '2026-02-29T00:00:00Z'],
		['25 hours', '2026-11-24T25:00:00Z'],
		['a name of a zone', '2026-11-24T10:40:59 Europe/Berlin'],
		['a day of a spreadsheet', 46205],
		['a day and an hour of a spreadsheet', 46205.4375],
		['a day of a spreadsheet as text', '46205'],
		['another one', 45991],
		['one', 1],
		['one as text', '1'],
		['a date without signs as a number', 20261124],
		['a date without signs', '20261124'],
		['a time without signs', '20261124104059'],
		['a time without signs as a number', 20261124104059],
		['a time to the minute without signs', '202611241040'],
		['a time without signs, with ms', '20261124104059123'],
		["ISO 8601's basic form", '20261124T104059Z'],
		['day and month in an unknown order', '05/04/2026'],
		['day and month with points', '05.04.2026'],
		['day and month with hyphens', '05-04-2026'],
		['a year of two digits', '05/04/26'],
		['a year alone', '2026'],
		['a month alone', '2026-11'],
		['a week', '2026-W48-2'],
		['a day of the year', '2026-328'],
		['a time without a day', '10:40:59'],
		['a day without zeros', '2026-1-5'],
		['an offset that no zone has', '2026-11-24T10:40:59+25:00'],
		['many digits', '9'.repeat(400)],
		['text behind a time', '2026-11-24T10:40:59Z or so'],
		['a Luxon value without a time', DateTime.invalid('none')],
		['an infinite number', Infinity],
		['a truth value', true],
		['zero', 0],
		['a negative number', -AT],
		['NaN', Number.NaN],
		['a number beyond all calendars', 9e15],
		['a Date without a time', new Date(Number.NaN)],
		['null', null],
		['an object', {}],
	])('is not guessed from %s', (_name, value) => {
		expect(parseTime(value)).toBeUndefined();
	});

	it.each<[unknown, string]>([
		[46205, 'serial_date'],
		['45991', 'serial_date'],
		[1, 'serial_date'],
		['20261124', 'unclear_date'],
		[20261124104059, 'unclear_date'],
		['05/04/2026', 'unclear_date'],
		['24.11.2026', 'unclear_date'],
		['tomorrow', 'not_a_time'],
		[-1, 'not_a_time'],
	])('is not taken from %p, as %s', (value, fault) => {
		expect(parseTimeOrFault(value)).toBe(fault);
	});

	it('is the same on servers in all time zones', () => {
		const times = [
			'2026-11-24T10:40:59',
			'2026-11-24',
			'2026-03-29 02:30:00',
			'2026-11-24T10:40:59+02:00',
		];
		const moment = JSON.stringify(join(__dirname, '../../../ledger/identity/timeBucket.ts'));
		const script = `const { parseTime, bucketOf } = require(${moment});
			const of = (time) => [undefined, 'America/New_York'].map((zone) =>
				[parseTime(time, zone), bucketOf(parseTime(time), 'day', zone), bucketOf(parseTime(time), 'hour', zone)]);
			process.stdout.write(JSON.stringify([new Date(2026, 0).getTimezoneOffset(), ${JSON.stringify(times)}.map(of)]));`;
		const answers = ['UTC', 'America/St_Johns', 'Pacific/Kiritimati'].map((TZ) => {
			const out = execFileSync(process.execPath, [...TYPESCRIPT, '--eval', script], {
				env: { ...process.env, TZ },
				cwd: join(__dirname, '../../..'),
				encoding: 'utf8',
			});
			return JSON.parse(out) as [offset: number, read: unknown];
		});
		expect(answers.map(([offset]) => offset)).toEqual([0, 210, -840]);
		expect(new Set(answers.map(([, read]) => JSON.stringify(read))).size).toBe(1);
	});
});

describe('two times are the same occurrence', () => {
	const at = (time: string) => parseTime(time) ?? Number.NaN;
	const same = (one: string, other: string, bucket: Bucket) => isSameOccurrence(at(one), at(other), bucket);

	it('on both sides of a minute boundary: 10:40:59 and 10:41:00', () => {
		expect(same('2026-11-24T10:40:59Z', '2026-11-24T10:41:00Z', 'minute')).toBe(true);
	});

	it('within one minute, however far apart', () => {
		expect(same('2026-11-24T10:40', '2026-11-24T10:40:59.999Z', 'minute')).toBe(true);
	});

	it('on both sides of an hour, a day and a year boundary', () => {
		expect(same('2026-11-24T10:59:59Z', '2026-11-24T11:00:00Z', 'hour')).toBe(true);
		expect(same('2026-11-24T23:59:59Z', '2026-11-25T00:00:01Z', 'day')).toBe(true);
		expect(same('2026-12-31T23:59:59Z', '2027-01-01T00:00:00Z', 'minute')).toBe(true);
	});

	it('but not the evening of one day and the morning of the next, nor the ends of two hours', () => {
		expect(same('2026-11-24T23:00:00Z', '2026-11-25T08:00:00Z', 'day')).toBe(false);
		expect(same('2026-11-24T23:57:30Z', '2026-11-25T00:02:30Z', 'day')).toBe(false);
		expect(same('2026-11-24T10:50:00Z', '2026-11-24T11:10:00Z', 'hour')).toBe(false);
	});

	it('but not half a minute or more apart across the boundary', () => {
		expect(same('2026-11-24T10:40:45Z', '2026-11-24T10:41:15Z', 'minute')).toBe(false);
		expect(same('2026-11-24T10:40:45Z', '2026-11-24T10:41:14.999Z', 'minute')).toBe(true);
	});

	it('but not in two runs of a job scheduled every minute, hour or day, within some seconds', () =>
		checkProperty(
			'moments: a regular job is never taken for its last run',
			500,
			fc.property(
				fc.constantFrom(...BUCKETS),
				fc.integer({ min: AT, max: AT + WIDTH.day * 3 }),
				fc.double({ min: -0.45, max: 0.45, noNaN: true }),
				(bucket, first, jitter) => {
					const next = first + Math.round(WIDTH[bucket] * (1 + jitter));
					// A run that is early may fall into the last one's bucket: then the user has chosen a bucket too wide.
					fc.pre(bucketOf(first, bucket) !== bucketOf(next, bucket));
					expect(isSameOccurrence(first, next, bucket)).toBe(false);
				},
			),
		));

	it('whichever of them comes first', () =>
		checkProperty(
			'moments: symmetric',
			300,
			fc.property(fc.integer({ min: 0, max: 1e9 }), fc.integer({ min: 0, max: 1e9 }), (a, b) => {
				expect(isSameOccurrence(a, b, 'hour')).toBe(isSameOccurrence(b, a, 'hour'));
			}),
		));
});

describe('a bucket', () => {
	it('is named by its start in UTC', () => {
		expect(bucketOf(AT, 'minute')).toBe('2026-11-24T10:40');
		expect(bucketOf(AT, 'hour')).toBe('2026-11-24T10');
		expect(bucketOf(AT, 'day')).toBe('2026-11-24');
	});

	it('also starts before the epoch', () => {
		expect(bucketOf(-1, 'day')).toBe('1969-12-31');
	});
});

describe('a time zone', () => {
	it.each(['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe'])(
		'%s is valid',
		(name) => {
			expect(isTimeZone(name)).toBe(true);
		},
	);

	it.each(['', 'local', 'system', 'Berlin', 'Europe/Nowhere', '+01:00', 'UTC+2', 'undefined', '__proto__'])(
		'%j is not valid',
		(name) => {
			expect(isTimeZone(name)).toBe(false);
		},
	);

	it.each<[time: string, zone: string, instant: string]>([
		['2026-11-24', 'Europe/Berlin', '2026-11-23T23:00:00Z'],
		['2026-11-24 10:40', 'America/New_York', '2026-11-24T15:40:00Z'],
		['2026-07-01T10:40', 'Europe/Berlin', '2026-07-01T08:40:00Z'],
		['2026-11-24T10:40', 'Asia/Kolkata', '2026-11-24T05:10:00Z'],
		['2026-11-24T10:40Z', 'Asia/Kolkata', '2026-11-24T10:40:00Z'],
		['2026-11-24T10:40+05:45', 'Europe/Berlin', '2026-11-24T04:55:00Z'],
		// Clocks show it twice: the first of the two.
		['2026-10-25T02:30', 'Europe/Berlin', '2026-10-25T00:30:00Z'],
		['2026-11-01T01:30', 'America/New_York', '2026-11-01T05:30:00Z'],
		['2026-04-05T01:45', 'Australia/Lord_Howe', '2026-04-04T14:45:00Z'],
		// They skip it.
		['2026-03-29T02:30', 'Europe/Berlin', '2026-03-29T01:30:00Z'],
		['2026-10-04T02:15', 'Australia/Lord_Howe', '2026-10-03T15:45:00Z'],
		['2026-04-24', 'Africa/Cairo', '2026-04-23T22:00:00Z'],
	])('%s in %s is %s', (time, zone, instant) => {
		expect(new Date(parseTime(time, zone) ?? Number.NaN).toISOString()).toBe(
			instant.replace('Z', '.000Z'),
		);
	});
});

describe('a bucket in a time zone', () => {
	const of = (time: string, bucket: Bucket, zone: string) => bucketOf(Date.parse(time), bucket, zone);

	it('of a day is the day in that zone', () => {
		expect(of('2026-11-24T23:30:00Z', 'day', 'Europe/Berlin')).toBe('2026-11-25');
		expect(of('2026-11-25T00:30:00-05:00', 'day', 'America/New_York')).toBe('2026-11-25');
		expect(of('2026-11-24T18:30:00Z', 'day', 'Asia/Kolkata')).toBe('2026-11-25');
		expect(of('2026-11-24T18:29:59Z', 'day', 'Asia/Kolkata')).toBe('2026-11-24');
	});

	it.each([
		['of 23 hours', '2026-03-28T23:00:00Z', 23, '2026-03-29', 'Europe/Berlin'],
		['of 25 hours', '2026-10-24T22:00:00Z', 25, '2026-10-25', 'Europe/Berlin'],
		['of 23.5 hours', '2026-10-03T13:30:00Z', 23.5, '2026-10-04', 'Australia/Lord_Howe'],
		['of 24.5 hours', '2026-04-04T13:00:00Z', 24.5, '2026-04-05', 'Australia/Lord_Howe'],
		['that begins at one', '2026-09-06T04:00:00Z', 23, '2026-09-06', 'America/Santiago'],
	])('of a day %s contains the whole day', (_what, first, hours, day, zone) => {
		const start = Date.parse(first);
		const end = start + hours * 3_600_000;
		expect(bucketOf(start - 1, 'day', zone)).not.toBe(day);
		expect([start, start + 1, (start + end) / 2, end - 1].map((at) => bucketOf(at, 'day', zone))).toEqual(
			Array(4).fill(day),
		);
		expect(bucketOf(end, 'day', zone)).not.toBe(day);
	});

	it('of an hour that clocks show twice is two hours', () => {
		expect(of('2026-10-25T00:30:00Z', 'hour', 'Europe/Berlin')).toBe('2026-10-25T00');
		expect(of('2026-10-25T01:30:00Z', 'hour', 'Europe/Berlin')).toBe('2026-10-25T01');
	});

	it('of an hour starts with the local hour, even if it is half past in UTC', () => {
		expect(of('2026-11-24T04:30:00Z', 'hour', 'Asia/Kolkata')).toBe('2026-11-24T04:30/PT1H');
		expect(of('2026-11-24T05:29:59Z', 'hour', 'Asia/Kolkata')).toBe('2026-11-24T04:30/PT1H');
		expect(of('2026-11-24T05:30:00Z', 'hour', 'Asia/Kolkata')).toBe('2026-11-24T05:30/PT1H');
		expect(of('2026-11-24T04:20:00Z', 'hour', 'Asia/Kathmandu')).toBe('2026-11-24T04:15/PT1H');
	});

	it('of a minute, and of an hour in a zone with a whole-hour offset, is the same everywhere', () => {
		expect(of('2026-11-24T10:40:59Z', 'minute', 'Asia/Kolkata')).toBe('2026-11-24T10:40');
		expect(of('2026-11-24T10:40:59Z', 'hour', 'America/New_York')).toBe('2026-11-24T10');
	});

	it('never contains two times that are a day, an hour or a minute apart', () =>
		checkProperty(
			'buckets: none is wider than its name',
			500,
			fc.property(
				fc.constantFrom(
					'Europe/Berlin',
					'America/New_York',
					'Asia/Kolkata',
					'Australia/Lord_Howe',
					'UTC',
				),
				fc.constantFrom(...BUCKETS),
				fc.integer({ min: Date.UTC(2026, 0), max: Date.UTC(2028, 0) }),
				(zone, bucket, at) => {
					const longest = bucket === 'day' ? 25 * WIDTH.hour : WIDTH[bucket];
					expect(bucketOf(at, bucket, zone)).not.toBe(bucketOf(at + longest, bucket, zone));
				},
			),
		));

	it('has neighbours across its own midnight, and none across that of UTC', () => {
		const same = (one: string, other: string) =>
			isSameOccurrence(Date.parse(one), Date.parse(other), 'day', 'Europe/Berlin');
		expect(same('2026-11-24T22:59:00Z', '2026-11-24T23:01:00Z')).toBe(true);
		expect(same('2026-11-24T22:57:00Z', '2026-11-24T23:03:00Z')).toBe(false);
		expect(same('2026-11-24T23:10:00Z', '2026-11-25T22:50:00Z')).toBe(true);
		// The evening before the clocks change, and the evening after.
		expect(same('2026-10-24T21:58:00Z', '2026-10-24T22:02:00Z')).toBe(true);
		expect(same('2026-10-25T22:58:00Z', '2026-10-25T23:02:00Z')).toBe(true);
		expect(same('2026-10-24T22:30:00Z', '2026-10-25T22:30:00Z')).toBe(true);
		expect(same('2026-10-24T22:30:00Z', '2026-10-25T23:30:00Z')).toBe(false);
	});
});
