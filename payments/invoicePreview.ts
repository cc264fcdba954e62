import type { Params } from '../ledger/model/request';
import { formatAmount } from '../stripe/objects/money';
import type { StripeObject } from '../stripe/objects/stripeObject';
import { sumAmounts, netOf } from './invoiceAmounts';
import { buildUnknownSpend, readMinor, toTextOrEmpty } from './spendFacts';

const PATH = '/v1/invoices/create_preview';

/** Parameters of a subscription that have another name in the preview. */
const INVOICE_NAMES: ReadonlyMap<string, string> = new Map([
	...['automatic_tax', 'currency', 'customer', 'discounts'].map((name) => [name, name] as const),
	['add_invoice_items', 'invoice_items'],
]);
const SUBSCRIPTION_NAMES: ReadonlyMap<string, string> = new Map([
	...['billing_cycle_anchor', 'cancel_at', 'cancel_at_period_end', 'default_tax_rates', 'items'].map(
		(name) => [name, name] as const,
	),
	...['proration_behavior', 'trial_end'].map((name) => [name, name] as const),
	['backdate_start_date', 'start_date'],
]);
/** Parameters that do not change the amount of the first invoice. */
const BESIDE_NEW = [
	'collection_method',
	'days_until_due',
	'default_payment_method',
	'description',
	'expand',
	'metadata',
	'off_session',
	'payment_behavior',
	'trial_period_days',
];

/**
 * Parameters of a one-off invoice that the preview accepts unchanged; those that do not change its amount, or are set per line,
 * follow.
 */
const ONE_OFF_NAMES = ['automatic_tax', 'currency', 'customer', 'discounts'];
const BESIDE_ONE_OFF = [
	'auto_advance',
	'collection_method',
	'custom_fields',
	'days_until_due',
	'default_payment_method',
	'default_tax_rates',
	'description',
	'due_date',
	'expand',
	'footer',
	'lines',
	'metadata',
	'number',
	'pending_invoice_items_behavior',
	'statement_descriptor',
];

const CHANGE_IN_PREVIEW = ['items', 'proration_behavior', 'proration_date'];
const BESIDE_CHANGE = ['expand', 'metadata', 'off_session', 'payment_behavior'];

const DAY_SECONDS = 86_400;

interface Question {
	path: string;
	params: Params;
}

/**
 * Previews the first invoice of a new subscription.
 *
 * @param now ms since the epoch
 * @throws UnknownSpendError for a parameter that the preview does not support
 */
export function previewNew(params: Params, now: number): Question {
	const unseen = Object.keys(params).find(
		(name) => !INVOICE_NAMES.has(name) && !SUBSCRIPTION_NAMES.has(name) && !BESIDE_NEW.includes(name),
	);
	if (unseen !== undefined) throw refuseUnseen(unseen);
	const details = rename(params, SUBSCRIPTION_NAMES);
	const days = Number(params.trial_period_days ?? 0);
	const trialEnd: Params = days > 0 ? { trial_end: String(toSeconds(now) + days * DAY_SECONDS) } : {};
	return {
		path: PATH,
		params: { ...rename(params, INVOICE_NAMES), subscription_details: { ...details, ...trialEnd } },
	};
}

/**
 * Previews a one-off invoice with these lines.
 *
 * @throws UnknownSpendError for a parameter that the preview does not support
 */
export function previewOneOff(params: Params, lines: Params[]): Question {
	const unseen = Object.keys(params).find(
		(name) => !ONE_OFF_NAMES.includes(name) && !BESIDE_ONE_OFF.includes(name),
	);
	if (unseen !== undefined) throw refuseUnseen(unseen);
	const names = new Map(ONE_OFF_NAMES.map((name) => [name, name]));
	return { path: PATH, params: { ...rename(params, names), invoice_items: lines } };
}

function rename(params: Params, names: ReadonlyMap<string, string>): Params {
	return Object.fromEntries(
		Object.entries(params).flatMap(([name, value]) => {
			const shown = names.get(name);
			return shown === undefined ? [] : [[shown, value]];
		}),
	);
}

interface PlanChange {
	/** Undefined if nothing is due. */
	question?: Question;
	/** The proration date, so that the preview and the change calculate the same. */
	frozen: Params;
	/** Whether it is invoiced at once, and not on the next invoice. */
	isDueNow: boolean;
	/** In minor units. */
	toAmount: (preview: StripeObject) => number;
}

/** The items of a subscription before and after the change: the same number of rows, each with a price and a quantity. */
interface ChangedRows {
	before: readonly StripeObject[];
	after: readonly StripeObject[];
}

/**
 * Previews a change of plan: the amount invoiced at once, or what it adds to the next invoice.
 *
 * @throws UnknownSpendError
 */
