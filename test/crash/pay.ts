import { randomUUID } from 'node:crypto';

import type { Entry } from '../../ledger/model/entry';
import { deriveIdentity } from '../../ledger/identity/key';
import type { Ledger } from '../../ledger/ledger';
import { fingerprintOf, sentParamsOf } from '../../ledger/model/request';
import { StoreUnavailableError } from '../../ledger/store';
import type { ClaimRequest } from '../../ledger/rules/claimRequest';
import type { Grant } from '../../ledger/rules/grant';
import type { SendReport } from '../../ledger/rules/settle';
import { getProvenOutcome } from '../../ledger/model/entryStatus';
import { sendOnce } from '../../stripe/api/client';
import type { Connection } from '../../stripe/api/connection';
import { toEntryMetadata } from '../../stripe/objects/metadata';
import { leaseDurationMs, sendWithRetries } from '../../stripe/api/retry';

const SCOPE = { mode: 'test', account: 'acct_simulator' } as const;
const OPERATION = 'paymentIntent.create';
const RETENTION_MS = 90 * 86_400_000;
const POLICY = { timeoutMs: 20_000, maxRetries: 2 };

const REQUEST = {
	method: 'POST',
	path: '/v1/payment_intents',
	params: {
		amount: '1999',
		currency: 'eur',
		confirm: 'true',
		payment_method: 'pm_card_visa',
		automatic_payment_methods: { enabled: 'true', allow_redirects: 'never' },
	},
} as const;

/** A worker that pays, with its ledger and its Stripe client. */
export interface Client {
	/** Stored in every entry that this worker claims. */
	worker: string;
	ledger: Ledger;
	connection: Connection;
	/** ms that it waits for another worker's outcome. */
	waitMs: number;
	/** Called when the ledger has acknowledged a write. */
	onAcknowledged?: (what: 'claimed' | 'settled', entry: Entry) => void;
}

export function nameOrders(name: string, count: number): string[] {
	return Array.from({ length: count }, (_, n) => `${name}-${n}`);
}

export function entryIdOf(order: string): string {
	return deriveOrderIdentity(order).entryId;
}

/**
 * Pays one order as the node does, but without n8n: claim → send → settle.
 *
 * @returns the outcome from Stripe, the claim's refusal, or the error
 */
export async function payOrder(order: string, client: Client): Promise<string> {
	const { ledger, waitMs, onAcknowledged } = client;
	try {
		const decision = await ledger.claim(buildClaim(order, client), waitMs);
		if (decision.kind !== 'granted') return decision.kind;
		onAcknowledged?.('claimed', decision.grant.entry);
		const report = await sendAttempt(decision.grant, client);
		const { outcome, entry, warning } = await ledger.settle(decision.grant, report, RETENTION_MS);
		if (warning !== undefined) return `${outcome.kind}, not kept: ${warning}`;
		onAcknowledged?.('settled', entry);
		return outcome.kind;
	} catch (error) {
		if (error instanceof StoreUnavailableError) return `no ledger: ${error.reason}`;
		throw error;
	}
}

function buildClaim(order: string, { worker }: Client): ClaimRequest {
	return {
		...SCOPE,
		...deriveOrderIdentity(order),
		operation: OPERATION,
		fingerprint: fingerprintOf(REQUEST),
		request: REQUEST,
		paramsStored: true,
		claimId: randomUUID(),
		leaseMs: leaseDurationMs(POLICY),
		retentionMs: RETENTION_MS,
		addParams: (entryId) => toEntryMetadata(REQUEST.path, REQUEST.params, entryId),
		afterRejection: 'returnStored',
		origin: { executionId: worker },
	};
}

function deriveOrderIdentity(order: string) {
	return deriveIdentity(SCOPE, OPERATION, [{ name: 'order', value: order, treatAs: 'text' }]);
}

async function sendAttempt({ entry, reconcileFirst }: Grant, { connection }: Client): Promise<SendReport> {
	const proven = getProvenOutcome(entry);
	if (proven) return { outcomes: [proven], sends: 0 };
	// No order in these tests rests until Stripe has forgotten its key.
	if (reconcileFirst) return { outcomes: [{ kind: 'unknown', message: 'The key is too old' }], sends: 0 };
	const send = () =>
		sendOnce(connection, {
			method: REQUEST.method,
			path: REQUEST.path,
			timeoutMs: POLICY.timeoutMs,
			params: sentParamsOf(entry.request),
			idempotencyKey: entry.key,
		});
	const [first, ...more] = await sendWithRetries(send, POLICY, entry.leaseUntil, connection.clock);
	if (!first) return { outcomes: [{ kind: 'unreachable', message: 'The lease was over' }], sends: 0 };
	return { outcomes: [first, ...more], sends: 1 + more.length };
}
