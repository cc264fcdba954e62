import { askBank } from '../charging';
import { StripeError } from '../../errors';
import type { Invoice, Subscription } from '../../objects';
import type { Call } from '../../route';
import { newItem } from './invoiceItems';
import { newSubscriptionLine } from './invoiceLines';
import { addUp } from './invoiceTotals';
import type { InvoiceWish } from './newInvoice';
import { begin, byStripe, charge, finalize, methodOfCustomer, moveTo, takePending } from './invoicing';
import { newInvoice } from './newInvoice';
import { endOfPeriod } from './prices';
import type { Proration } from './proration';

/** Creates a draft invoice of a subscription, with its pending items. */
export function draft(
	call: Call,
	subscription: Subscription,
	reason: InvoiceWish['reason'],
	{ hasPeriod }: { hasPeriod: boolean },
): Invoice {
	const { world: state } = call;
	const { collection_method: method, days_until_due: days, id } = subscription;
	const invoice = newInvoice(state, {
		customer: subscription.customer,
		currency: subscription.currency,
		reason,
		subscription: id,
		discounts: subscription.discounts,
		params: {
			collection_method: method,
			auto_advance: 'true',
			...(days === null ? {} : { days_until_due: String(days) }),
		},
	});
	state.invoices.save(invoice);
	if (hasPeriod) {
		for (const item of subscription.items.data) {
			const line = newSubscriptionLine(state, item, invoice.id);
			state.invoiceLines.save(subscription.status === 'trialing' ? { ...line, amount: 0 } : line);
		}
	}
	takePending(call, invoice, (item) => [undefined, id].includes(subscriptionOf(item)));
	addUp(state, invoice);
	subscription.latest_invoice = invoice.id;
	return begin(call, invoice);
}

function subscriptionOf({ parent }: Record<string, unknown>): string | undefined {
	const { subscription_details: details } = (parent ?? {}) as {
		subscription_details?: { subscription: string };
	};
	return details?.subscription;
}

/** Finalizes and charges the invoice immediately. @returns whether it is paid */
export function billNow(call: Call, subscription: Subscription, invoice: Invoice): boolean {
	if (invoice.status === 'draft') finalize(call, invoice);
	const method = methodOfSubscription(call, subscription);
	if (invoice.status === 'paid' || method === undefined) return invoice.status === 'paid';
	try {
		charge(call, invoice, method);
	} catch (error) {
		if (!(error instanceof StripeError)) throw error;
	}
	return (invoice.status as string) === 'paid';
}

export function methodOfSubscription(call: Call, subscription: Subscription): string | undefined {
	return subscription.default_payment_method ?? methodOfCustomer(call, subscription.customer);
}

/** Whether the bank would accept the payment. */
export function isPayable(call: Call, subscription: Subscription): boolean {
	const method = methodOfSubscription(call, subscription);
	return method !== undefined && askBank(call, method, subscription.customer) === 'approved';
}

/** Adds prorations as pending items of the next invoice. */
export function addProrations(call: Call, subscription: Subscription, prorations: Proration[]): void {
	const { world: state } = call;
	for (const { amount, currency, description, period } of prorations) {
		const params = {
			amount: String(amount),
			currency,
			description,
			subscription: subscription.id,
			period: { start: String(period.start), end: String(period.end) },
		};
		const { customer } = subscription;
		const item = newItem(state, { customer, invoice: null, metadata: {}, params, proration: true });
		state.invoiceItems.save(item);
		state.record('invoiceitem.created', item, call.cause);
	}
}

/** Schedules the end of the period, or of the subscription. */
export function watch(call: Call, subscription: Subscription): void {
	const { world: state } = call;
	const wakeAt = Math.min(subscription.cancel_at ?? Infinity, periodEnd(subscription));
	state.later((wakeAt - state.seconds()) * 1000, () => {
		if (['canceled', 'incomplete_expired'].includes(subscription.status)) return;
		const own = byStripe(call);
		if (subscription.cancel_at !== null && subscription.cancel_at <= state.seconds())
			endSubscription(own, subscription);
		else if (periodEnd(subscription) <= state.seconds()) {
			renew(own, subscription);
			watch(own, subscription);
		}
	});
}

function periodEnd({ items }: Subscription): number {
	return Math.min(...items.data.map(({ current_period_end: end }) => end));
}

function renew(call: Call, subscription: Subscription): void {
	const wasTrialing = subscription.status === 'trialing';
	for (const item of subscription.items.data) startPeriod(item, item.current_period_end);
	if (wasTrialing) subscription.status = 'active';
	save(call, subscription, 'customer.subscription.updated');
	if (subscription.status === 'paused' || subscription.status === 'incomplete') return;
	const invoice = draft(call, subscription, 'subscription_cycle', { hasPeriod: true });
	const { behavior } = subscription.pause_collection ?? {};
	if (behavior === undefined) return;
	invoice.auto_advance = false;
	if (behavior === 'keep_as_draft') return;
	finalize(call, invoice);
	if (invoice.status !== 'open') return;
	if (behavior === 'void') moveTo(call, invoice, 'void', 'invoice.voided');
	else moveTo(call, invoice, 'uncollectible', 'invoice.marked_uncollectible');
}

export function startPeriod(item: Subscription['items']['data'][number], start: number): void {
	item.current_period_start = start;
	item.current_period_end = endOfPeriod(start, item.price);
}

export function endSubscription(call: Call, subscription: Subscription): void {
	const now = call.world.seconds();
	Object.assign(subscription, {
		status: 'canceled',
		ended_at: now,
		canceled_at: subscription.canceled_at ?? now,
		pending_update: null,
		cancel_at_period_end: false,
	});
	subscription.cancellation_details.reason ??= 'cancellation_requested';
	save(call, subscription, 'customer.subscription.deleted');
}

export function save(call: Call, subscription: Subscription, event: string): Subscription {
	call.world.subscriptions.save(subscription);
	call.world.record(event, subscription, call.cause);
	return subscription;
}
