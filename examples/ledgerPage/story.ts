import { momentsOf } from './history';
import type { EntryItem } from './left';
import type { Markup } from './markup';
import { html, said, time } from './markup';
import { fieldsLabel, operationLabel, paymentLabel } from './words';

interface Step {
	at: string;
	entry: EntryItem;
	what: string;
	state: string;
	/** IDs of the objects in Stripe. */
	inStripe: string[];
}

/**
 * Renders everything that has happened to one payment as one timeline: the order, its attempts and sends, their
 * results in Stripe, later reports, and other entries about the same payment, such as a refund.
 */
export function story(entries: EntryItem[]): Markup {
	const steps = entries.flatMap(stepsOf).sort((one, other) => one.at.localeCompare(other.at));
	return html`<section aria-labelledby="story">
		<h2 id="story">What happened</h2>
		<ol class="story">
			${steps.map(
				({ at, entry, what, state, inStripe }) =>
					html`<li class="${state}">
						<p>${time(at)} <strong>${said(operationLabel(entry.operation))}</strong></p>
						<p>${said(what)}</p>
						<p class="quiet">
							${said(fieldsLabel(entry))}
							${inStripe.length > 0 && html`${inStripe.map((id) => html`<span class="id">${said(id)}</span> `)}`}
						</p>
					</li> `,
			)}
		</ol>
	</section>`;
}

function stepsOf(entry: EntryItem): Step[] {
	const heard = entry.payment?.asOf;
	const later = heard && entry.settledAt && heard > entry.settledAt ? heard : null;
	const moments = [
		...momentsOf(entry),
		{
			at: later,
			what: `Reported by Stripe later: ${paymentLabel(entry.paymentState)}`,
			requestId: null,
			state: entry.state,
		},
	];
	return moments.flatMap(({ at, what, requestId, state = 'other' }) => {
		if (!at) return [];
		const isOutcome = at === entry.settledAt || at === later;
		const ids = [isOutcome ? entry.objectId : null, isOutcome ? entry.payment?.object : null, requestId];
		return [{ at, entry, what, state, inStripe: [...new Set(ids.flatMap((id) => id ?? []))] }];
	});
}
