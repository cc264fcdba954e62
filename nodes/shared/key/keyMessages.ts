import type { InvalidKeyFieldError, InvalidKeyFieldReason } from '../../../ledger/identity/key';
import type { UnusableTextKind } from '../../../ledger/identity/unusableText';
import { ItemError } from '../run/error';
import { TIME_MESSAGES } from './treatAs';

/** Labels of parameters that are a key on their own. They are also the names of the key fields. */
export const EVENT_ID = 'Event ID';
export const CUSTOM_VALUE = 'Custom Value';

/** Converts an invalid key field to an error for the person who chose the fields. */
export function keyToItemError(error: InvalidKeyFieldError): ItemError {
	const isOfOneParameter = error.field === EVENT_ID || error.field === CUSTOM_VALUE;
	const label = isOfOneParameter ? error.field : 'Key Fields';
	const [problem, nextStep] = isOfOneParameter
		? describeParameterError(error.reason)
		: describeFieldError(error.reason, error.field);
	return new ItemError(label, problem, nextStep, 'missing_key');
}

type KeyMessage = readonly [problem: string, nextStep: string];

/** Values that are present but mean nothing: what they are, and what to do. Used for fields and parameters. */
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
	control_character: [
		'a text with an invisible control character',
		'Delete that character at its source, e.g. by retyping the value. With it, the same number would be a different payment.',
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

function isMeaningless(reason: string): reason is keyof typeof MEANINGLESS_VALUES {
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
	if (!isMeaningless(reason)) return OTHER_FIELD_MESSAGES[reason](field);
	const [problem, nextStep] = MEANINGLESS_VALUES[reason];
	return [`names "${field}", which is ${problem}`, nextStep];
}

/** Why a text cannot be a name, which identifies something as a part of a key does. */
export function describeUnusableName(reason: UnusableTextKind, name: string): KeyMessage {
	if (isMeaningless(reason)) return describeParameterError(reason);
	return [`is "${name}", which names nothing`, 'Enter a name that stays the same.'];
}

type FieldMessage = (field: string) => KeyMessage;

const OTHER_FIELD_MESSAGES: Readonly<Record<OtherReason, FieldMessage>> = {
	no_fields: () => [
		'has no field',
		'Add a field that identifies one business decision, e.g. the order number.',
	],
	missing: (field) => [
		`names "${field}", which this item does not have`,
		'Check the spelling. Enter the name of the field, not its value, or drag it from the input panel.',
	],
	empty: (field) => [
		`names "${field}", which is empty in this item`,
		'Fill the field before this node, or choose a different one. Without it, different payments would look the same.',
	],
	not_one_value: (field) => [
		`names "${field}", which holds several values`,
		`Choose one value in it, e.g. ${field}.id.`,
	],
	not_exact: (field) => [
		`names "${field}", a number with too many digits to be exact`,
		'Pass it as text, in quotes.',
	],
	not_a_number: (field) => [
		`names "${field}", which is not a plain number`,
		'Treat it as text, or write it like 19.99.',
	],
	thousands_or_decimals: (field) => [
		`names "${field}", a text whose point could separate thousands or decimals`,
		'Write it without the point, or with two digits after it, or treat it as text.',
	],
	serial_date: describeTimeField('serial_date'),
	unclear_date: describeTimeField('unclear_date'),
	not_a_time: describeTimeField('not_a_time'),
};

function describeTimeField(reason: keyof typeof TIME_MESSAGES): FieldMessage {
	const [problem, nextStep] = TIME_MESSAGES[reason];
	return (field) => [`names "${field}", which is ${problem}`, nextStep];
}
