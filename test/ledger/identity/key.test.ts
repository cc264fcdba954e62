import { DateTime } from 'luxon';

import fc from '../../fastCheck';

import { toCanonicalText } from '../../../ledger/model/canonicalText';
import type { KeyField, InvalidKeyFieldReason, Scope, TreatAs } from '../../../ledger/identity/key';
import { deriveIdentity, InvalidKeyFieldError, keyOfAttempt } from '../../../ledger/identity/key';
import { checkProperty } from '../property';
import vectors from './vectors.json';

const SCOPE: Scope = { mode: 'live', account: 'acct_1' };

const text = (name: string, value: unknown): KeyField => ({ name, value, treatAs: 'text' });
const idOf = (fields: KeyField[], scope = SCOPE, operation = 'charge.create', secret?: string) =>
	deriveIdentity(scope, operation, fields, secret).entryId;
const idOfValue = (value: unknown, treatAs: TreatAs = 'text') => idOf([{ name: 'order', value, treatAs }]);

function refusalOf(fields: KeyField[]): { reason: InvalidKeyFieldReason; field: string } {
	try {
		deriveIdentity(SCOPE, 'charge.create', fields);
	} catch (error) {
		if (error instanceof InvalidKeyFieldError) return { reason: error.reason, field: error.field };
		throw error;
	}
	throw new Error('It was not refused');
}

/**
 * Computed by another implementation, in another language, from the words of ledger/identity/key.ts. NEVER change one: whoever has
 * paid under an old key would pay again under the new one. A new derivation gets a new prefix and vectors of its own.
 */
describe('the frozen test vectors', () => {
	it.each(vectors)('$name', ({ mode, account, operation, fields, keySecret, canonical, entryId, key }) => {
		const scope: Scope = { mode: mode === 'live' ? 'live' : 'test', account };
		const identity = deriveIdentity(scope, operation, fields as KeyField[], keySecret);
		expect(identity.fields).toEqual(canonical);
		expect(identity.entryId).toBe(entryId);
		expect(keyOfAttempt(identity.entryId, 1)).toBe(key);
	});

	it('are many enough to pin the derivation', () => {
		expect(vectors.length).toBeGreaterThanOrEqual(12);
	});
});

describe('one business decision has one key', () => {
	it.each<[string, unknown, unknown, TreatAs]>([
		['10 and "10" as text', 10, '10', 'text'],
		['10 and "10.00" as a number', 10, '10.00', 'number'],
		['10 and " +10.0 " as a number', 10, ' +10.0 ', 'number'],
		['0.1 + 0.2 and "0.3" as a number', 0.1 + 0.2, '0.3', 'number'],
		['1.125 and "1.1250" as a number', 1.125, '1.1250', 'number'],
		['"10" and "10" with an invisible mark as a number', '10', '\u202a10\u202c', 'number'],
		['a time with and without an invisible mark', '2026-11-24', '2026-11-24\u200e', 'day'],
		['NFC and NFD', 'Zo\u00eb', 'Zoe\u0308', 'text'],
		['white space around it', 'A-1', ' A-1\n', 'text'],
		['a bigint and its digits', 9007199254740993n, '9007199254740993', 'text'],
		['a Date and its ISO text', new Date(1e12), '2001-09-09T01:46:40.000Z', 'text'],
		[
			'a Luxon value and its text',
			DateTime.fromMillis(1e12, { zone: 'Asia/Tokyo' }),
			'2001-09-09T10:46:40.000+09:00',
			'text',
		],
		[
			'a Luxon value in two time zones',
			DateTime.fromMillis(1e12, { zone: 'Asia/Tokyo' }),
			DateTime.fromMillis(1e12, { zone: 'America/New_York' }),
			'text',
		],
		['a text with and without invisible marks', 'A-1001', '\ufeffA-10\u200b01\u2060', 'text'],
		['one minute in two time zones', '2026-11-24T10:40:59Z', '2026-11-24T12:40:01+02:00', 'minute'],
	])('%s', (_name, one, other, treatAs) => {
		expect(idOfValue(one, treatAs)).toBe(idOfValue(other, treatAs));
	});

	/** How databases, spreadsheets, programs and n8n itself write the same moment. */
	it.each([
		'2026-11-24T10:40:00.000Z',
		'2026-11-24T10:40:00.000000000Z',
		'2026-11-24T10:40:00z',
		'2026-11-24t10:40:00Z',
		'2026-11-24T10:40Z',
		'2026-11-24 10:40:00Z',
		'2026-11-24T10:40:00,000Z',
		'2026-11-24T10:40:00+00:00',
		'2026-11-24T10:40:00-00:00',
		'2026-11-24 10:40:00+00',
		'2026-11-24T10:40:00.000+0000',
		'2026-11-24 10:40:00 UTC',
		'2026-11-24 10:40:00 +00:00',
		'2026-11-24T12:40:00.000+02:00',
		'2026-11-23T23:10:00-11:30',
		' 2026-11-24T10:40:00\u200bZ\n',
	])('a moment, however it is written as text: %j', (written) => {
		const moment = '2026-11-24T10:40:00Z';
		expect(idOfValue(written)).toBe(idOfValue(moment));
		expect(idOfValue(`cus_1-${written.trim()}`)).toBe(idOfValue(`cus_1-${moment}`));
		expect(idOfValue(`${written.trim()}|1001`)).toBe(idOfValue(`${moment}|1001`));
	});

	it.each([
		['2026-11-24 10:40', '2026-11-24T10:40:00'],
		['2026-11-24T10:40:00.000', '2026-11-24T10:40:00'],
		['2026-11-24T10:40:00.1230Z', '2026-11-24T10:40:00.123Z'],
	])('a time without a zone, or with a fraction, in two notations: %s and %s', (one, other) => {
		expect(idOfValue(one)).toBe(idOfValue(other));
	});

	it('for any order of the fields', () => {
		const fields = [text('a', '1'), text('b', '2'), text('c', '3')];
		expect(idOf(fields.toReversed())).toBe(idOf(fields));
	});

	it('if the name of a field is written in NFD', () => {
		expect(idOf([text('Stra\u00dfe\u0301', 'x')])).toBe(
			idOf([text('Stra\u00dfe\u0301'.normalize('NFC'), 'x')]),
		);
	});
});

