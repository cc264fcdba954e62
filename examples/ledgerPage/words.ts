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

/** Unknown comes first, because a person may have to act. */
export const STATE_LABELS = [...STATES.keys()];

export function stateLabel(state: string): string {
	return STATES.get(state) ?? state;
}

const PAYMENT_STATES = new Map(
	Object.entries({
		paid: 'Paid',
		authorized: 'Authorized, not captured',
		processing: 'Processing at the bank',
		requires_action: 'Waiting for the customer',
		unpaid: 'Not paid',
		canceled: 'Canceled',
		refunded: 'Refunded',
		pending: 'Pending',
		failed: 'Failed',
		paid_out: 'Paid out',
		in_transit: 'In transit',
	}),
);

/** Labels the state of the money. */
export function paymentLabel(state: string | null): string {
	if (state === null) return 'Not known';
	return PAYMENT_STATES.get(state) ?? state;
}

const MONEY_KINDS = new Map(
	Object.entries({
		payment: 'Payments',
		refund: 'Refunds',
		payout: 'Payouts',
		transfer: 'Transfers',
		transfer_reversal: 'Reversals of transfers',
		top_up: 'Top-ups',
	}),
);

export function kindLabel(kind: string): string {
	return MONEY_KINDS.get(kind) ?? kind;
}

/** Returns the state that people count: a send that was cut off is unknown. */
export function stateOf({ state, leaseExpired }: EntryItem): string {
	return leaseExpired ? 'unknown' : state;
}

/** Formats `paymentIntent.create` as `payment intent: create`. A suffix such as an ID stays as it is. */
export function operationLabel(operation: string): string {
	return operation.replace(/^\S+/, (name) =>
		name
			.replace(/([a-z])([A-Z])/g, '$1 $2')
			.toLowerCase()
			.replace('.', ': '),
	);
}

/** @returns the entry ID of the bill, or of the change of plan, that this entry is a step of */
export function billOf({ fields }: EntryItem): string | undefined {
	const [, entryId] =
		/^n8n_(v1_[\w-]{43})(?:_\d+)?$/.exec([fields.bill ?? fields.change].flat().join()) ?? [];
	return Object.keys(fields).length === 1 ? entryId : undefined;
}

/** Describes the entry by the fields it was made from. */
export function fieldsLabel(entry: EntryItem): string {
	const { fields } = entry;
	if (billOf(entry) !== undefined)
		return fields.bill === undefined ? 'a step of a change of plan' : 'a step of a bill';
	return Object.entries(fields)
		.map(([name, value]) => `${name} ${[value].flat().join(', ')}`)
		.join(', ');
}

export function outcomeLabel({ kind, message, declineCode, code, decidedBy }: OutcomeItem): string {
	const reason = [declineCode ?? code]
		.filter((name) => name && !message?.includes(name))
		.map((name) => ` (${name})`);
	return `${message ?? kind}${reason.join('')}${decidedBy ? `, found by ${decidedBy}` : ''}`;
}

/** Names the workflow, node and execution that last used the entry, and the agent it acted for. */
export function originLabel({ origin, reservation }: EntryItem): string {
	const { workflowName, workflowId, nodeName, executionId } = origin;
	const parts = [
		workflowName ?? workflowId,
		nodeName,
		executionId && `execution ${executionId}`,
		reservation && `agent ${reservation.agent}`,
	];
	return parts.filter(Boolean).join(' · ');
}

/** Describes a finding in a word; the node itself says what to do about it. */
export function findingMessage(finding: string, state: string): string {
	switch (finding) {
		case 'executed':
			return state === 'succeeded' ? 'Stripe executed it.' : 'Stripe rejected it.';
		case 'not_executed':
			return 'Stripe definitely did not execute it.';
		case 'already_resolved':
			return 'The outcome was already known.';
		case 'in_progress':
			return 'Another run is processing it right now.';
		case 'stripe_unavailable':
			return 'Stripe could not be reached, or was not asked. Nothing has changed.';
		case 'inconclusive':
			return 'Stripe does not show what happened. It is still unknown.';
		default:
			return finding;
	}
}
