import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

import fc from '../fastCheck';

import { BUCKET_MS, bucketOf, instantOf, isSameMoment } from '../../ledger/moment';
import { TYPESCRIPT } from '../typescript';
import { holds } from './property';

const AT = Date.UTC(2026, 10, 24, 10, 40, 59);

describe('the instant that a field names', () => {
	it.each<[string, unknown, number]>([
		['UTC', '2026-11-24T10:40:59Z', AT],
		['a small z', '2026-11-24t10:40:59z', AT],
		['an offset', '2026-11-24T12:40:59+02:00', AT],
		['an offset without a colon', '2026-11-24T12:40:59+0200', AT],
		['a negative offset', '2026-11-24T05:10:59-05:30', AT],
		['no offset: UTC, wherever the server stands', '2026-11-24T10:40:59', AT],
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
		['white space around it', ' 2026-11-24T10:40:59Z\n', AT],
	])('%s', (_name, value, instant) => {
		expect(instantOf(value)).toBe(instant);
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
		['a few digits, which could be anything', '20261124'],
		['zero', 0],
		['a negative number', -AT],
		['NaN', Number.NaN],
		['a number beyond all calendars', 9e15],
		['a Date without a time', new Date(Number.NaN)],
		['null', null],
		['an object', {}],
	])('is not guessed from %s', (_name, value) => {
		expect(instantOf(value)).toBeUndefined();
	});

	it('is the same on servers in all time zones', () => {
		const times = [
			'2026-11-24T10:40:59',
			'2026-11-24',
			'2026-03-29 02:30:00',
			'2026-11-24T10:40:59+02:00',
		];
		const moment = JSON.stringify(join(__dirname, '../../ledger/moment.ts'));
		const script = `const { instantOf, bucketOf } = require(${moment});
			const of = (time) => [instantOf(time), bucketOf(instantOf(time), 'day'), bucketOf(instantOf(time), 'hour')];
			process.stdout.write(JSON.stringify([new Date(2026, 0).getTimezoneOffset(), ${JSON.stringify(times)}.map(of)]));`;
		const answers = ['UTC', 'America/St_Johns', 'Pacific/Kiritimati'].map((TZ) => {
			const out = execFileSync(process.execPath, [...TYPESCRIPT, '--eval', script], {
				env: { ...process.env, TZ },
				cwd: join(__dirname, '../..'),
				encoding: 'utf8',
			});
			return JSON.parse(out) as [offset: number, read: unknown];
		});
		expect(answers.map(([offset]) => offset)).toEqual([0, 210, -840]);
		expect(new Set(answers.map(([, read]) => JSON.stringify(read))).size).toBe(1);
	});
});

describe('two times are one moment', () => {
	const at = (time: string) => instantOf(time) ?? Number.NaN;
	const same = (one: string, other: string, bucket: keyof typeof BUCKET_MS) =>
		isSameMoment(at(one), at(other), bucket);

	it('on the two sides of a minute: 10:40:59 and 10:41:00', () => {
		expect(same('2026-11-24T10:40:59Z', '2026-11-24T10:41:00Z', 'minute')).toBe(true);
	});

	it('within one minute, however far apart in it', () => {
		expect(same('2026-11-24T10:40', '2026-11-24T10:40:59.999Z', 'minute')).toBe(true);
	});

	it('on the two sides of an hour, of a day and of a year', () => {
		expect(same('2026-11-24T10:59:59Z', '2026-11-24T11:00:00Z', 'hour')).toBe(true);
		expect(same('2026-11-24T23:59:59Z', '2026-11-25T00:00:01Z', 'day')).toBe(true);
		expect(same('2026-12-31T23:59:59Z', '2027-01-01T00:00:00Z', 'minute')).toBe(true);
	});

	it('but not the evening of one day and the morning of the next, nor the ends of two hours', () => {
		expect(same('2026-11-24T23:00:00Z', '2026-11-25T08:00:00Z', 'day')).toBe(false);
		expect(same('2026-11-24T23:57:30Z', '2026-11-25T00:02:30Z', 'day')).toBe(false);
		expect(same('2026-11-24T10:50:00Z', '2026-11-24T11:10:00Z', 'hour')).toBe(false);
	});

	it('but not half a minute or more apart across its boundary', () => {
		expect(same('2026-11-24T10:40:45Z', '2026-11-24T10:41:15Z', 'minute')).toBe(false);
		expect(same('2026-11-24T10:40:45Z', '2026-11-24T10:41:14.999Z', 'minute')).toBe(true);
	});

	it('but not in two runs of a job that comes every minute, hour or day, give or take some seconds', () =>
		holds(
			'moments: a regular job is never taken for its last run',
			500,
			fc.property(
				fc.constantFrom(...(Object.keys(BUCKET_MS) as (keyof typeof BUCKET_MS)[])),
				fc.integer({ min: AT, max: AT + BUCKET_MS.day * 3 }),
				fc.double({ min: -0.45, max: 0.45, noNaN: true }),
				(bucket, first, jitter) => {
					const next = first + Math.round(BUCKET_MS[bucket] * (1 + jitter));
					// A run that is early may fall into the last one's bucket: then the user has chosen a bucket too wide.
					fc.pre(bucketOf(first, bucket) !== bucketOf(next, bucket));
					expect(isSameMoment(first, next, bucket)).toBe(false);
				},
			),
		));

	it('whichever of them is asked for first', () =>
		holds(
			'moments: symmetric',
			300,
			fc.property(fc.integer({ min: 0, max: 1e9 }), fc.integer({ min: 0, max: 1e9 }), (a, b) => {
				expect(isSameMoment(a, b, 'hour')).toBe(isSameMoment(b, a, 'hour'));
			}),
		));
});

describe('a bucket', () => {
	it('is named by its beginning in UTC', () => {
		expect(bucketOf(AT, 'minute')).toBe('2026-11-24T10:40');
		expect(bucketOf(AT, 'hour')).toBe('2026-11-24T10');
		expect(bucketOf(AT, 'day')).toBe('2026-11-24');
	});

	it('begins before the epoch too', () => {
		expect(bucketOf(-1, 'day')).toBe('1969-12-31');
	});
});
