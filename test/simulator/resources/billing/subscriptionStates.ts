import { invalid, noSuch } from '../../errors';
import { getOwn, type ParamMap } from '../../form';
import type { Subscription } from '../../objects';
import * as given from '../../parameters';
import type { Call, RouteResult } from '../../route';
import { addProrations, billNow, draft, endSubscription, save, startPeriod } from './cycle';
import { wrongState } from './invoiceErrors';
import { prorate } from './proration';

const FEEDBACK = [
	'customer_service',
	'low_quality',
	'missing_features',
	'other',
	'switched_service',
	'too_complex',
	'too_expensive',
	'unused',
];

/** A subscription that is already canceled is not found here, although it can still be read. */
export function cancel(call: Call, find: () => Subscription): () => RouteResult {
	const { params, world: state } = call;
	const shouldProrate = given.readFlag(params, 'prorate') ?? false;
	const invoiceNow = given.readFlag(params, 'invoice_now') ?? false;
	const details = readDetails(params);
	return () => {
		const subscription = find();
		const { id, status } = subscription;
		if (status === 'canceled' || status === 'incomplete_expired') throw noSuch('subscription', id);
		const at = state.seconds();
		if (shouldProrate) addProrations(call, subscription, prorate(subscription.items.data, [], at));
		if (invoiceNow) draft(call, subscription, 'manual', { hasPeriod: false });
		else if (!shouldProrate) dropProrations(call, subscription);
		stopCollecting(call, subscription.customer);
		Object.assign(subscription.cancellation_details, details, { reason: 'cancellation_requested' });
		endSubscription(call, subscription);
		return subscription;
	};
}

export function readDetails(params: ParamMap): Record<string, string | null> {
	const hash = given.readHash(params, 'cancellation_details') ?? {};
	const feedback = given.readChoice(hash, 'feedback', FEEDBACK);
	const comment = getOwn(hash, 'comment');
	return {
		...(feedback === undefined ? {} : { feedback }),
		...(typeof comment === 'string' ? { comment: comment || null } : {}),
	};
}

function dropProrations({ world: state }: Call, { customer }: Subscription): void {
	for (const item of state.invoiceItems.newestFirst()) {
		if (item.customer === customer && item.invoice === null && item.proration) item.deleted = true;
	}
}

/**
 * Stops automatic collection of every finalized invoice of the customer (API reference, "Cancel a subscription").
 */
function stopCollecting({ world: state }: Call, customer: string): void {
	for (const invoice of state.invoices.newestFirst()) {
		if (invoice.customer !== customer || invoice.status !== 'open') continue;
		state.invoices.save(Object.assign(invoice, { auto_advance: false, next_payment_attempt: null }));
	}
}

export function pause(call: Call, subscription: Subscription): () => RouteResult {
	const billFor = given.readHash(call.params, 'bill_for') ?? {};
	const unused = given.readText(given.readHash(billFor, 'unused_time_from') ?? {}, 'type') ?? 'now';
	const invoicing = given.readChoice(call.params, 'invoicing_behavior', [
		'invoice',
		'pending_invoice_item',
	]);
	given.readChoice(call.params, 'type', ['subscription']);
	return () => {
		if (subscription.schedule !== null)
			throw wrongState('A subscription with a schedule cannot be paused.');
		if (!['active', 'trialing', 'past_due'].includes(subscription.status))
			throw wrongState(`A subscription with the status ${subscription.status} cannot be paused.`);
		const now = call.world.seconds();
		if (unused !== 'none') addProrations(call, subscription, prorate(subscription.items.data, [], now));
		if (invoicing === 'invoice')
			billNow(
				call,
				subscription,
				draft(call, subscription, 'subscription_update', { hasPeriod: false }),
			);
		subscription.status = 'paused';
		subscription.status_details = { paused: { type: 'subscription', subscription: {} } };
		return save(call, subscription, 'customer.subscription.paused');
	};
}

/** Bills a new period; with `resume_on_payment_success`, the subscription stays paused until it is paid. */
export function resume(call: Call, subscription: Subscription): () => RouteResult {
	const anchor = given.readHash(call.params, 'billing_cycle_anchor');
	if (typeof getOwn(call.params, 'billing_cycle_anchor') === 'string')
		throw invalid('billing_cycle_anchor', 'Invalid hash', 'parameter_invalid_hash');
	const isUnchanged = given.readText(anchor ?? {}, 'type') === 'unchanged';
	const behavior =
		given.readChoice(call.params, 'payment_behavior', [
			'resume_on_payment_attempt',
			'resume_on_payment_success',
		]) ?? 'resume_on_payment_attempt';
	return () => {
		if (subscription.status !== 'paused')
			throw wrongState('This subscription cannot be resumed because it is not paused.');
		if (subscription.collection_method !== 'charge_automatically')
			throw wrongState(
				"Only subscriptions with `collection_method` 'charge_automatically' can be resumed.",
			);
		const now = call.world.seconds();
		if (isUnchanged) addProrations(call, subscription, prorate([], subscription.items.data, now));
		else for (const item of subscription.items.data) startPeriod(item, now);
		const invoice = draft(call, subscription, 'subscription_update', { hasPeriod: !isUnchanged });
		const isPaid = billNow(call, subscription, invoice);
		if (!isPaid && behavior === 'resume_on_payment_success')
			return save(call, subscription, 'customer.subscription.updated');
		subscription.status = isPaid ? 'active' : 'past_due';
		delete subscription.status_details;
		return save(call, subscription, 'customer.subscription.resumed');
	};
}
