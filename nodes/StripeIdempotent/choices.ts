import { toMajorUnits } from '../../stripe/objects/money';

export type ListedObject = Record<string, unknown> & { id: string };

/** One entry of a list in the editor: its text, and the ID it selects. */
export interface Choice {
	name: string;
	value: string;
}

/** Product names by ID. */
export type ProductNames = ReadonlyMap<string, string>;

export function buildChoice(
	nameOf: (object: ListedObject, names: ProductNames) => string,
): (object: ListedObject, names: ProductNames) => Choice {
	return (object, names) => ({ name: nameOf(object, names), value: object.id });
}

/** Keeps the choices that an operation can act on. */
export function keepIf(
	isChoosable: (object: ListedObject) => boolean,
	nameOf: (object: ListedObject, names: ProductNames) => string,
): (object: ListedObject, names: ProductNames) => Choice | undefined {
	const choiceOf = buildChoice(nameOf);
	return (object, names) => (isChoosable(object) ? choiceOf(object, names) : undefined);
}

export function toMoneyName({ id, amount, currency, description, status }: ListedObject): string {
	return joinParts(formatMoney(amount, currency), description, status, id);
}

export function toCustomerName({ id, name, email }: ListedObject): string {
	return joinParts(name, email, id);
}

export function toInvoiceName({ id, number, customer, total, currency, status }: ListedObject): string {
	return joinParts(number, nameCustomer(customer), formatMoney(total, currency), status, id);
}

export function toInvoiceItemName({ id, customer, description, amount, currency }: ListedObject): string {
	return joinParts(nameCustomer(customer), description, formatMoney(amount, currency), id);
}

export function toAccountName({ id, business_profile: profile, email }: ListedObject): string {
	return joinParts(asRecord(profile).name, email, id);
}

/** `STRIPE TEST BANK · ···· 6789 · EUR`. */
export function toExternalAccountName({ id, bank_name: bank, brand, last4, currency }: ListedObject): string {
	const number = last4 === undefined ? '' : `···· ${toText(last4)}`;
	return joinParts(bank ?? brand, number, toText(currency).toUpperCase(), id);
}

export function toBalanceTransactionName({ id, type, amount, currency, created }: ListedObject): string {
	return joinParts(formatMoney(amount, currency), type, formatDay(created), id);
}

export function toCreditGrantName({ id, name, customer, amount, category }: ListedObject): string {
	const { value, currency } = asRecord(asRecord(amount).monetary);
	return joinParts(name, nameCustomer(customer), formatMoney(value, currency), category, id);
}

export function toCreditNoteName({ total, ...note }: ListedObject): string {
	return toDocumentName(note, total);
}

export function toQuoteName({ amount_total: total, ...quote }: ListedObject): string {
	return toDocumentName(quote, total);
}

function toDocumentName(document: Omit<ListedObject, 'total' | 'amount_total'>, total: unknown): string {
	const { id, number, customer, currency, status, created } = document;
	return joinParts(
		number,
		nameCustomer(customer),
		formatMoney(total, currency),
		status,
		formatDay(created),
		id,
	);
}

/** Includes the date on which evidence is due. */
export function toDisputeName(dispute: ListedObject): string {
	const { id, amount, currency, reason, status, evidence_details: details } = dispute;
	const due = formatDay(asRecord(details).due_by);
	return joinParts(formatMoney(amount, currency), reason, status, due && `due ${due}`, id);
}

export function toEventName({ id, type, created }: ListedObject): string {
	return joinParts(type, formatDay(created), id);
}

/** Usage is reported with the event name of the meter. */
export function toMeterChoice({ display_name: name, event_name: event }: ListedObject): Choice | undefined {
	return typeof event === 'string' ? { name: joinParts(name, event), value: event } : undefined;
}

export function toMeterName({ id, display_name: name, event_name: event }: ListedObject): string {
	return joinParts(name, event, id);
}

export function toPayoutName({ id, amount, currency, status, arrival_date: arrives }: ListedObject): string {
	return joinParts(formatMoney(amount, currency), status, formatDay(arrives), id);
}

export function toScheduleName({ id, customer, status }: ListedObject): string {
	return joinParts(nameCustomer(customer), status, id);
}

export function toTransferName(transfer: ListedObject): string {
	const { id, amount, currency, destination, description, created } = transfer;
	return joinParts(formatMoney(amount, currency), destination, description, formatDay(created), id);
}

export function toProductName({ id, name, active }: ListedObject): string {
	return joinParts(name, active === false ? 'archived' : '', id);
}

/** `Pro · 19.99 EUR / month · Early bird · pro_monthly`. */
export function toPriceName(price: ListedObject, names: ProductNames): string {
	const { id, product, nickname, lookup_key: key, unit_amount: amount, currency } = price;
	const { interval, interval_count: count } = asRecord(price.recurring);
	const period = Number(count) > 1 ? ` / ${toText(count)} ${toText(interval)}s` : ` / ${toText(interval)}`;
	const money = formatMoney(amount, currency);
	const each = money === '' || interval === undefined ? money : `${money}${period}`;
	return joinParts(names.get(toText(product)), each, nickname, key, id);
}

export function toCouponName(coupon: ListedObject): string {
	return joinParts(nameCoupon(coupon), coupon.id);
}

/** A coupon that has been deleted since is shown by its ID. */
export function toPromotionCodeName({ id, code, promotion }: ListedObject): string {
	const { coupon } = asRecord(promotion);
	return joinParts(code, typeof coupon === 'string' ? coupon : nameCoupon(asRecord(coupon)), id);
}

