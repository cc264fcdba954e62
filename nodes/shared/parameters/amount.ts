import { toDecimalText, isThousandsOrDecimals } from '../../../ledger/identity/decimal';
import { toMajorAmount } from '../../../stripe/objects/majorAmount';
import type { AmountFault, AmountRange } from '../../../stripe/objects/money';
import {
	getDecimals,
	toMinorUnits,
	checkMinorUnits,
	InvalidAmountError,
} from '../../../stripe/objects/money';

/**
 * Reads an amount as minor units.
 *
 * @param currency of the amount; not needed for minor units
 * @throws InvalidAmountError for anything that would have to be guessed or rounded
 */
export function readMinorUnits(
	value: unknown,
	unit: 'minor' | 'major',
	currency: string,
	range: AmountRange = 'positive',
): string {
	const decimal = toDecimalText(value);
	if (decimal === undefined) throw new InvalidAmountError('not_a_number');
	const hasThreeDecimals = unit === 'major' && getDecimals(currency) === 3;
	if (isThousandsOrDecimals(value) && !hasThreeDecimals)
		throw new InvalidAmountError('thousands_or_decimals');
	return unit === 'major'
		? toMinorUnits(decimal, currency, range)
		: checkMinorUnits(decimal, currency, range);
}

/**
 * Reads an amount in major units whose currency is not known yet.
 *
 * @throws InvalidAmountError if it is not a number in any currency
 */
export function readMajorAmount(value: unknown): string {
	const decimal = toDecimalText(value);
	if (decimal === undefined) throw new InvalidAmountError('not_a_number');
	// Whether a separator means thousands or decimals depends on the currency, and on the zeros after it.
	return toMajorAmount(isThousandsOrDecimals(value) ? String(value).trim() : decimal);
}

const MAX_QUOTED_LENGTH = 100;

type AmountMessage = [problem: string, nextStep: string];

/** Describes what is wrong with an amount or a currency, and what to do. */
export function describeAmountError(
	{ fault, limit = 0 }: InvalidAmountError,
	written: string,
): AmountMessage {
	const given = written.length > MAX_QUOTED_LENGTH ? `${written.slice(0, MAX_QUOTED_LENGTH)}…` : written;
	return AMOUNT_MESSAGES[fault](given, limit);
}

const AMOUNT_MESSAGES: Readonly<Record<AmountFault, (given: string, limit: number) => AmountMessage>> = {
	currency: (given) => [
		`is "${given}", which is not a currency code`,
		'Use the three-letter code, e.g. EUR.',
	],
	not_a_number: (given) => [
		`is "${given}", which is not a plain number`,
		'Use digits and at most one point, e.g. 19.99.',
	],
	thousands_or_decimals: (given) => [
		`is "${given}", whose point could separate thousands or decimals`,
		'Write it with two digits after the point, or without a point.',
	],
	too_many_digits: (given) => [
		`is ${given}, which has too many digits`,
		'Stripe does not accept such an amount.',
	],
	not_positive: (given) => [`is ${given}, which is not above zero`, 'Only amounts above zero move money.'],
	negative: (given) => [`is ${given}, which is below zero`, 'Enter zero or more.'],
	not_a_whole_number: (given) => [
		`is ${given}, but minor units have no decimals`,
		'Enter whole cents, or set Amount Unit to Major Unit.',
	],
	too_many_decimals: (given, limit) => [
		`is ${given}, but this currency has ${limit === 0 ? 'no' : limit} decimals`,
		'Amounts are never rounded here. Round it before this node, as your accounting does.',
	],
	step: (given, limit) => [
		`is ${given}, but in the minor unit this currency uses steps of ${limit}`,
		'Stripe accepts no other amounts in this currency.',
	],
};