describe('two business decisions have two keys', () => {
	const one = [text('order', '1001')];

	it('in test mode and in live mode', () => {
		expect(idOf(one, { ...SCOPE, mode: 'test' })).not.toBe(idOf(one));
	});

	it('in two accounts', () => {
		expect(idOf(one, { ...SCOPE, account: 'acct_2' })).not.toBe(idOf(one));
	});

	it('for create and for capture, and for the capture of two objects', () => {
		const ids = ['paymentIntent.create', 'paymentIntent.capture pi_1', 'paymentIntent.capture pi_2'];
		expect(new Set(ids.map((operation) => idOf(one, SCOPE, operation))).size).toBe(3);
	});

	it('under two key secrets', () => {
		const ids = [undefined, 'a', 'b'].map((secret) => idOf(one, SCOPE, 'charge.create', secret));
		expect(new Set(ids).size).toBe(3);
	});

	it('when text moves from one field to the next', () => {
		expect(idOf([text('a', '1'), text('b', '23')])).not.toBe(idOf([text('a', '12'), text('b', '3')]));
		expect(idOf([text('a', '1"],["b","2')])).not.toBe(idOf([text('a', '1'), text('b', '2')]));
	});

	it.each([
		['a different millisecond', '2026-11-24T10:40:00.001Z', '2026-11-24T10:40:00Z'],
		['a tenth and a hundredth', '2026-11-24T10:40:00.1Z', '2026-11-24T10:40:00.01Z'],
		['a day and its midnight', '2026-11-24', '2026-11-24T00:00:00Z'],
		['a time without a time zone', '2026-11-24T10:40:00', '2026-11-24T10:40:00Z'],
		['invoices after a time', '2026-11-24T10:40:00-1001', '2026-11-24T10:41:00-1000'],
		['amounts after a time', '2026-11-24T10:40:00,100', '2026-11-24T10:40:00,10'],
		['amounts after a time and a point', '2026-11-24T10:40:00.100', '2026-11-24T10:40:00.10'],
		['days that do not exist', '2026-02-30T10:40:00Z', '2026-03-02T10:40:00Z'],
		['an hour that does not exist', '2026-11-24T24:00:00Z', '2026-11-25T00:00:00Z'],
		['offsets of UTC', '2026-11-24 10:40:00 UTC-1', '2026-11-24 10:40:00 UTC-2'],
		['numbers that begin like a time', '12026-11-24T10:40:00+00:00', '12026-11-24T10:40:00Z'],
	])('for %s in a text: %s and %s', (_what, first, second) => {
		expect(idOfValue(first)).not.toBe(idOfValue(second));
	});

	it('for "10" and "10.00" read as text', () => {
		expect(idOfValue('10')).not.toBe(idOfValue('10.00'));
	});
});

