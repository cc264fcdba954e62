import { findMismatch } from '../objects/matchesRequest';
import { parseTarget } from '../objects/collections';
import type { EntryAsSent } from './finding';
import type { StripeObject } from '../objects/stripeObject';
import type { QueryContext } from './stripeQueries';
import { getWithBackoff, toLimitation } from './stripeQueries';
import { determineEffect } from '../objects/lifecycle';
import { readEntryId } from '../objects/metadata';
import { isDeleted, readDeletedId } from './reconcile';
import { isOfPreviousAttempt } from './createdObject';
import { getExecutionWindow } from './executionWindow';

/** What Stripe shows about a result that a person entered for an uncertain send. */
export type Verification =
	/** Nothing contradicts it. Without an object if Stripe has none to show. */
	| { kind: 'matches'; objectId?: string; object?: StripeObject }
	/** It cannot be true: the person meant another object, or did not look closely. */
	| { kind: 'mismatch'; reason: string }
	| { kind: 'stripe_unavailable'; reason: string };

/**
 * Reads the object that a person named and compares it with the request: a mistyped ID must not attach another payment's object
 * to this one.
 *
 * @param objectId required only if the request created an object
 */
export async function verifyManualFinding(
	context: QueryContext,
	entry: EntryAsSent,
	objectId?: string,
): Promise<Verification> {
	const { method, path } = entry.request;
	const target = parseTarget(path);
	if (method === 'DELETE') return verifyDeletion(context, entry);
	if (!target)
		return { kind: 'matches', objectId, ...(objectId === undefined ? {} : { object: { id: objectId } }) };
	const { id = objectId } = target;
	if (id === undefined) return toMismatch('The request creates an object, but no ID was entered');
	if (objectId !== undefined && objectId !== id)
		return toMismatch(`The request was for ${id}, not for ${objectId}`);
	const outcome = await getWithBackoff(context, `${target.path}/${encodeURIComponent(id)}`);
	if (outcome.code === 'resource_missing')
		return toMismatch(`Stripe has no ${id} in this account and mode`);
	if (outcome.kind !== 'succeeded')
		return { kind: 'stripe_unavailable', reason: toLimitation(outcome).reason };
	const object = outcome.body ?? {};
	const reason = target.id === undefined ? explainMismatch(entry, object, context.time.now()) : undefined;
	return reason === undefined ? { kind: 'matches', objectId: id, object } : toMismatch(`${id} ${reason}`);
}

/** If the object still exists, it was not deleted. */
async function verifyDeletion(context: QueryContext, { request }: EntryAsSent): Promise<Verification> {
	const { path } = request;
	const id = readDeletedId(path);
	const outcome = await getWithBackoff(context, path);
	if (isDeleted(path, outcome))
		return { kind: 'matches', objectId: id, object: outcome.body ?? { id, deleted: true } };
	if (outcome.kind === 'succeeded') return toMismatch(`${id} still exists`);
	if (outcome.code === 'resource_missing')
		return toMismatch(`Stripe has no ${id} in this account and mode`);
	return { kind: 'stripe_unavailable', reason: toLimitation(outcome).reason };
}

function explainMismatch(entry: EntryAsSent, object: StripeObject, now: number): string | undefined {
	const owner = readEntryId(object);
	if (owner !== undefined && owner !== entry.entryId) return `was created for a different entry: ${owner}`;
	if (isOfPreviousAttempt(object, entry))
		return 'was created by an earlier attempt of this entry, which was rejected';
	const window = getExecutionWindow(entry, now);
	// An object that names the entry may have been created for a ledger that was lost.
	const from = owner === entry.entryId ? window.from : window.sentFrom;
	const createdAt = Number(object.created) * 1_000;
	if (createdAt < from || createdAt >= window.latest)
		return `was created at ${new Date(createdAt).toISOString()}, when this request was not being sent`;
	const difference = findMismatch(entry, object);
	if (difference !== undefined) return `differs from the request: ${difference}`;
	return determineEffect(object, entry).kind === 'declined'
		? 'was declined, so it had no effect'
		: undefined;
}

function toMismatch(reason: string): Verification {
	return { kind: 'mismatch', reason };
}
