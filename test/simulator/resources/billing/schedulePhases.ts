import type Stripe from 'stripe';

import { invalid } from '../../errors';
import { getOwn, isMap, type ParamMap } from '../../form';
import type { Price, Subscription } from '../../objects';
import * as given from '../../parameters';
import type { Shown } from '../../sdkTypes';
import type { StripeState } from '../../world';
import { endOfPeriod } from './prices';
import { readItems } from './subscriptionItems';

/** A phase, as far as the simulator reads it. */
export interface Phase extends Record<string, unknown> {
	start_date: number;
	end_date: number;
	items: object[];
}

interface PhaseWish {
	params: ParamMap;
	items: { price: Price; quantity?: number }[];
	start?: number;
	end?: number;
}

/** What is left out is dropped: each phase says all of it ("Update a schedule", `phases`). */
export function readPhases(state: StripeState, params: ParamMap): PhaseWish[] {
	const phases = getOwn(params, 'phases') ?? [];
	if (!Array.isArray(phases) || !phases.every(isMap)) throw invalid('phases', 'Invalid array');
	return phases.map((phase, index) => {
		const where = `phases[${index}]`;
		const items = readItems(state, phase).flatMap(({ price, quantity }) =>
			price ? [{ price, quantity }] : [],
		);
		if (items.length === 0)
			throw invalid(`${where}[items]`, `Missing required param: ${where}[items].`, 'parameter_missing');
		return {
			params: phase,
			items,
			start: given.readInteger(phase, 'start_date'),
			end: given.readInteger(phase, 'end_date'),
		};
	});
}

/** "Must be set on the first phase" (`start_date`); what has begun cannot begin at another time. */
export function requireStart([first]: readonly PhaseWish[], current: Phase | undefined): void {
	if (!first || !current) return;
	if (first.start === undefined)
		throw invalid(
			'phases[0][start_date]',
			'Missing required param: phases[0][start_date].',
			'parameter_missing',
		);
	if (first.start !== current.start_date)
		throw invalid('phases[0][start_date]', 'You can not modify the start date of the current phase.');
}

/** Each begins where the last one ends, and lasts for one period of its price where nothing else is said. */
export function showPhases(wishes: readonly PhaseWish[], start: number): Phase[] {
	let from = start;
	return wishes.map((wish) => {
		const [first] = wish.items;
		const until = wish.end ?? endOfPeriod(from, first!.price);
		const phase = showPhase(wish, { start_date: from, end_date: until });
		from = until;
		return phase;
	});
}

function showPhase({ params, items }: PhaseWish, times: Pick<Phase, 'start_date' | 'end_date'>): Phase {
	const discounts = getOwn(params, 'discounts');
	return {
		add_invoice_items: [],
		application_fee_percent: given.readInteger(params, 'application_fee_percent') ?? null,
		automatic_tax: given.readHash(params, 'automatic_tax') ?? noTax(),
		billing_cycle_anchor: given.readText(params, 'billing_cycle_anchor') ?? null,
		billing_thresholds: null,
		collection_method: given.readText(params, 'collection_method') ?? null,
		currency: items[0]!.price.currency,
		default_payment_method: given.readText(params, 'default_payment_method') ?? null,
		default_tax_rates: [],
		description: given.readText(params, 'description') ?? null,
		discounts: (Array.isArray(discounts) ? discounts : []).map((row) => ({
			...noDiscount(),
			...(row as object),
		})),
		invoice_settings: given.readHash(params, 'invoice_settings') ?? null,
		items: items.map(({ price, quantity = 1 }) => showItem(price, quantity)),
		metadata: given.mergeMetadata({}, given.readMetadata(params)),
		on_behalf_of: null,
		proration_behavior: given.readText(params, 'proration_behavior') ?? 'create_prorations',
		transfer_data: null,
		trial_end: given.readInteger(params, 'trial_end') ?? null,
		...times,
	} satisfies Shown<Omit<Stripe.SubscriptionSchedule.Phase, 'trial'>, Phase>;
}

/** The present period of a subscription, with what it has now. */
export function phaseOf(subscription: Subscription): Phase {
	const { items, discounts, trial_end: trialEnd, collection_method: method } = subscription;
	const [first] = items.data;
	return {
		...showPhase(
			{ params: {}, items: items.data },
			{ start_date: first!.current_period_start, end_date: first!.current_period_end },
		),
		collection_method: method,
		trial_end: trialEnd,
		description: subscription.description,
		default_payment_method: subscription.default_payment_method,
		discounts: discounts.map((discount) => ({ ...noDiscount(), discount })),
	};
}

function showItem(price: Price, quantity: number) {
	return {
		billing_thresholds: null,
		discounts: [],
		metadata: {},
		plan: price.id,
		price: price.id,
		quantity,
		tax_rates: [],
	} satisfies Shown<Omit<Stripe.SubscriptionSchedule.Phase.Item, 'trial'>>;
}

const noTax = () => ({ disabled_reason: null, enabled: false, liability: null });
const noDiscount = () => ({ coupon: null, discount: null, promotion_code: null });
