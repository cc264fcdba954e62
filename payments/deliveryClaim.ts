import { randomUUID } from 'node:crypto';

import type { Entry } from '../ledger/model/entry';
import { isCurrentClaim } from '../ledger/model/entryStatus';
import { deriveIdentity } from '../ledger/identity/key';
import type { Ledger } from '../ledger/ledger';
import { fingerprintOf } from '../ledger/model/request';
import type { ClaimRequest } from '../ledger/rules/claimRequest';
import type { StripeEvent } from '../stripe/webhooks/event';
import { modeOf, readOwner } from '../stripe/webhooks/event';

/**
 * ms between the claim of a delivery and the start of its run in n8n. A run that starts later still starts the workflow, unless
 * the event was delivered again meanwhile.
 */
const LEASE_MS = 60_000;

/**
 * Events of the account itself name no account. Event IDs are unique across all of Stripe, and the destination of an organization
 * names the account of an event that the account's own endpoint delivers without it.
 */
const OWN_ACCOUNT = 'own';

/** Identifies the claim of a delivery in the run that it started. */
export interface DeliveryClaim {
	entryId: string;
	fence: number;
	claimId: string;
}

/**
 * Builds the claim of one event for one workflow. Each copy of a workflow receives the event. Renaming a node does not deliver
 * it again. Anything that may change later, such as the credential, is left out, so that a repeated event is recognized.
 */
export function buildDeliveryClaim(
	event: StripeEvent,
	workflow: { id?: string; name?: string },
	nodeName: string,
	retentionMs: number,
): ClaimRequest {
	const owner = readOwner(event);
	const account = typeof owner === 'object' ? owner.account : OWN_ACCOUNT;
	const scope = { mode: modeOf(event), account };
	const fields = { event: event.id, workflow: workflow.id ?? '' };
	const identity = deriveIdentity(
		{ ...scope, account: OWN_ACCOUNT },
		'event',
		Object.entries(fields).map(([name, value]) => ({ name, value, treatAs: 'text' })),
	);
	const request = { method: 'POST', path: `event ${event.id}`, params: {} } as const;
	return {
		...scope,
		...identity,
		operation: 'event',
		fingerprint: fingerprintOf(request),
		request,
		paramsStored: true,
		claimId: randomUUID(),
		leaseMs: LEASE_MS,
		retentionMs,
		afterRejection: 'returnStored',
		isDelivery: true,
		origin: { workflowId: workflow.id, workflowName: workflow.name, nodeName },
	};
}

/** What a run that was started by a delivery does. */
export type StartDecision =
	/** It is the first run, so the workflow starts. */
	| { kind: 'started' }
	/** Another delivery of the event has started the workflow, or is about to. */
	| { kind: 'superseded' }
	/** The ledger of this run is not the one in which the delivery was claimed, or has lost the claim. */
	| { kind: 'unknown_event' }
	| { kind: 'ledger_unavailable'; reason: string };

/**
 * Settles the claim, which marks the event as passed on. This happens in the run and not before: if n8n fails between the
 * delivery and the run, the event stays unsettled and Stripe's next delivery starts the workflow.
 *
 * @throws StoreUnavailableError
 */
export async function settleDelivery(
	ledger: Ledger,
	claim: DeliveryClaim,
	retentionMs: number,
): Promise<StartDecision> {
	const current = await ledger.find(claim.entryId);
	if (!current) return { kind: 'unknown_event' };
	if (!isCurrentClaim(current, claim)) {
		return { kind: wasSettledBy(current, claim) ? 'started' : 'superseded' };
	}
	const settled = await ledger.settle(
		{ entry: current, reconcileFirst: false },
		{ outcomes: [{ kind: 'succeeded' }], sends: 1 },
		retentionMs,
	);
	if (settled.warning !== undefined) return { kind: 'ledger_unavailable', reason: settled.warning };
	return { kind: wasSettledBy(settled.entry, claim) ? 'started' : 'superseded' };
}

/** The same run again, after a person retried it or a worker took over its job. It already has the claim. */
function wasSettledBy(current: Entry, { fence }: DeliveryClaim): boolean {
	return current.state === 'succeeded' && current.fence === fence;
}
