import type { Outcome } from '../ledger/model/entry';
import type { Params } from '../ledger/model/request';
import type { StripeObject } from '../stripe/objects/stripeObject';
import { readReference } from '../stripe/objects/stripeObject';
import type { QueryContext } from '../stripe/reconcile/stripeQueries';
import { getWithBackoff, toLimitation } from '../stripe/reconcile/stripeQueries';
import { buildNotSent } from './notSent';
import type { Step } from './steps';

/**
 * A change of plan at the end of the period needs a schedule, which is created from the subscription and then gets a second phase.
 * Stripe accepts no phases together with `from_subscription` (docs.stripe.com/api/subscription_schedules/create).
 */

const SCHEDULES_PATH = '/v1/subscription_schedules';

/** A subscription can have only one schedule, so Stripe refuses a repeat. */
export const CREATE_SCHEDULE = { operation: 'subscriptionSchedule.create', harmless: 'twice' } as const;

export function createScheduleStep(subscriptionPath: string): Step {
	const params = { from_subscription: decodeURIComponent(idPartOf(subscriptionPath)) };
	return { ...CREATE_SCHEDULE, path: SCHEDULES_PATH, params };
}

/** Sending the same phases twice changes nothing, unless somebody has edited the schedule in between: see `findScheduleEdit`. */
export function updateScheduleStep(schedule: string, params: Params): Step {
	return { ...identifyUpdate(schedule), harmless: 'twice', path: schedulePathOf(schedule), params };
}

export function identifyUpdate(schedule: string): Pick<Step, 'operation'> {
	return { operation: `subscriptionSchedule.update ${schedule}` };
}

export function schedulePathOf(id: string): string {
	return `${SCHEDULES_PATH}/${encodeURIComponent(id)}`;
}

function idPartOf(path: string): string {
	return path.slice(path.lastIndexOf('/') + 1);
}

/** A subscription, or why the change cannot begin. */
type Begin = { subscription: StripeObject } | { outcome: Outcome };

/**
 * Reads the subscription before anything is sent. An existing schedule plans something else, which must not be overwritten. If a
 * cancellation is planned, the change would undo it.
 */
export async function lookAtSubscription(context: QueryContext, path: string): Promise<Begin> {
	const read = await getWithBackoff(context, path);
	if (read.kind === 'rejected' || read.kind === 'unauthorized') return { outcome: read };
	if (read.kind !== 'succeeded')
		return { outcome: buildNotSent('change_unread', toLimitation(read).reason) };
	const subscription: StripeObject = read.body ?? {};
	const schedule = readReference(subscription.schedule);
	if (schedule !== undefined)
		return { outcome: buildNotSent('change_scheduled', `Its schedule is ${schedule}`) };
	const ending = describeEnd(subscription);
	return ending === undefined ? { subscription } : { outcome: buildNotSent('change_ends', ending) };
}

/** Describes how a schedule ended; undefined if it has not ended, or could not be read. */
export function describeEnded({ body }: Pick<Outcome, 'body'>): string | undefined {
	const { id, object, status } = body ?? {};
	const isOver = ['canceled', 'completed', 'released'].includes(String(status));
	return object === 'subscription_schedule' && isOver
		? `The schedule ${String(id)} is ${String(status)}`
		: undefined;
}

/** Describes why a subscription cannot be changed at the end of its period; undefined if it can. */
export function describeEnd({ status, ...shown }: StripeObject): string | undefined {
	if (['canceled', 'incomplete', 'incomplete_expired'].includes(String(status)))
		return `It is ${String(status)}`;
	const ends = shown.cancel_at_period_end === true || typeof shown.cancel_at === 'number';
	return ends ? 'Its cancellation is planned' : undefined;
}
