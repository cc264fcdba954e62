import { createHash, createHmac } from 'node:crypto';

import { DateTime } from 'luxon';

import { toCanonicalText, hasStackedMarks } from '../model/canonicalText';
import { toCanonicalTimes } from '../model/canonicalTimes';
import { toDecimalText, isThousandsOrDecimals } from './decimal';
import type { Bucket, TimeFault, TimeZone } from './timeBucket';
import { bucketOf, isBusinessTime, parseTimeOrFault } from './timeBucket';
import type { UnusableTextKind } from './unusableText';
import { detectUnusableKeyText } from './unusableText';

/** The version of the derivation. It changes only together with a new prefix: an existing entry must never get a new key. */
const DERIVATION = 'v1';

/** How a field's value is normalized before it becomes part of a key. */
export type TreatAs = 'text' | 'number' | Bucket;

/** A business field that the user chose. Its path is its name in the key. */
export interface KeyField {
	name: string;
	value: unknown;
	treatAs: TreatAs;
	/** The zone in which a time is rounded, and parsed if it has no offset. Defaults to UTC. */
	timeZone?: TimeZone;
}

/** Separates otherwise equal entries: test and live mode never share entries, nor do two Stripe accounts. */
export interface Scope {
	mode: 'test' | 'live';
	account: string;
}

/** A field of a key: name and canonical text. */
export type CanonicalField = readonly [name: string, value: string];

/** A time in ms since the epoch, and the bucket that it is rounded to. */
export interface RoundedTime {
	instant: number;
	bucket: Bucket;
	timeZone?: TimeZone;
}

/** The time index that finds the same payment on the other side of a bucket's boundary. */
export interface TimeIndexRef {
	timeIndexId: string;
	times: RoundedTime[];
}

export interface Identity {
	entryId: string;
	fields: CanonicalField[];
	timeIndex?: TimeIndexRef;
}

export type InvalidKeyFieldReason =
	| ('no_fields' | 'missing' | 'empty' | 'not_one_value' | 'not_one_spelling')
	| ('not_exact' | 'not_a_number' | 'thousands_or_decimals' | TimeFault)
	| Exclude<UnusableTextKind, 'blank' | 'word'>;

/** A field that no key can be derived from. Nothing may be sent for such an item. */
export class InvalidKeyFieldError extends Error {
	constructor(
		readonly reason: InvalidKeyFieldReason,
		readonly field = '',
	) {
		super(`no key: ${reason}${field ? ` (${field})` : ''}`);
		this.name = 'InvalidKeyFieldError';
	}
}

/**
 * Derives the entry id: SHA-256, or HMAC-SHA-256 with `keySecret`, over the canonical JSON (RFC 8785) of `["v1", mode, account,
 * operation, [[name, value]…]]`. Fields are sorted by name, so that reordering them changes nothing. All values are strings,
 * for which `JSON.stringify` is RFC 8785's canonical form.
 *
 * @param operation operation and object, e.g. `paymentIntent.capture pi_123`
 * @throws InvalidKeyFieldError if a field has no value that a key can be derived from
 */
export function deriveIdentity(
	scope: Scope,
	operation: string,
	keyFields: readonly KeyField[],
	keySecret?: string,
): Identity {
	if (keyFields.length === 0) throw new InvalidKeyFieldError('no_fields');
	const read = keyFields
		.map(readField)
		.sort((a, b) => compare(a.field[0], b.field[0]) || compare(a.field[1], b.field[1]));
	const fields = read.map(({ field }) => field);
	const hash = (prefix: string, of: CanonicalField[]) =>
		`${prefix}_${digest(JSON.stringify([DERIVATION, scope.mode, scope.account, operation, of]), keySecret)}`;
	const entryId = hash(DERIVATION, fields);
	const times = read.flatMap(({ time }) => (time ? [time] : []));
	if (times.length === 0) return { entryId, fields };
	const fieldsWithoutTime = read.map(({ field, time }): CanonicalField =>
		time ? [field[0], `any ${time.bucket}`] : field,
	);
	return {
		entryId,
		fields,
		timeIndex: { timeIndexId: hash(`timeline_${DERIVATION}`, fieldsWithoutTime), times },
	};
}