describe('a field without a usable value is refused by name', () => {
	it.each<[string, unknown, TreatAs, InvalidKeyFieldReason]>([
		['undefined', undefined, 'text', 'missing'],
		['null', null, 'text', 'empty'],
		['an empty text', '', 'text', 'empty'],
		['white space', ' \t\u00a0\n', 'text', 'empty'],
		['the text "undefined"', 'undefined', 'text', 'empty'],
		['the text "null"', ' NULL ', 'text', 'empty'],
		['the text "NaN"', 'NaN', 'text', 'empty'],
		['the text "[object Object]"', '[object Object]', 'text', 'empty'],
		['the text "Invalid Date"', 'Invalid Date', 'text', 'empty'],
		['the text "Invalid DateTime"', 'Invalid DateTime', 'text', 'empty'],
		['NaN', Number.NaN, 'text', 'empty'],
		['NaN as a number', Number.NaN, 'number', 'empty'],
		['a Date without a time', new Date(Number.NaN), 'text', 'empty'],
		['an object', { id: 1 }, 'text', 'not_one_value'],
		['an array, also of one', ['1001'], 'text', 'not_one_value'],
		['a function', () => '1001', 'text', 'not_one_value'],
		['a symbol', Symbol('1001'), 'text', 'not_one_value'],
		['an integer above 2^53', 2 ** 53, 'text', 'not_exact'],
		['an infinite number', Number.POSITIVE_INFINITY, 'text', 'not_exact'],
		['1e21, which prints with an exponent', 1e21, 'text', 'not_exact'],
		['a control character after digits', '1001\u0007', 'text', 'control_character'],
		['a control character after a number', '1001\u0007', 'number', 'control_character'],
		['a control character after a time', '2026-11-24T10:40:00Z\u0000', 'minute', 'control_character'],
		['"10,00" as a number', '10,00', 'number', 'not_a_number'],
		['"1e3" as a number', '1e3', 'number', 'not_a_number'],
		['"ten" as a number', 'ten', 'number', 'not_a_number'],
		['a truth value as a number', true, 'number', 'not_a_number'],
		['"tomorrow" as a time', 'tomorrow', 'minute', 'not_a_time'],
		['31 February as a time', '2026-02-31T10:00:00Z', 'hour', 'not_a_time'],
		['"24/11/2026" as a time', '24/11/2026', 'day', 'unclear_date'],
		['a day of a spreadsheet', 46205, 'day', 'serial_date'],
		['a date without signs', 20261124, 'day', 'unclear_date'],
		['a time without signs', '20261124104059', 'minute', 'unclear_date'],
		['a spreadsheet date read as ms', new Date(46205), 'day', 'not_a_time'],
		['null read as a time', new Date(null as never), 'day', 'empty'],
		['null read as a time, as text', new Date(null as never), 'text', 'empty'],
		[
			'null read as a time by Luxon, as text',
			DateTime.fromMillis(0, { zone: 'Europe/Berlin' }),
			'text',
			'empty',
		],
		['the Unix epoch in a different time zone', '1970-01-01T01:00:00+01:00', 'text', 'empty'],
		['a time before 2000', '1999-12-31T23:59:59Z', 'hour', 'not_a_time'],
		['a time from 2100 on', '2100-01-01T00:00:00Z', 'minute', 'not_a_time'],
		['"1.200" as a number', '1.200', 'number', 'thousands_or_decimals'],
		['"2.000" as a number', '2.000', 'number', 'thousands_or_decimals'],
		['"-1.200" as a number', ' -1.200\u200b', 'number', 'thousands_or_decimals'],
		['"0.125" as a number', '0.125', 'number', 'thousands_or_decimals'],
		['a spreadsheet error', '#N/A', 'text', 'spreadsheet_error'],
		['a spreadsheet error as a time', '#REF!', 'day', 'spreadsheet_error'],
		['digits that a spreadsheet dropped', '1.23457E+11', 'text', 'scientific'],
		['digits that a spreadsheet dropped, as a number', '1.23457E+11', 'number', 'scientific'],
		['an expression that was not evaluated', '{{ $json.order }}', 'text', 'not_evaluated'],
		['a part without meaning', 'cus_1-undefined', 'text', 'part'],
		['a zero-width space', '\u200b', 'text', 'empty'],
		['more marks than letters have', `a${'\u0300\u0315'.repeat(16)}`, 'text', 'not_one_spelling'],
	])('%s', (_name, value, treatAs, reason) => {
		expect(refusalOf([text('customer', 'c'), { name: 'order', value, treatAs }])).toEqual({
			reason,
			field: 'order',
		});
	});

	it('no field', () => {
		expect(refusalOf([])).toEqual({ reason: 'no_fields', field: '' });
	});
});

