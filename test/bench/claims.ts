import { createHash } from 'node:crypto';

import type { Entry } from '../../ledger/model/entry';
import type { KeyField } from '../../ledger/identity/key';
import { deriveIdentity } from '../../ledger/identity/key';
import type { Ledger } from '../../ledger/ledger';
import { fingerprintOf } from '../../ledger/model/request';
import type { ClaimRequest } from '../../ledger/rules/claimRequest';

const SCOPE = { mode: 'live', account: 'acct_1Nf00SAMPLE' } as const;
export const RETENTION_MS = 90 * 86_400_000;

const toKeyFields = (order: number | string): KeyField[] => [
	{ name: 'order', value: `A-${order}`, treatAs: 'text' },
	{ name: 'customer', value: 'cus_NffrFeUfNV2Hib', treatAs: 'text' },
	{ name: 'amount', value: 19.99, treatAs: 'number' },
];

export const sha256 = (text: string) => createHash('sha256').update(text, 'utf8').digest('base64url');

let orders = 0;

/** The claim that the node makes when it charges a new order. */
export function newClaim(): ClaimRequest {
	const request = {
		method: 'POST',
		path: '/v1/payment_intents',
		params: { amount: '1999', currency: 'usd', customer: 'cus_NffrFeUfNV2Hib', confirm: 'true' },
	} as const;
	return {
		...SCOPE,
		...deriveIdentity(SCOPE, 'paymentIntent.create', toKeyFields(`${process.pid}-${++orders}`)),
		operation: 'paymentIntent.create',
		fingerprint: fingerprintOf(request),
		request,
		paramsStored: true,
		claimId: `bench ${orders}`,
		leaseMs: 300_000,
		retentionMs: RETENTION_MS,
		afterRejection: 'returnStored',
		origin: { workflowId: 'w', workflowName: 'Bench', executionId: '1', nodeName: 'Stripe' },
	};
}

const ANSWER = {
	outcomes: [
		{ kind: 'succeeded', statusCode: 200, requestId: 'req_1', objectId: 'pi_1', body: { id: 'pi_1' } },
	],
	sends: 1,
} as const;

/** Makes one claim and its settle through the ledger. @returns the two rows that were written */
export async function throughLedger(ledger: Ledger, claimRequest = newClaim()): Promise<[Entry, Entry]> {
	const decision = await ledger.claim(claimRequest, 0);
	if (decision.kind !== 'granted') throw new Error('A first claim is granted');
	const { entry } = await ledger.settle(decision.grant, ANSWER, RETENTION_MS);
	return [decision.grant.entry, entry];
}
