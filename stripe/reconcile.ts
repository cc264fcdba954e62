import type { InFlightEntry, Outcome } from '../ledger/entry';
import type { Answer } from './client';
import { sendOnce } from './client';
import type { Connection } from './connection';
import { isWithoutEffect, proves } from './lifecycle';
import { ENTRY_METADATA } from './metadata';
import { classify } from './outcome';
import { withQuery } from './query';

/** What became of a send whose answer is missing. */
export type Finding =
	| { kind: 'found'; outcome: Outcome }
	/** It surely did not take effect: it may be sent. */
	| { kind: 'absent' }
	/** Nobody can tell from what Stripe shows: a person has to look. */
	| { kind: 'cannot_tell'; reason: string }
	/** Stripe could not be asked now: later it may answer. */
	| { kind: 'not_answered'; reason: string };

interface Asked {
	connection: Connection;
	stripeAccount?: string;
	timeoutMs: number;
}

/** Collections whose lists are immediately consistent and show `metadata`. */
const LISTED = new Set(['/v1/payment_intents', '/v1/refunds', '/v1/customers', '/v1/charges']);

/** s before the first send: Stripe's clock and ours may differ. */
const EARLIEST_S = 600;

/** s after the last send: Stripe may roll the work of a 500 forward hours later (docs.stripe.com/error-low-level). */
const LATEST_S = 86_400;

/** Parameters of the request by which Stripe's lists can be narrowed. */
const NARROWING = ['charge', 'customer', 'payment_intent'];

const LONGEST_PAGE = 100;
const MOST_PAGES = 50;

/**
 * Finds out from Stripe what an unknown send really did, without sending it again. `absent` is answered only where one
 * object's state proves it; that a list does not show an object does not yet prove that it will never be there.
 */
export async function reconcile(asked: Asked, entry: InFlightEntry): Promise<Finding> {
	if (entry.request.method === 'DELETE') return findDeleted(asked, entry.request.path);
	if (LISTED.has(entry.request.path)) return findCreated(asked, entry);
	const action = ACTION.exec(entry.request.path);
	if (action) return findActedOn(asked, action[1] ?? '', action[2] ?? '');
	return cannotTell('Stripe keeps no list in which this could be found');
}

/** Actions on one object that its state shows. */
const ACTION = /^(\/v1\/(?:payment_intents|charges)\/[^/]+)\/(confirm|capture|cancel)$/;

async function findActedOn(asked: Asked, path: string, action: string): Promise<Finding> {
	const { outcome } = classify(await get(asked, path));
	if (outcome.kind !== 'succeeded') return notAnswered(outcome);
	if (proves(outcome.body ?? {}, action)) return { kind: 'found', outcome };
	return cannotTell(`The status of ${path.split('/').at(-1)} is ${String(outcome.body?.status)}`);
}

async function findDeleted(asked: Asked, path: string): Promise<Finding> {
	const { outcome } = classify(await get(asked, path));
	// Deleting a subscription cancels it: the object stays (docs.stripe.com/api/subscriptions/cancel).
	const isGone =
		outcome.code === 'resource_missing' ||
		outcome.body?.deleted === true ||
		(outcome.body?.object === 'subscription' && outcome.body.status === 'canceled');
	if (isGone) {
		const id = path.split('/').at(-1);
		return {
			kind: 'found',
			outcome: { kind: 'succeeded', objectId: id, body: outcome.body ?? { id, deleted: true } },
		};
	}
	return outcome.kind === 'succeeded' ? { kind: 'absent' } : notAnswered(outcome);
}

async function findCreated(asked: Asked, entry: InFlightEntry): Promise<Finding> {
	const created = {
		gte: String(Math.floor((entry.firstSentAt ?? entry.createdAt) / 1000) - EARLIEST_S),
		lte: String(Math.ceil((entry.lastSentAt ?? entry.createdAt) / 1000) + LATEST_S),
	};
	const known = Object.entries(entry.request.params).filter(([name]) => NARROWING.includes(name));
	let from = {};
	for (let page = 0; page < MOST_PAGES; page++) {
		const query = { ...Object.fromEntries(known), created, limit: String(LONGEST_PAGE), ...from };
		const { outcome } = classify(await get(asked, withQuery(entry.request.path, query)));
		if (outcome.kind !== 'succeeded') return notAnswered(outcome);
		const objects = Array.isArray(outcome.body?.data)
			? (outcome.body.data as Record<string, unknown>[])
			: [];
		const found = objects.find((object) => belongsTo(object, entry.entryId));
		if (found) return findingOf(found, entry);
		if (outcome.body?.has_more !== true) break;
		from = { starting_after: String(objects.at(-1)?.id) };
	}
	return cannotTell('Stripe shows no object of this entry in the time of its sends');
}

function findingOf(object: Record<string, unknown>, { paramsStored, request }: InFlightEntry): Finding {
	const id = String(object.id);
	// A payment intent that was not to be confirmed at once is all that was asked for, whatever its status.
	const wasCreation =
		request.path === '/v1/payment_intents' && paramsStored && request.params.confirm !== 'true';
	if (!wasCreation && isWithoutEffect(object)) {
		return cannotTell(`${id} was created, but its status is ${String(object.status)}`);
	}
	return { kind: 'found', outcome: { kind: 'succeeded', objectId: id, body: object } };
}

function belongsTo({ metadata }: Record<string, unknown>, entryId: string): boolean {
	return (
		typeof metadata === 'object' &&
		metadata !== null &&
		Object.entries(metadata).some(([name, value]) => name === ENTRY_METADATA && value === entryId)
	);
}

function get({ connection, stripeAccount, timeoutMs }: Asked, path: string): Promise<Answer> {
	return sendOnce(connection, { method: 'GET', path, stripeAccount, timeoutMs });
}

/** A definitive refusal stays one; anything else may be another one at the next try. */
function notAnswered({ kind, message = '' }: Outcome): Finding {
	const reason = `Stripe did not answer: ${message}`;
	return kind === 'rejected' ? cannotTell(reason) : { kind: 'not_answered', reason };
}

function cannotTell(reason: string): Finding {
	return { kind: 'cannot_tell', reason };
}
