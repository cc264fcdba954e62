import type { EntryAsSent } from '../reconcile/finding';
import type { StripeObject } from './stripeObject';
import type { QueryContext } from '../reconcile/stripeQueries';
import { getWithBackoff } from '../reconcile/stripeQueries';
import { appendQuery } from '../api/query';

/**
 * Returns whether the entry refunds the full amount of a payment that was captured once and has no refund yet. Stripe executes
 * such a refund at most once, however often it is sent. Anything that Stripe does not show counts as false.
 */
export async function isFullRefundOfUnrefunded(
	context: QueryContext,
	{ harmless, request }: EntryAsSent,
): Promise<boolean> {
	if (harmless !== 'wholeRefund') return false;
	const { charge, payment_intent: intent, amount } = request.params;
	const paidCharge =
		typeof charge === 'string'
			? (await getWithBackoff(context, `/v1/charges/${encodeURIComponent(charge)}`)).body
			: await fetchLatestCharge(context, intent);
	return paidCharge !== undefined && isFullAmount(paidCharge, amount);
}

async function fetchLatestCharge(context: QueryContext, intent: unknown): Promise<StripeObject | undefined> {
	if (typeof intent !== 'string') return undefined;
	const path = `/v1/payment_intents/${encodeURIComponent(intent)}`;
	const { body } = await getWithBackoff(context, appendQuery(path, { expand: ['latest_charge'] }));
	const charge = body?.latest_charge;
	return typeof charge === 'object' && charge !== null ? (charge as StripeObject) : undefined;
}

/** A payment that was captured in parts could also be refunded in parts. */
function isFullAmount(charge: StripeObject, requestedAmount: unknown): boolean {
	const { amount, amount_captured: captured, amount_refunded: refunded } = charge;
	return (
		refunded === 0 &&
		charge.captured === true &&
		amount === captured &&
		String(amount) === requestedAmount
	);
}
