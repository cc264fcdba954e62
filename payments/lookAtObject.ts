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
import { toQueryContext } from './attemptRequest';
import { buildNotSent } from './notSent';

/** What nothing can undo: the object is looked at before it is sent. */
export interface TerminalRequest {
	/** When the object was made, in Unix seconds, where its ID can be used again: another one is not meant. */
	created?: number;
}

/** What the object has shown, where that keeps the attempt from being sent. */
export type LookReport = SendReport & {
	/** It is in the state that is asked for already. */
	alreadyDone?: true;
	/** An earlier run has done it with other values. */
	conflict?: Extract<FinalClaimDecision, { kind: 'conflict' }>;
};

/**
 * Looks at the object of a terminal request, which the claim keeps everybody else from acting on through this ledger.
 *
 * @returns undefined where it is to be sent: Stripe does it at most once
 */
export async function lookAtObject(
	grant: Grant,
	attempt: AttemptRequest,
	{ created }: TerminalRequest,
	signal?: AbortSignal,
): Promise<LookReport | undefined> {
	const target = parseTarget(attempt.path);
	const path = target && getObjectPath(target);
	const action = attempt.method === 'DELETE' ? 'delete' : target?.action;
	if (target === undefined || path === undefined || action === undefined) return undefined;
	const outcome = await getWithBackoff(toQueryContext(attempt, signal, grant.entry.leaseUntil), path);
	if (outcome.code === 'resource_missing') {
		const gone = { id: target.id, object: target.collection.kind, deleted: true };
		return action === 'delete' ? toAlreadyDone(grant, gone) : undefined;
	}
	if (outcome.kind === 'rejected' || outcome.kind === 'unauthorized') return undefined;
	// What may have been sent goes the way of what is in doubt.
	if (outcome.kind !== 'succeeded' && grant.entry.mayHaveExecuted) return undefined;
	if (outcome.kind !== 'succeeded')
		return keepPrevious(buildNotSent('look_stripe_unavailable', toLimitation(outcome).reason));
	const object: StripeObject = outcome.body ?? {};
	if (created !== undefined && object.deleted !== true && object.created !== created)
		return keepPrevious(buildNotSent('look_other_object', target.id));
	switch (determineTargetState(object, action, attempt.params)) {
		case 'as_asked':
			return toAlreadyDone(grant, object);
		case 'otherwise':
			return keepPrevious(buildNotSent('look_otherwise', describeState(object)));
		case 'open':
			return undefined;
	}
}

/** What our own earlier run has done with other values is a conflict, as everywhere. */
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

/** Nothing was sent, and what stood before stands again. */
export function keepPrevious(outcome: SendReport['outcomes'][0]): LookReport {
	return { outcomes: [outcome], sends: 0, keepsPrevious: true };
}

function describeState({ id, status, deleted }: StripeObject): string {
	if (deleted === true) return `${String(id)} has been deleted`;
	return typeof status === 'string' ? `The status of ${String(id)} is ${status}` : String(id);
}
