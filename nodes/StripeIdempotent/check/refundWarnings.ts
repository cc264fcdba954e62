import type { Params } from '../../../ledger/model/request';
import type { Read } from '../../../payments/spendFacts';
import { appendQuery } from '../../../stripe/api/query';
import type { StripeObject } from '../../../stripe/objects/stripeObject';
import { readReference } from '../../../stripe/objects/stripeObject';

/**
 * Finds what a person should know before refunding a payment: that a dispute may return the money too, or that a credit note has
 * corrected the same debt. Only used by checks, because it takes up to three reads.
 *
 * @param params the parameters of the refund
 */
export async function findRefundWarnings(
	{ charge, payment_intent: intent }: Params,
	read: Read,
): Promise<string[]> {
	const paid = await readCharge(charge, intent, read);
	const disputed =
		paid?.disputed === true
			? [
					`The payment is disputed (${String(paid.id)}): if the dispute is lost, its bank pays the money back as well. Answer or accept the dispute in place of a refund.`,
				]
			: [];
	const paymentIntent = readReference(paid?.payment_intent) ?? readReference(intent);
	return [...disputed, ...(await findCreditNotes(paymentIntent, read))];
}

async function readCharge(charge: unknown, intent: unknown, read: Read): Promise<StripeObject | undefined> {
	if (typeof charge === 'string') return await read(`/v1/charges/${encodeURIComponent(charge)}`);
	if (typeof intent !== 'string') return undefined;
	const path = `/v1/payment_intents/${encodeURIComponent(intent)}`;
	const { latest_charge } = await read(appendQuery(path, { expand: ['latest_charge'] }));
	return latest_charge as StripeObject | undefined;
}

/** Finds the credit notes of the invoices that the payment paid. */
async function findCreditNotes(paymentIntent: string | undefined, read: Read): Promise<string[]> {
	if (paymentIntent === undefined) return [];
	const payment = { type: 'payment_intent', payment_intent: paymentIntent };
	const payments = listOf(await read(appendQuery('/v1/invoice_payments', { payment })));
	const notes: StripeObject[] = [];
	for (const invoice of payments.map((of) => readReference(of.invoice))) {
		if (invoice === undefined) continue;
		notes.push(...listOf(await read(appendQuery('/v1/credit_notes', { invoice, limit: '100' }))));
	}
	// A credit note before the payment only lowered its amount.
	const isPaidBack = ({ status, post_payment_amount: amount }: StripeObject) =>
		status !== 'void' && typeof amount === 'number' && amount > 0;
	const validNotes = notes.filter(isPaidBack).map(({ id }) => String(id));
	if (validNotes.length === 0) return [];
	return [
		`The invoice of this payment has a credit note already (${validNotes.join(', ')}): a refund beside it can pay the same debt back twice.`,
	];
}

function listOf({ data }: StripeObject): StripeObject[] {
	return Array.isArray(data) ? (data as StripeObject[]) : [];
}
