import type Stripe from 'stripe';

import {
	buildAdditionalFields,
	buildProseProperty,
	buildTextProperty,
	buildUntimedListProperties,
	otherParameters,
} from '../../shared/parameters/fields';
import type { ParameterReader } from '../../shared/parameters/parameterReader';
import { buildPicker } from '../../shared/parameters/picker';
import { checkParamNames } from '../../shared/parameters/stripeParams';
import { buildChoiceProperty, buildTimeProperty } from '../../shared/parameters/typedFields';
import { mergeValues } from '../../shared/parameters/values';
import type { StripeResource, WriteOperation } from './operation';
import { buildGet, buildGetMany } from './reads';

const meters = {
	resource: 'meter',
	path: '/v1/billing/meters',
	one: 'a meter',
	many: 'meters',
} as const;

const pathOf = (read: ParameterReader) => `${meters.path}/${read.id('meter')}`;
const target = (read: ParameterReader) => read.id('meter');

const displayName = buildProseProperty('Display Name', 'displayName', {
	required: true,
	placeholder: 'e.g. API calls',
});

const FORMULAS = { Count: 'count', Last: 'last', Sum: 'sum' };
const WINDOWS = { Day: 'day', Hour: 'hour' };

/** Builds one of two operations that undo each other. */
function buildSwitching(name: string, description: string): WriteOperation {
	const value = name.toLowerCase();
	return {
		kind: 'write',
		class: 'repeatable',
		value,
		name,
		action: `${name} a meter`,
		description,
		path: (read) => `${pathOf(read)}/${value}`,
		target,
		params: () => ({}),
		properties: [buildPicker('meter')],
	};
}

export const meterResource: StripeResource = {
	value: 'meter',
	name: 'Meter',
	permission: 'billing_meter',
	operations: [
		{
			kind: 'write',
			class: 'create',
			value: 'create',
			name: 'Create',
			action: 'Create a meter',
			description: 'Create a meter, which counts the usage that metered prices bill',
			harmless: 'create',
			path: () => meters.path,
			params: readMeter,
			properties: [
				displayName,
				buildTextProperty('Event Name', 'meterEventName', {
					required: true,
					placeholder: 'e.g. api_calls',
					description: 'The name usage is reported under. Only one active meter can have it.',
				}),
				buildChoiceProperty('Aggregation', 'aggregation', FORMULAS, {
					default: 'sum',
					description: 'How the values of a period are combined: count, last value, or sum',
				}),
				buildAdditionalFields<Stripe.Billing.MeterCreateParams>([
					buildTextProperty('Customer Key', 'customerKey', {
						placeholder: 'e.g. stripe_customer_id',
						description: 'Field of the event that holds the customer',
					}),
					buildChoiceProperty('Event Time Window', 'eventTimeWindow', WINDOWS, {
						description: 'The time an event covers, if you report sums',
					}),
					otherParameters,
					buildTextProperty('Value Key', 'valueKey', {
						placeholder: 'e.g. value',
						description: 'Field of the event that holds the number',
					}),
				]),
			],
		},
		buildSwitching('Deactivate', 'Stop counting usage. Can be undone with Reactivate.'),
		buildGet(meters),
		buildGetMany(
			meters,
			[],
			buildUntimedListProperties<Stripe.Billing.MeterListParams>([
				buildChoiceProperty('Status', 'status', { Active: 'active', Inactive: 'inactive' }),
			]),
		),
		{
			kind: 'list',
			value: 'getSummaries',
			name: 'Get Summaries',
			action: 'Get the usage of a customer',
			description: 'Read what a meter has counted for a customer. The totals are a few minutes behind.',
			path: (read) => `${pathOf(read)}/event_summaries`,
			params: (read) =>
				checkParamNames<Stripe.Billing.MeterListEventSummariesParams>({
					customer: read.id('customer'),
					start_time: readMinute(read, 'startTime'),
					end_time: readMinute(read, 'endTime'),
					...read.filters(),
				}),
			properties: [
				buildPicker('meter'),
				buildPicker('customer'),
				{ ...buildTimeProperty('Start Time', 'startTime', 'A whole minute, in UTC'), required: true },
				{ ...buildTimeProperty('End Time', 'endTime', 'A whole minute, in UTC'), required: true },
				...buildUntimedListProperties<Stripe.Billing.MeterListEventSummariesParams>([
					buildChoiceProperty('Value Grouping Window', 'valueGroupingWindow', WINDOWS, {
						description: 'An item for each day or hour. If not added, one for all.',
					}),
				]),
			],
		},
		buildSwitching('Reactivate', 'Start counting again with a meter that was deactivated'),
		{
			kind: 'write',
			class: 'repeatable',
			value: 'update',
			name: 'Update',
			action: 'Update a meter',
			description: 'Change the display name of a meter',
			harmless: 'wordsOnly',
			path: pathOf,
			target,
			params: (read) =>
				checkParamNames<Stripe.Billing.MeterUpdateParams>({
					display_name: read.prose('displayName'),
				}),
			properties: [buildPicker('meter'), displayName],
		},
	],
};

function readMeter(read: ParameterReader): Record<string, unknown> {
	const meter = checkParamNames<Stripe.Billing.MeterCreateParams>({
		display_name: read.prose('displayName'),
		event_name: read.text('meterEventName'),
		default_aggregation: { formula: read.choice('aggregation', Object.values(FORMULAS)) },
	});
	const fields = read.additionalFields();
	const mapping = 'customer_mapping' in fields ? { customer_mapping: { type: 'by_id' } } : {};
	return mergeValues({ ...meter, ...mapping }, fields);
}

/**
 * Unix seconds.
 *
 * @throws ItemError for a time that Stripe would refuse
 */
function readMinute(read: ParameterReader, parameter: string): number {
	read.text(parameter);
	const seconds = Math.floor((read.time(parameter) ?? NaN) / 1000);
	if (seconds % 60 === 0) return seconds;
	throw read.buildError(
		parameter,
		'is not a whole minute',
		'Give a time without seconds, e.g. 2027-01-01T00:00:00Z.',
	);
}
