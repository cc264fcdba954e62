import type { EntryItem, OutcomeItem } from './left';

const STATES = new Map(
	Object.entries({
		unknown: 'Unknown',
		in_flight: 'In flight',
		succeeded: 'Succeeded',
		rejected: 'Rejected',
		released: 'Released',
		reserved: 'Reserved',
		cancelled: 'Cancelled',
	}),
);

/** What is unknown comes first: there a person may have to do something. */
export const STATE_NAMES = [...STATES.keys()];

export function stateWords(state: string): string {
	return STATES.get(state) ?? state;
}

const PAYMENT_STATES = new Map(
	Object.entries({
		paid: 'Paid',
		authorized: 'Authorized, not collected',
		processing: 'The bank is at it',
		requires_action: 'Waits for the customer',
		unpaid: 'Not paid',
		canceled: 'Canceled',
		refunded: 'Given back',
		pending: 'Pending',
		failed: 'Failed',
		paid_out: 'Paid out',
		in_transit: 'On its way',
	}),
);

/** What has become of the money. */
export function paymentWords(state: string | null): string {
	if (state === null) return 'Not known';
	return PAYMENT_STATES.get(state) ?? state;
}

const MONEY_KINDS = new Map(Object.entries({ payment: 'Payments', refund: 'Refunds', payout: 'Payouts' }));

export function kindWords(kind: string): string {
	return MONEY_KINDS.get(kind) ?? kind;
}

/** As people count it: what was cut off while it was sent is unknown. */
export function stateOf({ state, leaseOver }: EntryItem): string {
	return leaseOver ? 'unknown' : state;
}

/** `paymentIntent.create` as `payment intent: create`. */
export function operationWords(operation: string): string {
	return operation
		.replace(/([a-z])([A-Z])/g, '$1 $2')
		.toLowerCase()
		.replace('.', ': ');
}

/** In the words of the fields that the entry was made from. */
export function fieldsWords({ fields }: EntryItem): string {
	return Object.entries(fields)
		.map(([name, value]) => `${name} ${[value].flat().join(', ')}`)
		.join(', ');
}

export function outcomeWords({ kind, message, declineCode, code, by }: OutcomeItem): string {
	const reason = [declineCode ?? code].filter(Boolean).map((name) => ` (${name})`);
	return `${message ?? kind}${reason.join('')}${by ? `, found by ${by}` : ''}`;
}

/** Which workflow, node and execution came with it last, and for which agent. */
export function whoWords({ origin, reservation }: EntryItem): string {
	const { workflowName, workflowId, nodeName, executionId } = origin;
	const parts = [
		workflowName ?? workflowId,
		nodeName,
		executionId && `execution ${executionId}`,
		reservation && `agent ${reservation.agent}`,
	];
	return parts.filter(Boolean).join(' · ');
}

/** What was found out, in a word; what to do about it says the node itself. */
export function findingWords(finding: string, state: string): string {
	switch (finding) {
		case 'found':
			return state === 'succeeded' ? 'Stripe has done it.' : 'Stripe has refused it.';
		case 'absent':
			return 'Stripe has surely not done it.';
		case 'known':
			return 'Nothing had to be found out.';
		case 'in_flight':
			return 'Somebody is at it right now.';
		case 'not_answered':
			return 'Stripe was not asked, or could not answer now. Nothing has changed.';
		case 'cannot_tell':
			return 'Stripe could not tell. It is still unknown.';
		default:
			return finding;
	}
}
