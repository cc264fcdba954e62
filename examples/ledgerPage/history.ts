import type { EntryItem } from './left';
import type { Markup } from './markup';
import { html, said, time } from './markup';
import { outcomeLabel, stateLabel } from './words';

interface Moment {
	at: string | null | undefined;
	what: string;
	requestId?: string | null;
	/** What the entry, or its attempt, came to then; absent for what decides nothing. */
	state?: string;
}

/** Everything that is known to have happened to an entry, the oldest first. */
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
		{ at: entry.createdAt, what: 'A run came with it for the first time' },
		{
			at: reservation?.approvedAt,
			what: `Approved${reservation?.approvedBy ? ` by ${reservation.approvedBy}` : ''}`,
		},
		...previousAttempts.map(({ attempt: number, firstSentAt, sends: times = 1 }) => ({
			at: firstSentAt,
			what: `Attempt ${number}: sent${(times ?? 1) > 1 ? `, ${times} times in all` : ''}`,
		})),
		...previousAttempts.map(({ attempt: number, outcome: refusal, settledAt }) => ({
			at: settledAt,
			what: `Attempt ${number}: ${outcomeLabel(refusal)}`,
			requestId: refusal.requestId,
			state: refusal.kind,
		})),
		{ at: entry.firstSentAt, what: `Attempt ${attempt}: sent` },
		{
			at: sends > 1 ? entry.lastSentAt : null,
			what: `Attempt ${attempt}: sent again, ${sends} times in all`,
		},
		{
			at: entry.leaseExpired ? entry.leaseUntil : null,
			what: 'Interrupted: no run has recorded the outcome',
		},
		...lateResponses.map(({ outcome: late, at }) => ({
			at,
			what: `An answer that came late: ${outcomeLabel(late)}`,
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

function settledBecause({ outcome, cancellation }: EntryItem): string[] {
	if (cancellation)
		return [`${cancellation.reason}${cancellation.decidedBy ? ` by ${cancellation.decidedBy}` : ''}`];
	return outcome && (outcome.kind !== 'succeeded' || outcome.decidedBy) ? [outcomeLabel(outcome)] : [];
}
