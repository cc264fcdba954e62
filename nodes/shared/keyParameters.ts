import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import type { KeyField, KeyRefusalReason, TreatAs } from '../../ledger/key';
import { KeyRefusal } from '../../ledger/key';
import { isNothing } from '../../ledger/nothing';
import { isRounded } from './findsNothing';
import { locate } from './path';
import { Refusal } from './refusal';
import { jsonOf, plain } from './values';

export const TREAT_AS: { name: string; value: TreatAs; description: string }[] = [
	{ name: 'Day', value: 'day', description: 'A time, rounded down to the day in UTC' },
	{ name: 'Hour', value: 'hour', description: 'A time, rounded down to the hour' },
	{ name: 'Minute', value: 'minute', description: 'A time, rounded down to the minute' },
	{ name: 'Number', value: 'number', description: '10, "10" and "10.00" are one value' },
	{ name: 'Text', value: 'text', description: 'As it is, without white space around it' },
];

const EVENT_ID = 'Event ID';
const CUSTOM_VALUE = 'Custom Value';

/** The parameters that choose what makes a payment the same payment. */
export const keyProperties: INodeProperties[] = [
	{
		displayName: 'Charge Once Per',
		name: 'keySource',
		type: 'options',
		options: [
			{
				name: 'Custom Value',
				value: 'custom',
				description: 'A value that you make yourself from business data',
			},
			{
				name: 'Event',
				value: 'event',
				description: 'The ID of the webhook delivery or message that asks for it',
			},
			{
				name: 'Fields of the Item',
				value: 'fields',
				description: 'Fields that together name one business decision, such as the order number',
			},
		],
		default: 'fields',
		description:
			'What makes two items the same request. From it the idempotency key is derived: same values, same key, one effect in Stripe, however often the workflow runs.',
	},
	{
		displayName: 'Key Fields',
		name: 'keyFields',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true },
		placeholder: 'Add Field',
		default: { field: [{ path: '', treatAs: 'text' }] },
		description:
			'Fields that stay the same when the workflow runs again for the same decision. Never the time of the run or the execution ID.',
		displayOptions: { show: { keySource: ['fields'] } },
		options: [
			{
				displayName: 'Field',
				name: 'field',
				values: [
					{
						displayName: 'Field Name',
						name: 'path',
						type: 'string',
						default: '',
						requiresDataPath: 'single',
						placeholder: 'e.g. order.number',
						description: 'Name of the field in the input item; drag it here from the input panel',
					},
					{
						displayName: 'Treat As',
						name: 'treatAs',
						type: 'options',
						options: TREAT_AS,
						default: 'text',
					},
				],
			},
		],
	},
	{
		displayName: 'Event ID',
		name: 'eventId',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. {{ $json.headers["x-event"] }}',
		description: 'The same for every delivery of one event',
		displayOptions: { show: { keySource: ['event'] } },
	},
	{
		displayName: 'Custom Value',
		name: 'customKey',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. {{ $json.customer }}-{{ $json.invoice_number }}',
		description: 'The same at every run for the same decision',
		displayOptions: { show: { keySource: ['custom'] } },
	},
];

/** The same where no payment is made: each node says what is done once. */
export function keyPropertiesFor(displayName: string, what: string): INodeProperties[] {
	return keyProperties.map((property) =>
		property.name === 'keySource'
			? {
					...property,
					displayName,
					description: `What makes two items the same request. From it the idempotency key is derived: same values, same key, ${what}, however often the workflow runs.`,
				}
			: property,
	);
}

/** The fields of one item from which its entry is derived. @throws Refusal when none are chosen */
export function readKeyFields(context: IExecuteFunctions, itemIndex: number): KeyField[] {
	const source = context.getNodeParameter('keySource', itemIndex, 'fields') as string;
	switch (source) {
		case 'event':
			return [single(context, itemIndex, 'eventId', EVENT_ID)];
		case 'custom':
			return [single(context, itemIndex, 'customKey', CUSTOM_VALUE)];
		case 'fields':
			return chosenFields(context, itemIndex);
		default:
			throw new Refusal(
				'Charge Once Per',
				`is "${source}", which this version does not know`,
				'Choose it from the list, or update the package.',
				'missing_key',
			);
	}
}

function single(context: IExecuteFunctions, itemIndex: number, parameter: string, label: string): KeyField {
	const written = context.getNode().parameters[parameter];
	for (const part of expressionsIn(written)) {
		const found: unknown = context.evaluateExpression(part, itemIndex);
		// What a double has rounded would make one payment of several.
		if (isRounded(found)) throw new KeyRefusal('not_exact', label);
		if (Array.isArray(found)) throw new KeyRefusal('not_one_value', label);
		if (isEmptyPart(found)) {
			throw new Refusal(
				label,
				`has a part that is empty in this item: ${part}`,
				'Fill that field before this node: without it, different payments would look the same.',
				'missing_key',
			);
		}
	}
	const value: unknown = context.getNodeParameter(parameter, itemIndex, '');
	if (typeof value === 'string' && LEFT_BY_NOTHING.test(value)) {
		throw new Refusal(
			label,
			`is "${value}", in which a field was empty`,
			'Fill that field before this node: without it, different payments would look the same.',
			'missing_key',
		);
	}
	return { name: label, value, treatAs: 'text' };
}

