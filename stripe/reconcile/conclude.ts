import { entrySearch } from '../objects/dashboardUrl';
import type { EntryAsSent, CannotTell, Finding } from './finding';
import type { Gap, Inquiry } from './stripeQueries';
import { sendWindow } from './executionWindow';

/** What was seen of an entry whose effect was not. */
interface Unseen {
	/** What every source showed, for a person. */
	what: string;
	/** What the sources may not have shown. */
	gaps: readonly Gap[];
	/** The page to look at, where it is not the search for the entry. */
	dashboardUrl?: string;
	/** Whether the objects show that it does no harm when it is done twice: then nothing has to be waited for. */
	isHarmless?: boolean;
}

/**
 * What it means that no source shows the effect. Nothing is absent while one source could not be asked, shows less than
 * everything, or while Stripe may still be at it.
 */
export function verdictOnUnseen(
	inquiry: Inquiry,
	entry: EntryAsSent,
	{ what, gaps, dashboardUrl, isHarmless = false }: Unseen,
): Finding {
	const passing = gaps.find(({ passes }) => passes);
	if (passing) return { kind: 'not_answered', reason: passing.why };
	const now = inquiry.time.now();
	const { settledAt } = sendWindow(entry, now);
	const reasons = [what, ...gaps.map(({ why }) => why)];
	const isSettled = now >= settledAt;
	if (isHarmless || entry.isNew) return absentFor(entry, now);
	if (isSettled && gaps.length === 0) return { kind: 'absent' };
	if (isSettled) return cannotTell(inquiry, entry, reasons, dashboardUrl);
	const at = new Date(settledAt).toISOString();
	reasons.push(`Until ${at} Stripe may still finish it: look again then`);
	return { ...cannotTell(inquiry, entry, reasons, dashboardUrl), lookAgainAt: settledAt };
}

/** It is not there now. Until it surely will not come any more, it may be done all the same: twice does no harm. */
export function absentFor({ sent }: EntryAsSent, now: number): Finding {
	return { kind: 'absent', ...(now < sent.doneAt ? { mayComeUntil: sent.doneAt } : {}) };
}

/** Somebody has to look: at the page given, or at what the dashboard finds for the entry. */
export function cannotTell(
	inquiry: Inquiry,
	{ entryId }: EntryAsSent,
	reasons: string | readonly string[],
	dashboardUrl: string = entrySearch(inquiry, entryId),
): CannotTell {
	return { kind: 'cannot_tell', reason: [reasons].flat().join('. '), dashboardUrl };
}
