import type { Known } from '../model/payment';
import { laterOf } from '../model/payment';
import type { Group, MoneyRow } from './sums';

/** Where an entry is counted. */
type Place = Pick<Group, 'day' | 'operation' | 'state'>;

/** One payment, with all entries that tell of it. */
interface Told {
	payment: Known;
	/** Where its money counts: the entry that could move it and was answered last. None where it was moved elsewhere. */
	home?: { place: Place; asOf: number };
	others: Place[];
}

/**
 * Money of a payment counts once, whatever was done to it: to create, confirm and capture it are three entries about the
 * same money. Reports come in any order.
 */
export class PaymentsOnce {
	private readonly told = new Map<string, Told>();
	/** A day, an operation and a state, kept once each. */
	private readonly places = new Map<string, Place>();

	add(payment: Known, { place, moves }: { place: Place; moves: boolean }): void {
		const here = this.kept(place);
		const standing = this.told.get(payment.object);
		if (!standing) {
			const rest = moves
				? { home: { place: here, asOf: payment.asOf }, others: [] }
				: { others: [here] };
			this.told.set(payment.object, { payment, ...rest });
			return;
		}
		standing.payment = laterOf(standing.payment, payment);
		const { home } = standing;
		if (moves && (!home || payment.asOf > home.asOf)) {
			if (home) standing.others.push(home.place);
			standing.home = { place: here, asOf: payment.asOf };
		} else {
			standing.others.push(here);
		}
	}

	*groups(): Generator<Group> {
		for (const { payment, home, others } of this.told.values()) {
			const { state: paymentState, currency } = payment;
			const facts = { ...(paymentState ? { paymentState } : {}), ...(currency ? { currency } : {}) };
			const [moved, notMoved] = [BigInt(payment.moved), BigInt(payment.notMoved)];
			if (home) yield { ...home.place, ...facts, entries: 1, moved, notMoved };
			for (const place of others) yield { ...place, ...facts, entries: 1, moved: 0n, notMoved: 0n };
		}
	}

	money(): MoneyRow[] {
		const rows = new Map<string, MoneyRow>();
		for (const { payment, home } of this.told.values()) {
			const { kind, state: paymentState, currency } = payment;
			if (!home || currency === undefined) continue;
			const name = [currency, kind, paymentState ?? ''].join(' ');
			const row = rows.get(name) ?? {
				...{ kind, currency, count: 0, moved: 0n, notMoved: 0n },
				...(paymentState ? { paymentState } : {}),
			};
			row.count++;
			row.moved += BigInt(payment.moved);
			row.notMoved += BigInt(payment.notMoved);
			rows.set(name, row);
		}
		return [...rows].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, row]) => row);
	}

	private kept(place: Place): Place {
		const name = JSON.stringify([place.day, place.operation, place.state]);
		const standing = this.places.get(name) ?? place;
		this.places.set(name, standing);
		return standing;
	}
}
