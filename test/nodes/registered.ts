import { systemTime } from '../../ledger/clock';
import { Registry } from '../../ledger/tokenRegistry';
import { SqliteStore } from '../../ledger/stores/sqlite/sqliteStore';
import { deriveIdentity } from '../../ledger/identity/key';
import type { Intent } from '../../ledger/model/entry';
import type { Policy } from '../../ledger/rules/policy';
import type { Reserved } from '../../ledger/tokenRegistry';
import type { Time } from '../../ledger/clock';
import type { ReservationReference } from '../../ledger/rules/token';
import type { Shop } from './stripeNode';
import { ACCOUNT } from './stripeNode';

const HOUR = 3_600_000;

/** How long a token is good for, and how long a person may take to approve it; ms. */
export const VALID_FOR = HOUR;
export const APPROVAL_FOR = 72 * HOUR;

const SCOPE = { mode: 'test', account: ACCOUNT } as const;

/** The registry on a shop's ledger. */
export function registryOf(shop: Shop, time: Time = systemTime): Registry {
	return new Registry(SqliteStore.open(shop.ledgerFile), time);
}

const GENEROUS: Policy = {
	currencies: [{ currency: 'eur', maxPerPayment: 1_000_000 }],
	operations: [
		...['paymentIntent.create', 'paymentIntent.confirm', 'paymentIntent.capture'],
		...['refund.create', 'charge.capture'],
	],
	customers: [],
};

/** Reserves 19.99 EUR for an order, unless something else is given. */
export function reserveFor(
	registry: Registry,
	order: string,
	intent: Partial<Intent> = {},
	{
		agent = 'agent',
		session,
		policy = GENEROUS,
	}: { agent?: string; session?: string; policy?: Policy } = {},
): Promise<Reserved> {
	const frozen: Intent = {
		...{ operation: 'paymentIntent.create', amount: 1999, isMaximum: false, currency: 'eur' },
		...{ purpose: order, ...intent },
	};
	return registry.reserve({
		...SCOPE,
		...deriveIdentity(SCOPE, frozen.operation, [{ name: 'order', value: order, treatAs: 'text' }]),
		operation: frozen.operation,
		intent: frozen,
		spender: { agent, ...(session === undefined ? {} : { session }) },
		policy,
		validForMs: VALID_FOR,
		approvalForMs: APPROVAL_FOR,
		retentionMs: 90 * 24 * HOUR,
		afterRejection: 'returnStored',
		origin: {},
	});
}

export function tokenIn(answer: Reserved): string {
	if (answer.kind !== 'reserved') throw new Error(`It was not reserved: ${answer.kind}`);
	return answer.token;
}

/** What a person is asked about. */
export function referenceIn(answer: Reserved): ReservationReference {
	if (answer.kind !== 'reserved') throw new Error(`It was not reserved: ${answer.kind}`);
	const { entryId, reservation } = answer.entry;
	return { entryId, generationId: reservation!.generationId };
}
