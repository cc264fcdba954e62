import { countSends, history } from './history';
import type { EntryItem } from './left';
import type { Markup } from './markup';
import { dashboardLink, html, said, time } from './markup';
import {
	billOf,
	fieldsLabel,
	findingMessage,
	operationLabel,
	outcomeLabel,
	paymentLabel,
	stateOf,
	stateLabel,
	originLabel,
} from './words';

/**
 * Renders everything that is known about one entry. An entry in state `unknown` gets a button that finds out its
 * outcome.
 *
 * @param isOpen whether its history is expanded initially
 */
export function renderCard(entry: EntryItem, isOpen: boolean): Markup {
	const state = stateOf(entry);
	return html`<article class="card ${state}">
		<h3>${said(fieldsLabel(entry) || entry.entryId)}</h3>
		<p>
			${renderBadge(state)} ${entry.money && html`<strong>${said(entry.money)}</strong>`}
			${said(operationLabel(entry.operation))}${entry.paymentState && html`: ${renderPayment(entry)}`}
		</p>
		${entry.reconciled && finding(entry)}
		<dl>
			${facts(entry).map(
				([name, value]) =>
					html`<div>
						<dt>${name}</dt>
						<dd>${value}</dd>
					</div>`,
			)}
		</dl>
		${state === 'unknown' && button(entry)} ${details(entry, isOpen)}
	</article>`;
}

function details(entry: EntryItem, isOpen: boolean): Markup {
	const content = html`<summary>History</summary>
		${history(entry)}
		<p class="quiet">
			Entry ${said(entry.entryId)}<br />Key ${said(entry.key)}<br />${said(entry.mode)}
			mode${entry.account && html`, account ${said(entry.account)}`}
		</p>`;
	return isOpen ? html`<details open>${content}</details>` : html`<details>${content}</details>`;
}

export function renderBadge(state: string): Markup {
	return html`<span class="badge ${state}">${stateLabel(state)}</span>`;
}

/** A success means only that the request was carried out; this line says whether the money was paid. */
export function renderPayment({ paymentState }: { paymentState: string | null }): Markup {
	return said(paymentLabel(paymentState));
}

function facts(entry: EntryItem): [name: string, value: unknown][] {
	const { outcome, reservation } = entry;
	const all: [string, unknown][] = [
		['Outcome', outcome && outcome.kind !== 'succeeded' && said(outcomeLabel(outcome))],
		['Sent', sent(entry)],
		['Bill', billOf(entry) && linkTo(String(billOf(entry)))],
		['Customer', entry.customer && said(entry.customer)],
		['In Stripe', entry.objectId && said(entry.objectId)],
		['Request', entry.requestId && said(entry.requestId)],
		['For', reservation && said(reservation.purpose)],
		['By', said(originLabel(entry))],
	];
	return all.filter(([, value]) => Boolean(value));
}

function linkTo(entryId: string): Markup {
	return html`<a href="?find=${encodeURIComponent(entryId)}">${said(entryId)}</a>`;
}

function sent(entry: EntryItem): Markup {
	const { sends, attempt, firstSentAt, lastSentAt } = entry;
	if (!firstSentAt) return html`not yet`;
	return html`${countSends(entry, sends)} in attempt ${attempt}, last ${time(lastSentAt ?? firstSentAt)}`;
}

/** The button looks the payment up in Stripe and writes the result to the ledger. It never sends money. */
function button(entry: EntryItem): Markup {
	return html`<form method="post" action="?">
		<input type="hidden" name="entryId" value="${entry.entryId}" />
		<button>Check with Stripe<span class="unseen">: ${fieldsLabel(entry)}</span></button>
	</form>`;
}

function finding(entry: EntryItem): Markup {
	const { finding: found = '', reason, nextStep, retryAt, dashboardUrl } = entry.reconciled ?? {};
	return html`<div class="found" role="status">
		<p><strong>${findingMessage(found, entry.state)}</strong></p>
		${reason && html`<p>${said(reason)}</p>`}${nextStep && html`<p>${said(nextStep)}</p>`}
		${retryAt && html`<p>Check again after ${time(retryAt)} UTC.</p>`}
		${dashboardUrl && html`<p>${dashboardLink(dashboardUrl)}</p>`}
	</div>`;
}
