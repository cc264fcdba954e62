import { toDecimalText, isThousandsOrDecimals } from '../../../ledger/identity/decimal';
import { parseMajorAmount, toMajorAmount } from '../../../stripe/objects/majorAmount';
import type { AmountRange, AmountFault } from '../../../stripe/objects/money';
import {
	parseCurrency,
	InvalidAmountError,
	tryReadAmount,
	getDecimals,
	toMinorUnits,
	checkMinorUnits,
} from '../../../stripe/objects/money';
import type { ItemError } from '../run/error';
import { toInputText } from './values';

type AmountUnit = 'minor' | 'major';

/** Reads the parameters Amount, Amount Unit and Currency together. An amount is never guessed or rounded. */
export abstract class AmountReader {
	abstract value(parameter: string): unknown;
	abstract text(parameter: string): string;
	abstract optionalText(parameter: string): string | undefined;
	abstract choice<T extends string>(parameter: string, values: readonly T[]): T;
	abstract buildError(parameter: string, problem: string, nextStep: string): ItemError;

	currency(parameter = 'currency'): string {
		return this.withAmountErrors(parameter, () => parseCurrency(this.text(parameter)));
	}

	/** Returns the amount in minor units of the parameter Currency. */
	amount(range: AmountRange = 'positive'): string {
		this.text('amount');
		return this.minorUnits(() => this.currency(), range) ?? '';
	}

	/**
	 * Returns the amount in minor units of the currency of a Stripe object; undefined if empty, which means the full amount. An
	 * amount in major units without a currency is returned as written (see `toMajorAmount`): only a new attempt reads the object,
	 * and `amountIn` converts it then.
	 */
	amountOfObject(range?: AmountRange): string | undefined {
		const isWritten = this.optionalText('amount') !== undefined;
		if (!isWritten || this.optionalText('currency') !== undefined || this.amountUnit() === 'minor')
			return this.minorUnits(() => this.currency(), range);
		return this.withAmountErrors('amount', () => readMajorAmount(this.value('amount')));
	}

	/** Converts an `amountOfObject` to minor units of Stripe's currency; undefined if it is in minor units already. */
	amountIn(currency: unknown, param: unknown, range?: AmountRange): string | undefined {
		const written = parseMajorAmount(param);
		if (written === undefined) return undefined;
		const known = tryReadAmount(() => parseCurrency(typeof currency === 'string' ? currency : ''));
		if (known instanceof InvalidAmountError) {
			throw this.buildError(
				'currency',
				'is empty, and Stripe names none that is known here',
				'Fill it in, or give the amount in the minor unit.',
			);
		}
		return this.withAmountErrors('amount', () => readMinorUnits(written, 'major', known, range), written);
	}

	/** Returns an amount in major units as minor units, whatever Amount Unit says. */
	majorAmount(parameter: string, currency: string, range?: AmountRange): string {
		this.text(parameter);
		return this.withAmountErrors(parameter, () =>
			readMinorUnits(this.value(parameter), 'major', currency, range),
		);
	}

	private minorUnits(currencyOf: () => string, range?: AmountRange): string | undefined {
		const value = this.value('amount');
		if (this.optionalText('amount') === undefined) return undefined;
		// A value that is not a number is not an amount in any currency.
		this.withAmountErrors('amount', () => refuseUnlessNumber(value));
		const unit = this.amountUnit();
		const currency = unit === 'major' ? currencyOf() : this.knownCurrency();
		return this.withAmountErrors('amount', () => readMinorUnits(value, unit, currency, range));
	}

	private knownCurrency(): string {
		return this.optionalText('currency') === undefined ? '' : this.currency();
	}

	/** @throws ItemError if none is chosen: 50 may mean 50.00 or 0.50 */
	amountUnit(): AmountUnit {
		if (this.optionalText('amountUnit') !== undefined)
			return this.choice('amountUnit', ['minor', 'major']);
		throw this.buildError(
			'amountUnit',
			'is not chosen',
			'Choose Major Unit where 50 is 50.00 EUR, or Minor Unit where 50 is 0.50 EUR.',
		);
	}

	private withAmountErrors<T>(parameter: string, read: () => T, written?: string): T {
		const result = tryReadAmount(read);
		if (!(result instanceof InvalidAmountError)) return result;
		const text = written ?? this.optionalText(parameter) ?? '';
		throw this.buildError(parameter, ...describeAmountError(result, text));
	}

	/**
	 * Returns an amount of a row in minor units. All rows share one unit.
	 *
	 * @param given the value from JSON, for which `path` is only a label
	 */
	amountOfRow(path: string, given?: unknown, range: AmountRange = 'signed'): string | undefined {
		const value = given ?? this.value(path);
		if (given === undefined && this.optionalText(path) === undefined) return undefined;
		const unit = this.amountUnit();
		const currency = unit === 'major' ? this.currency() : '';
		const written = given === undefined ? undefined : toInputText(given);
		return this.withAmountErrors(path, () => readMinorUnits(value, unit, currency, range), written);
	}
}

function refuseUnlessNumber(value: unknown): void {
	if (toDecimalText(value) === undefined) throw new InvalidAmountError('not_a_number');
}

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
function readMajorAmount(value: unknown): string {
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
