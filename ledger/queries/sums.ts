import type { EntryState } from '../model/entry';
import type { PaymentKind, PaymentState } from '../model/payment';

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
