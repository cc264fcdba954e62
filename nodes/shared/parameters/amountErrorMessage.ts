import type { InvalidAmountError } from '../../../stripe/objects/money';

const MAX_QUOTED_LENGTH = 100;

/** What is wrong with an amount or a currency, and what to do. */
export function describeAmountError(
	{ fault, limit = 0 }: InvalidAmountError,
	written: string,
): [problem: string, nextStep: string] {
	const given = written.length > MAX_QUOTED_LENGTH ? `${written.slice(0, MAX_QUOTED_LENGTH)}…` : written;
	switch (fault) {
		case 'currency':
			return [`is "${given}", which is not a currency code`, 'Use the three-letter code, e.g. EUR.'];
		case 'not_a_number':
			return [
				`is "${given}", which is not a plain number`,
				'Use digits and at most one point, e.g. 19.99.',
			];
		case 'thousands_or_decimals':
			return [
				`is "${given}": nobody can tell whether the point separates thousands or decimals`,
				'Write it with two digits behind the point, or without a point.',
			];
		case 'too_many_digits':
			return [`is ${given}, which has too many digits`, 'Stripe takes no such amount.'];
		case 'not_positive':
			return [`is ${given}, which is not above zero`, 'Only amounts above zero move money.'];
		case 'not_a_whole_number':
			return [
				`is ${given}, but the minor unit has no decimals`,
				'Give whole cents, or set Amount Unit to Major Unit.',
			];
		case 'too_many_decimals':
			return [
				`is ${given}, but this currency has ${limit === 0 ? 'no' : limit} decimals`,
				'Amounts are never rounded here: round it before, as your books do.',
			];
		case 'step':
			return [
				`is ${given}, but in the minor unit this currency goes in steps of ${limit}`,
				'Stripe takes no other amounts in this currency.',
			];
	}
}
