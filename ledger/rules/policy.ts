import type { Intent } from '../model/entry';

/** What an agent may do in one currency. Minor units; what is left out is not limited. */
export interface CurrencyPolicy {
	currency: string;
	maxPerPayment: number;
	maxPerDay?: number;
	/** Above it a person has to approve. */
	approvalAbove?: number;
}

/** What an agent may do at all. */
export interface Policy {
	/** A currency that is not among them may not be spent. */
	currencies: readonly CurrencyPolicy[];
	maxPerSession?: number;
	/** Empty: none. */
	operations: readonly string[];
	/** Empty: any. */
	customers: readonly string[];
}

export type Violation =
	| { kind: 'operation'; allowed: readonly string[] }
	| { kind: 'currency'; allowed: readonly string[] }
	| { kind: 'customer' }
	| { kind: 'too_much'; most: number }
	/** A person would have to approve it, and it was begun without. */
	| { kind: 'approval' };

/** What of an intent the policy does not allow at all, however little has been spent. */
export function findViolation(
	{ operation, currency, customer, amount }: Intent,
	policy: Policy,
): Violation | undefined {
	if (!policy.operations.includes(operation)) return { kind: 'operation', allowed: policy.operations };
	const rule = findCurrencyPolicy(currency, policy);
	if (!rule) return { kind: 'currency', allowed: policy.currencies.map((row) => row.currency) };
	const { customers } = policy;
	if (customers.length > 0 && (customer === undefined || !customers.includes(customer)))
		return { kind: 'customer' };
	return amount > rule.maxPerPayment ? { kind: 'too_much', most: rule.maxPerPayment } : undefined;
}

export function needsApproval({ currency, amount }: Intent, policy: Policy): boolean {
	const { approvalAbove = Infinity } = findCurrencyPolicy(currency, policy) ?? { approvalAbove: -1 };
	return amount > approvalAbove;
}

/** Where one currency is limited twice, the stricter row of each limit holds. */
export function findCurrencyPolicy(currency: string, { currencies }: Policy): CurrencyPolicy | undefined {
	const rows = currencies.filter((row) => row.currency === currency);
	const [first] = rows;
	if (!first) return undefined;
	const least = (values: (number | undefined)[]) => {
		const given = values.filter((value) => value !== undefined);
		return given.length > 0 ? Math.min(...given) : undefined;
	};
	return {
		currency,
		maxPerPayment: Math.min(...rows.map(({ maxPerPayment }) => maxPerPayment)),
		maxPerDay: least(rows.map(({ maxPerDay }) => maxPerDay)),
		approvalAbove: least(rows.map(({ approvalAbove }) => approvalAbove)),
	};
}
