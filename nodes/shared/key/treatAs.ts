import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import type { KeyField, TreatAs } from '../../../ledger/identity/key';
import type { TimeZone, TimeFault } from '../../../ledger/identity/timeBucket';
import { BUCKETS, isTimeZone, UTC } from '../../../ledger/identity/timeBucket';
import { ItemError } from '../run/error';
import { nodeOfRun } from '../run/origin';
import { parametersOf } from '../parameters/parametersOfRun';
import { joinChoices, toJson } from '../parameters/values';

/** How to interpret the value of a key field: the choices of the editor. */
export const TREAT_AS: { name: string; value: TreatAs; description: string }[] = [
	{ name: 'Day', value: 'day', description: 'A time, rounded down to the day in Time Zone' },
	{ name: 'Hour', value: 'hour', description: 'A time, rounded down to the hour in Time Zone' },
	{ name: 'Minute', value: 'minute', description: 'A time, rounded down to the minute' },
	{ name: 'Number', value: 'number', description: '10, "10" and "10.00" are the same value' },
	{
		name: 'Text',
		value: 'text',
		description:
			'As it is, without leading or trailing spaces. A time with a time zone counts as its moment.',
	},
];

/**
 * Applies to all key fields. It cannot be hidden when no row rounds a time: n8n drops the value of a parameter that depends on a
 * row, and the key of a paid order would change.
 */
export const timeZoneProperty: INodeProperties = {
	displayName: 'Time Zone',
	name: 'timeZone',
	type: 'string',
	default: UTC,
	placeholder: 'e.g. Europe/Berlin',
	description:
		'Only for fields that are treated as a day, an hour or a minute: where these begin, and the time zone of times without an offset. Do not change it later: around midnight a different time zone gives a different key.',
};

/**
 * Reads how to interpret a key field.
 *
 * @param given the value of Treat As for this item
 * @throws ItemError for a value that the editor does not offer, and for an unknown time zone
 */
export function readTreatment(
	context: IExecuteFunctions,
	itemIndex: number,
	field: string,
	given: unknown,
): Pick<KeyField, 'treatAs' | 'timeZone'> {
	const chosen = TREAT_AS.find(({ value }) => value === given)?.value;
	if (chosen === undefined) {
		throw new ItemError(
			'Key Fields',
			`treats "${field}" as ${toJson(given)}`,
			`Its expression must return ${joinChoices(TREAT_AS.map(({ value }) => value))}.`,
		);
	}
	const isUnsafeInteger = BUCKETS.some((bucket) => bucket === chosen);
	return isUnsafeInteger
		? { treatAs: chosen, timeZone: readTimeZone(context, itemIndex) }
		: { treatAs: chosen };
}

function readTimeZone(context: IExecuteFunctions, itemIndex: number): TimeZone {
	const given = parametersOf(context).value('timeZone', itemIndex, UTC);
	const name = typeof given === 'string' ? given.trim() : given;
	if (name === '' && nodeOfRun(context).parameters.timeZone === '') return UTC;
	if (typeof name === 'string' && isTimeZone(name)) return name;
	throw new ItemError(
		'Time Zone',
		`is ${name === '' ? 'empty' : toJson(name ?? null)}, which is not a known time zone`,
		'Write its name in the IANA database, e.g. Europe/Berlin, America/New_York or UTC.',
		'missing_key',
	);
}

/** What is wrong with a value that is not a valid time, and how to write it. */
export const TIME_MESSAGES: Readonly<Record<TimeFault, readonly [problem: string, nextStep: string]>> = {
	serial_date: [
		'a plain number, as a spreadsheet writes a date',
		'Write it like 2026-11-24, e.g. {{ DateTime.fromISO("1899-12-30").plus({ days: $json.date }).toISODate() }}.',
	],
	unclear_date: [
		'a date in which day and month are ambiguous',
		'Write it like 2026-11-24, e.g. {{ DateTime.fromFormat($json.date, "dd/MM/yyyy").toISODate() }}.',
	],
	not_a_time: ['not a date or time', 'Write it like 2026-11-24T10:40:00Z.'],
};
