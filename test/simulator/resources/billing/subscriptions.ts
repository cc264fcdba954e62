import { declined, invalid, noSuch } from '../../errors';
import { getOwn, isMap, type ParamMap } from '../../form';
import { buildRangeFilter, listing } from '../../lists';
import type { Subscription } from '../../objects';
import * as given from '../../parameters';
import { ALWAYS_ALLOWED, SEARCH_PARAMETERS, type Call, type Route } from '../../route';
import { searching } from '../../search';
import { billNow, draft, isPayable, methodOfSubscription, save, watch } from './cycle';
import { newItem } from './invoiceItems';
import { requireCustomer } from './invoiceLines';
import { readDiscounts } from './invoiceTotals';
import { noMethod } from './invoiceErrors';
import { byStripe, finalize, moveTo } from './invoicing';
import { newSubscription } from './newSubscription';
import { applyItems, priceOfPeriod, readItems } from './subscriptionItems';
import { cancel, pause, resume } from './subscriptionStates';
import { CANCEL, CREATE, LIST, PAUSE, PAYMENT_BEHAVIORS, RESUME, UPDATE } from './subscriptionParameters';
import { update } from './subscriptionUpdate';
import { readTrialEnd, refuseCancelTwice, refuseSubscriptionTerms } from './terms';

const PATH = '/v1/subscriptions';

/** How long an unpaid first invoice may still be paid. */
const INCOMPLETE_MS = 23 * 3_600_000;

export const subscriptionRoutes: readonly Route[] = [
	{ method: 'POST', path: PATH, parameters: CREATE, asksForMoney: () => true, prepare: createSubscription },
	{ method: 'GET', path: PATH, parameters: LIST, prepare: list },
	{
		method: 'GET',
		path: `${PATH}/search`,
		parameters: SEARCH_PARAMETERS,
		prepare: (call) => searching(call, call.world.subscriptions, ['canceled_at', 'status']),
	},
	{
		method: 'GET',
		path: `${PATH}/:id`,
		parameters: ALWAYS_ALLOWED,
		prepare: (call) => {
			const subscription = findSubscription(call);
			return () => subscription;
		},
	},
	{
		method: 'GET',
		path: '/v1/subscription_items',
		parameters: ['subscription', 'limit', 'starting_after', 'ending_before', 'expand'],
		prepare: (call) => {
			const id = given.requireText(call.params, 'subscription');
			const subscription = call.world.subscriptions.find(id);
			if (!subscription) throw noSuch('subscription', id, 'subscription', 400);
			return () => ({ ...subscription.items });
		},
	},
	{
		method: 'POST',
		path: `${PATH}/:id`,
		parameters: UPDATE,
		asksForMoney: () => true,
		prepare: (call) => update(call, findSubscription(call)),
	},
	{
		method: 'DELETE',
		path: `${PATH}/:id`,
		parameters: CANCEL,
		prepare: (call) => cancel(call, () => findSubscription(call)),
	},
	{
		method: 'POST',
		path: `${PATH}/:id/pause`,
		parameters: PAUSE,
		prepare: (call) => pause(call, findSubscription(call)),
	},
	{
		method: 'POST',
		path: `${PATH}/:id/resume`,
		parameters: RESUME,
		asksForMoney: () => true,
		prepare: (call) => resume(call, findSubscription(call)),
	},
];

