import type { Entry } from '../ledger/model/entry';
import { moneyOf } from '../ledger/model/entryFacts';
import { sentParamsOf } from '../ledger/model/request';
import type { Difference } from '../ledger/model/request';
import { parseMajorAmount } from '../stripe/objects/majorAmount';
import { formatAmount } from '../stripe/objects/money';
import { redactSecrets } from '../stripe/api/redact';

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
	['currency_options', 'Other Currencies'],
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

/** The currencies of the amounts of both sides. Without one, amounts are shown in minor units. */
export interface Currencies {
	stored?: string;
	requested?: string;
}

/** Describes how two requests differ, for people: `Amount: 19.99 EUR → 29.99 EUR`. */
export function describeDifferences(differences: readonly Difference[], currencies: Currencies = {}): string {
	const known = { ...currencies, ...findCurrencies(differences) };
	const listed = redactSecrets(differences).map(({ name, stored, requested }) => {
		const before = describeValue(name, stored, known.stored);
		return `${labelOfParameter(name)}: ${before} → ${describeValue(name, requested, known.requested)}`;
	});
	return listed.length > 0 ? listed.join('; ') : 'a parameter that is not stored in the ledger has changed';
}

/** Describes how two requests to another API differ. Names and units are the user's own. */
export function describeOwnDifferences(differences: readonly Difference[]): string {
	const listed = redactSecrets(differences).map(
		({ name, stored, requested }) =>
			`${name}: ${describePlainValue(stored)} → ${describePlainValue(requested)}`,
	);
	return listed.join('; ');
}

/** The currency of an entry's amounts, and of a request that names no other one. */
export function currenciesOf(entry: Entry): Currencies {
	const currency = moneyOf(entry)?.currency ?? sentParamsOf(entry.request).currency;
	return typeof currency === 'string' ? { stored: currency, requested: currency } : {};
}

function findCurrencies(differences: readonly Difference[]): Currencies {
	const own = differences.find(({ name }) => name === 'currency');
	return own ? { stored: own.stored, requested: own.requested } : {};
}

const NO_VALUE = '(none)';
const AMOUNT = /(?:^|[._])amount(?:$|_)/;

function describeValue(name: string, value: string, currency: string | undefined): string {
	if (value !== NO_VALUE && name === 'currency') return value.toUpperCase();
	if (parseMajorAmount(value) !== undefined) return value;
	if (!AMOUNT.test(name)) return describePlainValue(value);
	const [, most = '', digits] = /^(at most )?(-?\d+)$/.exec(value) ?? [];
	if (digits === undefined) return describePlainValue(value);
	const isKnown = currency !== undefined && currency !== NO_VALUE && currency !== '';
	return `${most}${isKnown ? formatAmount(digits, currency) : `${digits} (minor unit)`}`;
}

function describePlainValue(value: string): string {
	if (value === NO_VALUE || value === '') return 'empty';
	return /\s/.test(value) ? `"${value}"` : value;
}
