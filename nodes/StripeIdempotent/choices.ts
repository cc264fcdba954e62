import { toMajorUnits } from '../../stripe/objects/money';

export type ListedObject = Record<string, unknown> & { id: string };

/** One line of a list: what a person reads, and the ID that is chosen by it. */
export interface Choice {
	name: string;
	value: string;
}

export function buildChoice(nameOf: (object: ListedObject) => string): (object: ListedObject) => Choice {
	return (object) => ({ name: nameOf(object), value: object.id });
}

export function toMoneyName({ id, amount, currency, description, status }: ListedObject): string {
	return joinParts(formatMoney(amount, currency), description, status, id);
}

export function toCustomerName({ id, name, email }: ListedObject): string {
	return joinParts(name, email, id);
}

/**
 * A charge of which something is left to give back: what is left, when it was paid and by whom.
 *
 * @param value the ID that is chosen by it: the charge's own, or that of its payment intent
 */
export function toRefundableChoice(charge: ListedObject, value: unknown): Choice | undefined {
	const { amount_captured: captured, amount_refunded: refunded, currency, description } = charge;
	const left = Number(captured) - Number(refunded);
	if (charge.status !== 'succeeded' || !(left > 0) || typeof value !== 'string') return undefined;
	const whole = formatMoney(captured, currency);
	const amount = left === Number(captured) ? whole : `${formatMoney(left, currency)} left of ${whole}`;
	return { name: joinParts(amount, formatDay(charge.created), payerOf(charge), description, value), value };
}

function payerOf({ billing_details: details, receipt_email: email, customer }: ListedObject): unknown {
	const payer = (details ?? {}) as Record<string, unknown>;
	return payer.name ?? payer.email ?? email ?? customer;
}

function formatMoney(amount: unknown, currency: unknown): string {
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
