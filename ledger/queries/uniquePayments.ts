import type { KnownPayment } from '../model/payment';
import { pickLater } from '../model/payment';
import type { Group, MoneyRow } from './sums';

/** Where an entry is counted. */
type Place = Pick<Group, 'day' | 'operation' | 'state'>;

/** One payment, with all entries that tell of it. */
interface CountedPayment {
	payment: KnownPayment;
	/** Where its money counts: the entry that could move it and was answered last. None where it was moved elsewhere. */
	primary?: { place: Place; asOf: number };
	others: Place[];
}

/**
 * Money of a payment counts once, whatever was done to it: to create, confirm and capture it are three entries about the
 * same money. Reports come in any order.
 */
export class UniquePayments {
	private readonly payments = new Map<string, CountedPayment>();
	/** A day, an operation and a state, kept once each. */
	private readonly places = new Map<string, Place>();

	add(payment: KnownPayment, { place, moves }: { place: Place; moves: boolean }): void {
		const here = this.intern(place);
		const current = this.payments.get(payment.object);
		if (!current) {
			const rest = moves
				? { primary: { place: here, asOf: payment.asOf }, others: [] }
				: { others: [here] };
			this.payments.set(payment.object, { payment, ...rest });
			return;
		}
		current.payment = pickLater(current.payment, payment);
		const { primary } = current;
		if (moves && (!primary || payment.asOf > primary.asOf)) {
			if (primary) current.others.push(primary.place);
			current.primary = { place: here, asOf: payment.asOf };
		} else {
			current.others.push(here);
		}
	}

	*groups(): Generator<Group> {
		for (const { payment, primary, others } of this.payments.values()) {
			const { state: paymentState, currency } = payment;
			const facts = { ...(paymentState ? { paymentState } : {}), ...(currency ? { currency } : {}) };
			const [moved, notMoved] = [BigInt(payment.moved), BigInt(payment.notMoved)];
			if (primary) yield { ...primary.place, ...facts, entries: 1, moved, notMoved };
			for (const place of others) yield { ...place, ...facts, entries: 1, moved: 0n, notMoved: 0n };
		}
	}

	money(): MoneyRow[] {
		const rows = new Map<string, MoneyRow>();
		for (const { payment, primary } of this.payments.values()) {
			const { kind, state: paymentState, currency } = payment;
			if (!primary || currency === undefined) continue;
			const name = [currency, kind, paymentState ?? ''].join(' ');
			const row = rows.get(name) ?? {
				kind,
				currency,
				count: 0,
				moved: 0n,
				notMoved: 0n,
				...(paymentState ? { paymentState } : {}),
			};
			row.count++;
			row.moved += BigInt(payment.moved);
			row.notMoved += BigInt(payment.notMoved);
			rows.set(name, row);
		}
		return [...rows].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, row]) => row);
	}

	private intern(place: Place): Place {
		const name = JSON.stringify([place.day, place.operation, place.state]);
		const current = this.places.get(name) ?? place;
		this.places.set(name, current);
		return current;
	}
}
