import type { Intent, Origin } from '../../ledger/model/entry';
import type { Scope } from '../../ledger/identity/key';
import { deriveIdentity } from '../../ledger/identity/key';
import type { Policy } from '../../ledger/rules/policy';
import type { Asked } from '../../ledger/tokenRegistry';
import type { Spending } from '../../ledger/rules/intent';
import { readToken } from '../../ledger/rules/token';
import type { ClaimRequest } from '../../ledger/rules/claim';
import { asking, DAY, HOUR } from './requests';

const SCOPE = { mode: 'test', account: 'acct_1' } as const;

const POLICY: Policy = {
	currencies: [{ currency: 'eur', maxPerPayment: 10_000, maxPerDay: 20_000, approvalAbove: 5_000 }],
	operations: ['paymentIntent.create', 'refund.create'],
	customers: [],
};

/** A reservation of "charge invoice INV-1, 19.99 EUR", but for what is given. */
export function reserving({
	invoice = 'INV-1',
	agent = 'agent',
	session,
	scope = {},
	policy = {},
	intent = {},
	...given
}: {
	invoice?: string;
	agent?: string;
	session?: string;
	scope?: Partial<Scope>;
	policy?: Partial<Policy>;
	intent?: Partial<Intent>;
	afterRejection?: Asked['afterRejection'];
	retentionMs?: number;
	origin?: Origin;
} = {}): Asked {
	const frozen: Intent = {
		operation: 'paymentIntent.create',
		amount: 1999,
		isMaximum: false,
		currency: 'eur',
		customer: 'cus_1',
		purpose: 'the invoice',
		...intent,
	};
	const fields = [{ name: 'invoice', value: invoice, treatAs: 'text' }] as const;
	const whole = { ...SCOPE, ...scope };
	return {
		...whole,
		...deriveIdentity(whole, frozen.operation, fields),
		operation: frozen.operation,
		intent: frozen,
		spender: { agent, ...(session === undefined ? {} : { session }) },
		policy: { ...POLICY, ...policy },
		validForMs: 24 * HOUR,
		approvalForMs: 7 * DAY,
		retentionMs: 90 * DAY,
		afterRejection: 'returnStored',
		origin: {},
		...given,
	};
}

/** A claim that comes with a token, for what was reserved but for what is given. */
export function withThisToken(
	token: string,
	spending: Partial<Spending> = {},
	more: Parameters<typeof asking>[0] = {},
): ClaimRequest {
	const read = readToken(token);
	if (!read) throw new Error('It is no token');
	const asked: Spending = {
		operation: 'paymentIntent.create',
		amount: 1999,
		currency: 'eur',
		customer: 'cus_1',
		...spending,
	};
	const params = { amount: String(asked.amount), currency: asked.currency };
	return {
		...asking({ params, ...more }),
		entryId: read.entryId,
		token: { hash: read.hash, spending: asked },
	};
}
