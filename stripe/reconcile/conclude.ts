import { buildEntrySearchUrl } from '../objects/dashboardUrl';
import type { EntryAsSent, Inconclusive, Finding } from './finding';
import type { Limitation, QueryContext } from './stripeQueries';

/** How far Stripe's time may lag, in ms: it comes from `Date` headers, which have whole seconds (RFC 9110). */
const DATE_RESOLUTION_MS = 1_000;

/** What was seen of a request whose effect was not found. */
interface NothingFound {
	/** What every source showed, for people. */
	observation: string;
	/** What the sources may have omitted. */
	limitations: readonly Limitation[];
	/** The dashboard page to look at, if it is not the search for the entry. */
	dashboardUrl?: string;
	/** Whether the objects show that a repeat is harmless, so that there is no need to wait. */
	isHarmless?: boolean;
}

/**
 * Concludes what it means that no source shows the effect. The request counts as not executed only if every source was available
 * and complete, and Stripe can no longer be executing it.
 */
export function concludeNotFound(
	context: QueryContext,
	entry: EntryAsSent,
	{ observation, limitations, dashboardUrl, isHarmless = false }: NothingFound,
): Finding {
	const [transient, ...others] = limitations.filter(({ isTransient }) => isTransient);
	if (transient) return toUnavailable(transient, ...others);
	const now = context.time.now();
	const { asOf, notExecutedAt: settledAt } = entry.sent;
	const reasons = [observation, ...limitations.map(({ reason }) => reason)];
	const isSettled = asOf >= settledAt;
	if (isHarmless || entry.isNew) return concludeNotExecuted(entry, now);
	if (isSettled && limitations.length === 0) return { kind: 'not_executed' };
	if (isSettled) return toInconclusive(context, entry, reasons, dashboardUrl);
	const retryAt = settledAt + DATE_RESOLUTION_MS;
	reasons.push(`Until ${new Date(retryAt).toISOString()} Stripe may still execute it. Check again then`);
	return { ...toInconclusive(context, entry, reasons, dashboardUrl), retryAt };
}

/** The effect is not visible now. Until it definitely can no longer appear, a repeat is allowed because it is harmless. */
export function concludeNotExecuted({ sent }: EntryAsSent, now: number): Finding {
	return { kind: 'not_executed', ...(now < sent.finalAt ? { mayStillExecuteUntil: sent.finalAt } : {}) };
}

/** Stripe did not answer, at least in part, and may do so later. */
export function toUnavailable(first: Limitation, ...others: readonly Limitation[]): Finding {
	const isForbidden = [first, ...others].every((limitation) => limitation.isForbidden);
	return {
		kind: 'stripe_unavailable',
		reason: first.reason,
		...(isForbidden ? { isForbidden: true } : {}),
	};
}

/** A person has to look at the given page, or at the dashboard search for the entry. */
export function toInconclusive(
	context: QueryContext,
	{ entryId }: EntryAsSent,
	reasons: string | readonly string[],
	dashboardUrl: string = buildEntrySearchUrl(context, entryId),
): Inconclusive {
	return { kind: 'inconclusive', reason: [reasons].flat().join('. '), dashboardUrl };
}
