import type { Outcome } from '../ledger/model/entry';
import { diffRequests } from '../ledger/model/request';
import type { FinalClaimDecision } from '../ledger/rules/claim';
import type { Grant } from '../ledger/rules/grant';
import type { SendReport } from '../ledger/rules/settle';
import { getObjectPath, parseTarget } from '../stripe/objects/collections';
import { determineTargetState } from '../stripe/objects/lifecycle';
import { toSuccessFacts } from '../stripe/objects/paymentState';
import type { StripeObject } from '../stripe/objects/stripeObject';
import { getWithBackoff, toLimitation } from '../stripe/reconcile/stripeQueries';
import type { AttemptRequest } from './attemptRequest';
import { toQueryContext, toSentRequest } from './attemptRequest';
import { buildNotSent } from './notSent';

/** A request that cannot be undone: its object is read before it is sent. */
export interface TerminalRequest {
	/**
	 * The creation time of the object in Unix seconds, if its ID can be reused: a later object with this ID is a different one.
	 */
	created?: number;
}

/** The report of an attempt that is not sent because of the state of its object. */
export type LookReport = SendReport & {
	/** It is already in the requested state. */
	alreadyDone?: true;
	/** An earlier run of this ledger did it with different values. */
	conflict?: Extract<FinalClaimDecision, { kind: 'conflict' }>;
};

/**
 * Reads the object of a terminal request. The claim keeps other runs on this ledger from changing it meanwhile.
 *
 * @returns undefined if it is to be sent: Stripe executes it at most once
 */
export async function lookAtObject(
	grant: Grant,
	attempt: AttemptRequest,
	{ created }: TerminalRequest,
	signal?: AbortSignal,
): Promise<LookReport | undefined> {
	const sent = toSentRequest(grant.entry);
	const target = parseTarget(sent.path);
	const path = target && getObjectPath(target);
	const action = sent.method === 'DELETE' ? 'delete' : target?.action;
	if (target === undefined || path === undefined || action === undefined) return undefined;
	const outcome = await getWithBackoff(toQueryContext(attempt, signal, grant.entry.leaseUntil), path);
	const wasDone = grant.entry.previousAttempts?.some((earlier) => earlier.outcome.kind === 'succeeded');
	const isDeleted = action === 'delete' && !target.collection.showsDeleted;
	if (outcome.code === 'resource_missing' && (isDeleted || (wasDone && action === 'detach')))
		return toAlreadyDone(grant, { id: target.id, object: target.collection.kind, deleted: true });
	if (outcome.kind !== 'succeeded') {
		if (wasDone) return keepPrevious(toUnreadable(outcome));
		// Stripe refuses the request too. One that may have been sent is handled like any other uncertain attempt.
		const isSent =
			outcome.kind === 'rejected' || outcome.kind === 'unauthorized' || grant.entry.mayHaveExecuted;
		return isSent ? undefined : keepPrevious(toUnreadable(outcome));
	}
	const object: StripeObject = outcome.body ?? {};
	if (created !== undefined && object.deleted !== true && object.created !== created)
		return keepPrevious(buildNotSent('look_other_object', target.id));
	switch (determineTargetState(object, action, attempt.params)) {
		case 'as_asked':
			return toAlreadyDone(grant, object);
		case 'otherwise':
			return toOtherwise(grant, object);
		case 'open':
			return undefined;
	}
}

/** What was done before is not undone because its object cannot be read any more. */
function toUnreadable(outcome: Outcome): Outcome {
	if (outcome.kind === 'unauthorized') return outcome;
	const { isTransient, reason } = toLimitation(outcome);
	return buildNotSent(isTransient ? 'look_stripe_unavailable' : 'look_gone', reason);
}

/** An earlier state of the object may have chosen what was sent. Its present state rules that out, and chooses again. */
function toOtherwise({ entry }: Grant, object: StripeObject): LookReport {
	const description = describeState(object);
	if (!entry.mayHaveExecuted || entry.request.sentPath === undefined)
		return keepPrevious(buildNotSent('look_otherwise', description));
	return { outcomes: [buildNotSent('look_ruled_out', description)], sends: 0, provedImpossible: true };
}

/** Different values in an earlier run of ours are a conflict, as for any request. */
function toAlreadyDone({ entry, previous }: Grant, object: StripeObject): LookReport {
	const outcome = { kind: 'succeeded', ...toSuccessFacts(object) } as const;
	if (previous?.state !== 'succeeded') return { outcomes: [outcome], sends: 0, alreadyDone: true };
	if (previous.fingerprint === entry.fingerprint) return { ...keepPrevious(outcome), alreadyDone: true };
	const differences = previous.paramsStored ? diffRequests(previous.request, entry.request) : [];
	return {
		...keepPrevious(buildNotSent('look_otherwise', describeState(object))),
		conflict: { kind: 'conflict', entry: previous, differences },
	};
}

/** The report for a request that was not sent: the entry is rolled back to its previous state. */
export function keepPrevious(outcome: SendReport['outcomes'][0]): LookReport {
	return { outcomes: [outcome], sends: 0, keepsPrevious: true };
}

function describeState({ id, status, deleted }: StripeObject): string {
	if (deleted === true) return `${String(id)} has been deleted`;
	return typeof status === 'string' ? `The status of ${String(id)} is ${status}` : String(id);
}
