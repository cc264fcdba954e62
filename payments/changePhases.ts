import type Stripe from 'stripe';

import type { Param, Params } from '../ledger/model/request';
import { toCanonicalParams } from '../ledger/model/request';
import type { StripeObject } from '../stripe/objects/stripeObject';
import { isObject, readReference } from '../stripe/objects/stripeObject';

type Phase = Stripe.SubscriptionScheduleUpdateParams.Phase;

/** Fields of a phase that Stripe returns and accepts under the same name. */
const PHASE_NAMES = [
	...(['application_fee_percent', 'automatic_tax', 'billing_thresholds'] as const),
	...(['collection_method', 'currency', 'default_payment_method', 'default_tax_rates'] as const),
	...(['description', 'discounts', 'invoice_settings', 'items', 'metadata', 'on_behalf_of'] as const),
	...(['proration_behavior', 'transfer_data'] as const),
] satisfies (keyof Phase)[];
/** Fields that only the current phase keeps. */
const TIMES = [
	...(['billing_cycle_anchor', 'end_date', 'start_date', 'trial_end'] as const),
] satisfies (keyof Phase)[];
const ITEM_NAMES = [
	...(['billing_thresholds', 'discounts', 'metadata', 'price', 'quantity', 'tax_rates'] as const),
] satisfies (keyof Stripe.SubscriptionScheduleUpdateParams.Phase.Item)[];
/** Repeats the price of an item under its former name. */
const SHOWN_TWICE = ['plan'];
/** Fields that Stripe returns but does not accept. */
const SHOWN_ONLY = new Set(['disabled_reason']);

/** The new values of an item. */
export interface PlannedItem {
	/** ID of the price of the item to replace; undefined if there is only one item. */
	replaces?: string;
	price: Param;
	/** If undefined, the quantity is kept. */
	quantity?: Param;
	metadata?: Param;
}

/**
 * Builds the parameters that give a schedule, created from its subscription, a second phase that begins at the end of the
 * period. What the first phase shows is sent again, because Stripe drops what is omitted
 * (docs.stripe.com/billing/subscriptions/subscription-schedules).
 *
 * @returns why they cannot be determined
 */
export function planPhases(
	schedule: StripeObject,
	planned: PlannedItem,
): { params: Params } | { reason: string } {
	const { phases, end_behavior: behavior, status } = schedule;
	const [phase, ...others] = Array.isArray(phases) ? phases.filter(isObject) : [];
	if (status !== 'active' || behavior !== 'release' || !phase || others.length > 0)
		return { reason: 'It contains more than the current period of its subscription' };
	const shown = copyPhase(phase);
	if ('reason' in shown) return shown;
	const { trial_end: trialEnd, end_date: end } = phase;
	if (typeof end !== 'number' || (typeof trialEnd === 'number' && trialEnd > end))
		return { reason: 'It does not show when the period ends' };
	const items = replaceItem(shown.items, planned);
	if ('reason' in items) return items;
	const times = Object.fromEntries(
		TIMES.flatMap((name) => (isSet(phase[name]) ? [[name, phase[name]]] : [])),
	);
	const { metadata = shown.metadata } = planned;
	const next = {
		...shown.params,
		...(metadata === undefined ? {} : { metadata }),
		proration_behavior: 'none',
	};
	const params = toCanonicalParams({
		end_behavior: 'release',
		phases: [
			{ ...shown.params, items: shown.items, ...times },
			{ ...next, items: items.items },
		],
	});
	return { params };
}

function isSet(value: unknown): boolean {
	return value !== null && value !== undefined;
}

interface CopiedPhase {
	/** Without the items and times. */
	params: StripeObject;
	items: StripeObject[];
	metadata?: Param;
}

function copyPhase(phase: StripeObject): CopiedPhase | { reason: string } {
	const { items, ...others } = phase;
	const rows = Array.isArray(items) ? items.filter(isObject) : [];
	const unknown =
		findUnknown(others, [...PHASE_NAMES, ...TIMES]) ??
		rows
			.map((row) => findUnknown(row, [...ITEM_NAMES, ...SHOWN_TWICE]))
			.find((name) => name !== undefined);
	if (unknown !== undefined)
		return { reason: `It shows "${unknown}", which this version cannot carry over` };
	const { items: _items, metadata, ...params } = pick(others, PHASE_NAMES);
	const shownMetadata = metadata as Param | undefined;
	return {
		params: { ...params, ...(metadata === undefined ? {} : { metadata }) },
		items: rows.map((row) => pick(row, ITEM_NAMES)),
		...(shownMetadata === undefined ? {} : { metadata: shownMetadata }),
	};
}

/** @returns undefined if all its set fields are known */
function findUnknown(shown: StripeObject, known: readonly string[]): string | undefined {
	return Object.keys(shown).find(
		(name) => !known.includes(name) && shown[name] !== false && toParam(name, shown[name]) !== undefined,
	);
}

function pick(shown: StripeObject, names: readonly string[]): StripeObject {
	return Object.fromEntries(
		names.flatMap((name) => {
			const value = toParam(name, shown[name]);
			return value === undefined ? [] : [[name, value]];
		}),
	);
}

/**
 * Converts a value that Stripe shows to the form that it accepts: references as IDs, and nothing for fields that are not set.
 */
function toParam(name: string, value: unknown): unknown {
	if (value === null || value === undefined || SHOWN_ONLY.has(name)) return undefined;
	if (Array.isArray(value)) {
		const rows = value.map((row) => (name === 'discounts' ? toDiscount(row) : toParam('', row)));
		return rows.length === 0 ? undefined : rows;
	}
	if (!isObject(value)) return value;
	const id = readReference(value);
	if (id !== undefined) return id;
	const entries = Object.entries(value).flatMap(([inner, one]) => {
		const param = toParam(inner, one);
		return param === undefined ? [] : [[inner, param]];
	});
	return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** Stripe accepts one of the three. An existing discount continues, and is not granted again. */
function toDiscount(shown: unknown): unknown {
	if (!isObject(shown)) return shown;
	const name = ['discount', 'promotion_code', 'coupon'].find(
		(one) => readReference(shown[one]) !== undefined,
	);
	return name === undefined ? {} : { [name]: readReference(shown[name]) };
}

function replaceItem(
	items: readonly StripeObject[],
	{ replaces, price, quantity }: PlannedItem,
): { items: StripeObject[] } | { reason: string } {
	const position =
		replaces === undefined && items.length === 1 ? 0 : items.findIndex((one) => one.price === replaces);
	const replaced = items[position];
	if (!replaced) return { reason: 'It does not show the item that is to be replaced' };
	const kept = quantity ?? replaced.quantity;
	const planned = { ...replaced, price, ...(kept === undefined ? {} : { quantity: kept }) };
	return { items: items.with(position, planned) };
}