/** `Summer · 20 % off · once`. */
function nameCoupon(coupon: Record<string, unknown>): string {
	const { name, percent_off: percent, amount_off: amount, currency, duration } = coupon;
	const off = typeof percent === 'number' ? `${percent} %` : formatMoney(amount, currency);
	return joinParts(name, off && `${off} off`, duration);
}

export function toTaxRateName({ id, display_name: name, percentage, jurisdiction }: ListedObject): string {
	return joinParts(name, `${toText(percentage)} %`, jurisdiction, id);
}

export function toPaymentLinkName({ id, url, currency, active }: ListedObject): string {
	return joinParts(url, toText(currency).toUpperCase(), active === false ? 'inactive' : '', id);
}

export function toSessionName(session: ListedObject): string {
	const { id, amount_total: total, currency, status, created, customer_email: email } = session;
	return joinParts(formatMoney(total, currency), email, status, formatDay(created), id);
}

export function toSetupIntentName({ id, description, status, created }: ListedObject): string {
	return joinParts(description, status, formatDay(created), id);
}

/** `Visa ···· 4242 · 12/28`. */
export function toPaymentMethodName({ id, type, ...details }: ListedObject): string {
	const { brand, last4, exp_month: month, exp_year: year } = asRecord(details[toText(type)]);
	const kind = toText(brand ?? type)
		.replaceAll('_', ' ')
		.replace(/^[a-z]/, (letter) => letter.toUpperCase());
	const method = last4 === undefined ? kind : `${kind} ···· ${toText(last4)}`;
	const expiry = month === undefined ? '' : `${toText(month).padStart(2, '0')}/${toText(year).slice(-2)}`;
	return joinParts(method, expiry, id);
}

export function toSubscriptionName(subscription: ListedObject, names: ProductNames): string {
	const { id, customer, status } = subscription;
	const products = readItems(subscription).map((item) => nameItem(item, names));
	return joinParts(nameCustomer(customer), products.join(' + '), status, id);
}

export function toSubscriptionItemName(item: ListedObject, names: ProductNames): string {
	return joinParts(nameItem(item, names), item.id);
}

/** The product of a price. */
export function readProductOfPrice({ product }: ListedObject): string[] {
	return typeof product === 'string' ? [product] : [];
}

/** The product IDs of a subscription, or of one of its items. */
export function readProducts(object: ListedObject): string[] {
	const items = object.object === 'subscription' ? readItems(object) : [object];
	return items.flatMap(({ price }) => {
		const { product } = asRecord(price);
		return typeof product === 'string' ? [product] : [];
	});
}

function readItems({ items }: ListedObject): Record<string, unknown>[] {
	const { data } = asRecord(items);
	return Array.isArray(data) ? data.map(asRecord) : [];
}

/** `25 × Pro, 19.00 EUR / month`. */
function nameItem({ price, quantity }: Record<string, unknown>, names: ProductNames): string {
	const shown = asRecord(price);
	const { interval } = asRecord(shown.recurring);
	const product = names.get(String(shown.product)) ?? shown.nickname;
	const amount = formatMoney(shown.unit_amount, shown.currency);
	const each = [amount, typeof interval === 'string' ? ` / ${interval}` : ''].join('');
	const name = [product, amount === '' ? '' : each].filter(
		(part) => typeof part === 'string' && part !== '',
	);
	return `${Number(quantity) > 1 ? `${toText(quantity)} × ` : ''}${name.join(', ')}`;
}

/** A customer is an object if it was expanded, otherwise an ID. */
function nameCustomer(customer: unknown): unknown {
	const { name, email, id } = asRecord(customer);
	return name ?? email ?? id ?? customer;
}

function toText(value: unknown): string {
	return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function asRecord(value: unknown): Record<string, unknown> {
	return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/**
 * Builds the choice of a charge that can still be refunded: the remaining amount, and when and by whom it was paid.
 *
 * @param value the ID it selects: the charge's own, or that of its PaymentIntent
 */
export function toRefundableChoice(charge: ListedObject, value: unknown): Choice | undefined {
	const { amount_captured: captured, amount_refunded: refunded, currency, description } = charge;
	const left = Number(captured) - Number(refunded);
	if (charge.status !== 'succeeded' || !(left > 0) || typeof value !== 'string') return undefined;
	const capturedAmount = formatMoney(captured, currency);
	const amount =
		left === Number(captured)
			? capturedAmount
			: `${formatMoney(left, currency)} left of ${capturedAmount}`;
	return { name: joinParts(amount, formatDay(charge.created), payerOf(charge), description, value), value };
}

function payerOf({ billing_details: details, receipt_email: email, customer }: ListedObject): unknown {
	const payer = asRecord(details);
	return payer.name ?? payer.email ?? email ?? customer;
}

/** Empty if there is no amount, as for a tiered price. */
function formatMoney(amount: unknown, currency: unknown): string {
	if (typeof amount !== 'number') return '';
	const code = String(currency);
	return `${toMajorUnits(String(amount), code)} ${code.toUpperCase()}`;
}

/** @param created Unix seconds */
function formatDay(created: unknown): string {
	return typeof created === 'number' ? new Date(created * 1000).toISOString().slice(0, 10) : '';
}

function joinParts(...parts: readonly unknown[]): string {
	return parts.filter((part) => typeof part === 'string' && part !== '').join(' · ');
}
