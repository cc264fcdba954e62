import type { Outcome } from '../ledger/model/entry';
import { getProvenOutcome } from '../ledger/model/entryStatus';
import type { Params } from '../ledger/model/request';
import type { StripeObject } from '../stripe/objects/stripeObject';
import { isObject, readReference } from '../stripe/objects/stripeObject';
import { getWithBackoff, toLimitation } from '../stripe/reconcile/stripeQueries';
import type { PlannedItem } from './changePhases';
import { planPhases } from './changePhases';
import { buildNotSent } from './notSent';
import {
	createScheduleStep,
	describeEnded,
	lookAtSubscription,
	schedulePathOf,
	updateScheduleStep,
} from './planChange';
import { findScheduleEdit } from './scheduleEdit';
import type { StepRun } from './stepRun';
import { subscriptionPathOf } from './steps';
import type { MultiStepEnd } from './multiStepEnd';
import { endUnfinished } from './multiStepEnd';

/** Reads the subscription, creates a schedule from it, then adds a second phase. Nothing changes until the second phase is there. */
export class ChangeRun {
	private readonly path: string;

	constructor(private readonly run: StepRun) {
		this.path = subscriptionPathOf(run.request.attempt) ?? '';
	}

	async continueSteps(): Promise<MultiStepEnd> {
		const { run, path } = this;
		const proven = getProvenOutcome(run.entry);
		if (proven) return { kind: 'settled', outcome: proven };
		const create = createScheduleStep(path);
		if (!(await run.knows(create))) {
			const begin = await lookAtSubscription(run.toQuery(), path);
			if ('outcome' in begin) return { kind: 'settled', outcome: begin.outcome };
		}
		const created = await run.step(create);
		if ('kind' in created) return created;
		const planned = await this.readPlanned();
		if ('reason' in planned) return endUnfinished('change_unread', planned.reason);
		const made = created.outcome.body ?? {};
		const phases = planPhases(made, planned);
		if ('reason' in phases) return endUnfinished('change_differs', phases.reason);
		const update = updateScheduleStep(created.objectId, this.withExpand(phases.params));
		const updated = await run.step(update, {
			findEdit: (query) => findScheduleEdit(query, { made, planned, params: phases.params }),
		});
		if (!('kind' in updated)) return { kind: 'settled', outcome: updated.outcome };
		return updated.outcome.kind === 'rejected'
			? this.endRejected(created.objectId, updated.outcome)
			: updated;
	}

	/** The schedule exists and changes nothing. It has to be released before a new attempt. */
	private async endRejected(schedule: string, outcome: Outcome): Promise<MultiStepEnd> {
		const withdrawn = describeEnded(await getWithBackoff(this.run.toQuery(), schedulePathOf(schedule)));
		return withdrawn === undefined
			? { kind: 'settled', outcome, stillExists: true }
			: { kind: 'settled', outcome: buildNotSent('change_withdrawn', withdrawn) };
	}

	private withExpand(phases: Params): Params {
		const { expand } = this.run.request.attempt.params;
		return expand === undefined ? phases : { ...phases, expand };
	}

	/** Reads the requested item. An item that is named by its ID is found in the schedule by its current price. */
	private async readPlanned(): Promise<PlannedItem | { reason: string }> {
		const { items, metadata } = this.run.request.attempt.params;
		const [row] = Array.isArray(items) ? items : [];
		if (!isObject(row) || row.price === undefined) return { reason: 'No new price is known' };
		const { id, price, quantity } = row;
		const planned = { price, quantity, metadata };
		if (typeof id !== 'string') return planned;
		const read = await getWithBackoff(this.run.toQuery(), this.path);
		if (read.kind !== 'succeeded') return toLimitation(read);
		const replaces = readPriceOf(read.body ?? {}, id);
		return replaces === undefined
			? { reason: `The subscription has no item ${id}` }
			: { ...planned, replaces };
	}
}

function readPriceOf({ items }: StripeObject, id: unknown): string | undefined {
	const rows = isObject(items) && Array.isArray(items.data) ? items.data.filter(isObject) : [];
	return readReference(rows.find((item) => item.id === id)?.price);
}
