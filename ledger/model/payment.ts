import type { LedgerRequest } from './request';

/**
 * The state of the money: values that workflows branch on. A success says that the request was executed, not that it was paid.
 */
export type PaymentState =
	| ('paid' | 'authorized' | 'processing' | 'requires_action' | 'unpaid' | 'canceled')
	| ('refunded' | 'pending' | 'failed')
	| ('paid_out' | 'in_transit');

export type PaymentKind = 'payment' | 'refund' | 'payout' | 'transfer' | 'transfer_reversal' | 'top_up';

/** The state of one payment, refund or payout. Amounts are in the currency's minor unit. */
export interface Payment {
	kind: PaymentKind;
	/** The ID of the payment. A charge, its PaymentIntent and its Checkout Session are one payment. */
	object: string;
	/** Absent if it is not known, e.g. for a status that Stripe introduced later. */
	state?: PaymentState;
	/** The amount that has actually moved. */
	moved: number;
	/** The amount that was requested or is held, and has not moved. */
	notMoved: number;
	/** In lower case. */
	currency?: string;
	/** The request caused it, and returned another object: the invoice of a changed plan, the refund of a credit note. */
	isOwn?: true;
	/** ms since the epoch. Set if it was learned after the response of the entry. */
	asOf?: number;
}

/** How far each state has progressed. Older news never replaces a final state. */
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

/** Final states. A refund or payout may fail after it has succeeded (docs.stripe.com/refunds#failed-refunds). */
const FINAL: ReadonlySet<PaymentState> = new Set(['paid', 'canceled', 'failed']);
const LASTING_RANK = RANK.paid;

/** The state of one payment at one time. */
export type KnownPayment = Payment & { asOf: number };

/**
 * Picks the report of a payment to believe. Reports arrive in any order: an event may overtake another, and Stripe replays old
 * responses under a key.
 */
export function pickLater(known: KnownPayment, incoming: KnownPayment): KnownPayment {
	if (incoming.state === undefined) return known;
	if (known.state === undefined) return incoming;
	const isNewer = incoming.asOf > known.asOf;
	// An object that only references the payment may have no amount.
	const saysHowMuch = incoming.moved + incoming.notMoved > 0;
	if (incoming.state === known.state) return isNewer && saysHowMuch ? incoming : known;
	if (FINAL.has(known.state)) return known;
	const isFurther = RANK[incoming.state] > RANK[known.state];
	return isNewer || (isFurther && (RANK[incoming.state] >= LASTING_RANK || incoming.asOf === known.asOf))
		? incoming
		: known;
}

/** Paths of requests that create or execute a payment. Other requests read it, or do not change its amount. */
const MOVES =
	/^\/v1\/(?:payment_intents|charges|refunds|payouts|transfers|topups|invoices|subscriptions|checkout\/sessions)$|\/(?:confirm|capture|pay|reversals)$/;

/**
 * Returns whether the request of an entry can move money. If not, its payment is not counted.
 *
 * @param payment what the request resulted in
 */
export function movesMoney({ method, path }: LedgerRequest, payment?: Payment): boolean {
	return method === 'POST' && (MOVES.test(path) || payment?.isOwn === true);
}

/** Whether a payment has a state that workflows may branch on: Stripe shows none of a transfer or a credit note. */
export function hasPaymentState({ kind, isOwn }: Payment): boolean {
	return kind === 'payment' || kind === 'payout' || (kind === 'refund' && isOwn !== true);
}