export function previewChange(
	{ subscription, params, now }: { subscription: StripeObject; params: Params; now: number },
	rows: ChangedRows,
): PlanChange {
	const unseen = Object.keys(params).find(
		(name) => ![...CHANGE_IN_PREVIEW, ...BESIDE_CHANGE].includes(name),
	);
	if (unseen !== undefined) throw refuseUnseen(unseen);
	const {
		items = [],
		proration_behavior: behavior,
		proration_date: date = String(toSeconds(now)),
	} = params;
	// Stripe accepts no date without proration (API reference, "Create a preview invoice").
	const frozen: Params = behavior === 'none' ? {} : { proration_date: date };
	const isDueNow = behavior === 'always_invoice' || beginsPeriod(rows);
	if (behavior === 'none' && !isDueNow) return { frozen, isDueNow: true, toAmount: () => 0 };
	const details = { items, proration_behavior: behavior ?? 'create_prorations', ...frozen };
	const question = {
		path: PATH,
		params: { subscription: toTextOrEmpty(subscription.id), subscription_details: details },
	};
	const toAmount = isDueNow
		? (preview: StripeObject) => readMinor(preview.amount_due)
		: (preview: StripeObject) => sumProrations(preview, Number(date));
	return { question, frozen, isDueNow, toAmount };
}

/**
 * Returns whether a new billing period starts, which is always charged at once: if the billing interval changes, or the
 * subscription moves from free to paid (docs.stripe.com/api/subscriptions/update).
 *
 * @throws UnknownSpendError if the prices do not show it
 */
function beginsPeriod({ before, after }: ChangedRows): boolean {
	const isOtherPeriod = before.some(
		({ price }, index) => describeInterval(price) !== describeInterval(after[index]?.price),
	);
	if (isOtherPeriod) return true;
	const [was, becomes] = [before, after].map(sumPeriod);
	if (was === 0 || becomes === 0 || !Number.isNaN(was)) return was === 0 && becomes !== 0;
	throw buildUnknownSpend(
		'The current cost of the subscription cannot be determined from its prices, so it is not known whether the change is charged at once',
		'Choose Now, and Invoice the Difference, or remove the limit once a person has checked the amount.',
	);
}

/** The sum is positive as soon as one row is. NaN if no row is and the amount of one is unknown, as for metered prices. */
function sumPeriod(rows: readonly StripeObject[]): number {
	const amounts = rows.map(({ price, quantity = 1 }) => readUnit(price) * Number(quantity));
	const paid = sumAmounts(amounts.filter((amount) => amount > 0));
	return paid > 0 ? paid : sumAmounts(amounts);
}

function readUnit(price: unknown): number {
	const { unit_amount: unit, unit_amount_decimal: decimal } = (price ?? {}) as StripeObject;
	const shown = unit ?? decimal;
	return typeof shown === 'number' || typeof shown === 'string' ? Number(shown) : NaN;
}

function refuseUnseen(name: string) {
	return buildUnknownSpend(`With "${name}" Stripe cannot preview how much this would come to`);
}

function toSeconds(ms: number): number {
	return Math.floor(ms / 1000);
}

/**
 * Returns what the change adds to the next invoice, including tax; a negative amount is not due. Earlier changes are prorated
 * from an earlier date (docs.stripe.com/billing/subscriptions/prorations#preview-proration).
 *
 * @param date the proration date, in Unix seconds
 */
function sumProrations({ lines }: StripeObject, date: number): number {
	const { data, has_more: hasMore } = (lines ?? {}) as { data?: StripeObject[]; has_more?: boolean };
	if (!Array.isArray(data) || hasMore === true) return NaN;
	const own = data.filter((line) => isProration(line) !== false && startOf(line) >= date);
	return readMinor(Math.max(sumAmounts(own.map((line) => (isProration(line) ? netOf(line) : NaN))), 0));
}

/** Undefined if it is not known, because earlier API versions have it in another field. */
function isProration({ parent }: StripeObject): boolean | undefined {
	if (parent === null) return false;
	const { type, ...details } = (parent ?? {}) as StripeObject;
	const shown = typeof type === 'string' ? (details[type] as StripeObject | null | undefined) : undefined;
	return typeof shown?.proration === 'boolean' ? shown.proration : undefined;
}

function startOf({ period }: StripeObject): number {
	return Number((period as StripeObject | undefined)?.start);
}

function describeInterval(price: unknown): string {
	const { recurring } = (price ?? {}) as { recurring?: StripeObject | null };
	return JSON.stringify([recurring?.interval, recurring?.interval_count]);
}

/** For example `99.00 EUR a month`, before taxes and discounts; undefined if one amount cannot describe it. */
export function describePeriod(rows: readonly StripeObject[]): string | undefined {
	const prices = rows.map(({ price }) => (price ?? {}) as StripeObject);
	const [first] = prices;
	const isOne = prices.every(
		(price) => price.currency === first?.currency && describeInterval(price) === describeInterval(first),
	);
	const sum = rows.reduce(
		(total, { quantity }, index) => total + readMinor(prices[index]?.unit_amount) * Number(quantity),
		0,
	);
	const { interval, interval_count: count } = (first?.recurring ?? {}) as StripeObject;
	if (!isOne || !Number.isSafeInteger(sum) || typeof first?.currency !== 'string') return undefined;
	if (typeof interval !== 'string') return undefined;
	const every = Number(count) > 1 ? `every ${String(count)} ${interval}s` : `a ${interval}`;
	return `${formatAmount(String(sum), first.currency)} ${every}`;
}
