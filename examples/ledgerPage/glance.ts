import { chart } from './chart';
import { renderBadge, renderCard, renderPayment } from './entry';
import type { EntryItem, GroupItem, MoneyItem, SummaryItem } from './left';
import type { Markup } from './markup';
import { html, said, time } from './markup';
import { moneyChart } from './moneyChart';
import { fieldsLabel, kindLabel, operationLabel, STATE_LABELS, stateOf, stateLabel } from './words';

/** Renders an overview of the ledger. Entries that need a person come first. */
export function glance(summary: SummaryItem, unknown: EntryItem[], others: EntryItem[], now: number): Markup {
	if (summary.entries === 0)
		return html`<p>
			The ledger has no entries yet. Each payment appears here as soon as a workflow has made it with
			this ledger.
		</p>`;
	return html`${tiles(summary)}
		<section aria-labelledby="unknown">
			<h2 id="unknown">Unknown</h2>
			${unknownOnes(unknown, summary.states.unknown ?? 0)}
		</section>
		<section aria-labelledby="days">
			<h2 id="days">The last 30 days</h2>
			<p>
				Each entry counts on the day of its outcome, or on the day it was created while it has none.
			</p>
			${chart(summary, now)}
		</section>
		<section aria-labelledby="flow">
			<h2 id="flow">Money per day</h2>
			<p>
				What was paid, what is waiting for an outcome, a bank or a customer, and what was refunded or
				paid out.
			</p>
			${moneyChart(summary, now)}
		</section>
		<section aria-labelledby="money">
			<h2 id="money">Money</h2>
			<p>
				Each payment counts once, whatever happened to it. What is unpaid, only authorized or canceled
				has not moved. Payments and refunds are listed separately.
			</p>
			${moneyTable(summary.money)}
			<h3>By operation</h3>
			${operationTable(summary.total)}
		</section>
		<section aria-labelledby="others">
			<h2 id="others">Latest others</h2>
			${others.length > 0 ? otherTable(others) : html`<p>None.</p>`}
		</section>`;
}

function tiles({ states, entries, waitingForApproval: waiting }: SummaryItem): Markup {
	return html`<ul class="tiles">
			${STATE_LABELS.filter((state) => state === 'unknown' || states[state]).map(
				(state) =>
					html`<li class="${states[state] ? state : 'none'}">
						<b>${states[state] ?? 0}</b> ${stateLabel(state)}
					</li> `,
			)}
		</ul>
		<p class="quiet">
			${entries} ${entries === 1 ? 'entry' : 'entries'} in
			all${waiting > 0 && html`, ${waiting} ${waiting === 1 ? 'is' : 'are'} waiting for approval`}
		</p>`;
}

/** The number of entries shown initially, so that the sections below stay within reach. */
const SHOWN_AT_ONCE = 10;

function unknownOnes(entries: EntryItem[], count: number): Markup {
	if (entries.length === 0)
		return html`<p>Nothing is unknown. The outcome of every request is recorded.</p>`;
	return html`<p>
			The outcome of these is not known: Stripe may have executed them. Do not repeat them manually
			before you know. The button checks with Stripe what happened. It never sends a payment.
		</p>
		${count > entries.length && html`<p><strong>Showing the newest ${entries.length} of ${count}.</strong></p>`}
		${entries.slice(0, SHOWN_AT_ONCE).map((entry) => renderCard(entry, false))}
		${entries.length > SHOWN_AT_ONCE && rest(entries.slice(SHOWN_AT_ONCE))}`;
}

function rest(entries: EntryItem[]): Markup {
	return html`<details class="rest">
		<summary>${entries.length} more unknown</summary>
		${entries.map((entry) => renderCard(entry, false))}
	</details>`;
}

function moneyTable(rows: MoneyItem[]): Markup {
	if (rows.length === 0) return html`<p>The ledger has no payments yet.</p>`;
	return html`<div class="wide" role="region" aria-label="Money by outcome" tabindex="0">
		<table>
			<thead>
				<tr>
					<th scope="col">What</th>
					<th scope="col">Money</th>
					<th scope="col" class="number">Moved</th>
					<th scope="col" class="number">Not moved</th>
					<th scope="col" class="number">Number</th>
				</tr>
			</thead>
			<tbody>
				${rows.map(
					(row) =>
						html`<tr>
							<th scope="row">${said(kindLabel(row.kind))}</th>
							<td>${renderPayment(row)}</td>
							<td class="number">${said(row.money)}</td>
							<td class="number">${said(row.notMovedMoney)}</td>
							<td class="number">${row.count}</td>
						</tr> `,
				)}
			</tbody>
		</table>
	</div>`;
}

function operationTable(total: GroupItem[]): Markup {
	return html`<div class="wide" role="region" aria-label="Money by operation and outcome" tabindex="0">
		<table>
			<thead>
				<tr>
					<th scope="col">Operation</th>
					<th scope="col">Outcome</th>
					<th scope="col" class="number">Moved</th>
					<th scope="col" class="number">Not moved</th>
					<th scope="col" class="number">Entries</th>
				</tr>
			</thead>
			<tbody>
				${total.map(
					(group) =>
						html`<tr>
							<th scope="row">${said(operationLabel(group.operation))}</th>
							<td>${renderBadge(group.state)} ${group.paymentState && renderPayment(group)}</td>
							<td class="number">${group.money ? said(group.money) : '–'}</td>
							<td class="number">${group.notMovedMoney ? said(group.notMovedMoney) : '–'}</td>
							<td class="number">${group.entries}</td>
						</tr> `,
				)}
			</tbody>
		</table>
	</div>`;
}

function otherTable(entries: EntryItem[]): Markup {
	return html`<div class="wide" role="region" aria-label="Latest others" tabindex="0">
		<table>
			<thead>
				<tr>
					<th scope="col">What</th>
					<th scope="col">Outcome</th>
					<th scope="col" class="number">Money</th>
					<th scope="col">When</th>
					<th scope="col">In Stripe</th>
				</tr>
			</thead>
			<tbody>
				${entries.map(
					(entry) =>
						html`<tr>
							<th scope="row">
								<a href="?find=${encodeURIComponent(entry.entryId)}"
									>${said(fieldsLabel(entry) || entry.entryId)}</a
								><br /><span class="quiet">${said(operationLabel(entry.operation))}</span>
							</th>
							<td>
								${renderBadge(stateOf(entry))} ${entry.paymentState && renderPayment(entry)}
							</td>
							<td class="number">${entry.money ? said(entry.money) : '–'}</td>
							<td class="when">${time(entry.settledAt ?? entry.createdAt)}</td>
							<td>${entry.objectId ? said(entry.objectId) : '–'}</td>
						</tr> `,
				)}
			</tbody>
		</table>
	</div>`;
}
