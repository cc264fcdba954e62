import type { InFlightEntry, Outcome, OutcomeKind } from '../../ledger/model/entry';
import type { KeyField } from '../../ledger/identity/key';
import { deriveIdentity } from '../../ledger/identity/key';
import type { LedgerRequest, Params } from '../../ledger/model/request';
import { fingerprintOf } from '../../ledger/model/request';
import type { ClaimRequest } from '../../ledger/rules/claimRequest';
import type { SendReport } from '../../ledger/rules/settle';
import { decideClaim } from '../../ledger/rules/claim';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
export const LEASE = 5 * MINUTE;
export const ENTRY_RETENTION_MS = 90 * DAY;

const SCOPE = { mode: 'test', account: 'acct_1' } as const;

interface RequestFacts extends Partial<Omit<ClaimRequest, 'request'>> {
	order?: string;
	params?: Params;
	request?: Partial<LedgerRequest>;
	keyFields?: KeyField[];
	run?: string;
}

let holders = 0;

/** A claim for "charge order 1001", but for what is given; each one by a holder of its own. */
export function buildRequest({
	order = '1001',
	params,
	request,
	keyFields,
	run,
	...given
}: RequestFacts = {}): ClaimRequest {
	const stripeRequest: LedgerRequest = {
		method: 'POST',
		path: '/v1/payment_intents',
		params: params ?? { amount: '1999', currency: 'usd' },
		...request,
	};
	const fields: KeyField[] = keyFields ?? [{ name: 'order', value: order, treatAs: 'text' }];
	return {
		...SCOPE,
		...deriveIdentity(SCOPE, 'charge.create', fields),
		operation: 'charge.create',
		fingerprint: fingerprintOf(stripeRequest),
		request: stripeRequest,
		paramsStored: true,
		claimId: `holder ${++holders}`,
		leaseMs: LEASE,
		retentionMs: ENTRY_RETENTION_MS,
		afterRejection: 'returnStored',
		origin: run === undefined ? { executionId: String(holders) } : { run },
		...given,
	};
}

export const OTHER_AMOUNT: Params = { amount: '2999', currency: 'usd' };

export function buildOutcome(kind: OutcomeKind, facts: Partial<Outcome> = {}): Outcome {
	return { kind, ...facts };
}

/** What a send loop reports that was told these, one send after the other. */
export function buildReport(...kinds: [OutcomeKind, ...OutcomeKind[]]): SendReport {
	const [first, ...more] = kinds;
	return {
		outcomes: [buildOutcome(first), ...more.map((kind) => buildOutcome(kind))],
		sends: kinds.length,
	};
}

/** The entry as a first claim writes it now. */
export function buildClaimedEntry(request: ClaimRequest): InFlightEntry {
	const decision = decideClaim(undefined, request, Date.now());
	if (decision.kind !== 'granted') throw new Error(`It was not granted, but ${decision.kind}`);
	return decision.grant.entry;
}
