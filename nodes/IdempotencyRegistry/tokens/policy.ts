import { toDecimalText } from '../../../ledger/identity/decimal';
import type { CurrencyPolicy, Policy } from '../../../ledger/rules/policy';
import { parseCurrency, InvalidAmountError, tryReadAmount } from '../../../stripe/objects/money';
import { describeAmountError, readMinorUnits } from '../../shared/parameters/amountReader';
import { isExpression } from '../../shared/parameters/expression';
import { refuseFilledByModel } from '../../shared/parameters/byModel';
import { ItemError } from '../../shared/run/error';
import { isFilled, isRecord, splitList, toInputText } from '../../shared/parameters/values';
import { intentOperations } from '../../../payments/intentOperations';
import type { RegistryParameterReader } from '../registryParameterReader';

/** Parameters that a model must not set, because the limits apply to it. */
const HUMAN_ONLY_POLICY_PARAMETERS = [
	'limits',
	'maxPerSession',
	'allowedOperations',
	'allowedCustomers',
	'agent',
	'session',
	'amountUnit',
	'ledger',
	'ledgerFile',
	'options',
	'resource',
	'operation',
	'keySource',
];

/**
 * Reads the policy of an item. What is missing is not allowed.
 *
 * @throws ItemError
 */
export function readPolicy(read: RegistryParameterReader, isTool: boolean): Policy {
	for (const parameter of HUMAN_ONLY_POLICY_PARAMETERS) {
		const { label } = read.buildError(parameter, '', '');
		refuseFilledByModel(
			label,
			read.input.readWritten(parameter),
			isTool,
			', which would choose its own limits',
		);
	}
	return {
		operations: readAllowedOperations(read),
		currencies: readCurrencies(read),
		maxPerSession: readMaxPerSession(read),
		customers: readAllowedCustomers(read),
	};
}

function readAllowedOperations(read: RegistryParameterReader): string[] {
	const given = read.value('allowedOperations');
	const names = Array.isArray(given) ? given.map(toInputText) : splitList(given);
	const unknown = names.find((name) => !intentOperations.some((known) => known === name));
	if (unknown !== undefined) {
		throw read.buildError(
			'allowedOperations',
			`names "${unknown}"`,
			`It must give some of ${intentOperations.join(', ')}.`,
		);
	}
	if (names.length > 0) return names;
	throw read.buildError(
		'allowedOperations',
		'is empty, so nothing can be reserved',
		'A person must choose in the node what the agent is allowed to do.',
	);
}

function readCurrencies(read: RegistryParameterReader): CurrencyPolicy[] {
	const given = read.value('limits');
	const rows = isRecord(given) && Array.isArray(given.limit) ? (given.limit as unknown[]) : [];
	if (rows.length === 0) {
		throw read.buildError(
			'limits',
			'has no row, so nothing can be spent',
			'A person must add a row with a currency and Max per Payment in the node.',
		);
	}
	const isMajor = read.amountUnit() === 'major';
	return rows.map((row, position) => new LimitRow(isRecord(row) ? row : {}, position, isMajor).read());
}

/** One row of Limits. An expression without a value was refused before, so it cannot remove a limit. */
class LimitRow {
	private readonly label: string;
	constructor(
		private readonly row: Record<string, unknown>,
		position: number,
		private readonly isMajor: boolean,
	) {
		this.label = `Limits, row ${position + 1}:`;
	}

	read(): CurrencyPolicy {
		const given = toInputText(this.row.currency).trim();
		const currency = this.withAmountErrors('Currency', given, () => parseCurrency(given));
		const maxPerPayment = this.amount('Max per Payment', 'maxPerPayment', currency);
		if (maxPerPayment === undefined) {
			throw new ItemError(
				`${this.label} Max per Payment`,
				'is empty',
				'A person must fill in the maximum for one payment.',
			);
		}
		return {
			currency,
			maxPerPayment,
			maxPerDay: this.amount('Max per Day', 'maxPerDay', currency),
			approvalAbove: this.isZero('approvalAbove')
				? 0
				: this.amount('Approval Above', 'approvalAbove', currency),
		};
	}

	private isZero(name: string): boolean {
		return isFilled(this.row[name]) && toDecimalText(this.row[name]) === '0';
	}

	private amount(label: string, name: string, currency: string): number | undefined {
		const value = this.row[name];
		if (toInputText(value).trim() === '') return undefined;
		const unit = this.isMajor ? 'major' : 'minor';
		const minor = this.withAmountErrors(label, toInputText(value), () =>
			readMinorUnits(value, unit, currency),
		);
		if (Number.isSafeInteger(Number(minor))) return Number(minor);
		throw new ItemError(`${this.label} ${label}`, `is ${minor}`, 'Enter a smaller amount.');
	}

	private withAmountErrors<T>(label: string, given: string, read: () => T): T {
		const result = tryReadAmount(read);
		if (!(result instanceof InvalidAmountError)) return result;
		const [problem, nextStep] = describeAmountError(result, given);
		throw new ItemError(`${this.label} ${label}`, problem, nextStep);
	}
}

function readMaxPerSession(read: RegistryParameterReader): number | undefined {
	const given = read.optionalText('maxPerSession');
	if (given !== undefined && /^\d{1,9}$/.test(given))
		return Number(given) === 0 ? undefined : Number(given);
	throw read.buildError(
		'maxPerSession',
		given === undefined ? 'is empty' : `is "${given}"`,
		'Enter a whole number; 0 for no limit.',
	);
}

function readAllowedCustomers(read: RegistryParameterReader): string[] {
	const given = read.value('allowedCustomers');
	const names = Array.isArray(given) ? given.map(toInputText) : splitList(given);
	const written = read.input.readWritten('allowedCustomers');
	// An empty list from an expression, or commas alone, must not allow every customer.
	if (names.length > 0 || (!isExpression(written) && toInputText(given).trim() === '')) return names;
	throw read.buildError(
		'allowedCustomers',
		isExpression(written) ? 'is an expression that returned no value' : 'names no customer',
		'Correct it. Left empty by mistake, it would allow every customer.',
	);
}
