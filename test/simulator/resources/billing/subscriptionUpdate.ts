import { declined, invalid } from '../../errors';
import { getOwn, type ParamMap } from '../../form';
import type { Subscription, SubscriptionItem } from '../../objects';
import * as given from '../../parameters';
import type { Call, RouteResult } from '../../route';
import { addProrations, billNow, draft, isPayable, save, startPeriod, watch } from './cycle';
import { wrongState } from './invoiceErrors';
import { readDiscounts } from './invoiceTotals';
import { endOf, readCancelAt } from './newSubscription';
import { prorate } from './proration';
import { applyItems, beginsPeriod, type ItemWish, readItems, showItems } from './subscriptionItems';
import { PAYMENT_BEHAVIORS, PENDING } from './subscriptionParameters';
import { readDetails } from './subscriptionStates';
import { readTrialEnd, refuseCancelTwice, refuseSubscriptionTerms } from './terms';

const FROZEN_TEXTS = ['description', 'default_payment_method', 'collection_method'] as const;

export function update(call: Call, subscription: Subscription): () => RouteResult {
	const { params, world: state } = call;
	const metadata = given.readMetadata(params);
	const wishes = readItems(state, params);
	const behavior = given.readChoice(params, 'payment_behavior', PAYMENT_BEHAVIORS) ?? 'allow_incomplete';
	const proration =
		given.readChoice(params, 'proration_behavior', ['always_invoice', 'create_prorations', 'none']) ??
		'create_prorations';
	const details = readDetails(params);
	refuseCancelTwice(params);
	if (typeof getOwn(params, 'billing_cycle_anchor') === 'string')
		throw invalid('billing_cycle_anchor', 'Invalid hash', 'parameter_invalid_hash');
	const method = given.readText(params, 'collection_method') ?? subscription.collection_method;
	refuseSubscriptionTerms(call, method, subscription.days_until_due);
	if (behavior === 'pending_if_incomplete') refusePending(params, method);
	return () => {
		refuseCanceled(subscription, params);
		const at = given.readInteger(params, 'proration_date') ?? state.seconds();
		const isPending = changePlan(call, subscription, { wishes, behavior, proration, at });
		if (isPending) return save(call, subscription, 'customer.subscription.updated');
		describe(subscription, params);
		setCancellation(call, subscription, details);
		setTrial(call, subscription);
		subscription.discounts = readDiscounts(state, params) ?? subscription.discounts;
		subscription.metadata = given.mergeMetadata(subscription.metadata, metadata);
		watch(call, subscription);
		return save(call, subscription, 'customer.subscription.updated');
	};
}

function refusePending(params: ParamMap, method: string): void {
	const other = Object.keys(params).find((name) => !PENDING.includes(name));
	if (other !== undefined)
		throw invalid(other, `You cannot pass \`${other}\` with \`payment_behavior=pending_if_incomplete\`.`);
	if (method === 'send_invoice')
		throw invalid('payment_behavior', "`pending_if_incomplete` cannot be used with 'send_invoice'.");
}

function refuseCanceled({ status }: Subscription, params: ParamMap): void {
	if (!['canceled', 'incomplete_expired'].includes(status)) return;
	const isHarmless = Object.keys(params).every((name) =>
		['cancellation_details', 'metadata', 'expand'].includes(name),
	);
	if (isHarmless) return;
	throw wrongState(
		'A canceled subscription can only update its cancellation_details and metadata.',
		'invalid_canceled_subscription_fields',
	);
}

interface PlanChange {
	wishes: ItemWish[];
	behavior: string;
	proration: string;
	at: number;
}

