import type { Entry } from '../ledger/model/entry';
import { moneyOf } from '../ledger/model/entryFacts';
import { sentParamsOf } from '../ledger/model/request';
import type { Difference } from '../ledger/model/request';
import { parseMajorAmount } from '../stripe/objects/majorAmount';
import { formatAmount } from '../stripe/objects/money';
import { redactSecrets } from '../stripe/api/redact';
import { labelOfParameter } from './parameterLabels';

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
