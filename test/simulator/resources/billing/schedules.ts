import type Stripe from 'stripe';

import { invalid, noSuch } from '../../errors';
import { getOwn, type ParamMap } from '../../form';
import { findInPath, reading } from '../../lookup';
import { listing } from '../../lists';
import type { SimulatedObject, Subscription } from '../../objects';
import * as given from '../../parameters';
import { ALWAYS_ALLOWED, LIST_PARAMETERS, type Call, type Route, type RouteHandler } from '../../route';
import type { ParameterNames, Shown } from '../../sdkTypes';
import { endSubscription, save } from './cycle';
import { wrongState } from './invoiceErrors';
import { requireCustomer } from './invoiceLines';
import type { Phase } from './schedulePhases';
import { phaseOf, readPhases, requireStart, showPhases } from './schedulePhases';
import { createSubscription } from './subscriptions';

interface Schedule extends SimulatedObject {
	object: 'subscription_schedule';
	status: 'active' | 'canceled' | 'completed' | 'not_started' | 'released';
	customer: string;
	subscription: string | null;
	end_behavior: string;
	phases: Phase[];
	metadata: Record<string, string>;
}

const PATH = '/v1/subscription_schedules';
const CREATE = [
	...(['billing_mode', 'customer', 'customer_account', 'default_settings', 'end_behavior'] as const),
	...(['from_subscription', 'metadata', 'pause_schedules', 'phases', 'start_date'] as const),
	...ALWAYS_ALLOWED,
] as const satisfies ParameterNames<Stripe.SubscriptionScheduleCreateParams>;
const UPDATE = [
	...(['default_settings', 'end_behavior', 'metadata', 'pause_schedules', 'phases'] as const),
	...(['proration_behavior'] as const),
	...ALWAYS_ALLOWED,
] as const satisfies ParameterNames<Stripe.SubscriptionScheduleUpdateParams>;
const LIST = [
	...LIST_PARAMETERS,
	...(['canceled_at', 'completed_at', 'customer', 'released_at', 'scheduled'] as const),
] satisfies ParameterNames<Stripe.SubscriptionScheduleListParams>;

/** "When using this parameter, other parameters (such as phase values) cannot be set" (`from_subscription`). */
const BESIDE_NO_SUBSCRIPTION = [
	...(['customer', 'customer_account', 'default_settings', 'end_behavior', 'metadata'] as const),
	...(['phases', 'start_date'] as const),
] satisfies (typeof CREATE)[number][];

const schedulesOf = ({ world }: Call) => world.other<Schedule>('subscription_schedules');

export const scheduleRoutes: readonly Route[] = [
	{ method: 'POST', path: PATH, parameters: CREATE, prepare: create },
	{
		method: 'GET',
		path: PATH,
		parameters: LIST,
		prepare: (call) => {
			const customer = given.readText(call.params, 'customer');
			return listing(call, schedulesOf(call), (one) => (customer ?? one.customer) === one.customer);
		},
	},
	reading(PATH, schedulesOf, 'subscription_schedule'),
	{ method: 'POST', path: `${PATH}/:id`, parameters: UPDATE, prepare: update },
	{
		method: 'POST',
		path: `${PATH}/:id/cancel`,
		parameters: [
			...(['invoice_now', 'prorate'] as const),
			...ALWAYS_ALLOWED,
		] satisfies ParameterNames<Stripe.SubscriptionScheduleCancelParams>,
		prepare: (call) => end(call, 'canceled'),
	},
	{
		method: 'POST',
		path: `${PATH}/:id/release`,
		parameters: [
			'preserve_cancel_date',
			...ALWAYS_ALLOWED,
		] satisfies ParameterNames<Stripe.SubscriptionScheduleReleaseParams>,
		prepare: (call) => end(call, 'released'),
	},
];

function create(call: Call): RouteHandler {
	const { params, world: state } = call;
	const from = given.readText(params, 'from_subscription');
	const other = BESIDE_NO_SUBSCRIPTION.find((name) => getOwn(params, name) !== undefined);
	if (from !== undefined && other !== undefined)
		throw invalid(other, `You cannot set \`${other}\` if \`from_subscription\` is set.`);
	if (from === undefined) given.requireText(params, 'customer');
	const phases = readPhases(state, params);
	if (from === undefined && phases.length === 0)
		throw invalid('phases', 'Missing required param: phases.', 'parameter_missing');
	const start = startOf(call);
	return () => {
		const schedule = newSchedule(
			call,
			from === undefined ? fromPhases(call, phases, start) : take(call, from),
		);
		if (from === undefined && start <= state.seconds()) begin(call, schedule, phases[0]?.params ?? {});
		for (const subscription of subscriptionsOf(call, schedule)) subscription.schedule = schedule.id;
		state.record('subscription_schedule.created', schedulesOf(call).save(schedule), call.cause);
		return schedule;
	};
}

