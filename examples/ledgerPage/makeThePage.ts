import { renderCard } from './entry';
import { glance } from './glance';
import type { EntryItem, NodeBefore, RefusedItem, SummaryItem } from './left';
import type { Markup } from './markup';
import { html, said } from './markup';
import { page } from './page';
import { story } from './story';

/** The two outputs of Idempotency Registry. */
const [DONE, REFUSED] = [0, 1];

export interface PageRequest {
	/** The search, the button, or the nodes that read the whole ledger, in the order in which they run. */
	lookUp: NodeBefore;
	/** The other entries about the payments that were looked up. */
	samePayment: NodeBefore;
	findOut: NodeBefore;
	whole: [summary: NodeBefore, unknown: NodeBefore, others: NodeBefore];
	/** The items that the preceding node returned. */
	items: { json: unknown }[];
	/** The request for the page. */
	call: { query?: { find?: unknown }; webhookUrl?: string };
	now: number;
}

/** Renders the requested page, with its HTTP status. */
export function makeThePage(asked: PageRequest): { html: string; status: number } {
	const { lookUp, findOut, call, now } = asked;
	const refusals = refusalsAmong(asked);
	const isGlance = !lookUp.isExecuted && !findOut.isExecuted;
	const title = findOut.isExecuted ? 'Result of the check' : lookUp.isExecuted ? 'Looked up' : 'The ledger';
	const content = refusals.length > 0 ? refusals.map(refusal) : contentOf(asked, isGlance);
	return {
		html: page({
			title,
			isGlance,
			now,
			content: html`${content}`,
			sought: call.query?.find,
			address: String(call.webhookUrl),
		}),
		status: refusals.some(({ error }) => error.outcome === 'ledger_unavailable') ? 503 : 200,
	};
}

function contentOf(asked: PageRequest, isGlance: boolean): Markup | Markup[] {
	const { whole, items, now } = asked;
	if (asked.lookUp.isExecuted) return lookedUp(asked);
	if (!isGlance) return items.map(({ json }) => renderCard(json as EntryItem, true));
	const [summaries, unknown, others] = whole.map((node) => node.all(DONE).map(({ json }) => json));
	return glance(summaries?.[0] as SummaryItem, entriesAmong(unknown), entriesAmong(others), now);
}

/** Renders each entry that was found, and one story of all entries about the same payments. */
function lookedUp({ lookUp, samePayment }: PageRequest): Markup[] {
	const found = entriesAmong(lookUp.all(DONE).map(({ json }) => json));
	const related = samePayment.isExecuted ? entriesAmong(samePayment.all(DONE).map(({ json }) => json)) : [];
	const entries = [...new Map([...found, ...related].map((entry) => [entry.entryId, entry])).values()];
	return [story(entries), ...entries.map((entry) => renderCard(entry, true))];
}

/** If there are no entries, n8n passes an empty item so that the workflow continues. */
function entriesAmong(items: unknown[] = []): EntryItem[] {
	return (items as Partial<EntryItem>[]).filter(({ entryId }) => entryId !== undefined) as EntryItem[];
}

function refusalsAmong({ lookUp, whole, items }: PageRequest): RefusedItem[] {
	// If no other entry is about the same payment, that is not an error.
	const own = lookUp.isExecuted ? lookUp.all(REFUSED) : items;
	const all = [...own, ...whole.filter((node) => node.isExecuted).flatMap((node) => node.all(REFUSED))];
	const refused = all.map(({ json }) => json as Partial<RefusedItem>).filter(({ error }) => error?.message);
	return [...new Map(refused.map((item) => [item.error?.message, item as RefusedItem])).values()];
}

/** People who read the page do not know about items. */
const ITEM = /^\[Item \d+\] /;

function refusal({ error }: RefusedItem): Markup {
	return html`<div class="found" role="alert">
		<p><strong>${said(error.message.replace(ITEM, ''))}</strong></p>
		${error.nextStep && html`<p>${said(error.nextStep)}</p>`}
	</div>`;
}
