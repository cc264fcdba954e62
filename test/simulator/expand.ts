import { invalid } from './errors';
import type { InvoicePayment, ShownList, SimulatedObject } from './objects';
import type { RouteResult } from './route';
import type { StripeState } from './world';

/** Replaces ids by their objects as `expand[]` requests: Stripe's "Expanding objects". Changes a copy. */
export function expanded(reply: RouteResult, paths: readonly string[], state: StripeState): RouteResult {
	if (paths.length === 0) return reply;
	const copy = structuredClone(reply) as Record<string, unknown>;
	for (const path of paths) expandAt(copy, refuseTooDeep(path).split('.'), state);
	return copy;
}

/** Stripe's "Expanding objects": at most four levels. */
function refuseTooDeep(path: string): string {
	if (path.split('.').length <= 4) return path;
	throw invalid('expand', `You cannot expand more than 4 levels of a property. Property: ${path}`);
}

function expandAt(here: unknown, path: readonly string[], state: StripeState): void {
	const [field, ...below] = path;
	if (field === undefined || typeof here !== 'object' || here === null) return;
	if (Array.isArray(here)) {
		for (const entry of here) expandAt(entry, path, state);
		return;
	}
	const holder = here as Record<string, unknown>;
	if (field === 'payments' && holder.object === 'invoice') holder.payments = listPayments(state, holder.id);
	if (!Object.hasOwn(here, field)) return;
	const value = holder[field];
	if (typeof value === 'string') holder[field] = structuredClone(findAnywhere(state, value)) ?? value;
	expandAt(holder[field], below, state);
}

/** The payments of an invoice are included on request only (API reference, "The Invoice object"). */
function listPayments(state: StripeState, invoice: unknown): ShownList<InvoicePayment> {
	const data = state.invoicePayments.newestFirst().filter((payment) => payment.invoice === invoice);
	return { object: 'list', data, has_more: false, url: '/v1/invoice_payments' };
}

function findAnywhere(state: StripeState, id: string): SimulatedObject | undefined {
	return (
		state.customers.find(id) ??
		state.charges.find(id) ??
		state.paymentIntents.find(id) ??
		state.subscriptions.find(id) ??
		state.invoices.find(id) ??
		state.refunds.find(id) ??
		state.findOther(id)
	);
}