/** Whatever else an item or its request holds cannot change the key: the derivation never sees it. */
it('nothing but scope, operation, fields and key secret affects the key', () => {
	expect(deriveIdentity.length).toBe(4);
});

describe('for all values', () => {
	const word = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });
	const value = word.filter((candidate) => {
		try {
			return Boolean(idOfValue(candidate));
		} catch {
			return false;
		}
	});
	const named = fc.uniqueArray(fc.tuple(word, value), {
		minLength: 1,
		maxLength: 5,
		selector: ([name]) => toCanonicalText(name),
	});
	const spelt = (written: string, spelling: number) =>
		[written, written.normalize('NFD'), ` ${written}`, `${written.normalize('NFC')}\n`][spelling] ??
		written;

	it('order and spelling change nothing', () =>
		checkProperty(
			'keys: same values, same key',
			500,
			fc.property(named, fc.integer({ min: 0, max: 3 }), fc.integer(), (fields, spelling, seed) => {
				const shuffled = fields
					.map(([name, of]) => text(name, spelt(of, spelling)))
					.toSorted((a, b) => Math.sin(seed + a.name.length) - Math.sin(seed + b.name.length));
				expect(idOf(shuffled)).toBe(idOf(fields.map(([name, of]) => text(name, of))));
			}),
		));

	it('different values give a different key', () =>
		checkProperty(
			'keys: other values, another key',
			500,
			fc.property(named, named, (one, other) => {
				const canonical = (fields: [string, string][]) =>
					JSON.stringify(
						fields
							.map((field) => field.map(toCanonicalText))
							.sort((a, b) => (a.join('\0') < b.join('\0') ? -1 : 1)),
					);
				fc.pre(canonical(one) !== canonical(other));
				const ids = [one, other].map((fields) => idOf(fields.map(([name, of]) => text(name, of))));
				expect(ids[0]).not.toBe(ids[1]);
			}),
		));

	it('the key is one that Stripe accepts: ASCII, at most 255 characters, without the field values', () =>
		checkProperty(
			'keys: what Stripe accepts',
			300,
			fc.property(named, fc.integer({ min: 1, max: 1e6 }), (fields, attempt) => {
				const key = keyOfAttempt(idOf(fields.map(([name, of]) => text(name, of))), attempt);
				expect(key).toMatch(/^n8n_v1_[A-Za-z0-9_-]{43}(?:_\d+)?$/);
				expect(key.length).toBeLessThanOrEqual(255);
			}),
		));

	it('each attempt has its own key', () => {
		const id = idOfValue('1001');
		expect(new Set([1, 2, 3, 12].map((attempt) => keyOfAttempt(id, attempt))).size).toBe(4);
	});
});

describe('a rounded time', () => {
	const at = (value: unknown, treatAs: TreatAs) =>
		deriveIdentity(SCOPE, 'charge.create', [text('order', '1'), { name: 'at', value, treatAs }]);

	it('leads both sides of a boundary to one timeline, though their own keys differ', () => {
		const before = at('2026-11-24T10:40:59Z', 'minute');
		const after = at('2026-11-24T10:41:00Z', 'minute');
		expect(before.entryId).not.toBe(after.entryId);
		expect(before.timeIndex?.timeIndexId).toBe(after.timeIndex?.timeIndexId);
		expect(before.timeIndex?.times).toEqual([
			{ instant: Date.UTC(2026, 10, 24, 10, 40, 59), bucket: 'minute' },
		]);
	});

	it('has a timeline for each set of the other fields', () => {
		const other = deriveIdentity(SCOPE, 'charge.create', [
			text('order', '2'),
			{ name: 'at', value: '2026-11-24T10:40:59Z', treatAs: 'minute' },
		]);
		expect(other.timeIndex?.timeIndexId).not.toBe(
			at('2026-11-24T10:40:59Z', 'minute').timeIndex?.timeIndexId,
		);
	});

	it('is not confused with an entry: a timeline has a different kind of ID', () => {
		expect(at('2026-11-24T10:40:59Z', 'minute').timeIndex?.timeIndexId).toMatch(/^timeline_v1_/);
	});

	it('is absent if no field is a time', () => {
		expect(deriveIdentity(SCOPE, 'charge.create', [text('order', '1')]).timeIndex).toBeUndefined();
	});
});
