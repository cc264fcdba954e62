import type { Intent, Origin } from '../../ledger/model/entry';
import type { Scope } from '../../ledger/identity/key';
import { deriveIdentity } from '../../ledger/identity/key';
import type { Policy } from '../../ledger/rules/policy';
import type { ReserveInput } from '../../ledger/tokenRegistry';
import type { RequestedSpend } from '../../ledger/rules/intent';
import { parseToken } from '../../ledger/rules/token';
import type { ClaimRequest } from '../../ledger/rules/claimRequest';
import { buildRequest, DAY, HOUR } from './requests';

const SCOPE = { mode: 'test', account: 'acct_1' } as const;

const POLICY: Policy = {
	currencies: [{ currency: 'eur', maxPerPayment: 10_000, maxPerDay: 20_000, approvalAbove: 5_000 }],
	operations: ['paymentIntent.create', 'refund.create'],
	customers: [],
};

/** A reservation of "charge invoice INV-1, 19.99 EUR", but for what is given. */
export function buildReservation({
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
	afterRejection?: ReserveInput['afterRejection'];
	retentionMs?: number;
	origin?: Origin;
} = {}): ReserveInput {
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
export function withRequestToken(
	token: string,
	spending: Partial<RequestedSpend> = {},
	more: Parameters<typeof buildRequest>[0] = {},
): ClaimRequest {
	const read = parseToken(token);
	if (!read) throw new Error('It is no token');
	const spend: RequestedSpend = {
		operation: 'paymentIntent.create',
		amount: 1999,
		currency: 'eur',
		customer: 'cus_1',
		...spending,
	};
	const params = { amount: String(spend.amount), currency: spend.currency };
	return {
		...buildRequest({ params, ...more }),
		entryId: read.entryId,
		token: { hash: read.hash, requestedSpend: spend },
	};
}