/** @returns whether the change waits for its payment, and is not applied yet */
function changePlan(call: Call, subscription: Subscription, change: PlanChange): boolean {
	const { wishes, behavior, proration, at } = change;
	if (wishes.length === 0) return false;
	const before = subscription.items.data;
	const after = applyItems(call.world, before, wishes, subscription);
	const isNewPeriod = beginsPeriod(before, after);
	if (isNewPeriod) for (const item of after) startPeriod(item, at);
	const isBilled = proration === 'always_invoice' || isNewPeriod;
	const isAutomatic = subscription.collection_method === 'charge_automatically';
	const isRefused = isBilled && isAutomatic && !isPayable(call, subscription);
	if (isRefused && behavior === 'error_if_incomplete') throw declined('insufficient_funds');
	const prorations = proration === 'none' ? [] : prorate(before, after, at);
	addProrations(call, subscription, prorations);
	const isPending = isRefused && behavior === 'pending_if_incomplete';
	if (isPending) setPending(subscription, after, call.world.seconds());
	else subscription.items = showItems(subscription.id, after);
	if (!isBilled) return isPending;
	const invoice = draft(call, subscription, 'subscription_update', {
		hasPeriod: isNewPeriod && proration === 'none',
	});
	const isPaid = behavior !== 'default_incomplete' && isAutomatic && billNow(call, subscription, invoice);
	if (isAutomatic && !isPaid && !isPending) subscription.status = 'past_due';
	return isPending;
}

function setPending(subscription: Subscription, items: SubscriptionItem[], now: number): void {
	subscription.pending_update = {
		billing_cycle_anchor: null,
		cancel_at_period_end: null,
		discount: null,
		discounts: null,
		expires_at: now + 23 * 3600,
		metadata: null,
		subscription_items: items,
		trial_end: null,
		trial_from_plan: null,
	};
}

function describe(subscription: Subscription, params: ParamMap): void {
	for (const name of FROZEN_TEXTS) {
		const value = getOwn(params, name);
		if (value !== undefined) Object.assign(subscription, { [name]: value === '' ? null : value });
	}
	const days = given.readInteger(params, 'days_until_due');
	if (days !== undefined) subscription.days_until_due = days;
	if (getOwn(params, 'pause_collection') === '') subscription.pause_collection = null;
	const pause = given.readHash(params, 'pause_collection');
	if (!pause) return;
	subscription.pause_collection = {
		behavior: given.requireText(pause, 'behavior'),
		resumes_at: given.readInteger(pause, 'resumes_at') ?? null,
	};
}

function setCancellation(
	{ params, world: state }: Call,
	subscription: Subscription,
	details: Record<string, string | null>,
): void {
	const { items } = subscription;
	const atPeriodEnd = given.readFlag(params, 'cancel_at_period_end');
	if (atPeriodEnd !== undefined) {
		subscription.cancel_at_period_end = atPeriodEnd;
		subscription.cancel_at = atPeriodEnd ? endOf(items.data) : null;
	} else if (getOwn(params, 'cancel_at') !== undefined) {
		subscription.cancel_at = readCancelAt(params, items.data) ?? null;
		subscription.cancel_at_period_end = false;
	}
	subscription.canceled_at = subscription.cancel_at === null ? null : state.seconds();
	const reason = subscription.cancel_at === null ? null : 'cancellation_requested';
	Object.assign(subscription.cancellation_details, details, { reason });
}

/** The end of a trial moves the billing cycle anchor. */
function setTrial(call: Call, subscription: Subscription): void {
	const { params, world: state } = call;
	if (getOwn(params, 'trial_end') === undefined) return;
	const end = readTrialEnd(state.seconds(), params);
	const anchor = end ?? state.seconds();
	subscription.trial_end = anchor;
	subscription.billing_cycle_anchor = anchor;
	if (end !== null) {
		subscription.status = 'trialing';
		for (const item of subscription.items.data) item.current_period_end = end;
		return;
	}
	subscription.status = 'active';
	for (const item of subscription.items.data) startPeriod(item, anchor);
	if (!billNow(call, subscription, draft(call, subscription, 'subscription_update', { hasPeriod: true })))
		subscription.status = 'past_due';
}
