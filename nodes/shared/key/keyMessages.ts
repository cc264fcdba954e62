import type { InvalidKeyFieldError, InvalidKeyFieldReason } from '../../../ledger/identity/key';
import { ItemError } from '../run/error';
import { TIME_MESSAGES } from './timeMessages';

/** Labels of the parameters that are a key by themselves; they are the names of their fields too. */
export const EVENT_ID = 'Event ID';
export const CUSTOM_VALUE = 'Custom Value';

/** A key that cannot be derived, in words for the person who chose the fields. */
export function keyToItemError(error: InvalidKeyFieldError): ItemError {
	const isOfOneParameter = error.field === EVENT_ID || error.field === CUSTOM_VALUE;
	const label = isOfOneParameter ? error.field : 'Key Fields';
	const [problem, nextStep] = isOfOneParameter
		? describeParameterError(error.reason)
		: describeFieldError(error.reason, error.field);
	return new ItemError(label, problem, nextStep, 'missing_key');
}

type KeyMessage = readonly [problem: string, nextStep: string];

/** Values that are there and say nothing: what they are, and how to get unstuck. The same for a field and a parameter. */
const MEANINGLESS_VALUES = {
	spreadsheet_error: [
		'a spreadsheet error in this item',
		'Correct the formula, or the row, in the spreadsheet.',
	],
	scientific: [
		'a number in scientific notation, from which a spreadsheet dropped digits',
		'Format that column as text in the spreadsheet and export it again. Different numbers look the same in this notation.',
	],
	not_evaluated: [
		'an expression that was not evaluated',
		'Switch the field that contains it to Expression, so that it begins with =.',
	],
	part: [
		'built from parts, one of which is empty in this item',
		'Fill the missing field. Without it, different payments would look the same.',
	],
	not_one_spelling: [
		'a text with more accents on one letter than any language has',
		'Choose a different value.',
	],
} as const satisfies Partial<Record<InvalidKeyFieldReason, KeyMessage>>;

type OtherReason = Exclude<InvalidKeyFieldReason, keyof typeof MEANINGLESS_VALUES>;

function isMeaningless(reason: InvalidKeyFieldReason): reason is keyof typeof MEANINGLESS_VALUES {
	return Object.hasOwn(MEANINGLESS_VALUES, reason);
}

function describeParameterError(reason: InvalidKeyFieldReason): KeyMessage {
	if (isMeaningless(reason)) {
		const [problem, nextStep] = MEANINGLESS_VALUES[reason];
		return [`is ${problem}`, nextStep];
	}
	if (reason === 'not_one_value') return ['is an object', 'Enter one value, e.g. {{ $json.id }}.'];
	if (reason === 'not_exact') return ['is a number with too many digits to be exact', 'Pass it as text.'];
	return [
		'is empty',
		'Its expression must return a value for this item. Without it, different payments would look the same.',
	];
}

function describeFieldError(reason: InvalidKeyFieldReason, field: string): KeyMessage {
	if (!isMeaningless(reason)) return describeOtherFieldError(reason, field);
	const [problem, nextStep] = MEANINGLESS_VALUES[reason];
	return [`names "${field}", which is ${problem}`, nextStep];
}

function describeOtherFieldError(reason: OtherReason, field: string): KeyMessage {
	switch (reason) {
		case 'no_fields':
			return [
				'has no field',
				'Add a field that identifies one business decision, e.g. the order number.',
			];
		case 'missing':
			return [
				`names "${field}", which this item does not have`,
				'Check the spelling. Enter the name of the field, not its value, or drag it from the input panel.',
			];
		case 'empty':
			return [
				`names "${field}", which is empty in this item`,
				'Fill the field before this node, or choose a different one. Without it, different payments would look the same.',
			];
		case 'not_one_value':
			return [
				`names "${field}", which holds several values`,
				`Choose one value in it, e.g. ${field}.id.`,
			];
		case 'not_exact':
			return [
				`names "${field}", a number with too many digits to be exact`,
				'Pass it as text, in quotes.',
			];
		case 'not_a_number':
			return [
				`names "${field}", which is not a plain number`,
				'Treat it as text, or write it like 19.99.',
			];
		case 'thousands_or_decimals':
			return [
				`names "${field}", a text whose point could separate thousands or decimals`,
				'Write it without the point, or with two digits after it, or treat it as text.',
			];
		case 'serial_date':
		case 'unclear_date':
		case 'not_a_time': {
			const [problem, nextStep] = TIME_MESSAGES[reason];
			return [`names "${field}", which is ${problem}`, nextStep];
		}
	}
}
