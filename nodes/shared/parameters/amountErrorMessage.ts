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
				`is "${given}", whose point could separate thousands or decimals`,
				'Write it with two digits after the point, or without a point.',
			];
		case 'too_many_digits':
			return [`is ${given}, which has too many digits`, 'Stripe does not accept such an amount.'];
		case 'not_positive':
			return [`is ${given}, which is not above zero`, 'Only amounts above zero move money.'];
		case 'negative':
			return [`is ${given}, which is below zero`, 'Enter zero or more.'];
		case 'not_a_whole_number':
			return [
				`is ${given}, but minor units have no decimals`,
				'Enter whole cents, or set Amount Unit to Major Unit.',
			];
		case 'too_many_decimals':
			return [
				`is ${given}, but this currency has ${limit === 0 ? 'no' : limit} decimals`,
				'Amounts are never rounded here. Round it before this node, as your accounting does.',
			];
		case 'step':
			return [
				`is ${given}, but in the minor unit this currency uses steps of ${limit}`,
				'Stripe accepts no other amounts in this currency.',
			];
	}
}
