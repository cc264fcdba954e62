import type { EntryState } from '../model/entry';
import type { PaymentKind, PaymentState } from '../model/payment';
import { SUM_PREFIX } from '../store';

/** Entries of one kind on one day. */
export interface Group {
	/** UTC: of the outcome, or of the beginning where there is none yet. */
	day: string;
	/** Without the object that is acted on: `paymentIntent.capture`. */
	operation: string;
	/** As people count it: what was cut off while it was sent is `unknown`. */
	state: EntryState;
	/** What has become of the payment by what was heard last; none for what is no payment, or not known to be one. */
	paymentState?: PaymentState;
	/** None for what moves no money. */
	currency?: string;
	entries: number;
	/**
	 * Money that has moved, in minor units, exact however large. A payment counts once, in the group of the entry that moved
	 * it last, so that these may be added up.
	 */
	moved: bigint;
	/** What was asked for, or is held, and has not moved. */
	notMoved: bigint;
}

/** What became of all payments, refunds or payouts of one currency; each counts once. */
export interface MoneyRow {
	kind: PaymentKind;
	paymentState?: PaymentState;
	currency: string;
	count: number;
	/** Minor units. */
	moved: bigint;
	notMoved: bigint;
}

/** What entries come to in the sums: those of one payment, or one entry that tells of none. */
export interface Contribution {
	groups: Group[];
	money?: MoneyRow;
}

/** How many, and how much of it has moved and has not, in minor units. */
interface Sum {
	count: number;
	moved: bigint;
	notMoved: bigint;
}

const [GROUP, MONEY] = [`${SUM_PREFIX}group `, `${SUM_PREFIX}money `];

/** Sums by name, of which each can be written down as one line: counts and minor units of what a ledger holds. */
export class Sums {
	private readonly sums = new Map<string, Sum>();

	add({ groups, money }: Contribution): void {
		this.addTimes(1, groups, money);
	}

	takeAway({ groups, money }: Contribution): void {
		this.addTimes(-1, groups, money);
	}

	/** @param text as `texts` gives it; undefined for nothing */
	addText(name: string, text: string | undefined): void {
		if (text === undefined) return;
		const [count = '0', moved = '0', notMoved = '0'] = text.split(' ');
		this.addTo(name, { count: Number(count), moved: BigInt(moved), notMoved: BigInt(notMoved) });
	}

	get names(): string[] {
		return [...this.sums.keys()];
	}

	/** By name; null for what has come to nothing. */
	*texts(): Generator<[name: string, text: string | null]> {
		for (const [name, { count, moved, notMoved }] of this.sums)
			yield [name, isNothing({ count, moved, notMoved }) ? null : `${count} ${moved} ${notMoved}`];
	}

	/** The newest day first. */
	groups(): Group[] {
		const groups = this.listByPrefix(GROUP).map(([names, sum]): Group => {
			const [day = '', operation = '', state, paymentState, currency] = names;
			return {
				day,
				operation,
				state: state as EntryState,
				...(paymentState ? { paymentState: paymentState as PaymentState } : {}),
				...(currency ? { currency } : {}),
				entries: sum.count,
				moved: sum.moved,
				notMoved: sum.notMoved,
			};
		});
		return groups.sort(compareByDay);
	}

	money(): MoneyRow[] {
		const rows = this.listByPrefix(MONEY).map(([[currency = '', kind, paymentState], sum]): MoneyRow => {
			const state = paymentState ? { paymentState: paymentState as PaymentState } : {};
			return { kind: kind as PaymentKind, currency, ...state, ...sum };
		});
		return rows.sort(
			(one, other) =>
				compare(one.currency, other.currency) ||
				compare(one.kind, other.kind) ||
				compare(one.paymentState ?? '', other.paymentState ?? ''),
		);
	}

	/** Those that have come to something, each with what its name is made of. */
	private listByPrefix(prefix: string): [names: string[], sum: Sum][] {
		return [...this.sums]
			.filter(([name, sum]) => name.startsWith(prefix) && !isNothing(sum))
			.map(([name, sum]) => [JSON.parse(name.slice(prefix.length)) as string[], sum]);
	}

	private addTimes(sign: 1 | -1, groups: readonly Group[], money: MoneyRow | undefined): void {
		for (const { day, operation, state, paymentState = '', currency = '', ...sum } of groups)
			this.addTo(
				GROUP + JSON.stringify([day, operation, state, paymentState, currency]),
				times(sign, { ...sum, count: sum.entries }),
			);
		if (!money) return;
		const { currency, kind, paymentState = '', ...sum } = money;
		this.addTo(MONEY + JSON.stringify([currency, kind, paymentState]), times(sign, sum));
	}

	private addTo(name: string, { count, moved, notMoved }: Sum): void {
		const sum = this.sums.get(name) ?? { count: 0, moved: 0n, notMoved: 0n };
		this.sums.set(name, {
			count: sum.count + count,
			moved: sum.moved + moved,
			notMoved: sum.notMoved + notMoved,
		});
	}
}

function times(sign: 1 | -1, { count, moved, notMoved }: Sum): Sum {
	return sign === 1 ? { count, moved, notMoved } : { count: -count, moved: -moved, notMoved: -notMoved };
}

function isNothing({ count, moved, notMoved }: Sum): boolean {
	return count === 0 && moved === 0n && notMoved === 0n;
}

/** The same over all days. */
export function sumOverDays(days: readonly Group[]): Omit<Group, 'day'>[] {
	const sums = new Sums();
	sums.add({ groups: days.map((group) => ({ ...group, day: '' })) });
	return sums.groups().map(({ day: _none, ...group }) => group);
}

function compareByDay(one: Group, other: Group): number {
	return (
		compare(other.day, one.day) ||
		compare(one.operation, other.operation) ||
		compare(one.state, other.state) ||
		compare(one.paymentState ?? '', other.paymentState ?? '') ||
		compare(one.currency ?? '', other.currency ?? '')
	);
}

function compare(one: string, other: string): number {
	return one < other ? -1 : one > other ? 1 : 0;
}
