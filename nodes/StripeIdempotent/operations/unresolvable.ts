/**
 * Operations whose outcome Stripe's records cannot always show once the key has expired, so that a person has to decide. By
 * resource and operation, with the reason, for the docs.
 */
export const UNRESOLVABLE: ReadonlyMap<string, string> = new Map([
	[
		'customApiCall.request',
		'Of a path that this node does not know it cannot tell where its object would have to be found',
	],
	['invoiceItem.update', 'Stripe sends no event for it, so nothing shows that it was not executed'],
	['meter.create', 'A meter takes no metadata, so nothing shows that it was not executed'],
	['meterEvent.create', 'Stripe shows no single usage event, only sums of them'],
	['paymentIntent.update', 'Stripe sends no event for it, so nothing shows that it was not executed'],
	['quote.update', 'Stripe sends no event for it, so nothing shows that it was not executed'],
]);
