import type { Entry } from '../../../ledger/model/entry';
import { moneyOf } from '../../../ledger/model/entryFacts';
import type { Difference } from '../../../ledger/model/request';
import { inMajorUnits } from '../../../stripe/objects/money';
import { withoutSecrets } from '../../../stripe/api/redact';
import { labelOfParameter } from '../parameters/parameterLabels';

/** In which currency the amounts of both sides are; without one they are told as Stripe counts them. */
export interface Currencies {
	stored?: string;
	asked?: string;
}

/** In what two requests differ, for a person: `Amount: 19.99 EUR → 29.99 EUR`. */
export function differenceWords(differences: readonly Difference[], currencies: Currencies = {}): string {
	const known = { ...currencies, ...currenciesIn(differences) };
	const listed = withoutSecrets(differences).map(({ name, stored, asked }) => {
		const before = valueWords(name, stored, known.stored);
		return `${labelOfParameter(name)}: ${before} → ${valueWords(name, asked, known.asked)}`;
	});
	return listed.length > 0 ? listed.join('; ') : 'a parameter that is not kept in the ledger has changed';
}

/** In what two requests to any other API differ: their names are the user's own, and so are their units. */
export function ownDifferenceWords(differences: readonly Difference[]): string {
	const listed = withoutSecrets(differences).map(
		({ name, stored, asked }) => `${name}: ${plainWords(stored)} → ${plainWords(asked)}`,
	);
	return listed.join('; ');
}

/** What an entry's amounts are in, and those of a request that does not name another currency. */
export function currenciesOf(entry: Entry): Currencies {
	const currency = moneyOf(entry)?.currency;
	return currency === undefined ? {} : { stored: currency, asked: currency };
}

function currenciesIn(differences: readonly Difference[]): Currencies {
	const own = differences.find(({ name }) => name === 'currency');
	return own ? { stored: own.stored, asked: own.asked } : {};
}

const NONE = '(none)';
const AMOUNT = /(?:^|[._])amount(?:$|_)/;

function valueWords(name: string, value: string, currency: string | undefined): string {
	if (value !== NONE && name === 'currency') return value.toUpperCase();
	if (!AMOUNT.test(name)) return plainWords(value);
	const [, most = '', digits] = /^(at most )?(\d+)$/.exec(value) ?? [];
	if (digits === undefined) return plainWords(value);
	const isKnown = currency !== undefined && currency !== NONE && currency !== '';
	return `${most}${isKnown ? inMajorUnits(digits, currency) : `${digits} (minor unit)`}`;
}

function plainWords(value: string): string {
	if (value === NONE || value === '') return 'empty';
	return /\s/.test(value) ? `"${value}"` : value;
}
