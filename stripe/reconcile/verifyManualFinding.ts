import { differenceFrom } from '../objects/matchesRequest';
import { targetOf } from '../objects/collections';
import type { EntryAsSent, StripeObject } from './finding';
import type { Inquiry } from './stripeQueries';
import { ask, gapOf } from './stripeQueries';
import { effectOf } from '../objects/lifecycle';
import { entryIdIn } from '../objects/metadata';
import { isGone } from './reconcile';
import { isOfPastAttempt } from './createdObject';
import { sendWindow } from './executionWindow';

/** What Stripe shows of what a person says an unknown send has done. */
export type AsTold =
	/** Nothing speaks against it. Without an object where Stripe keeps no place for it. */
	| { kind: 'fits'; objectId?: string; object?: StripeObject }
	/** It cannot be that: another object was meant, or nobody has looked closely. */
	| { kind: 'does_not_fit'; why: string }
	| { kind: 'not_answered'; why: string };

/**
 * Reads the object that a person names, and compares it with what was asked for: a slip in copying an ID must not make one
 * payment's object that of another.
 *
 * @param objectId needed only where a new object was asked for
 */
export async function readAsTold(inquiry: Inquiry, entry: EntryAsSent, objectId?: string): Promise<AsTold> {
	const { method, path } = entry.request;
	const target = targetOf(path);
	if (method === 'DELETE') return readDeleted(inquiry, entry);
	if (!target)
		return { kind: 'fits', objectId, ...(objectId === undefined ? {} : { object: { id: objectId } }) };
	const { id = objectId } = target;
	if (id === undefined) return doesNotFit('A new object was asked for, and no ID of one is given');
	if (objectId !== undefined && objectId !== id)
		return doesNotFit(`This was to be done to ${id}, not to ${objectId}`);
	const outcome = await ask(inquiry, `${target.path}/${encodeURIComponent(id)}`);
	if (outcome.code === 'resource_missing')
		return doesNotFit(`Stripe has no ${id} in this account and mode`);
	if (outcome.kind !== 'succeeded') return { kind: 'not_answered', why: gapOf(outcome).why };
	const object = outcome.body ?? {};
	const why = target.id === undefined ? whyNotCreatedBy(entry, object, inquiry.time.now()) : undefined;
	return why === undefined ? { kind: 'fits', objectId: id, object } : doesNotFit(`${id} ${why}`);
}

/** What was not to be there any more, and is, has not been deleted. */
async function readDeleted(inquiry: Inquiry, { request: { path } }: EntryAsSent): Promise<AsTold> {
	const id = path.split('/').at(-1) ?? '';
	const outcome = await ask(inquiry, path);
	if (isGone(outcome)) return { kind: 'fits', objectId: id, object: outcome.body ?? { id, deleted: true } };
	if (outcome.kind === 'succeeded') return doesNotFit(`${id} is still there`);
	return { kind: 'not_answered', why: gapOf(outcome).why };
}

function whyNotCreatedBy(entry: EntryAsSent, object: StripeObject, now: number): string | undefined {
	const owner = entryIdIn(object);
	if (owner !== undefined && owner !== entry.entryId) return `was made for another entry: ${owner}`;
	if (isOfPastAttempt(object, entry)) return 'came of an earlier attempt of this entry, which was rejected';
	const { from, until } = sendWindow(entry, now);
	const made = Number(object.created) * 1_000;
	if (made < from || made >= until)
		return `was made at ${new Date(made).toISOString()}, when this was not being sent`;
	const difference = differenceFrom(entry, object);
	if (difference !== undefined) return `is not what was asked for: ${difference}`;
	return effectOf(object, entry).kind === 'declined' ? 'was declined, so nothing was done' : undefined;
}

function doesNotFit(why: string): AsTold {
	return { kind: 'does_not_fit', why };
}
