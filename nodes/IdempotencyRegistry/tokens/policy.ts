import { decimalOf } from '../../../ledger/identity/decimal';
import type { CurrencyPolicy, Policy } from '../../../ledger/rules/policy';
import { currencyCode, MoneyRefusal, orRefusal } from '../../../stripe/objects/money';
import { amountInMinorUnits } from '../../shared/parameters/amount';
import { isExpression } from '../../shared/parameters/expression';
import { refuseByModel } from '../../shared/parameters/byModel';
import { Refusal } from '../../shared/run/error';
import { moneyWords } from '../../shared/parameters/amountErrorMessage';
import { filled, isRecord, listOf, plain } from '../../shared/parameters/values';
import { intentOperations } from '../../shared/stripe/intentOperations';
import type { RegistryReader } from '../registryParameterReader';

/** Who may decide about money must not be whom the limits are for. */
const NOT_FOR_MODELS = [
	...['limits', 'maxPerSession', 'allowedOperations', 'allowedCustomers', 'agent', 'session'],
	...['amountUnit', 'ledger', 'ledgerFile', 'options', 'resource', 'operation', 'keySource'],
];

/**
 * The policy of an item. Whatever is missing in it allows nothing.
 *
 * @throws Refusal
 */
export function readPolicy(read: RegistryReader, asTool: boolean): Policy {
	for (const parameter of NOT_FOR_MODELS) {
		const { label } = read.refuse(parameter, '', '');
		refuseByModel(label, read.written(parameter), asTool, ', which would choose its own limits');
	}
	return {
		operations: allowedOperations(read),
		currencies: currencies(read),
		maxPerSession: maxPerSession(read),
		customers: allowedCustomers(read),
	};
}

function allowedOperations(read: RegistryReader): string[] {
	const given = read.value('allowedOperations');
	const names = Array.isArray(given) ? given.map(plain) : listOf(given);
	const unknown = names.find((name) => !intentOperations.some((known) => known === name));
	if (unknown !== undefined) {
		throw read.refuse(
			'allowedOperations',
			`names "${unknown}"`,
			`It must give some of ${intentOperations.join(', ')}.`,
		);
	}
	if (names.length > 0) return names;
	throw read.refuse(
		'allowedOperations',
		'is empty, so nothing may be reserved',
		'A person has to choose in the node what the agent may do.',
	);
}

function currencies(read: RegistryReader): CurrencyPolicy[] {
	const given = read.value('limits');
	const rows = isRecord(given) && Array.isArray(given.limit) ? (given.limit as unknown[]) : [];
	if (rows.length === 0) {
		throw read.refuse(
			'limits',
			'has no row, so nothing may be spent',
			'A person has to add a row with a currency and Max per Payment in the node.',
		);
	}
	const isMajor = read.amountUnit() === 'major';
	return rows.map((row, position) => new LimitRow(isRecord(row) ? row : {}, position, isMajor).read());
}

/** One row of Limits. An expression that finds nothing has been refused by now: it must not lift a limit. */
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
		const given = plain(this.row.currency).trim();
		const currency = this.money('Currency', given, () => currencyCode(given));
		const maxPerPayment = this.amount('Max per Payment', 'maxPerPayment', currency);
		if (maxPerPayment === undefined) {
			throw new Refusal(
				`${this.label} Max per Payment`,
				'is empty',
				'A person has to fill in how much one payment may be at most.',
			);
		}
		return {
			...{ currency, maxPerPayment },
			maxPerDay: this.amount('Max per Day', 'maxPerDay', currency),
			approvalAbove: this.isZero('approvalAbove')
				? 0
				: this.amount('Approval Above', 'approvalAbove', currency),
		};
	}

	private isZero(name: string): boolean {
		return filled(this.row[name]) && decimalOf(this.row[name]) === '0';
	}

	private amount(label: string, name: string, currency: string): number | undefined {
		const value = this.row[name];
		if (plain(value).trim() === '') return undefined;
		const unit = this.isMajor ? 'major' : 'minor';
		const minor = this.money(label, plain(value), () => amountInMinorUnits(value, unit, currency));
		if (Number.isSafeInteger(Number(minor))) return Number(minor);
		throw new Refusal(`${this.label} ${label}`, `is ${minor}`, 'Give a smaller amount.');
	}

	private money<T>(label: string, given: string, read: () => T): T {
		const result = orRefusal(read);
		if (!(result instanceof MoneyRefusal)) return result;
		const [what, nextStep] = moneyWords(result, given);
		throw new Refusal(`${this.label} ${label}`, what, nextStep);
	}
}

function maxPerSession(read: RegistryReader): number | undefined {
	const given = read.optionalText('maxPerSession');
	if (given !== undefined && /^\d{1,9}$/.test(given))
		return Number(given) === 0 ? undefined : Number(given);
	throw read.refuse(
		'maxPerSession',
		given === undefined ? 'is empty' : `is "${given}"`,
		'Give a whole number; 0 for no limit.',
	);
}

function allowedCustomers(read: RegistryReader): string[] {
	const given = read.value('allowedCustomers');
	const names = Array.isArray(given) ? given.map(plain) : listOf(given);
	// A list of nothing, which an expression may give, would allow every customer.
	if (names.length > 0 || !isExpression(read.written('allowedCustomers'))) return names;
	throw read.refuse(
		'allowedCustomers',
		'is an expression that finds nothing',
		'Correct it: left empty by mistake it would allow every customer.',
	);
}
