import type { Outcome } from '../ledger/model/entry';
import type { Params } from '../ledger/model/request';
import { diffRequests } from '../ledger/model/request';
import { appendQuery } from '../stripe/api/query';
import type { StripeObject } from '../stripe/objects/stripeObject';
import { isObject, readReference } from '../stripe/objects/stripeObject';
import { findUnappliedParams } from '../stripe/objects/matchesRequest';
import type { QueryContext } from '../stripe/reconcile/stripeQueries';
import { getWithBackoff, toLimitation } from '../stripe/reconcile/stripeQueries';
import type { PlannedItem } from './changePhases';
import { planPhases } from './changePhases';
import { describeDifferences } from './parameterLabels';
import { buildNotSent } from './notSent';
import { describeEnd, describeEnded, schedulePathOf } from './planChange';

/** The update that a schedule is about to get, and what it was built from. */
interface PlannedUpdate {
	/** The schedule as the first step created it. */
	made: StripeObject;
	planned: PlannedItem;
	params: Params;
}

/**
 * Reads the schedule again before it gets its second phase, because the phases that are sent replace all existing ones.
 *
 * @returns why they are not sent; undefined if the schedule is unchanged, already has them, or has ended, so that Stripe
 * refuses them
 */
export async function findScheduleEdit(
	context: QueryContext,
	update: PlannedUpdate,
): Promise<Outcome | undefined> {
	const path = schedulePathOf(String(update.made.id));
	const read = await getWithBackoff(context, appendQuery(path, { expand: ['subscription'] }));
	if (read.code === 'resource_missing') return undefined;
	if (read.kind === 'unauthorized') return read;
	if (read.kind !== 'succeeded') return buildNotSent('change_unread', toLimitation(read).reason);
	const schedule = read.body ?? {};
	const isPlanned = findUnappliedParams(schedule, update.params).length === 0;
	if (isPlanned || describeEnded(read) !== undefined) return undefined;
	const edit = describeEdit(schedule, update);
	return edit === undefined ? undefined : buildNotSent('change_edited', edit);
}

function describeEdit(schedule: StripeObject, { made, planned, params }: PlannedUpdate): string | undefined {
	const phases = planPhases(schedule, planned);
	if ('reason' in phases) return phases.reason;
	const path = schedulePathOf(String(made.id));
	const toRequest = (sent: Params) => ({ method: 'POST', path, params: sent }) as const;
	const differences = diffRequests(toRequest(params), toRequest(phases.params));
	if (differences.length > 0) return describeDifferences(differences);
	return describeSubscription(schedule, readReference(made.subscription));
}

/** The subscription can be edited without its schedule. */
function describeSubscription(
	{ subscription, phases }: StripeObject,
	id: string | undefined,
): string | undefined {
	if (readReference(subscription) !== id) return 'It belongs to another subscription';
	if (!isObject(subscription)) return undefined;
	const { items } = subscription;
	const shown = isObject(items) && Array.isArray(items.data) ? items.data.filter(isObject) : [];
	const [phase] = Array.isArray(phases) ? phases.filter(isObject) : [];
	const scheduled = Array.isArray(phase?.items) ? phase.items.filter(isObject) : [];
	const [now, then] = [describeItems(shown), describeItems(scheduled)];
	return now === then ? describeEnd(subscription) : `The subscription has ${now}, but its schedule ${then}`;
}

/** A metered price has no quantity. */
function describeItems(items: readonly StripeObject[]): string {
	return items
		.map(({ price, quantity }) => [quantity, readReference(price)].filter(Boolean).join(' × '))
		.toSorted()
		.join(', ');
}
