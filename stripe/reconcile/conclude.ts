import { buildEntrySearchUrl } from '../objects/dashboardUrl';
import type { EntryAsSent, Inconclusive, Finding } from './finding';
import type { Limitation, QueryContext } from './stripeQueries';
import { getExecutionWindow } from './executionWindow';

/** ms by which Stripe's time, which is known from `Date` headers, may lag: they tell whole seconds (RFC 9110). */
const DATE_RESOLUTION_MS = 1_000;

/** What was seen of an entry whose effect was not. */
interface NothingFound {
	/** What every source showed, for a person. */
	observation: string;
	/** What the sources may not have shown. */
	limitations: readonly Limitation[];
	/** The page to look at, where it is not the search for the entry. */
	dashboardUrl?: string;
	/** Whether the objects show that it does no harm when it is done twice: then nothing has to be waited for. */
	isHarmless?: boolean;
}

/**
 * What it means that no source shows the effect. Nothing is absent while one source could not be asked, shows less than
 * everything, or while Stripe may still be at it.
 */
export function concludeNotFound(
	context: QueryContext,
	entry: EntryAsSent,
	{ observation, limitations, dashboardUrl, isHarmless = false }: NothingFound,
): Finding {
	const transient = limitations.find(({ isTransient }) => isTransient);
	if (transient) return { kind: 'stripe_unavailable', reason: transient.reason };
	const now = context.time.now();
	const { finalAt: settledAt } = getExecutionWindow(entry, now);
	const reasons = [observation, ...limitations.map(({ reason }) => reason)];
	const isSettled = now >= settledAt;
	if (isHarmless || entry.isNew) return concludeNotExecuted(entry, now);
	if (isSettled && limitations.length === 0) return { kind: 'not_executed' };
	if (isSettled) return toInconclusive(context, entry, reasons, dashboardUrl);
	const retryAt = settledAt + DATE_RESOLUTION_MS;
	reasons.push(`Until ${new Date(retryAt).toISOString()} Stripe may still execute it. Check again then`);
	return { ...toInconclusive(context, entry, reasons, dashboardUrl), retryAt };
}

/** It is not there now. Until it surely will not come any more, it may be done all the same: twice does no harm. */
export function concludeNotExecuted({ sent }: EntryAsSent, now: number): Finding {
	return { kind: 'not_executed', ...(now < sent.finalAt ? { mayStillExecuteUntil: sent.finalAt } : {}) };
}

/** Somebody has to look: at the page given, or at what the dashboard finds for the entry. */
export function toInconclusive(
	context: QueryContext,
	{ entryId }: EntryAsSent,
	reasons: string | readonly string[],
	dashboardUrl: string = buildEntrySearchUrl(context, entryId),
): Inconclusive {
	return { kind: 'inconclusive', reason: [reasons].flat().join('. '), dashboardUrl };
}
