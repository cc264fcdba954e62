import { toDecimalText, isThousandsOrDecimals } from '../../../ledger/identity/decimal';
import { toMajorAmount } from '../../../stripe/objects/majorAmount';
import type { AmountRange } from '../../../stripe/objects/money';
import {
	getDecimals,
	toMinorUnits,
	checkMinorUnits,
	InvalidAmountError,
} from '../../../stripe/objects/money';

/**
 * An amount in minor units, from whatever an item gives for it.
 *
 * @param currency what it is in; in minor units it need not be known
 * @throws InvalidAmountError for whatever has to be guessed or rounded
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
 * An amount in the major unit of a currency that is still to be read.
 *
 * @throws InvalidAmountError for what is no number in any currency
 */
export function readMajorAmount(value: unknown): string {
	const decimal = toDecimalText(value);
	if (decimal === undefined) throw new InvalidAmountError('not_a_number');
	// Whether it means thousands or decimals depends on the currency, and on the zeros behind the point.
	return toMajorAmount(isThousandsOrDecimals(value) ? String(value).trim() : decimal);
}
