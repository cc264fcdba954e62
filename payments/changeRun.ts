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
	schedulePath,
	updateScheduleStep,
} from './planChange';
import type { StepRun } from './stepRun';
import { subscriptionPathOf } from './steps';
import type { WholeEnd } from './wholeEnd';
import { stop } from './wholeEnd';

/** Subscription is looked at → a schedule takes it over → the schedule gets a second phase. Until then nothing is changed. */
export class ChangeRun {
	private readonly path: string;

	constructor(private readonly run: StepRun) {
		this.path = subscriptionPathOf(run.request.attempt) ?? '';
	}

	async goOn(): Promise<WholeEnd> {
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
		if ('reason' in planned) return stop('change_unread', planned.reason);
		const phases = planPhases(created.outcome.body ?? {}, planned);
		if ('reason' in phases) return stop('change_differs', phases.reason);
		const updated = await run.step(updateScheduleStep(created.made, this.withExpand(phases.params)));
		if (!('kind' in updated)) return { kind: 'settled', outcome: updated.outcome };
		return updated.outcome.kind === 'rejected'
			? this.endRejected(created.made, updated.outcome)
			: updated;
	}

	/** The schedule stands, and changes nothing: a new attempt begins with its release. */
	private async endRejected(schedule: string, outcome: Outcome): Promise<WholeEnd> {
		const withdrawn = describeEnded(await getWithBackoff(this.run.toQuery(), schedulePath(schedule)));
		return withdrawn === undefined
			? { kind: 'settled', outcome, stands: true }
			: { kind: 'settled', outcome: buildNotSent('change_withdrawn', withdrawn) };
	}

	private withExpand(phases: Params): Params {
		const { expand } = this.run.request.attempt.params;
		return expand === undefined ? phases : { ...phases, expand };
	}

	/** What is asked for; where an item is named, by the price that it has. */
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
