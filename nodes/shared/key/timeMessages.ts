import type { TimeFault } from '../../../ledger/identity/timeBucket';

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
