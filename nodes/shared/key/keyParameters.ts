import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import type { KeyField } from '../../../ledger/identity/key';
import { CUSTOM_VALUE, EVENT_ID } from './keyMessages';
import { getByPath } from './dotPath';
import { ItemError } from '../run/error';
import { readKeySource } from './keySource';
import { isYesOrNo, readSingleKey } from './singleKey';
import { timeZoneProperty, TREAT_AS, readTreatment } from './treatAs';
import { parametersOf } from '../parameters/parametersOfRun';
import { toInputText } from '../parameters/values';
import { refuseToolCallId } from './unstableKey';

/** The parameters that determine when two items are the same payment. */
export const keyProperties: INodeProperties[] = [
	{
		displayName: 'Charge Once Per',
		name: 'keySource',
		type: 'options',
		options: [
			{
				name: 'Custom Value',
				value: 'custom',
				description: 'A value you build from business data',
			},
			{
				name: 'Event',
				value: 'event',
				description: 'The ID of the webhook delivery or message that requests it',
			},
			{
				name: 'Fields of the Item',
				value: 'fields',
				description: 'Fields that together identify one business decision, such as the order number',
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
			'Fields that stay the same when the workflow runs again for the same decision. Never use the time of the run or the execution ID.',
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
						placeholder: 'e.g. order_number',
						description:
							'Name of the field in the input item. Drag it here from the input panel.',
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
	{ ...timeZoneProperty, displayOptions: { show: { keySource: ['fields'] } } },
	{
		displayName: 'Event ID',
		name: 'eventId',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. {{ $json.headers["x-event"] }}',
		description: 'An ID that is the same for every delivery of one event',
		displayOptions: { show: { keySource: ['event'] } },
	},
	{
		displayName: 'Custom Value',
		name: 'customKey',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. {{ $json.customer }}-{{ $json.invoice_number }}',
		description: 'A value that is the same in every run for the same decision',
		displayOptions: { show: { keySource: ['custom'] } },
	},
];

/** The same for nodes that make no payment: each names what is done once. */
export function buildKeyProperties(displayName: string, effect: string): INodeProperties[] {
	return keyProperties.map((property) =>
		property.name === 'keySource'
			? {
					...property,
					displayName,
					description: `What makes two items the same request. From it the idempotency key is derived: same values, same key, ${effect}, however often the workflow runs.`,
				}
			: property,
	);
}

/**
 * Reads the fields from which the entry of an item is derived.
 *
 * @throws ItemError if none are chosen
 */
export function readKeyFields(context: IExecuteFunctions, itemIndex: number): KeyField[] {
	const source = readKeySource(context, itemIndex) as string;
	switch (source) {
		case 'event':
			return [readSingleKey(context, itemIndex, EVENT_ID)];
		case 'custom':
			return [readSingleKey(context, itemIndex, CUSTOM_VALUE)];
		case 'fields':
			return readChosenFields(context, itemIndex);
		default:
			throw new ItemError(
				'Charge Once Per',
				`is "${source}", which this version does not support`,
				'Choose it from the list, or update the package.',
				'missing_key',
			);
	}
}

function readChosenFields(context: IExecuteFunctions, itemIndex: number): KeyField[] {
	const rows = parametersOf(context).value('keyFields.field', itemIndex, []) as {
		path?: unknown;
		treatAs?: unknown;
	}[];
	const json = context.getInputData()[itemIndex]?.json ?? {};
	const fields = rows.map(({ path, treatAs = 'text' }) => {
		const name = toInputText(path);
		if (name.trim() === '') {
			throw new ItemError(
				'Key Fields',
				'has a field without a name',
				`Drag a field there from the input panel${rows.length > 1 ? ', or remove the row' : ''}.`,
				'missing_key',
			);
		}
		refuseToolCallId('Key Fields', name);
		return { ...getByPath(json, name), ...readTreatment(context, itemIndex, name, treatAs) };
	});
	if (fields.length > 0 && fields.every(({ value, treatAs }) => treatAs === 'text' && isYesOrNo(value))) {
		throw new ItemError(
			'Key Fields',
			`names only "${fields.map(({ name }) => name).join('", "')}", which is true or false, and cannot tell payments apart`,
			'Choose a field that identifies one business decision, e.g. the order number.',
			'missing_key',
		);
	}
	return fields;
}
