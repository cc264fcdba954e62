import type Stripe from 'stripe';

import { noSuch } from '../../errors';
import type { Invoice, InvoicePayment, PaymentIntent } from '../../objects';
import * as given from '../../parameters';
import { ALWAYS_ALLOWED, type Call, type Route, type RouteHandler } from '../../route';
import type { ParameterNames, Shown } from '../../sdkTypes';
import { wrongState } from './invoiceErrors';
import { markPaid } from './invoicing';

/** Attaches a payment that was made elsewhere to an invoice (docs.stripe.com/invoicing/partial-payments). */
export function routeOfAttaching(found: (call: Call) => Invoice): Route {
	return {
		method: 'POST',
		path: '/v1/invoices/:id/attach_payment',
		parameters: [
			...(['payment_intent', 'payment_record'] as const),
			...ALWAYS_ALLOWED,
		] satisfies ParameterNames<Stripe.InvoiceAttachPaymentParams>,
		prepare: (call) => attach(call, found(call)),
	};
}

function attach(call: Call, invoice: Invoice): RouteHandler {
	const { world: state } = call;
	const id = given.requireText(call.params, 'payment_intent');
	return () => {
		const intent = state.paymentIntents.find(id);
		if (!intent) throw noSuch('payment_intent', id, 'payment_intent', 400);
		refuse(call, invoice, intent);
		state.invoicePayments.save(newPayment(call, invoice, intent));
		if (intent.status === 'succeeded') return credit(call, invoice, intent);
		state.record('invoice.updated', invoice, call.cause);
		return invoice;
	};
}

function refuse({ world: state }: Call, invoice: Invoice, intent: PaymentIntent): void {
	if (invoice.status !== 'open') throw wrongState('You can only attach payments to open invoices.');
	if (intent.customer !== invoice.customer)
		throw wrongState('The customer of the PaymentIntent does not match the customer of the invoice.');
	if (intent.currency !== invoice.currency)
		throw wrongState('The currency of the PaymentIntent does not match the currency of the invoice.');
	if (intent.status === 'canceled') throw wrongState('A canceled PaymentIntent cannot be attached.');
	const isAttached = state.invoicePayments
		.newestFirst()
		.some(({ payment }) => payment.payment_intent === intent.id);
	if (isAttached) throw wrongState('This PaymentIntent is already attached to an invoice.');
}

function newPayment({ world: state }: Call, invoice: Invoice, intent: PaymentIntent): InvoicePayment {
	const isPaid = intent.status === 'succeeded';
	return {
		id: state.newId('inpay'),
		object: 'invoice_payment',
		amount_paid: isPaid ? intent.amount_received : null,
		amount_requested: intent.amount,
		created: state.seconds(),
		currency: intent.currency,
		invoice: invoice.id,
		is_default: false,
		livemode: state.livemode,
		payment: { type: 'payment_intent', payment_intent: intent.id },
		status: isPaid ? 'paid' : 'open',
		status_transitions: { canceled_at: null, paid_at: isPaid ? state.seconds() : null },
	} satisfies Shown<Stripe.InvoicePayment, InvoicePayment>;
}

/** The remaining amount stays due. */
function credit(call: Call, invoice: Invoice, { amount_received: received }: PaymentIntent): Invoice {
	if (received >= invoice.amount_remaining) return markPaid(call, invoice);
	invoice.amount_paid += received;
	invoice.amount_remaining -= received;
	call.world.invoices.save(invoice);
	call.world.record('invoice.updated', invoice, call.cause);
	return invoice;
}