/** Words that JavaScript leaves in a text where a value was missing. */
const LEFT_BY_NOTHING = /(?:^|[^a-z0-9])(?:undefined|null|nan|\[object \w+\])(?:$|[^a-z0-9])/i;

/** Whether a part of a text leaves nothing behind, or a word that only says so. */
function isEmptyPart(value: unknown): boolean {
	if (typeof value === 'string') return isNothing(value);
	if (value === undefined || value === null || Number.isNaN(value)) return true;
	return typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype;
}

/** Each `{{ … }}` of a text that is put together; one alone is the value itself, and is looked at as such. */
function expressionsIn(written: unknown): string[] {
	if (typeof written !== 'string' || !written.startsWith('=')) return [];
	const parts = written.match(/\{\{[\s\S]+?\}\}/g) ?? [];
	return parts[0] === written.slice(1).trim() ? [] : parts;
}

function chosenFields(context: IExecuteFunctions, itemIndex: number): KeyField[] {
	const chosen = context.getNodeParameter('keyFields.field', itemIndex, []) as {
		path?: unknown;
		treatAs?: unknown;
	}[];
	const json = context.getInputData()[itemIndex]?.json ?? {};
	return chosen.map(({ path, treatAs = 'text' }) => {
		const name = plain(path).trim();
		if (name === '') {
			throw new Refusal(
				'Key Fields',
				'has a field without a name',
				'Drag a field there from the input panel, or remove the row.',
				'missing_key',
			);
		}
		return { ...locate(json, name), treatAs: treatAsOf(name, treatAs) };
	});
}

export function treatAsOf(field: string, given: unknown): TreatAs {
	const chosen = TREAT_AS.find(({ value }) => value === given);
	if (chosen) return chosen.value;
	throw new Refusal(
		'Key Fields',
		`treats "${field}" as ${jsonOf(given)}`,
		`Its expression must give ${TREAT_AS.map(({ value }) => value).join(' or ')}.`,
	);
}

/** A key that cannot be derived, in words for the person who chose the fields. */
export function refusalOfKey(refusal: KeyRefusal): Refusal {
	const isOfOneParameter = refusal.field === EVENT_ID || refusal.field === CUSTOM_VALUE;
	const label = isOfOneParameter ? refusal.field : 'Key Fields';
	const [what, nextStep] = isOfOneParameter
		? wordsOfParameter(refusal.reason)
		: wordsOfField(refusal.reason, refusal.field);
	return new Refusal(label, what, nextStep, 'missing_key');
}

type Words = readonly [what: string, nextStep: string];

/** Values that are there and say nothing: what they are, and how to get unstuck. The same for a field and a parameter. */
const SAYING_NOTHING = {
	spreadsheet_error: [
		'a spreadsheet error in this item',
		'Correct the formula, or the row, in the spreadsheet.',
	],
	scientific: [
		'a number in scientific form, of which a spreadsheet has dropped digits',
		'Format that column as text in the spreadsheet and export it again: several numbers look the same in this form.',
	],
	not_evaluated: [
		'an expression that was not evaluated',
		'Switch the field in which it is written to Expression, so that it begins with =.',
	],
	part: [
		'put together from parts of which one says nothing in this item',
		'Fill the field that is missing: without it, different payments would look the same.',
	],
	not_one_spelling: ['a text with more marks on one letter than any language has', 'Choose another value.'],
} as const satisfies Partial<Record<KeyRefusalReason, Words>>;

type OtherReason = Exclude<KeyRefusalReason, keyof typeof SAYING_NOTHING>;

function saysNothing(reason: KeyRefusalReason): reason is keyof typeof SAYING_NOTHING {
	return Object.hasOwn(SAYING_NOTHING, reason);
}

function wordsOfParameter(reason: KeyRefusalReason): Words {
	if (saysNothing(reason)) {
		const [what, nextStep] = SAYING_NOTHING[reason];
		return [`is ${what}`, nextStep];
	}
	if (reason === 'not_one_value') return ['is an object', 'Give one value, e.g. {{ $json.id }}.'];
	if (reason === 'not_exact') return ['is a number with too many digits to be exact', 'Pass it as text.'];
	return [
		'is empty',
		'Its expression must find a value in this item: without it, different payments would look the same.',
	];
}

function wordsOfField(reason: KeyRefusalReason, field: string): Words {
	if (!saysNothing(reason)) return wordsOfOtherField(reason, field);
	const [what, nextStep] = SAYING_NOTHING[reason];
	return [`names "${field}", which is ${what}`, nextStep];
}

function wordsOfOtherField(reason: OtherReason, field: string): Words {
	switch (reason) {
		case 'no_fields':
			return ['has no field', 'Add a field that names one business decision, e.g. the order number.'];
		case 'missing':
			return [
				`names "${field}", which this item does not have`,
				'Check the spelling. Give the name of the field, not its value: drag it there from the input panel.',
			];
		case 'empty':
			return [
				`names "${field}", which is empty in this item`,
				'Fill the field before this node, or choose another one: without it, different payments would look the same.',
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
		case 'not_a_time':
			return [
				`names "${field}", which is not a date or time`,
				'Treat it as text, or write it like 2026-11-24T10:40:00Z.',
			];
	}
}
