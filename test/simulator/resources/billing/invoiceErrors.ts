import { invalid, StripeError } from '../../errors';
import { getOwn } from '../../form';
import * as given from '../../parameters';
import type { Call } from '../../route';

/** A 400 about the state of an invoice. */
export function wrongState(message: string, code?: string): StripeError {
	return new StripeError(400, { type: 'invalid_request_error', message, code });
}

export function noMethod(): Error {
	return wrongState(
		'This customer has no attached payment source or default payment method. Please consider adding a default payment method.',
		'resource_missing',
	);
}

/** The maximum number of items of an invoice (API reference, "Create an invoice item", `invoice`). */
const MAX_ITEMS = 250;

/** Throws Stripe's 400. */
export function refuseOneMoreItem({ world }: Call, invoice: string): void {
	const items = world.invoiceLines.newestFirst().filter((line) => line.invoice === invoice).length;
	if (items >= MAX_ITEMS) throw wrongState(`An invoice can have at most ${MAX_ITEMS} items.`);
}

/** A due date is accepted only for an invoice that is sent. Throws Stripe's 400. */
export function refuseTerms({ params }: Call, method: string): void {
	const [days, date] = [given.readInteger(params, 'days_until_due'), getOwn(params, 'due_date')];
	if (days !== undefined && date !== undefined)
		throw invalid('due_date', 'You may only specify one of these parameters: days_until_due, due_date.');
	if (method === 'send_invoice') return;
	if (days !== undefined || date !== undefined) {
		throw invalid(
			days === undefined ? 'due_date' : 'days_until_due',
			"`days_until_due` and `due_date` can only be set if `collection_method` is 'send_invoice'.",
		);
	}
}
