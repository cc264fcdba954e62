import type Stripe from 'stripe';

import { invalid, unexpectedState } from '../errors';
import { getOwn } from '../form';
import { listing } from '../lists';
import { findInPath, reading } from '../lookup';
import type { SimulatedObject } from '../objects';
import * as given from '../parameters';
import { ALWAYS_ALLOWED, type Call, type Route, type RouteHandler } from '../route';
import type { ParameterNames, Shown } from '../sdkTypes';

interface Meter extends SimulatedObject {
	object: 'billing.meter';
	event_name: string;
	status: 'active' | 'inactive';
	customer_mapping: { event_payload_key: string; type: 'by_id' };
	value_settings: { event_payload_key: string };
}

/** Has no id: it cannot be read again. */
interface MeterEvent extends SimulatedObject {
	object: 'billing.meter_event';
	created: number;
	event_name: string;
	identifier: string;
	payload: Record<string, string>;
	timestamp: number;
}

const PATH = '/v1/billing/meters';
const OLDEST_SECONDS = 35 * 86_400;
const NEWEST_SECONDS = 5 * 60;
/** The period in which an identifier is unique: at least a day. */
const UNIQUE_SECONDS = 86_400;

const CREATE = [
	'customer_mapping',
	'default_aggregation',
	'display_name',
	'event_name',
	'event_time_window',
	'value_settings',
	...ALWAYS_ALLOWED,
] as const satisfies ParameterNames<Stripe.Billing.MeterCreateParams>;
const SUMMARIES = [
	...(['customer', 'end_time', 'limit', 'start_time', 'starting_after', 'ending_before'] as const),
	'value_grouping_window',
	...ALWAYS_ALLOWED,
] as const satisfies ParameterNames<Stripe.Billing.MeterListEventSummariesParams>;
const EVENT = [
	'event_name',
	'identifier',
	'payload',
	'timestamp',
	...ALWAYS_ALLOWED,
] as const satisfies ParameterNames<Stripe.Billing.MeterEventCreateParams>;

const metersOf = ({ world }: Call) => world.other<Meter>('meters');
const eventsOf = ({ world }: Call) => world.other<MeterEvent>('meter_events');

export const meterRoutes: readonly Route[] = [
	{ method: 'POST', path: PATH, parameters: CREATE, prepare: create },
	{
		method: 'GET',
		path: PATH,
		// There is no time filter.
		parameters: [
			'limit',
			'starting_after',
			'ending_before',
			'status',
			...ALWAYS_ALLOWED,
		] satisfies ParameterNames<Stripe.Billing.MeterListParams>,
		prepare: (call) => {
			const status = given.readText(call.params, 'status');
			return listing(call, metersOf(call), (meter) => (status ?? meter.status) === meter.status);
		},
	},
	reading(PATH, metersOf, 'meter'),
	{
		method: 'POST',
		path: `${PATH}/:id`,
		parameters: [
			'display_name',
			...ALWAYS_ALLOWED,
		] satisfies ParameterNames<Stripe.Billing.MeterUpdateParams>,
		prepare: (call) => {
			const meter = findInPath(call, metersOf, 'meter');
			const name = given.readText(call.params, 'display_name') ?? meter.display_name;
			return () => change(call, meter, { display_name: name }, 'updated');
		},
	},
	...(['deactivate', 'reactivate'] as const).map((action): Route => ({
		method: 'POST',
		path: `${PATH}/:id/${action}`,
		parameters: ALWAYS_ALLOWED,
		prepare: (call) => () => switchMeter(call, action),
	})),
	{ method: 'GET', path: `${PATH}/:id/event_summaries`, parameters: SUMMARIES, prepare: summarize },
	{ method: 'POST', path: '/v1/billing/meter_events', parameters: EVENT, prepare: report },
];

function change(call: Call, meter: Meter, changes: Partial<Meter>, what: string): Meter {
	Object.assign(meter, changes, { updated: call.world.seconds() });
	call.world.record(`billing.meter.${what}`, metersOf(call).save(meter), call.cause);
	return meter;
}

function switchMeter(call: Call, action: 'deactivate' | 'reactivate'): Meter {
	const meter = findInPath(call, metersOf, 'meter');
	const status = action === 'deactivate' ? 'inactive' : 'active';
	if (meter.status === status)
		throw unexpectedState(`This meter is already ${status}.`, `meter_already_${status}`);
	if (status === 'active' && meterFor(call, meter.event_name))
		throw invalid('event_name', `An active meter already exists with event_name ${meter.event_name}.`);
	const at = status === 'active' ? null : call.world.seconds();
	return change(call, meter, { status, status_transitions: { deactivated_at: at } }, `${action}d`);
}

