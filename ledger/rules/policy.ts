import type { Intent } from '../model/entry';

/** What an agent may spend in one currency. Minor units; a missing field means no limit. */
export interface CurrencyPolicy {
	currency: string;
	maxPerPayment: number;
	maxPerDay?: number;
	/** Amounts above this need a person's approval. */
	approvalAbove?: number;
}

/** Everything an agent is allowed to do. */
export interface Policy {
	/** Currencies that are not listed are not allowed. */
	currencies: readonly CurrencyPolicy[];
	maxPerSession?: number;
	/** An empty list allows no operation. */
	operations: readonly string[];
	/** An empty list allows every customer. */
	customers: readonly string[];
}

export type Violation =
	| { kind: 'operation'; allowed: readonly string[] }
	| { kind: 'currency'; allowed: readonly string[] }
	| { kind: 'customer' }
	| { kind: 'too_much'; most: number }
	/** The intent needs a person's approval, but was started without one. */
	| { kind: 'approval' };

/** Finds the first rule of the policy that the intent breaks, regardless of what was spent so far. */
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

/** If a currency is listed twice, the stricter value of each limit applies. */
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
