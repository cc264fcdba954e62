import type { EntryItem } from './left';
import type { Markup } from './markup';
import { html, said, time } from './markup';
import { billOf, outcomeLabel, stateLabel } from './words';

interface Moment {
	at: string | null | undefined;
	what: string;
	requestId?: string | null;
	/** The state that the entry or its attempt reached; absent for events that decide nothing. */
	state?: string;
}

/** Renders everything that is known to have happened to an entry, oldest first. */
export function history(entry: EntryItem): Markup {
	const rows = momentsOf(entry)
		.filter(({ at }) => Boolean(at))
		.sort((one, other) => String(one.at).localeCompare(String(other.at)));
	return html`<div class="wide" role="region" aria-label="History" tabindex="0">
		<table>
			<thead>
				<tr>
					<th scope="col">When</th>
					<th scope="col">What</th>
					<th scope="col">Request in Stripe</th>
				</tr>
			</thead>
			<tbody>
				${rows.map(
					({ at, what, requestId }) =>
						html`<tr>
							<td class="when">${time(at)}</td>
							<td>${said(what)}</td>
							<td>${requestId ? said(requestId) : '–'}</td>
						</tr> `,
				)}
			</tbody>
		</table>
	</div>`;
}

export function momentsOf(entry: EntryItem): Moment[] {
	const { attempt, sends, previousAttempts, lateResponses, reservation, cancellation, outcome } = entry;
	return [
		// The history of a bill's step begins with the bill.
		{
			at: billOf(entry) === undefined ? entry.createdAt : null,
			what: 'First requested by a run',
		},
		{
			at: reservation?.approvedAt,
			what: `Approved${reservation?.approvedBy ? ` by ${reservation.approvedBy}` : ''}`,
		},
		...previousAttempts.map(({ attempt: number, firstSentAt, sends: times }) => ({
			at: firstSentAt,
			what: `Attempt ${number}: ${firstSend(entry)}${(times ?? 1) > 1 ? `, ${countSends(entry, times ?? 1)} in all` : ''}`,
		})),
		...previousAttempts.map(({ attempt: number, outcome: refusal, settledAt }) => ({
			at: settledAt,
			what: `Attempt ${number}: ${outcomeLabel(refusal)}`,
			requestId: refusal.requestId,
			state: refusal.kind,
		})),
		{ at: entry.firstSentAt, what: `Attempt ${attempt}: ${firstSend(entry)}` },
		{
			at: sends > 1 ? entry.lastSentAt : null,
			what: `Attempt ${attempt}: ${isBill(entry) ? 'the latest step sent' : 'sent again'}, ${countSends(entry, sends)} in all`,
		},
		{
			at: entry.leaseExpired ? entry.leaseUntil : null,
			what: 'Interrupted: the outcome was not recorded',
		},
		...lateResponses.map(({ outcome: late, at }) => ({
			at,
			what: `Late response: ${outcomeLabel(late)}`,
			requestId: late.requestId,
		})),
		{
			at: entry.settledAt,
			what: [stateLabel(entry.state), ...settledBecause(entry)].join(': '),
			requestId: cancellation ? null : (outcome?.requestId ?? entry.requestId),
			state: entry.state,
		},
	];
}

/** A bill sends nothing itself: its count is the number of requests of its steps. */
function isBill({ operation }: EntryItem): boolean {
	return operation === 'invoice.billCustomer';
}

function firstSend(entry: EntryItem): string {
	return isBill(entry) ? 'the first step sent' : 'sent';
}

/** Formats `3 times`, or `4 requests` for a bill. */
export function countSends(entry: EntryItem, sends: number): string {
	if (isBill(entry)) return sends === 1 ? '1 request' : `${sends} requests`;
	return sends === 1 ? 'once' : `${sends} times`;
}

function settledBecause({ outcome, cancellation }: EntryItem): string[] {
	if (cancellation)
		return [`${cancellation.reason}${cancellation.decidedBy ? ` by ${cancellation.decidedBy}` : ''}`];
	return outcome && (outcome.kind !== 'succeeded' || outcome.decidedBy) ? [outcomeLabel(outcome)] : [];
}