/** The usage of a customer between two whole minutes, as one sum. */
function summarize(call: Call): RouteHandler {
	const { params } = call;
	const meter = findInPath(call, metersOf, 'meter');
	const customer = given.requireText(params, 'customer');
	const [from = 0, to = 0] = ['start_time', 'end_time'].map((name) => {
		const seconds = Number(given.requireText(params, name));
		if (seconds % 60 !== 0) throw invalid(name, 'Timestamp must be aligned with minute boundaries.');
		return seconds;
	});
	const { customer_mapping: mapping, value_settings: settings } = meter;
	const values = eventsOf(call)
		.newestFirst()
		.filter(
			(event) =>
				event.event_name === meter.event_name &&
				event.payload[mapping.event_payload_key] === customer,
		)
		.filter(({ timestamp }) => timestamp >= from && timestamp < to)
		.map(({ payload }) => Number(payload[settings.event_payload_key]));
	const summary = {
		id: `mtrusg_${meter.id}`,
		object: 'billing.meter_event_summary',
		livemode: meter.livemode,
		aggregated_value: values.reduce((sum, value) => sum + value, 0),
		meter: meter.id,
		start_time: from,
		end_time: to,
	} satisfies Shown<Stripe.Billing.MeterEventSummary>;
	return () => ({
		object: 'list',
		data: [summary],
		has_more: false,
		url: call.at.id ?? '',
	});
}

function create(call: Call): RouteHandler {
	const { params, world: state } = call;
	const eventName = given.requireText(params, 'event_name');
	const name = given.requireText(params, 'display_name');
	const mapping = given.readHash(params, 'customer_mapping') ?? {};
	const settings = given.readHash(params, 'value_settings') ?? {};
	return () => {
		if (meterFor(call, eventName))
			throw invalid('event_name', `An active meter already exists with event_name ${eventName}.`);
		const meter = {
			id: state.newId('mtr'),
			object: 'billing.meter',
			created: state.seconds(),
			customer_mapping: {
				event_payload_key: given.readText(mapping, 'event_payload_key') ?? 'stripe_customer_id',
				type: 'by_id',
			},
			default_aggregation: given.readHash(params, 'default_aggregation') ?? { formula: 'sum' },
			display_name: name,
			event_name: eventName,
			event_time_window: null,
			livemode: state.livemode,
			status: 'active',
			status_transitions: { deactivated_at: null },
			updated: state.seconds(),
			value_settings: {
				event_payload_key: given.readText(settings, 'event_payload_key') ?? 'value',
			},
		} satisfies Shown<Stripe.Billing.Meter, Meter>;
		state.record('billing.meter.created', metersOf(call).save(meter), call.cause);
		return meter;
	};
}

/** Reports the usage of a customer. The object is returned only by this request. */
function report(call: Call): RouteHandler {
	const { params, world: state } = call;
	const eventName = given.requireText(params, 'event_name');
	const payload = given.readHash(params, 'payload') ?? {};
	const timestamp = given.readInteger(params, 'timestamp') ?? state.seconds();
	const identifier = given.readText(params, 'identifier') ?? state.newId('mtr_evt');
	refuseTime(timestamp, state.seconds());
	return () => {
		const meter = meterFor(call, eventName);
		if (meter === undefined)
			throw invalid('event_name', `No active meter found for event name ${eventName}.`, 'no_meter');
		const texts = textsOf(payload);
		const { event_payload_key: customerKey } = meter.customer_mapping;
		const customer = texts[customerKey];
		const value = texts[meter.value_settings.event_payload_key];
		if (customer === undefined || !state.customers.find(customer))
			throw invalid('payload', `Invalid customer in payload key ${customerKey}.`);
		if (value === undefined || !/^-?\d+(?:\.\d+)?$/.test(value))
			throw invalid(
				'payload',
				'The value of the meter event is not a number.',
				'meter_event_invalid_value',
			);
		const taken = eventsOf(call).find(identifier);
		if (taken !== undefined && state.seconds() - taken.created < UNIQUE_SECONDS)
			throw invalid(
				'identifier',
				`An event already exists with identifier ${identifier}.`,
				'duplicate_meter_event',
			);
		const event = {
			object: 'billing.meter_event' as const,
			created: state.seconds(),
			event_name: eventName,
			identifier,
			livemode: state.livemode,
			payload: texts,
			timestamp,
		} satisfies Shown<Stripe.Billing.MeterEvent>;
		eventsOf(call).save({ ...event, id: taken === undefined ? identifier : state.newId('mtr_evt') });
		return event;
	};
}

function refuseTime(timestamp: number, now: number): void {
	if (timestamp < now - OLDEST_SECONDS)
		throw invalid(
			'timestamp',
			'Timestamp must be within the past 35 calendar days.',
			'timestamp_too_far_in_past',
		);
	if (timestamp > now + NEWEST_SECONDS)
		throw invalid(
			'timestamp',
			'Timestamp must be at most 5 minutes in the future.',
			'timestamp_in_future',
		);
}

function textsOf(payload: Parameters<typeof getOwn>[0]): Record<string, string> {
	const pairs = Object.keys(payload).map((name): [string, string] => {
		const value = getOwn(payload, name);
		if (typeof value !== 'string') throw invalid(`payload[${name}]`, 'Payload values must be strings.');
		return [name, value];
	});
	return Object.fromEntries(pairs);
}

function meterFor(call: Call, eventName: string): Meter | undefined {
	return metersOf(call)
		.newestFirst()
		.find((meter) => meter.event_name === eventName && meter.status === 'active');
}