/** Returns the Stripe `Idempotency-Key` of an attempt. Stripe allows 255 characters; this has 50 and a few. */
export function keyOfAttempt(entryId: string, attempt: number): string {
	return attempt === 1 ? `n8n_${entryId}` : `n8n_${entryId}_${attempt}`;
}

const ENTRY_ID = /^v1_[\w-]{43}$/;

/** Returns whether a text has the form of an entry id. */
export function isEntryId(text: string): boolean {
	return ENTRY_ID.test(text);
}

/** 32 bytes of SHA-256 in base64url, which may contain `_`. The fixed length tells where the attempt begins. */
const KEY_OF_ATTEMPT = /^n8n_(v1_[A-Za-z0-9_-]{43})(?:_[1-9]\d*)?$/;

/** Returns the id of the entry that an `Idempotency-Key` belongs to; undefined for a key that this package did not create. */
export function entryOfKey(key: string): string | undefined {
	return KEY_OF_ATTEMPT.exec(key)?.[1];
}

interface ReadField {
	field: CanonicalField;
	time?: RoundedTime;
}

function readField({ name, value, treatAs, timeZone }: KeyField): ReadField {
	if (value === undefined) throw new InvalidKeyFieldError('missing', name);
	const text = textOf(value, name);
	const label = toCanonicalText(name);
	const given = typeof value === 'string' ? text : value;
	switch (treatAs) {
		case 'text':
			return { field: [label, toMomentText(text, name)] };
		case 'number': {
			const decimal = toDecimalText(given);
			if (decimal === undefined) throw new InvalidKeyFieldError('not_a_number', name);
			if (isThousandsOrDecimals(given)) throw new InvalidKeyFieldError('thousands_or_decimals', name);
			return { field: [label, decimal] };
		}
		case 'minute':
		case 'hour':
		case 'day': {
			const instant = parseTimeOrFault(given, timeZone);
			if (typeof instant === 'string') throw new InvalidKeyFieldError(instant, name);
			if (!isBusinessTime(instant)) throw new InvalidKeyFieldError('not_a_time', name);
			const time = { instant, bucket: treatAs, ...(timeZone === undefined ? {} : { timeZone }) };
			return { field: [label, bucketOf(instant, treatAs, timeZone)], time };
		}
	}
}

/** @throws InvalidKeyFieldError if the value, or one part of it, is unusable */
function textOf(value: unknown, name: string): string {
	const written = primitiveToText(value, name);
	if (hasStackedMarks(written) || hasStackedMarks(name))
		throw new InvalidKeyFieldError('not_one_spelling', name);
	const unusable = detectUnusableKeyText(written);
	if (unusable === 'blank' || unusable === 'word') throw new InvalidKeyFieldError('empty', name);
	if (unusable) throw new InvalidKeyFieldError(unusable, name);
	return toCanonicalText(written);
}

/** @throws InvalidKeyFieldError for the zero of a clock in another time zone */
function toMomentText(text: string, name: string): string {
	const canonical = toCanonicalTimes(text);
	if (canonical !== text && detectUnusableKeyText(canonical)) throw new InvalidKeyFieldError('empty', name);
	return canonical;
}

function primitiveToText(value: unknown, name: string): string {
	if (value === null) throw new InvalidKeyFieldError('empty', name);
	if (value instanceof Date) return Number.isNaN(value.getTime()) ? '' : value.toISOString();
	if (DateTime.isDateTime(value)) return value.toISO() ?? '';
	if (typeof value === 'string') return value;
	if (typeof value === 'number') return numberToText(value, name);
	if (typeof value === 'boolean' || typeof value === 'bigint') return value.toString();
	throw new InvalidKeyFieldError('not_one_value', name);
}

/** Converts a number to the text that people write: 10 and "10" are one order. Above 2^53 two orders could share one double. */
function numberToText(value: number, name: string): string {
	if (Number.isNaN(value)) return '';
	const decimal = toDecimalText(value);
	if (decimal === undefined) throw new InvalidKeyFieldError('not_exact', name);
	return decimal;
}

function digest(canonical: string, keySecret: string | undefined): string {
	const hash = keySecret ? createHmac('sha256', keySecret) : createHash('sha256');
	return hash.update(canonical, 'utf8').digest('base64url');
}

function compare(a: string, b: string): number {
	return a < b ? -1 : a > b ? 1 : 0;
}
