import type { Expectation } from '../ledger/model/entry';
import type { Params, Seen } from '../ledger/model/request';
import { formatAmount } from '../stripe/objects/money';
import type { StripeObject } from '../stripe/objects/stripeObject';
import { measureBill } from './billPreview';
import type { IntentOperation } from './intentOperations';
import { describePeriod, previewChange, previewNew } from './invoicePreview';
import { toSeen } from './lookForChange';
import { subscriptionPathOf } from './steps';
import { buildUnknownSpend, readCustomer, readMinor, toTextOrEmpty, UnknownSpendError } from './spendFacts';
import type { Measured, MeasuredRequest, Read } from './spendFacts';

/** The amount that was read, and the parameters to send so that Stripe calculates the same. */
export interface MeasuredSpend {
	expectation: Expectation;
	frozen: Params;
	/** The object on which it is based. */
	seen?: Seen;
}

const MEASURES = {
	'invoice.billCustomer': measureBill,
	'invoice.pay': measureInvoice,
	'subscription.changePlan': measurePlanChange,
	'subscription.create': measureSubscription,
} as const satisfies Partial<
	Record<IntentOperation, (request: MeasuredRequest, read: Read) => Promise<Measured>>
>;

export type MeasuredOperation = keyof typeof MEASURES;

/** Returns whether the amount of an operation is read from Stripe for each attempt. */
export function isMeasured(operation: IntentOperation): operation is MeasuredOperation {
	return Object.hasOwn(MEASURES, operation);
}

/**
 * Asks Stripe what a new attempt would move.
 *
 * @param read throws if Stripe does not return the object
 * @throws UnknownSpendError if the amount is not clear: nothing is sent then
 */
export async function measureSpend(
	operation: MeasuredOperation,
	request: MeasuredRequest,
	read: Read,
): Promise<MeasuredSpend> {
	const {
		amount,
		currency,
		customer,
		object,
		frozen = {},
		seen,
		...more
	} = await MEASURES[operation](request, read);
	if (Number.isNaN(amount) || typeof currency !== 'string' || currency === '')
		throw buildUnknownSpend('Stripe does not say how much this would move');
	const spend = {
		operation,
		amount,
		currency: currency.toLowerCase(),
		...(customer === undefined ? {} : { customer }),
		...(object === undefined ? {} : { object }),
	};
	return { expectation: { spend, ...more }, frozen, seen };
}

async function measureInvoice({ path }: MeasuredRequest, read: Read): Promise<Measured> {
	const objectPath = path.slice(0, path.lastIndexOf('/'));
	const invoice = await read(objectPath);
	if (invoice.status === 'draft')
		throw buildUnknownSpend(
			'The invoice is a draft, so its amount can still change',
			'Finalize the invoice first, then pay it.',
		);
	return {
		amount: readMinor(invoice.amount_remaining),
		currency: invoice.currency,
		customer: readCustomer(invoice),
		object: toTextOrEmpty(invoice.id),
		seen: toSeen(objectPath, invoice),
	};
}

async function measureSubscription({ params, now }: MeasuredRequest, read: Read): Promise<Measured> {
	const preview = await read(previewNew(params, now));
	const rows = await readPrices(listRows(params.items), read);
	const amount = readMinor(preview.amount_due);
	return {
		amount,
		currency: preview.currency,
		customer: toTextOrEmpty(params.customer),
		inWords: inWords(amount, preview.currency, describePeriod(rows)),
	};
}

async function measurePlanChange({ path, params, now }: MeasuredRequest, read: Read): Promise<Measured> {
	const planned = subscriptionPathOf({ path });
	if (planned !== undefined) return measurePlanned(planned, params, read);
	const subscription = await read(path);
	const [wanted = {}] = listRows(params.items);
	const rows = await replaceItem(subscription, wanted, read);
	const { question, frozen, isDueNow, toAmount } = previewChange({ subscription, params, now }, rows);
	const preview = question ? await read(question) : { currency: subscription.currency };
	const amount = toAmount(preview);
	return {
		amount,
		currency: preview.currency,
		frozen,
		customer: readCustomer(subscription),
		object: toTextOrEmpty(subscription.id),
		inWords: inWords(amount, preview.currency, describePeriod(rows.after), isDueNow),
		seen: toSeen(path, subscription),
	};
}

