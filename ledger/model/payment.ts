import type { LedgerRequest } from './request';

/** What has become of money: names that workflows branch on. A success says that it was done as asked, not that it was paid. */
export type PaymentState =
	| ('paid' | 'authorized' | 'processing' | 'requires_action' | 'unpaid' | 'canceled')
	| ('refunded' | 'pending' | 'failed')
	| ('paid_out' | 'in_transit');

export type PaymentKind = 'payment' | 'refund' | 'payout';

/** What is known of the money of one payment, refund or payout. Amounts are in the currency's minor unit. */
export interface Payment {
	kind: PaymentKind;
	/** Whose money it is, by its id: a charge, its intent and its checkout are one payment. */
	object: string;
	/** Absent where nobody can tell, e.g. for a status that Stripe has invented since. */
	state?: PaymentState;
	/** What has really moved. */
	moved: number;
	/** What was asked for or is held, and has not moved. */
	notMoved: number;
	/** In lower case. */
	currency?: string;
	/** ms since the epoch, where it was heard of later than the answer of the entry. */
	asOf?: number;
}

/** How far along each state is. What stands at the end of its way is never left by older news. */
const RANK: Readonly<Record<PaymentState, number>> = {
	unpaid: 0,
	pending: 0,
	requires_action: 0,
	processing: 1,
	in_transit: 1,
	authorized: 2,
	paid: 3,
	refunded: 3,
	paid_out: 3,
	canceled: 4,
	failed: 4,
};

/** After these nothing else comes. A refund or payout may fail after it was done (docs.stripe.com/refunds#failed-refunds). */
const FINAL: ReadonlySet<PaymentState> = new Set(['paid', 'canceled', 'failed']);
const LASTING_RANK = RANK.paid;

/** What is known of one payment at one time. */
export type KnownPayment = Payment & { asOf: number };

/**
 * Which of two reports of the same payment holds. They come in any order: an event may overtake another, and Stripe repeats
 * old answers under a key.
 */
export function pickLater(known: KnownPayment, incoming: KnownPayment): KnownPayment {
	if (incoming.state === undefined) return known;
	if (known.state === undefined) return incoming;
	const isNewer = incoming.asOf > known.asOf;
	// An object that leads to the payment may name no amount.
	const saysHowMuch = incoming.moved + incoming.notMoved > 0;
	if (incoming.state === known.state) return isNewer && saysHowMuch ? incoming : known;
	if (FINAL.has(known.state)) return known;
	const isFurther = RANK[incoming.state] > RANK[known.state];
	return isNewer || (isFurther && (RANK[incoming.state] >= LASTING_RANK || incoming.asOf === known.asOf))
		? incoming
		: known;
}

/** Creates or carries out what moves money; all other requests find it moved, or change nothing of it. */
const MOVES =
	/^\/v1\/(?:payment_intents|charges|refunds|payouts|invoices|subscriptions|checkout\/sessions)$|\/(?:confirm|capture|pay)$/;

/** Whether what an entry asked for can move money: only then is its payment money of this ledger. */
export function movesMoney({ method, path }: LedgerRequest): boolean {
	return method === 'POST' && MOVES.test(path);
}
