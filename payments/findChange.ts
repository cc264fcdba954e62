import type { Entry } from '../ledger/model/entry';
import { mayHaveTakenEffect } from '../ledger/model/entryStatus';
import { buildObjectUrl } from '../stripe/objects/dashboardUrl';
import type { Finding } from '../stripe/reconcile/finding';
import type { QueryContext } from '../stripe/reconcile/stripeQueries';
import { getWithBackoff, toLimitation } from '../stripe/reconcile/stripeQueries';
import type { StepsContext } from './findBill';
import { buildNotSent } from './notSent';
import { CREATE_SCHEDULE, describeEnded, identifyUpdate, schedulePath } from './planChange';
import type { Step } from './steps';
import { identifyStep } from './steps';

/** What has become of a change at the end of a period: its last step tells. Sends nothing. */
export async function findChange(change: Entry, { query, find, resolve }: StepsContext): Promise<Finding> {
	const findStep = async (step: Pick<Step, 'operation'>): Promise<Found | undefined> => {
		const entry = await find(identifyStep(change, step).entryId);
		return entry && ((await resolve(entry)) ?? { entry });
	};
	const created = await findStep(CREATE_SCHEDULE);
	if (!created) return { kind: 'not_executed' };
	const undecided = tellUndecided(created);
	if (undecided) return undecided;
	const id = created.entry.state === 'succeeded' ? created.entry.outcome.objectId : undefined;
	if (id === undefined) return { kind: 'not_executed' };
	const updated = await findStep(identifyUpdate(id));
	const told = updated && (tellUndecided(updated) ?? tellDone(updated.entry));
	return told ?? findUnchanged(query, id);
}

interface Found {
	entry: Entry;
	finding?: Finding;
}

/** @returns undefined for a step that is done, or had no effect */
function tellUndecided({ entry, finding }: Found): Finding | undefined {
	const isOpen = entry.state !== 'succeeded' && mayHaveTakenEffect(entry);
	if (isOpen || entry.state === 'in_flight') return finding ?? IN_PROGRESS;
	return entry.state === 'rejected'
		? { kind: 'executed', outcome: { ...entry.outcome, kind: 'rejected' } }
		: undefined;
}

function tellDone(entry: Entry): Finding | undefined {
	return entry.state === 'succeeded'
		? { kind: 'executed', outcome: { ...entry.outcome, kind: 'succeeded' } }
		: undefined;
}

/** The schedule stands without its second phase, if it still does. */
async function findUnchanged(query: QueryContext, id: string): Promise<Finding> {
	const read = await getWithBackoff(query, schedulePath(id));
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
