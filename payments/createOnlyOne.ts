import type { Entry, OnlyOne } from '../ledger/model/entry';
import { mayStillTakeEffect } from '../ledger/locks';
import type { Ledger } from '../ledger/ledger';
import type { Grant } from '../ledger/rules/grant';
import type { SettleResult } from '../ledger/settlements';
import { rethrowUnlessUnavailable, StoreUnavailableError } from '../ledger/store';
import { listPrices } from '../stripe/objects/duplicates';
import type { StripeObject } from '../stripe/objects/stripeObject';
import { readEntryId } from '../stripe/objects/metadata';
import { getWithBackoff, listNewestFirst, toLimitation } from '../stripe/reconcile/stripeQueries';
import type { AttemptRequest } from './attemptRequest';
import { toQueryContext } from './attemptRequest';
import { toHaltOutcome } from './halt';
import { findMatchingCustomers, UnreadableListError } from './matchingCustomers';
import type { LookReport } from './lookAtObject';
import { keepPrevious } from './lookAtObject';
import { buildNotSent } from './notSent';
import { recordWait } from './telemetry';

/** States in which a subscription will never be billed again. */
const ENDED = ['canceled', 'incomplete_expired'];

const POLL_MS = 250;

interface OnlyOneContext {
	ledger: Ledger;
	attempt: AttemptRequest;
	/** How long to wait for another entry that holds the same lock, in ms. */
	waitForBusyMs?: number;
	signal?: AbortSignal;
}

/**
 * Acquires the locks of this entry, then looks for an existing object, even one that was created elsewhere: a live subscription
 * of the customer to one of the prices, or a matching customer.
 *
 * @param verifyOwn looks for an object that an earlier run of this entry created, which does not count as another one
 * @returns why the request is not sent; undefined if it may be sent
 */
export async function findExisting<Report>(
	grant: Grant,
	{ isProvedNotExecuted = false, ...context }: OnlyOneContext & { isProvedNotExecuted?: boolean },
	verifyOwn: () => Promise<Report | undefined>,
): Promise<LookReport | Report | undefined> {
	const { onlyOne } = grant.entry;
	if (!onlyOne || createsNothing(grant.entry)) return undefined;
	const hold = grant.notPersisted ? 'had' : await holdAlone(grant, onlyOne, context);
	if (typeof hold === 'object') return hold;
	const twin = await findExistingAtStripe(grant.entry, context);
	const isInDoubt = hold === 'had' && grant.entry.mayHaveExecuted && !isProvedNotExecuted;
	if (!isInDoubt) return twin === 'own' ? verifyOwn() : twin;
	// It may have been sent, and the lock has blocked all other entries since. It is resent unchanged, unless one was created
	// elsewhere.
	return twin === 'own' || !twin ? undefined : keepPrevious(twin.outcomes[0]);
}

/** Returns whether the look-up chose to update an existing object. */
function createsNothing({ request }: Pick<Entry, 'request'>): boolean {
	return request.sentPath !== undefined;
}

/** Looks for an existing object without acquiring a lock: a live subscription to one of the prices, or a matching customer. */
export async function findExistingAtStripe(
	entry: Pick<Entry, 'entryId' | 'onlyOne'> & { leaseUntil?: number },
	context: Omit<OnlyOneContext, 'ledger'>,
): Promise<LookReport | 'own' | undefined> {
	const { onlyOne } = entry;
	if (!onlyOne) return undefined;
	const { kind, owner, values } = onlyOne;
	if (kind === 'customer') return findCustomer(entry, onlyOne, context);
	for (const price of values) {
		const twin = await findLive(entry, { customer: owner, price }, context);
		if (twin) return twin;
	}
	return undefined;
}

async function holdAlone(
	{ entry }: Grant,
	onlyOne: OnlyOne,
	{ ledger, attempt, waitForBusyMs = 0, signal }: OnlyOneContext,
): Promise<LookReport | 'acquired' | 'had'> {
	const { clock } = attempt.connection;
	const until = clock.monotonic() + waitForBusyMs;
	let waitedMs = 0;
	try {
		for (;;) {
			const result = await ledger.locks.acquire(entry, onlyOne);
			if (result.kind !== 'busy') return result.kind;
			const { holder } = result;
			if (clock.monotonic() >= until || signal?.aborted)
				return keepPrevious(buildNotSent('twin_in_progress', `It is entry ${holder.entryId}`));
			const begin = clock.monotonic();
			await clock.sleep(POLL_MS, signal);
			waitedMs += clock.monotonic() - begin;
		}
	} catch (error) {
		if (!(error instanceof StoreUnavailableError)) throw error;
		return keepPrevious(toHaltOutcome({ kind: 'unreadable', reason: error.reason }));
	} finally {
		recordWait('other_run', waitedMs);
	}
}

async function findLive(
	{ entryId, leaseUntil }: Pick<Entry, 'entryId'> & { leaseUntil?: number },
	query: { customer: string; price: string },
	{ attempt, signal }: Omit<OnlyOneContext, 'ledger'>,
): Promise<LookReport | 'own' | undefined> {
	const isLive = (one: StripeObject) =>
		!ENDED.includes(String(one.status)) && listPrices(one).includes(query.price);
	const { objects, limitation } = await listNewestFirst(toQueryContext(attempt, signal, leaseUntil), {
		path: '/v1/subscriptions',
		query: { ...query, status: 'all' },
		isWanted: isLive,
		isEnough: () => false,
	});
	if (objects.some((one) => readEntryId(one) === entryId)) return 'own';
	const [twin] = objects;
	if (twin) {
		const description = `It is ${String(twin.id)} (${String(twin.status)})`;
		return keepPrevious(buildNotSent('already_subscribed', description));
	}
	return limitation && keepPrevious(buildNotSent('look_stripe_unavailable', limitation.reason));
}

/** Nothing is created, and the next attempt finds the customer to update. */
async function findCustomer(
	{ entryId, leaseUntil }: Pick<Entry, 'entryId'> & { leaseUntil?: number },
	onlyOne: OnlyOne,
	{ attempt, signal }: Omit<OnlyOneContext, 'ledger'>,
): Promise<LookReport | 'own' | undefined> {
	const context = toQueryContext(attempt, signal, leaseUntil);
	const read = async (path: string): Promise<StripeObject> => {
		const outcome = await getWithBackoff(context, path);
		if (outcome.kind !== 'succeeded') throw new UnreadableError(toLimitation(outcome).reason);
		return outcome.body ?? {};
	};
	try {
		const customers = await findMatchingCustomers(onlyOne, read, context.time.now());
		if (customers.some((one) => readEntryId(one) === entryId)) return 'own';
		const [first] = customers;
		if (!first) return undefined;
		const outcome = buildNotSent('found_meanwhile', `It is ${String(first.id)}`);
		return { outcomes: [outcome], sends: 0, provedNotExecuted: true };
	} catch (error) {
		if (!(error instanceof UnreadableError) && !(error instanceof UnreadableListError)) throw error;
		return keepPrevious(buildNotSent('look_stripe_unavailable', error.message));
	}
}

class UnreadableError extends Error {}

/** Releases the locks unless the outcome is unknown. A failed write is harmless: locks of a settled entry do not count. */
export async function releaseLocks({ entry, warning }: SettleResult, { locks }: Ledger): Promise<void> {
	// After a rollback, the result still contains the claimed entry.
	const isHeld = entry.state !== 'in_flight' && mayStillTakeEffect(entry);
	if (!entry.onlyOne || createsNothing(entry) || warning !== undefined || isHeld) return;
	await locks.release(entry, entry.onlyOne).catch(rethrowUnlessUnavailable);
}
