import type { EntryState } from '../model/entry';
import type { PaymentKind, PaymentState } from '../model/payment';
import { SUM_PREFIX } from '../store';

/** Entries of one kind on one day. */
export interface Group {
	/** UTC day of the outcome; of the creation if there is no outcome yet. */
	day: string;
	/** Without the id of the object: `paymentIntent.capture`. */
	operation: string;
	/** The effective state: an entry whose lease expired while it was in flight is `unknown`. */
	state: EntryState;
	/** The latest known state of the payment; absent if there is no known payment. */
	paymentState?: PaymentState;
	/** Absent if no money is involved. */
	currency?: string;
	entries: number;
	/**
	 * Money that has moved, in minor units, exact at any size. A payment counts once, in the group of the entry that moved it
	 * last, so that groups may be added up.
	 */
	moved: bigint;
	/** Money that was requested or is held, and has not moved. */
	notMoved: bigint;
}

/** The state of all payments, refunds or payouts in one currency. Each counts once. */
export interface MoneyRow {
	kind: PaymentKind;
	paymentState?: PaymentState;
	currency: string;
	count: number;
	/** Minor units. */
	moved: bigint;
	notMoved: bigint;
}

/** The contribution to the sums of one payment's entries, or of one entry without a payment. */
export interface Contribution {
	groups: Group[];
	money?: MoneyRow;
}

/** A count, and the amounts that have and have not moved, in minor units. */
interface Sum {
	count: number;
	moved: bigint;
	notMoved: bigint;
}

const [GROUP, MONEY] = [`${SUM_PREFIX}group `, `${SUM_PREFIX}money `];

/** Sums by name. Each can be stored as one line: counts and minor units of a ledger's entries. */
export class Sums {
	private readonly sums = new Map<string, Sum>();

	add({ groups, money }: Contribution): void {
		this.addSigned(1, groups, money);
	}

	subtract({ groups, money }: Contribution): void {
		this.addSigned(-1, groups, money);
	}

	/** @param text in the format of `texts`; undefined for nothing */
	addText(name: string, text: string | undefined): void {
		if (text === undefined) return;
		const [count = '0', moved = '0', notMoved = '0'] = text.split(' ');
		this.addTo(name, { count: Number(count), moved: BigInt(moved), notMoved: BigInt(notMoved) });
	}

	get names(): string[] {
		return [...this.sums.keys()];
	}

	/** The stored text of each sum by name; null if the sum is zero. */
	*texts(): Generator<[name: string, text: string | null]> {
		for (const [name, { count, moved, notMoved }] of this.sums)
			yield [name, isZero({ count, moved, notMoved }) ? null : `${count} ${moved} ${notMoved}`];
	}

	/** Returns the newest day first. */
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

	/** Returns the sums that are not zero, each with the parts of its name. */
	private listByPrefix(prefix: string): [names: string[], sum: Sum][] {
		return [...this.sums]
			.filter(([name, sum]) => name.startsWith(prefix) && !isZero(sum))
			.map(([name, sum]) => [JSON.parse(name.slice(prefix.length)) as string[], sum]);
	}

	private addSigned(sign: 1 | -1, groups: readonly Group[], money: MoneyRow | undefined): void {
		for (const { day, operation, state, paymentState = '', currency = '', ...sum } of groups)
			this.addTo(
				GROUP + JSON.stringify([day, operation, state, paymentState, currency]),
				multiply(sign, { ...sum, count: sum.entries }),
			);
		if (!money) return;
		const { currency, kind, paymentState = '', ...sum } = money;
		this.addTo(MONEY + JSON.stringify([currency, kind, paymentState]), multiply(sign, sum));
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

function multiply(sign: 1 | -1, { count, moved, notMoved }: Sum): Sum {
	return sign === 1 ? { count, moved, notMoved } : { count: -count, moved: -moved, notMoved: -notMoved };
}

function isZero({ count, moved, notMoved }: Sum): boolean {
	return count === 0 && moved === 0n && notMoved === 0n;
}

/** Adds groups up over all days. */
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
