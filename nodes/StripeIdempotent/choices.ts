import { majorFromMinor } from '../../stripe/objects/money';

export type StripeObject = Record<string, unknown> & { id: string };

/** One line of a list: what a person reads, and the ID that is chosen by it. */
export interface Choice {
	name: string;
	value: string;
}

export function named(nameOf: (object: StripeObject) => string): (object: StripeObject) => Choice {
	return (object) => ({ name: nameOf(object), value: object.id });
}

export function moneyName({ id, amount, currency, description, status }: StripeObject): string {
	return words(money(amount, currency), description, status, id);
}

export function customerName({ id, name, email }: StripeObject): string {
	return words(name, email, id);
}

/**
 * A charge of which something is left to give back: what is left, when it was paid and by whom.
 *
 * @param value the ID that is chosen by it: the charge's own, or that of its payment intent
 */
export function refundable(charge: StripeObject, value: unknown): Choice | undefined {
	const { amount_captured: captured, amount_refunded: refunded, currency, description } = charge;
	const left = Number(captured) - Number(refunded);
	if (charge.status !== 'succeeded' || !(left > 0) || typeof value !== 'string') return undefined;
	const whole = money(captured, currency);
	const amount = left === Number(captured) ? whole : `${money(left, currency)} left of ${whole}`;
	return { name: words(amount, day(charge.created), payerOf(charge), description, value), value };
}

function payerOf({ billing_details: details, receipt_email: email, customer }: StripeObject): unknown {
	const payer = (details ?? {}) as Record<string, unknown>;
	return payer.name ?? payer.email ?? email ?? customer;
}

function money(amount: unknown, currency: unknown): string {
	const code = String(currency);
	return `${majorFromMinor(String(amount), code)} ${code.toUpperCase()}`;
}

/** @param created Unix seconds */
function day(created: unknown): string {
	return typeof created === 'number' ? new Date(created * 1000).toISOString().slice(0, 10) : '';
}

function words(...parts: readonly unknown[]): string {
	return parts.filter((part) => typeof part === 'string' && part !== '').join(' · ');
}
