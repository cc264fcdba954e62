import type { Payment, PaymentState } from '../../../ledger/model/payment';

/** For a success that moved no money, because it could be mistaken for a payment. */
const NOT_MOVED: Readonly<Record<Payment['kind'], Partial<Record<PaymentState, string>>>> = {
	payment: {
		unpaid: 'was created, but not paid yet',
		requires_action: 'was created, but not paid yet',
		processing: 'was created, but the bank has not paid it yet',
	},
	refund: {
		pending: 'was created, but nothing has been refunded yet',
		requires_action: 'was created, but nothing has been refunded yet',
		failed: 'was created, but it failed, and nothing was refunded',
	},
	payout: {
		pending: 'was created, but not paid out yet',
		in_transit: 'was created, but not paid out yet',
		failed: 'was created, but it failed, and nothing was paid out',
	},
	transfer: {},
	transfer_reversal: {},
	top_up: {},
};

/** @returns a sentence for a success whose money has not moved, or may not have; undefined if it has, or if none was to move */
export function describeUnpaid(
	payment: Payment | undefined,
	object: Record<string, unknown>,
): string | undefined {
	const { id, status } = object;
	if (payment && payment.state === undefined) return describeUnknownState(payment, object);
	const message = payment?.state && NOT_MOVED[payment.kind][payment.state];
	if (!message) return undefined;
	const sentence = `${String(id)} ${message}: its status is ${typeof status === 'string' ? status : payment.state}.`;
	return [sentence, ...adviseOnUnpaid(payment.state, id), ...adviseOnIncomplete(id, status)].join(' ');
}

/** Stripe may add a status at any time. A payout that reverses another one has no state. */
function describeUnknownState(
	{ kind, moved }: Payment,
	{ id, status, payment_status: payment = status, original_payout: original }: Record<string, unknown>,
): string | undefined {
	const hasStates = Object.keys(NOT_MOVED[kind]).length > 0;
	if (!hasStates || moved > 0 || typeof payment !== 'string' || (original ?? undefined) !== undefined)
		return undefined;
	return `The status of ${String(id)} is ${payment}, which this version does not know: check in Stripe whether money has moved.`;
}

/** An unpaid PaymentIntent is paid by confirming it, not by creating another one. */
function adviseOnUnpaid(state: PaymentState | undefined, id: unknown): string[] {
	if (typeof id !== 'string' || !id.startsWith('pi_')) return [];
	if (state === 'unpaid') return [`To charge it, use Payment Intent → Confirm with the ID ${id}.`];
	return state === 'requires_action' ? ['The customer has to act before it is paid.'] : [];
}

/** docs.stripe.com/billing/subscriptions/overview#subscription-statuses */
function adviseOnIncomplete(id: unknown, status: unknown): string[] {
	if (typeof id !== 'string' || !id.startsWith('sub_') || status !== 'incomplete') return [];
	return [
		'Its first invoice was not paid: do not give access yet. Within 23 hours the customer can still pay that invoice, or you can with Invoice → Pay; after that the subscription expires, and a new one is needed.',
	];
}

const KIND_NAMES: Readonly<Record<Payment['kind'], [one: string, several: string]>> = {
	payment: ['payment', 'payments'],
	refund: ['refund', 'refunds'],
	payout: ['payout', 'payouts'],
	transfer: ['transfer', 'transfers'],
	transfer_reversal: ['reversal of a transfer', 'reversals of transfers'],
	top_up: ['top-up', 'top-ups'],
};

/**
 * Sums up the money that has moved, by kind and currency: `3 payments: 149.70 EUR`. Each payment counts once.
 *
 * @returns an empty list if none has moved
 */
export function summarizeMoved(
	payments: readonly Payment[],
	format: (minor: string, currency: string) => string,
): string[] {
	const once = [...new Map(payments.map((payment) => [payment.object, payment])).values()];
	return Object.entries(KIND_NAMES).flatMap(([kind, [one, several]]) => {
		const moved = once.filter((payment) => payment.kind === kind && payment.moved > 0);
		const byCurrency = Map.groupBy(moved, ({ currency }) => currency ?? '');
		const sums = [...byCurrency].map(([currency, group]) =>
			format(String(group.reduce((sum, payment) => sum + BigInt(payment.moved), 0n)), currency),
		);
		return sums.length > 0
			? [`${moved.length} ${moved.length === 1 ? one : several}: ${sums.join(', ')}.`]
			: [];
	});
}
