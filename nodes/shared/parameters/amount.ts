import { decimalOf, isThousandsOrDecimals } from '../../../ledger/identity/decimal';
import { decimalsOf, minorFromMajor, minorUnits, MoneyRefusal } from '../../../stripe/objects/money';

/**
 * An amount in minor units, from whatever an item gives for it.
 *
 * @param currency what it is in; in minor units it need not be known
 * @throws MoneyRefusal for whatever has to be guessed or rounded
 */
export function amountInMinorUnits(value: unknown, unit: 'minor' | 'major', currency: string): string {
	const decimal = decimalOf(value);
	if (decimal === undefined) throw new MoneyRefusal('not_a_number');
	const hasThreeDecimals = unit === 'major' && decimalsOf(currency) === 3;
	if (isThousandsOrDecimals(value) && !hasThreeDecimals) throw new MoneyRefusal('thousands_or_decimals');
	return unit === 'major' ? minorFromMajor(decimal, currency) : minorUnits(decimal, currency);
}