/** Also used by schedules and quotes. */
export function createSubscription(call: Call): () => Subscription {
	const { params, world: state } = call;
	const customerId = given.requireText(params, 'customer');
	const behavior = given.readChoice(params, 'payment_behavior', PAYMENT_BEHAVIORS) ?? 'allow_incomplete';
	if (behavior === 'pending_if_incomplete')
		throw invalid('payment_behavior', '`pending_if_incomplete` can only be used with updates.');
	const wishes = readItems(state, params);
	const extra = readExtraItems(params);
	if (wishes.length + extra.length === 0)
		throw invalid('items', 'Missing required param: items.', 'parameter_missing');
	refuseCancelTwice(params);
	refuseSubscriptionTerms(call, given.readText(params, 'collection_method') ?? 'charge_automatically');
	const trialEnd = readTrialEnd(state.seconds(), params);
	const metadata = given.mergeMetadata({}, given.readMetadata(params));
	return () => {
		const customer = requireCustomer(state, customerId);
		const id = state.newId('sub');
		const items = applyItems(state, [], wishes, { id });
		if (trialEnd !== null) for (const item of items) item.current_period_end = trialEnd;
		const discounts = readDiscounts(state, params) ?? [];
		const wish = { id, customer, items, trialEnd, discounts, metadata, params };
		const subscription = newSubscription(state, wish);
		const due = (trialEnd === null ? priceOfPeriod(items) : 0) + extra.length;
		if (due > 0 && isAutomatic(subscription)) {
			if (behavior !== 'default_incomplete' && methodOfSubscription(call, subscription) === undefined)
				throw noMethod();
			if (behavior === 'error_if_incomplete' && !isPayable(call, subscription))
				throw declined('insufficient_funds');
		}
		state.subscriptions.save(subscription);
		for (const row of extra) {
			const more = { ...row, subscription: id };
			state.invoiceItems.save(newItem(state, { customer, invoice: null, metadata: {}, params: more }));
		}
		bill(call, subscription, behavior);
		watch(call, subscription);
		return save(call, subscription, 'customer.subscription.created');
	};
}

/** Bills the first invoice. One that is sent stays a draft for about an hour. */
function bill(call: Call, subscription: Subscription, behavior: string): void {
	const invoice = draft(call, subscription, 'subscription_create', { hasPeriod: true });
	if (!isAutomatic(subscription)) return;
	const isLeftUnpaid = behavior === 'default_incomplete' && invoice.amount_due > 0;
	if (isLeftUnpaid) invoice.auto_advance = false;
	const isPaid = !isLeftUnpaid && billNow(call, subscription, invoice);
	if (isPaid) return;
	if (isLeftUnpaid) finalize(call, invoice);
	invoice.auto_advance = false;
	subscription.status = 'incomplete';
	call.world.later(INCOMPLETE_MS, () => {
		if (subscription.status !== 'incomplete') return;
		subscription.status = 'incomplete_expired';
		subscription.ended_at = call.world.seconds();
		moveTo(byStripe(call), invoice, 'void', 'invoice.voided');
		save(byStripe(call), subscription, 'customer.subscription.updated');
	});
}

function isAutomatic({ collection_method: method }: Subscription): boolean {
	return method === 'charge_automatically';
}

/** `add_invoice_items[]`, in the format of invoice items, where the price is in `pricing`. */
function readExtraItems(params: ParamMap): ParamMap[] {
	const rows = getOwn(params, 'add_invoice_items') ?? [];
	if (!Array.isArray(rows)) throw invalid('add_invoice_items', 'Invalid array');
	return rows.filter(isMap).map(({ price, ...row }) => ({
		...row,
		...(price === undefined ? {} : { pricing: { price } }),
	}));
}

const HIDDEN = ['canceled'];
const ENDED = ['canceled', 'incomplete_expired'];

/** By default, canceled subscriptions are left out. */
function list(call: Call) {
	const { params, world: state } = call;
	const status = given.readText(params, 'status');
	const customer = given.readText(params, 'customer');
	const method = given.readText(params, 'collection_method');
	const price = given.readText(params, 'price');
	const [starts, ends] = ['current_period_start', 'current_period_end'].map((name) =>
		buildRangeFilter(params, name),
	);
	const hasStatus = (shown: string) => {
		if (status === undefined) return !HIDDEN.includes(shown);
		if (status === 'ended') return ENDED.includes(shown);
		return status === 'all' || status === shown;
	};
	return listing(call, state.subscriptions, (subscription) => {
		const [first] = subscription.items.data;
		return (
			hasStatus(subscription.status) &&
			(customer ?? subscription.customer) === subscription.customer &&
			(method ?? subscription.collection_method) === subscription.collection_method &&
			(price === undefined || subscription.items.data.some((item) => item.price.id === price)) &&
			starts?.(first?.current_period_start) === true &&
			ends?.(first?.current_period_end) === true
		);
	});
}

/** Canceled subscriptions are found too. */
function findSubscription(call: Call): Subscription {
	const id = call.at.id ?? '';
	const subscription = call.world.subscriptions.find(id);
	if (subscription === undefined) throw noSuch('subscription', id);
	return subscription;
}
