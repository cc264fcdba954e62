import { randomUUID } from 'node:crypto';

import type { Entry } from '../../ledger/model/entry';
import { deriveIdentity } from '../../ledger/identity/key';
import type { Ledger } from '../../ledger/ledger';
import { fingerprintOf, sentParams } from '../../ledger/model/request';
import { StoreUnavailable } from '../../ledger/store';
import type { Time } from '../../ledger/clock';
import type { ClaimRequest, Grant, SendReport } from '../../ledger/rules/claim';
import { provenByEvidence } from '../../ledger/model/evidence';
import { sendOnce } from '../../stripe/api/client';
import type { Connection } from '../../stripe/api/connection';
import { entryIdAsMetadata } from '../../stripe/objects/metadata';
import { leaseMs, sendUntilKnown } from '../../stripe/api/retry';

const SCOPE = { mode: 'test', account: 'acct_simulator' } as const;
const OPERATION = 'paymentIntent.create';
const RETENTION_MS = 90 * 86_400_000;
const POLICY = { timeoutMs: 20_000, maxRetries: 2 };

const REQUEST = {
	method: 'POST',
	path: '/v1/payment_intents',
	params: {
		...{ amount: '1999', currency: 'eur', confirm: 'true', payment_method: 'pm_card_visa' },
		automatic_payment_methods: { enabled: 'true', allow_redirects: 'never' },
	},
} as const;

/** Who pays, and with what. */
export interface Purse {
	/** Stands in every entry that this one has claimed. */
	payer: string;
	ledger: Ledger;
	time: Time;
	connection: Connection;
	/** How long it waits for somebody else's outcome. */
	waitMs: number;
	/** Hears what the ledger has acknowledged. */
	told?: (what: 'claimed' | 'settled', entry: Entry) => void;
}

export function ordersNamed(name: string, count: number): string[] {
	return Array.from({ length: count }, (_, n) => `${name}-${n}`);
}

export function entryIdOf(order: string): string {
	return identityOf(order).entryId;
}

/**
 * One order's way as the node goes it, but without n8n: claim → send → settle.
 *
 * @returns how it ended: what Stripe told, or what the claim told instead of a grant, or what went wrong
 */
export async function pay(order: string, purse: Purse): Promise<string> {
	const { ledger, waitMs, told } = purse;
	try {
		const claim = await ledger.claim(claimOf(order, purse), waitMs);
		if (claim.kind !== 'granted') return claim.kind;
		told?.('claimed', claim.grant.entry);
		const report = await findOut(claim.grant, purse);
		const { outcome, entry, warning } = await ledger.settle(claim.grant, report, RETENTION_MS);
		if (warning !== undefined) return `${outcome.kind}, not kept: ${warning}`;
		told?.('settled', entry);
		return outcome.kind;
	} catch (error) {
		if (error instanceof StoreUnavailable) return `no ledger: ${error.reason}`;
		throw error;
	}
}

function claimOf(order: string, { payer }: Purse): ClaimRequest {
	return {
		...SCOPE,
		...identityOf(order),
		operation: OPERATION,
		fingerprint: fingerprintOf(REQUEST),
		request: REQUEST,
		paramsStored: true,
		holder: randomUUID(),
		leaseMs: leaseMs(POLICY),
		retentionMs: RETENTION_MS,
		adds: (entryId) => entryIdAsMetadata(REQUEST.path, REQUEST.params, entryId),
		afterRejection: 'returnStored',
		origin: { executionId: payer },
	};
}

function identityOf(order: string) {
	return deriveIdentity(SCOPE, OPERATION, [{ name: 'order', value: order, treatAs: 'text' }]);
}

async function findOut({ entry, reconcileFirst }: Grant, { connection, time }: Purse): Promise<SendReport> {
	const proven = provenByEvidence(entry);
	if (proven) return { outcomes: [proven], sends: 0 };
	// None of the proofs lets an order rest until Stripe has forgotten its key.
	if (reconcileFirst) return { outcomes: [{ kind: 'unknown', message: 'The key is too old' }], sends: 0 };
	const send = () =>
		sendOnce(connection, {
			...{ method: REQUEST.method, path: REQUEST.path, timeoutMs: POLICY.timeoutMs },
			params: sentParams(entry.request),
			idempotencyKey: entry.key,
		});
	const [first, ...more] = await sendUntilKnown(send, POLICY, entry.leaseUntil, time);
	if (!first) return { outcomes: [{ kind: 'unreachable', message: 'The lease was over' }], sends: 0 };
	return { outcomes: [first, ...more], sends: 1 + more.length };
}
