import { createHash } from 'node:crypto';

import type { Entry, EntryState, Intent, Outcome, OutcomeKind } from '../../ledger/model/entry';
import { keyOfAttempt } from '../../ledger/identity/key';
import { factsOfObject } from '../../stripe/objects/paymentState';
import { asking, DAY, MINUTE, RETENTION } from './requests';

/** Far off, so that no server whose clock is the real one takes these entries for expired. */
export const THEN = Date.UTC(2100, 0, 15, 12);

export type Facts = Partial<Omit<Entry, 'state'>> & {
	state?: EntryState;
	order?: string;
	params?: Record<string, string>;
	outcome?: Partial<Outcome>;
	settledAt?: number;
	leaseUntil?: number;
};

let made = 0;

/** An entry as the ledger leaves it: order by order, each a minute younger than the one before. */
export function entryOf({ state = 'succeeded', order, params, outcome, ...facts }: Facts = {}): Entry {
	made++;
	const asked = asking({ order: order ?? `made-${made}`, ...(params ? { params } : {}) });
	const createdAt = facts.createdAt ?? THEN - DAY + made * MINUTE;
	const { holder, leaseMs, retentionMs, afterRejection, timeline, token, inDoubt, ...known } = asked;
	const base = {
		...known,
		...{ version: 1, attempt: 1, key: keyOfAttempt(facts.entryId ?? known.entryId, facts.attempt ?? 1) },
		...{ fence: 1, createdAt, firstSentAt: createdAt, lastSentAt: createdAt, sends: 1, doubt: false },
		...{ expiresAt: createdAt + RETENTION, origin: { workflowId: 'w1', workflowName: 'Orders' } },
		...facts,
	};
	switch (state) {
		case 'in_flight':
			return { ...base, state, holder, leaseUntil: facts.leaseUntil ?? createdAt + 5 * MINUTE };
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
export function paid(id: string, body: Record<string, unknown> = {}, facts: Facts = {}): Entry {
	const object = {
		id,
		object: 'payment_intent',
		status: 'succeeded',
		amount: 1999,
		currency: 'usd',
		...body,
	};
	const answer = { amount_received: object.amount, ...object };
	return entryOf({
		...facts,
		outcome: { requestId: `req_${id}`, statusCode: 200, ...factsOfObject(answer) },
	});
}

/** What a token was reserved for, and waits for a person. */
export function reservedFor(intent: Partial<Intent> = {}, facts: Facts = {}): Entry {
	const whole: Intent = {
		...{
			operation: 'refund.create',
			amount: 500,
			isMaximum: false,
			currency: 'eur',
			purpose: 'A broken cup',
		},
		...intent,
	};
	return entryOf({
		state: 'reserved',
		params: {},
		...facts,
		reservation: {
			intent: whole,
			spender: { agent: 'desk', session: 's1' },
			origin: { workflowId: 'w0', workflowName: 'Support', executionId: '4711' },
			approval: { state: 'waiting' },
			tokenHash: createHash('sha256').update('secret').digest('base64url'),
			...{ generation: 1, generationId: 'aGenerationOfTheEntry0', reservedAt: THEN },
			...{ held: true, endsAt: THEN + DAY, validForMs: DAY },
			...facts.reservation,
		},
	});
}
