import type { Entry } from '../ledger/entry';
import { entrySearch } from './dashboard';
import type { CannotTell, Finding } from './finding';
import type { Gap, Inquiry } from './inquiry';
import { sendWindow } from './sendWindow';

/** What was seen of an entry whose effect was not. */
interface Unseen {
	/** What every source showed, for a person. */
	what: string;
	/** What the sources may not have shown. */
	gaps: readonly Gap[];
	/** The page to look at, where it is not the search for the entry. */
	dashboardUrl?: string;
}

/**
 * What it means that no source shows the effect. Nothing is absent while one source could not be asked, shows less than
 * everything, or while Stripe may still be at it.
 */
export function verdictOnUnseen(
	inquiry: Inquiry,
	entry: Entry,
	{ what, gaps, dashboardUrl }: Unseen,
): Finding {
	const passing = gaps.find(({ passes }) => passes);
	if (passing) return { kind: 'not_answered', reason: passing.why };
	const { settledAt } = sendWindow(entry);
	const reasons = [what, ...gaps.map(({ why }) => why)];
	const isSettled = inquiry.time.now() >= settledAt;
	if (isSettled && gaps.length === 0) return { kind: 'absent' };
	if (isSettled) return cannotTell(inquiry, entry, reasons, dashboardUrl);
	const at = new Date(settledAt).toISOString();
	reasons.push(`Until ${at} Stripe may still finish it: look again then`);
	return { ...cannotTell(inquiry, entry, reasons, dashboardUrl), lookAgainAt: settledAt };
}

/** Somebody has to look: at the page given, or at what the dashboard finds for the entry. */
export function cannotTell(
	inquiry: Inquiry,
	{ entryId }: Entry,
	reasons: string | readonly string[],
	dashboardUrl: string = entrySearch(inquiry, entryId),
): CannotTell {
	return { kind: 'cannot_tell', reason: [reasons].flat().join('. '), dashboardUrl };
}