/** Nothing is due for it today. The amount at the end of the period is described in words. */
async function measurePlanned(path: string, params: Params, read: Read): Promise<Measured> {
	const subscription = await read(path);
	const currentItems = listRows((subscription.items as StripeObject | undefined)?.data);
	const [wanted = {}] = listRows(params.items);
	const item =
		wanted.id === undefined && currentItems.length === 1
			? currentItems[0]
			: currentItems.find(({ id }) => id === wanted.id);
	const { id, quantity, current_period_end: end } = item ?? {};
	const { after } = await replaceItem(subscription, { quantity, ...wanted, id }, read);
	const from = typeof end === 'number' ? ` from ${new Date(end * 1000).toISOString().slice(0, 10)} on` : '';
	const words = inWords(0, subscription.currency, describePeriod(after));
	return {
		amount: 0,
		currency: subscription.currency,
		customer: readCustomer(subscription),
		object: toTextOrEmpty(subscription.id),
		...(words === undefined ? {} : { inWords: `${words}${from}` }),
	};
}

/**
 * Describes a preview for people; undefined if it is not about a new subscription or one item of an existing one.
 *
 * @param now Stripe's time, in ms since the epoch
 */
export async function describePreview(
	params: Params,
	preview: StripeObject,
	read: Read,
	now: number,
): Promise<string | undefined> {
	const details = (params.subscription_details ?? {}) as Params;
	const rows = listRows(details.items);
	if (rows.length === 0) return undefined;
	const { proration_behavior: behavior = 'create_prorations' } = details;
	if (params.subscription === undefined) {
		const amount = readMinor(preview.amount_due);
		return inWords(amount, preview.currency, describePeriod(await readPrices(rows, read)));
	}
	const [row = {}, ...others] = rows;
	if (others.length > 0 || row.id === undefined) return undefined;
	const subscription = await read(
		`/v1/subscriptions/${encodeURIComponent(toTextOrEmpty(params.subscription))}`,
	);
	const replaced = await replaceItem(subscription, row, read);
	const { proration_date: date = String(Math.floor((now - ASKED_WITHIN_MS) / 1000)) } = details;
	const changeParams = { items: [], proration_behavior: behavior, proration_date: date };
	try {
		const { isDueNow, toAmount } = previewChange({ subscription, params: changeParams, now }, replaced);
		return inWords(toAmount(preview), preview.currency, describePeriod(replaced.after), isDueNow);
	} catch (error) {
		if (error instanceof UnknownSpendError) return undefined;
		throw error;
	}
}

/** The proration date of a preview that names none, in ms before now. */
const ASKED_WITHIN_MS = 60_000;

/** Returns the items before and after one of them is replaced. */
async function replaceItem({ items }: StripeObject, wanted: StripeObject, read: Read) {
	const currentItems = listRows((items as StripeObject | undefined)?.data);
	const price = await read(pricePath(wanted.price));
	const after = currentItems.map((item) =>
		item.id === wanted.id ? { price, quantity: wanted.quantity } : item,
	);
	return { before: currentItems, after };
}

function pricePath(id: unknown): string {
	return `/v1/prices/${encodeURIComponent(toTextOrEmpty(id))}`;
}

function readPrices(rows: readonly StripeObject[], read: Read) {
	return Promise.all(
		rows.map(async ({ price, quantity = '1' }) => ({
			price: await read(pricePath(price)),
			quantity,
		})),
	);
}

function inWords(
	amount: number,
	currency: unknown,
	period: string | undefined,
	isDueNow = true,
): string | undefined {
	if (Number.isNaN(amount) || typeof currency !== 'string') return undefined;
	const money = formatAmount(String(amount), currency);
	const first = isDueNow ? `today ${money}` : `${money} on the next invoice`;
	return period === undefined ? first : `${first}, then ${period}`;
}

function listRows(rows: unknown): StripeObject[] {
	return Array.isArray(rows) ? (rows as StripeObject[]) : [];
}