function startOf({ params, world }: Call): number {
	return getOwn(params, 'start_date') === 'now'
		? world.seconds()
		: (given.readInteger(params, 'start_date') ?? world.seconds());
}

type Origin = Pick<Schedule, 'customer' | 'subscription' | 'phases' | 'status' | 'end_behavior'>;

function fromPhases(
	{ params, world }: Call,
	phases: Parameters<typeof showPhases>[0],
	start: number,
): Origin {
	const customer = requireCustomer(world, given.requireText(params, 'customer'));
	const status = start > world.seconds() ? 'not_started' : 'active';
	const behavior = given.readText(params, 'end_behavior') ?? 'release';
	const shown = showPhases(phases, start);
	return { customer, subscription: null, phases: shown, status, end_behavior: behavior };
}

/** Takes over a running subscription: its current period is the first phase. */
function take({ world }: Call, id: string): Origin {
	const subscription = world.subscriptions.find(id);
	if (!subscription) throw noSuch('subscription', id, 'from_subscription', 400);
	if (subscription.schedule !== null)
		throw wrongState(
			`You cannot migrate a subscription that is already attached to a schedule: ${subscription.schedule}.`,
		);
	const { customer, status, cancel_at_period_end: ends } = subscription;
	if (ENDED.includes(status))
		throw wrongState(`You cannot migrate a subscription in the \`${status}\` status to a schedule.`);
	return {
		customer,
		subscription: id,
		status: 'active',
		phases: [phaseOf(subscription)],
		end_behavior: ends ? 'cancel' : 'release',
	};
}

const ENDED = ['canceled', 'incomplete', 'incomplete_expired'];

function newSchedule({ params, world: state }: Call, origin: Origin): Schedule {
	return {
		id: state.newId('sub_sched'),
		object: 'subscription_schedule',
		application: null,
		billing_mode: { flexible: { proration_discounts: 'included' }, type: 'flexible' },
		canceled_at: null,
		completed_at: null,
		created: state.seconds(),
		current_phase: null,
		customer_account: null,
		default_settings: given.readHash(params, 'default_settings') ?? {},
		livemode: state.livemode,
		metadata: given.mergeMetadata({}, given.readMetadata(params)),
		pause_schedules: [],
		released_at: null,
		released_subscription: null,
		test_clock: null,
		...origin,
	} satisfies Shown<Stripe.SubscriptionSchedule, Schedule>;
}

/** Creates the subscription of its first phase. */
function begin(call: Call, schedule: Schedule, phase: ParamMap): void {
	const { customer } = schedule;
	const params = {
		customer,
		items: getOwn(phase, 'items') ?? [],
		collection_method: 'charge_automatically',
	};
	const { id } = createSubscription({ ...call, params })();
	schedule.subscription = id;
}

function subscriptionsOf({ world }: Call, { subscription }: Schedule): Subscription[] {
	const found = subscription === null ? undefined : world.subscriptions.find(subscription);
	return found ? [found] : [];
}

function update(call: Call): RouteHandler {
	const schedule = findInPath(call, schedulesOf, 'subscription_schedule');
	const metadata = given.readMetadata(call.params);
	const phases = readPhases(call.world, call.params);
	return () => {
		refuseEnded(schedule, 'update');
		const [current] = schedule.phases;
		requireStart(phases, current);
		if (phases.length > 0)
			schedule.phases = showPhases(phases, current?.start_date ?? call.world.seconds());
		const behavior = given.readText(call.params, 'end_behavior');
		if (behavior !== undefined) schedule.end_behavior = behavior;
		schedule.metadata = given.mergeMetadata(schedule.metadata, metadata);
		call.world.record('subscription_schedule.updated', schedulesOf(call).save(schedule), call.cause);
		return schedule;
	};
}

/**
 * If the schedule is canceled, its subscription ends too; if it is released, the subscription continues without
 * it.
 */
function end(call: Call, status: 'canceled' | 'released'): RouteHandler {
	const schedule = findInPath(call, schedulesOf, 'subscription_schedule');
	return () => {
		refuseEnded(schedule, status === 'canceled' ? 'cancel' : 'release');
		schedule.status = status;
		schedule[`${status}_at`] = call.world.seconds();
		for (const subscription of subscriptionsOf(call, schedule)) {
			subscription.schedule = null;
			if (status === 'canceled') endSubscription(call, subscription);
			else save(call, subscription, 'customer.subscription.updated');
		}
		if (status === 'released') {
			schedule.released_subscription = schedule.subscription;
			schedule.subscription = null;
		}
		call.world.record(`subscription_schedule.${status}`, schedulesOf(call).save(schedule), call.cause);
		return schedule;
	};
}

function refuseEnded({ status }: Schedule, what: string): void {
	if (status === 'active' || status === 'not_started') return;
	throw wrongState(
		`You cannot ${what} a subscription schedule that is currently in the \`${status}\` status. It must be in the \`not_started\` or \`active\` status.`,
	);
}
