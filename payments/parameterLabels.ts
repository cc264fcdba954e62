/** Parameters whose label in the editor differs from their name in Stripe's API. */
const EDITOR_LABELS = new Map([
	['after_completion.redirect.url', 'Redirect URL'],
	['amount_off', 'Amount'],
	['amount_received', 'Amount Collected'],
	['amount_to_capture', 'Amount'],
	['application_fee_amount', 'Application Fee (Minor Unit)'],
	['balance', 'Balance (Minor Unit)'],
	['cancel_at_period_end', 'Cancel at Period End'],
	['charge', 'Charge'],
	['custom_unit_amount', 'Customer Chooses the Amount'],
	['duration_in_months', 'Months'],
	['email_type', 'Send Email'],
	['error_on_requires_action', 'Error on Requires Action'],
	['from_subscription', 'Subscription'],
	['lines_json', 'Lines (JSON)'],
	['match_email', 'Email'],
	['match_key', 'Metadata Key'],
	['match_value', 'Metadata Value'],
	['paid_out_of_band', 'Paid Outside Stripe'],
	['payment_method_options', 'Payment Method Options (JSON)'],
	['pending_invoice_items_behavior', 'Pending Items'],
	['pricing', 'Price'],
	['restrictions.minimum_amount', 'Minimum Amount'],
	['restrictions.minimum_amount_currency', 'Currency'],
	['tax_id_data', 'Tax IDs'],
	['transfer_data.destination', 'Destination (transfer_data.destination)'],
	['unit_amount', 'Amount'],
]);

const SPELLINGS = new Map([
	['api', 'API'],
	['id', 'ID'],
	['ids', 'IDs'],
	['url', 'URL'],
]);

/**
 * Returns the label of a parameter in the editor, which is its name in Stripe's API, formatted for people. A nested parameter
 * gets both names. Metadata keys are the user's own.
 */
export function labelOfParameter(name: string): string {
	const known = EDITOR_LABELS.get(name);
	if (known !== undefined) return known;
	const [first = '', ...inner] = name.split('.');
	const isOwn = first === 'metadata';
	return [toLabel(first), ...inner.map((part) => (isOwn ? part : toInnerLabel(part)))].join(' › ');
}

/** People count rows from 1. */
function toInnerLabel(part: string): string {
	return /^\d+$/.test(part) ? `Row ${Number(part) + 1}` : toLabel(part);
}

function toLabel(name: string): string {
	return name
		.split('_')
		.map((word) => SPELLINGS.get(word) ?? `${word.charAt(0).toUpperCase()}${word.slice(1)}`)
		.join(' ');
}
