import type { TimeSource } from '../ledger/clock';
import type { OnlyOne } from '../ledger/model/entry';
import type { Ledger } from '../ledger/ledger';
import type { Grant } from '../ledger/rules/grant';
import { StoreUnavailableError } from '../ledger/store';
import type { StripeObject } from '../stripe/objects/stripeObject';
import { readEntryId } from '../stripe/objects/metadata';
import { listNewestFirst } from '../stripe/reconcile/stripeQueries';
import type { QueryContext } from '../stripe/reconcile/stripeQueries';
import type { AttemptRequest } from './attemptRequest';
import { toHaltOutcome } from './halt';
import { idOf } from './lookForChange';
import type { LookReport } from './lookAtObject';
import { buildNotSent } from './notSent';

/** States in which a subscription will never be billed again. */
const ENDED = ['canceled', 'incomplete_expired'];

const POLL_MS = 250;

interface OnlyOneContext {
	ledger: Ledger;
	attempt: AttemptRequest;
	time: TimeSource;
	/** ms to wait for another entry that works on the same. */
	waitMs: number;
	signal?: AbortSignal;
}

/** What stands in the way of one more subscription; `own` is what an earlier run of the same entry has created. */
type Obstacle = { kind: 'own' } | { kind: 'report'; report: LookReport };

/**
 * Holds the customer and the prices of a new subscription for this entry alone, and looks for live ones, also those made elsewhere.
 *
 * @returns undefined where there is none
 */
export async function findTwin(grant: Grant, context: OnlyOneContext): Promise<Obstacle | undefined> {
	const { onlyOne } = grant.entry;
	if (!onlyOne) return undefined;
	const blocked = grant.notPersisted ? undefined : await holdAlone(grant, onlyOne, context);
	if (blocked) return { kind: 'report', report: blocked };
	for (const price of onlyOne.things) {
		const twin = await findLive(grant, { customer: onlyOne.owner, price }, context);
		if (twin) return twin;
	}
	return undefined;
}

async function holdAlone(
	{ entry }: Grant,
	onlyOne: OnlyOne,
	{ ledger, time, waitMs, signal }: OnlyOneContext,
): Promise<LookReport | undefined> {
	const until = time.monotonic() + waitMs;
	try {
		for (;;) {
			const holder = await ledger.leases.acquire(entry, onlyOne);
			if (!holder) return undefined;
			if (time.monotonic() >= until || signal?.aborted)
				return keepPrevious(buildNotSent('twin_in_progress', `It is entry ${holder.entryId}`));
			await time.sleep(POLL_MS, signal);
		}
	} catch (error) {
		if (!(error instanceof StoreUnavailableError)) throw error;
		return keepPrevious(toHaltOutcome({ kind: 'unreadable', reason: error.reason }));
	}
}

async function findLive(
	{ entry }: Grant,
	query: { customer: string; price: string },
	{ attempt, time, signal }: OnlyOneContext,
): Promise<Obstacle | undefined> {
	const isLive = (one: StripeObject) =>
		!ENDED.includes(String(one.status)) && pricesOf(one).includes(query.price);
	const context: QueryContext = { ...attempt, time, signal, deadline: entry.leaseUntil };
	const { objects, limitation } = await listNewestFirst(context, {
		path: '/v1/subscriptions',
		query: { ...query, status: 'all' },
		isWanted: isLive,
		isEnough: () => false,
	});
	if (objects.some((one) => readEntryId(one) === entry.entryId)) return { kind: 'own' };
	const [twin] = objects;
	if (twin)
		return refuse(
			buildNotSent('already_subscribed', `It is ${String(twin.id)} (${String(twin.status)})`),
		);
	return limitation && refuse(buildNotSent('look_stripe_unavailable', limitation.reason));
}

function refuse(outcome: LookReport['outcomes'][0]): Obstacle {
	return { kind: 'report', report: keepPrevious(outcome) };
}

function keepPrevious(outcome: LookReport['outcomes'][0]): LookReport {
	return { outcomes: [outcome], sends: 0, keepsPrevious: true };
}

function pricesOf({ items }: StripeObject): unknown[] {
	const rows = (items as { data?: StripeObject[] } | undefined)?.data ?? [];
	return rows.map(({ price }) => idOf(price));
}
