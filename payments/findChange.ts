import type { Entry } from '../ledger/model/entry';
import { mayHaveTakenEffect } from '../ledger/model/entryStatus';
import { buildObjectUrl } from '../stripe/objects/dashboardUrl';
import type { Finding } from '../stripe/reconcile/finding';
import type { QueryContext } from '../stripe/reconcile/stripeQueries';
import { getWithBackoff, toLimitation } from '../stripe/reconcile/stripeQueries';
import type { StepsContext } from './findBill';
import { buildNotSent } from './notSent';
import { CREATE_SCHEDULE, describeEnded, identifyUpdate, schedulePathOf } from './planChange';
import type { Step } from './steps';
import { identifyStep } from './steps';

/** Finds the outcome of a change at the end of the period by its last step. Sends nothing. */
export async function findChange(change: Entry, { query, find, resolve }: StepsContext): Promise<Finding> {
	const findStep = async (step: Pick<Step, 'operation'>): Promise<Found | undefined> => {
		const entry = await find(identifyStep(change, step).entryId);
		return entry && ((await resolve(entry)) ?? { entry });
	};
	const created = await findStep(CREATE_SCHEDULE);
	if (!created) return { kind: 'not_executed' };
	const undecided = findUndecided(created);
	if (undecided) return undecided;
	const id = created.entry.state === 'succeeded' ? created.entry.outcome.objectId : undefined;
	if (id === undefined) return { kind: 'not_executed' };
	const updated = await findStep(identifyUpdate(id));
	const known = updated && (findUndecided(updated) ?? findDone(updated.entry));
	return known ?? findUnchanged(query, id);
}

interface Found {
	entry: Entry;
	finding?: Finding;
}

/** Returns the finding of a step that is still open or was rejected; undefined if it is done or had no effect. */
function findUndecided({ entry, finding }: Found): Finding | undefined {
	const isOpen = entry.state !== 'succeeded' && mayHaveTakenEffect(entry);
	if (isOpen || entry.state === 'in_flight') return finding ?? IN_PROGRESS;
	return entry.state === 'rejected'
		? { kind: 'executed', outcome: { ...entry.outcome, kind: 'rejected' } }
		: undefined;
}

function findDone(entry: Entry): Finding | undefined {
	return entry.state === 'succeeded'
		? { kind: 'executed', outcome: { ...entry.outcome, kind: 'succeeded' } }
		: undefined;
}

/** The schedule has no second phase yet, unless it has ended. */
async function findUnchanged(query: QueryContext, id: string): Promise<Finding> {
	const read = await getWithBackoff(query, schedulePathOf(id));
	if (read.kind !== 'succeeded') return { kind: 'stripe_unavailable', reason: toLimitation(read).reason };
	const withdrawn = describeEnded(read);
	if (withdrawn !== undefined)
		return { kind: 'executed', outcome: buildNotSent('change_withdrawn', withdrawn) };
	return {
		kind: 'inconclusive',
		reason: `The change is not finished: its schedule ${id} has no new plan yet`,
		dashboardUrl: buildObjectUrl(query, { id, object: 'subscription_schedule' }),
	};
}

const IN_PROGRESS: Finding = { kind: 'stripe_unavailable', reason: 'Another run is planning the change' };
