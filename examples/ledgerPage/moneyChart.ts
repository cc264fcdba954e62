import { BAR, DAYS, dayBefore, heightAt, LEFT, WIDTH, HEIGHT } from './chart';
import type { GroupItem, SummaryItem } from './left';
import type { Markup } from './markup';
import { html } from './markup';

/** The number of currencies that get a chart; the tables below it list all of them. */
const CURRENCIES = 4;

/** From the bottom to the top of a bar: paid, waiting, refunded, paid out. */
const FLOWS = ['paid', 'waits', 'back', 'out'] as const;
type Flow = (typeof FLOWS)[number];
const FLOW_NAMES: Readonly<Record<Flow, string>> = {
	paid: 'Paid',
	waits: 'Waiting',
	back: 'Refunded',
	out: 'Paid out',
};

/**
 * States in which the money may still move: the outcome is open, or the bank or the customer has not finished.
 */
const WAITING_STATES = new Set(['unknown', 'in_flight', 'reserved']);
const WAITING_PAYMENTS = new Set(['authorized', 'processing', 'requires_action', 'pending', 'in_transit']);

/** Minor units of one day and currency. */
type MoneyDay = { day: string; all: bigint } & Record<Flow, bigint>;

/** Renders the money that moved and the money that waits, per day: a chart and a table for each currency. */
export function moneyChart({ days }: SummaryItem, now: number): Markup {
	const recent = days.filter(({ day }) => day >= dayBefore(now, DAYS - 1));
	const byCurrency = Map.groupBy(recent.filter(isMoney), ({ currency }) => String(currency));
	const drawn = [...byCurrency].sort(([, one], [, other]) => entriesIn(other) - entriesIn(one));
	if (drawn.length === 0) return html`<p>No money has moved or is waiting in this period.</p>`;
	const left = drawn.length - CURRENCIES;
	return html`${drawn.slice(0, CURRENCIES).map(([currency, groups]) => drawing(currency, groups, now))}
	${left > 0 && html`<p class="quiet">${left} more currencies are in the tables below.</p>`}`;
}

function isMoney(group: GroupItem): boolean {
	return group.currency !== null && flowsOf(group).some(([, amount]) => amount > 0n);
}

function entriesIn(groups: readonly GroupItem[]): number {
	return groups.reduce((total, { entries }) => total + entries, 0);
}

function flowsOf({ state, paymentState, amount, notMoved }: GroupItem): [flow: Flow, amount: bigint][] {
	const isWaiting = WAITING_STATES.has(state) || WAITING_PAYMENTS.has(paymentState ?? '');
	const moved = paymentState === 'refunded' ? 'back' : paymentState === 'paid_out' ? 'out' : 'paid';
	return [
		[moved, BigInt(amount ?? 0)],
		['waits', isWaiting ? BigInt(notMoved ?? 0) : 0n],
	];
}

function drawing(currency: string, groups: GroupItem[], now: number): Markup {
	const counted = moneyDays(groups as SummaryItem['days'], now);
	const most = counted.reduce((highest, { all }) => (all > highest ? all : highest), 1n);
	const inMoney = moneyWriter(groups);
	const name = currency.toUpperCase();
	return html`<figure>
		<figcaption>
			<strong>${name}</strong> <span class="quiet">highest day ${inMoney(most)}</span><br />
			${FLOWS.map((flow) => html`<span class="key ${flow}">${FLOW_NAMES[flow]}</span> `)}
		</figcaption>
		<svg
			viewBox="0 0 ${WIDTH} ${HEIGHT}"
			role="img"
			aria-label="${name} per day: paid, waiting, given back and paid out; the table below has the numbers"
		>
			<line x1="${LEFT}" x2="${WIDTH}" y1="${heightAt(0, 1)}" y2="${heightAt(0, 1)}" />
			<line x1="${LEFT}" x2="${WIDTH}" y1="${heightAt(1, 1)}" y2="${heightAt(1, 1)}" />
			${counted.map((day, place) => moneyBar(day, place, most, inMoney))}
		</svg>
		<details>
			<summary>${name} per day as a table</summary>
			${moneyDayTable(name, counted, inMoney)}
		</details>
	</figure>`;
}

/** Lists the most recent days, including those on which no money moved. */
function moneyDays(groups: SummaryItem['days'], now: number): MoneyDay[] {
	return Array.from({ length: DAYS }, (_, place) => {
		const day = dayBefore(now, DAYS - 1 - place);
		const sums: MoneyDay = { day, all: 0n, paid: 0n, waits: 0n, back: 0n, out: 0n };
		for (const group of groups.filter((one) => one.day === day)) {
			for (const [flow, amount] of flowsOf(group)) {
				sums[flow] += amount;
				sums.all += amount;
			}
		}
		return sums;
	});
}

function moneyBar(day: MoneyDay, place: number, most: bigint, inMoney: (amount: bigint) => string): Markup {
	const x = LEFT + place * BAR + 2;
	// The chart needs a precision of a thousandth only.
	const share = (amount: bigint) => Number((amount * 1_000n) / most) / 1_000;
	let below = 0n;
	const pieces = FLOWS.filter((flow) => day[flow] > 0n).map((flow) => {
		const [from, to] = [heightAt(share(below), 1), heightAt(share((below += day[flow])), 1)];
		return html`<rect
			class="${flow}"
			x="${x.toFixed(1)}"
			y="${to.toFixed(1)}"
			width="${(BAR - 4).toFixed(1)}"
			height="${Math.max(from - to, 1).toFixed(1)}"
		/>`;
	});
	const told = FLOWS.filter((flow) => day[flow] > 0n).map(
		(flow) => `${inMoney(day[flow])} ${FLOW_NAMES[flow]}`,
	);
	const isNamed = (DAYS - 1 - place) % 7 === 0;
	return html`<g
		><title>${day.day}: ${told.join(', ') || 'nothing'}</title
		>${pieces}${isNamed && html`<text x="${(x + BAR / 2 - 2).toFixed(1)}" y="${HEIGHT - 6}" text-anchor="middle">${day.day.slice(5)}</text>`}</g
	> `;
}

function moneyDayTable(name: string, days: MoneyDay[], inMoney: (amount: bigint) => string): Markup {
	return html`<div class="wide" role="region" aria-label="${name} per day" tabindex="0">
		<table>
			<thead>
				<tr>
					<th scope="col">Day</th>
					${FLOWS.map((flow) => html`<th scope="col" class="number">${FLOW_NAMES[flow]}</th>`)}
				</tr>
			</thead>
			<tbody>
				${days
					.filter(({ all }) => all > 0n)
					.reverse()
					.map(
						(day) =>
							html`<tr>
								<th scope="row">${day.day}</th>
								${FLOWS.map((flow) => html`<td class="number">${day[flow] > 0n ? inMoney(day[flow]) : '–'}</td>`)}
							</tr> `,
					)}
			</tbody>
		</table>
	</div>`;
}

/** Returns a formatter of minor units that uses as many decimals as the ledger's own sums of this currency. */
function moneyWriter(groups: readonly GroupItem[]): (amount: bigint) => string {
	const [, fraction = '', unit = ''] = /^[\d, ]*\d(?:\.(\d+))? (\S+)$/.exec(String(groups[0]?.money)) ?? [];
	return (amount) => {
		const digits = String(amount).padStart(fraction.length + 1, '0');
		const whole = digits.slice(0, digits.length - fraction.length).replace(/\B(?=(\d{3})+$)/g, ' ');
		return `${whole}${fraction && `.${digits.slice(-fraction.length)}`} ${unit}`.trim();
	};
}
