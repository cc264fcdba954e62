import type { INodeProperties } from 'n8n-workflow';
import type Stripe from 'stripe';

import { toDecimalText } from '../../../ledger/identity/decimal';
import { buildAdditionalFields, buildTextProperty, otherParameters } from '../../shared/parameters/fields';
import { buildPicker } from '../../shared/parameters/picker';
import type { ParameterReader } from '../../shared/parameters/parameterReader';
import { checkParamNames, keepName } from '../../shared/parameters/stripeParams';
import type { StripeResource } from './operation';

const eventName: INodeProperties = {
	displayName: 'Event Name',
	name: 'eventName',
	type: 'resourceLocator',
	required: true,
	default: { mode: 'list', value: '' },
	description: 'The meter that counts the usage',
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			typeOptions: { searchListMethod: 'searchMeterEventName', searchable: true },
		},
		{ displayName: 'By Name', name: 'name', type: 'string', placeholder: 'e.g. api_calls' },
	],
};

const payload: INodeProperties = {
	displayName: 'Other Payload',
	name: 'payload',
	type: 'fixedCollection',
	typeOptions: { multipleValues: true },
	placeholder: 'Add Payload',
	default: {},
	description:
		'Further values that the meter reads: its dimensions, or the customer and value where it calls them other than stripe_customer_id and value',
	options: [
		{
			displayName: 'Entry',
			name: 'entry',
			values: [
				{ displayName: 'Key', name: 'key', type: 'string', default: '', placeholder: 'e.g. region' },
				{ displayName: 'Value', name: 'value', type: 'string', default: '', placeholder: 'e.g. eu' },
			],
		},
	],
};

export const meterEventResource: StripeResource = {
	value: 'meterEvent',
	name: 'Meter Event',
	permission: 'billing_meter_event',
	operations: [
		{
			kind: 'write',
			class: 'create',
			value: 'create',
			name: 'Create',
			action: 'Create a meter event',
			description: 'Report what a customer has used. Stripe cannot show it again later.',
			path: () => '/v1/billing/meter_events',
			params: (read) =>
				checkParamNames<Stripe.Billing.MeterEventCreateParams>({
					event_name: read.text('eventName'),
					payload: readPayload(read),
					...read.additionalFields(),
				}),
			properties: [
				eventName,
				buildPicker('customer'),
				buildTextProperty('Value', 'value', {
					required: true,
					placeholder: 'e.g. 25',
					description: 'How much was used. Can be negative, to correct an earlier report.',
				}),
				payload,
				buildAdditionalFields<Stripe.Billing.MeterEventCreateParams>([
					buildTextProperty('Identifier', 'identifier', {
						description:
							'A text that Stripe accepts only once per day. If empty, the idempotency key is used.',
					}),
					otherParameters,
					keepName({
						displayName: 'Timestamp',
						name: 'timestamp',
						type: 'dateTime',
						default: '',
						description:
							'When it was used: at most 35 days ago, and at most 5 minutes ahead. If empty, now.',
					}),
				]),
			],
		},
	],
};

/**
 * A row must not replace a value from a field of its own: a model may fill in rows, but a person has fixed the customer.
 *
 * @throws ItemError
 */
function readPayload(read: ParameterReader): Record<string, string> {
	const own: Record<string, string> = { stripe_customer_id: read.id('customer'), value: readValue(read) };
	const rows = read.entries('payload');
	const name = Object.keys(own).find((key) => (rows[key] ?? own[key]) !== own[key]);
	if (name === undefined) return { ...rows, ...own };
	const label = name === 'value' ? 'Value' : 'Customer';
	throw read.buildError(
		'payload',
		`has "${name}", and ${label} says something else`,
		'Leave the row out, or correct it.',
	);
}

/**
 * Returns a number in the form that Stripe parses.
 *
 * @throws ItemError
 */
function readValue(read: ParameterReader): string {
	read.text('value');
	const decimal = toDecimalText(read.value('value'));
	if (decimal !== undefined) return decimal;
	throw read.buildError('value', `is "${read.text('value')}"`, 'Enter a number, e.g. 25 or 0.5.');
}
