import type { SummaryItem } from './left';
import type { Markup } from './markup';
import { html } from './markup';

const DAY_MS = 86_400_000;
export const DAYS = 30;

/** The size of the drawing, in SVG user units. */
export const [WIDTH, HEIGHT] = [720, 190];
const [TOP, RIGHT, BOTTOM] = [10, 20, 24];
export const LEFT = 40;
export const BAR = (WIDTH - LEFT - RIGHT) / DAYS;

/** From the bottom to the top of a bar. */
const KINDS = ['succeeded', 'rejected', 'unknown', 'other'] as const;
type Kind = (typeof KINDS)[number];
const NAMES: Readonly<Record<Kind, string>> = {
	succeeded: 'Succeeded',
	rejected: 'Rejected',
	unknown: 'Unknown',
	other: 'Other',
};

type Day = { day: string; all: number } & Record<Kind, number>;

/** Renders the entries per day and outcome, as a chart and as a table. */
export function chart({ days }: SummaryItem, now: number): Markup {
	const counted = countedDays(days, now);
	const most = Math.max(1, ...counted.map(({ all }) => all));
	return html`<figure>
		<figcaption>
			${KINDS.map((kind) => html`<span class="key ${kind}">${NAMES[kind]}</span> `)}
		</figcaption>
		<svg
			viewBox="0 0 ${WIDTH} ${HEIGHT}"
			role="img"
			aria-label="Entries per day and outcome; the table below has the numbers"
		>
			${[0, most].map(
				(count) =>
					html`<text x="${LEFT - 6}" y="${heightAt(count, most) + 4}" text-anchor="end"
							>${count}</text
						><line
							x1="${LEFT}"
							x2="${WIDTH}"
							y1="${heightAt(count, most)}"
							y2="${heightAt(count, most)}"
						/> `,
			)}${counted.map((day, place) => bar(day, place, most))}
		</svg>
		<details>
			<summary>The same as a table</summary>
			${dayTable(counted)}
		</details>
	</figure>`;
}

/** Lists the most recent days, including those without entries. */
function countedDays(groups: SummaryItem['days'], now: number): Day[] {
	return Array.from({ length: DAYS }, (_, place) => {
		const day = dayBefore(now, DAYS - 1 - place);
		const counts: Day = { day, all: 0, succeeded: 0, rejected: 0, unknown: 0, other: 0 };
		for (const { state, entries } of groups.filter((group) => group.day === day)) {
			counts[KINDS.find((kind) => kind === state) ?? 'other'] += entries;
			counts.all += entries;
		}
		return counts;
	});
}

function bar(day: Day, place: number, most: number): Markup {
	const x = LEFT + place * BAR + 2;
	let below = 0;
	const pieces = KINDS.filter((kind) => day[kind] > 0).map((kind) => {
		const [from, to] = [heightAt(below, most), heightAt((below += day[kind]), most)];
		return html`<rect
			class="${kind}"
			x="${x.toFixed(1)}"
			y="${to.toFixed(1)}"
			width="${(BAR - 4).toFixed(1)}"
			height="${(from - to).toFixed(1)}"
		/>`;
	});
	const isNamed = (DAYS - 1 - place) % 7 === 0;
	return html`<g
		><title>${inWords(day)}</title
		>${pieces}${isNamed && html`<text x="${(x + BAR / 2 - 2).toFixed(1)}" y="${HEIGHT - 6}" text-anchor="middle">${day.day.slice(5)}</text>`}</g
	> `;
}

/** Returns the date `days` days before `now`, in UTC. */
export function dayBefore(now: number, days: number): string {
	return new Date(now - days * DAY_MS).toISOString().slice(0, 10);
}

export function heightAt(count: number, most: number): number {
	return HEIGHT - BOTTOM - (count / most) * (HEIGHT - BOTTOM - TOP);
}

function inWords(day: Day): string {
	const counts = KINDS.filter((kind) => day[kind] > 0).map((kind) => `${day[kind]} ${NAMES[kind]}`);
	return `${day.day}: ${counts.join(', ') || 'nothing'}`;
}

function dayTable(days: Day[]): Markup {
	return html`<div class="wide" role="region" aria-label="Entries per day and outcome" tabindex="0">
		<table>
			<thead>
				<tr>
					<th scope="col">Day</th>
					${KINDS.map((kind) => html`<th scope="col">${NAMES[kind]}</th>`)}
				</tr>
			</thead>
			<tbody>
				${days
					.filter(({ all }) => all > 0)
					.reverse()
					.map(
						(day) =>
							html`<tr>
								<th scope="row">${day.day}</th>
								${KINDS.map((kind) => html`<td>${day[kind]}</td>`)}
							</tr> `,
					)}
			</tbody>
		</table>
	</div>`;
}
