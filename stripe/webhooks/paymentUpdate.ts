import type { Entry } from '../../ledger/model/entry';
import type { KnownPayment } from '../../ledger/model/payment';
import type { StripeEvent } from './event';
import { readPaymentFacts } from '../objects/paymentState';
import { redactSecrets } from '../api/redact';

const SECOND_MS = 1_000;

/** Fields of an object that change when its money moves. They are updated so that a replay agrees with the payment. */
const CHANGING_FIELDS = [
	'status',
	'amount_received',
	'amount_capturable',
	'amount_captured',
	'amount_refunded',
	'amount_paid',
	'amount_remaining',
	'captured',
	'paid',
	'refunded',
	'payment_status',
	'latest_charge',
	'next_action',
	'last_payment_error',
	'canceled_at',
	'cancellation_reason',
	'failure_code',
	'failure_reason',
];

/**
 * Reads the payment update of an event. Events arrive late, repeated and out of order, so the time of the event counts.
 *
 * @returns undefined if the event is not about a payment
 */
export function toPaymentUpdate(
	{ data: { object }, created }: StripeEvent,
	entry: Entry,
): { payment: KnownPayment; shown: Record<string, unknown> } | undefined {
	const payment = readPaymentFacts(object);
	const seconds = Number(created);
	if (!payment || !Number.isFinite(seconds)) return undefined;
	const storedBody = 'outcome' in entry ? entry.outcome.body : undefined;
	return {
		payment: { ...payment, asOf: seconds * SECOND_MS },
		shown: storedBody && storedBody.id === object.id ? pickChangedFields(object, storedBody) : {},
	};
}

/** Fields that were not stored before, as in a ledger that others can read, are not added. */
function pickChangedFields(
	object: Record<string, unknown>,
	stored: Record<string, unknown>,
): Record<string, unknown> {
	const names = CHANGING_FIELDS.filter((name) => name in object && name in stored);
	return redactSecrets(Object.fromEntries(names.map((name) => [name, object[name]])));
}
