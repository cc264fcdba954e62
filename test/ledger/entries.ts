import { createHash } from 'node:crypto';

import type {
	CancelledEntry,
	Entry,
	EntryState,
	Intent,
	Outcome,
	OutcomeKind,
} from '../../ledger/model/entry';
import { keyOfAttempt } from '../../ledger/identity/key';
import { toSuccessFacts } from '../../stripe/objects/paymentState';
import { buildRequest, DAY, MINUTE, ENTRY_RETENTION_MS } from './requests';

/** Far off, so that no server whose clock is the real one takes these entries for expired. */
export const THEN = Date.UTC(2100, 0, 15, 12);

export type EntryFacts = Partial<Omit<Entry, 'state'>> & {
	state?: EntryState;
	order?: string;
	params?: Record<string, string>;
	outcome?: Partial<Outcome>;
	settledAt?: number;
	leaseUntil?: number;
	cancellation?: CancelledEntry['cancellation'];
};

let made = 0;

/** An entry as the ledger leaves it: order by order, each a minute younger than the one before. */
export function buildEntry({
	state = 'succeeded',
	order,
	params,
	outcome,
	...facts
}: EntryFacts = {}): Entry {
	made++;
	const request = buildRequest({ order: order ?? `made-${made}`, ...(params ? { params } : {}) });
	const createdAt = facts.createdAt ?? THEN - DAY + made * MINUTE;
	const { claimId, leaseMs, retentionMs, afterRejection, timeIndex, token, whenUncertain, ...known } =
		request;
	const base = {
		...known,
		version: 1,
		attempt: 1,
		key: keyOfAttempt(facts.entryId ?? known.entryId, facts.attempt ?? 1),
		fence: 1,
		createdAt,
		firstSentAt: createdAt,
		lastSentAt: createdAt,
		sends: 1,
		mayHaveExecuted: false,
		expiresAt: createdAt + ENTRY_RETENTION_MS,
		origin: { workflowId: 'w1', workflowName: 'Orders' },
		...facts,
	};
	switch (state) {
		case 'in_flight':
			return { ...base, state, claimId, leaseUntil: facts.leaseUntil ?? createdAt + 5 * MINUTE };
		case 'reserved':
		case 'cancelled':
			return { ...base, state };
		case 'succeeded':
		case 'rejected':
		case 'unknown':
		case 'released': {
			const kind: OutcomeKind = state === 'released' ? 'unauthorized' : state;
			const settledAt = facts.settledAt ?? createdAt + 1_000;
			return { ...base, state, settledAt, outcome: { kind, ...outcome } };
		}
	}
}

/** A payment that was made: its answer as Stripe gives it. */
export function buildPaidEntry(
	id: string,
	body: Record<string, unknown> = {},
	facts: EntryFacts = {},
): Entry {
	const object = {
		id,
		object: 'payment_intent',
		status: 'succeeded',
		amount: 1999,
		currency: 'usd',
		...body,
	};
	const answer = { amount_received: object.amount, ...object };
	return buildEntry({
		...facts,
		outcome: { requestId: `req_${id}`, statusCode: 200, ...toSuccessFacts(answer) },
	});
}

/** What a token was reserved for, and waits for a person. */
export function buildReservedEntry(intent: Partial<Intent> = {}, facts: EntryFacts = {}): Entry {
	const whole: Intent = {
		operation: 'refund.create',
		amount: 500,
		isMaximum: false,
		currency: 'eur',
		purpose: 'A broken cup',
		...intent,
	};
	return buildEntry({
		state: 'reserved',
		params: {},
		...facts,
		reservation: {
			intent: whole,
			spender: { agent: 'desk', session: 's1' },
			origin: { workflowId: 'w0', workflowName: 'Support', executionId: '4711' },
			approval: { state: 'waiting' },
			tokenHash: createHash('sha256').update('secret').digest('base64url'),
			generation: 1,
			generationId: 'aGenerationOfTheEntry0',
			reservedAt: THEN,
			limitsHeld: true,
			validUntil: THEN + DAY,
			validForMs: DAY,
			...facts.reservation,
		},
	});
}
