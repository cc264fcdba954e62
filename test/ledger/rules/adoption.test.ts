import type { Entry, SettledEntry } from '../../../ledger/model/entry';
import type { AdoptRequest } from '../../../ledger/rules/adoption';
import { decideAdopt, diffFromAdopted, rejectedAttemptsOf } from '../../../ledger/rules/adoption';
import type { EntryFacts } from '../entries';
import { buildEntry } from '../entries';
import { START_TIME as NOW } from '../fakeClock';
import { buildRequest, ENTRY_RETENTION_MS } from '../requests';

const { entryId, operation, fields, mode, account } = buildRequest();
const REQUEST: AdoptRequest = {
	entryId,
	operation,
	fields,
	mode,
	account,
	path: '/v1/payment_intents',
	params: { amount: '1999', currency: 'usd' },
	outcome: { kind: 'succeeded', objectId: 'pi_past' },
	createdAt: NOW - 1_000,
	decidedBy: 'ann',
	readEarlier: async () => [],
	claimId: 'holder',
	retentionMs: ENTRY_RETENTION_MS,
	origin: { workflowId: 'w1' },
};

const existing = (facts: EntryFacts): Entry => buildEntry({ entryId, order: '1001', ...facts });
const late = (kind: 'succeeded' | 'unknown') =>
	[{ fence: 1, key: `n8n_${entryId}`, at: NOW, outcome: { kind } }] satisfies Entry['lateResponses'];

describe('a past payment', () => {
	it.each<[string, Entry | undefined, object]>([
		['without an entry', undefined, { kind: 'adopted' }],
		['over itself', existing({ outcome: { objectId: 'pi_past' } }), { kind: 'already_adopted' }],
		[
			'over a different payment',
			existing({ outcome: { objectId: 'pi_other' } }),
			{ kind: 'refused', reason: 'another_payment' },
		],
		['over a decline', existing({ state: 'rejected' }), { kind: 'adopted' }],
		[
			'over a decline that may have been executed',
			existing({ state: 'rejected', mayHaveExecuted: true }),
			{ kind: 'refused', reason: 'uncertain' },
		],
		['where nothing was executed', existing({ state: 'released' }), { kind: 'adopted' }],
		[
			'over a late response that proves a success',
			existing({ state: 'released', lateResponses: late('succeeded') }),
			{ kind: 'refused', reason: 'uncertain' },
		],
		[
			'where one is being sent',
			existing({ state: 'in_flight' }),
			{ kind: 'refused', reason: 'uncertain' },
		],
		['over an unknown outcome', existing({ state: 'unknown' }), { kind: 'refused', reason: 'uncertain' }],
		[
			'over an entry with a token',
			existing({ state: 'reserved' }),
			{ kind: 'refused', reason: 'reserved' },
		],
		[
			'over a cancelled entry',
			existing({ state: 'cancelled' }),
			{ kind: 'refused', reason: 'cancelled' },
		],
	])('%s', (_where, current, decision) => {
		const decided = decideAdopt(current, REQUEST, NOW);
		expect(decided).toMatchObject(decision);
		if (decided.kind !== 'adopted') expect(decided.entry).toBe(current);
	});

	it('is the first attempt if there is no entry, and is remembered from then on', () => {
		expect(decideAdopt(undefined, REQUEST, NOW).entry).toMatchObject({
			state: 'succeeded',
			attempt: 1,
			fence: 1,
			sends: 0,
			mayHaveExecuted: false,
			createdAt: REQUEST.createdAt,
			settledAt: NOW,
			expiresAt: NOW + ENTRY_RETENTION_MS,
			adopted: { at: NOW, decidedBy: 'ann', params: REQUEST.params },
			outcome: REQUEST.outcome,
		});
		expect(decideAdopt(undefined, REQUEST, NOW).entry).not.toHaveProperty('previousAttempts');
	});

	it('follows the attempts that were declined, and names only those as possible sources of an unpaid payment', () => {
		const first = { attempt: 1, key: 'k1', settledAt: 1, outcome: { kind: 'unauthorized' as const } };
		const second = { attempt: 2, key: 'k2', settledAt: 2, outcome: { kind: 'rejected' as const } };
		const current = existing({ state: 'rejected', attempt: 3, fence: 7, version: 9, createdAt: 5 });
		const { entry } = decideAdopt({ ...current, previousAttempts: [first, second] }, REQUEST, NOW);
		expect(entry).toMatchObject({ attempt: 4, fence: 8, version: 10, createdAt: 5 });
		expect(entry.previousAttempts?.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
		expect(rejectedAttemptsOf(entry as SettledEntry).map(({ attempt }) => attempt)).toEqual([2, 3]);
		expect(rejectedAttemptsOf(decideAdopt(undefined, REQUEST, NOW).entry as SettledEntry)).toEqual([]);
		const afterFirst = decideAdopt(existing({ state: 'rejected' }), REQUEST, NOW).entry;
		expect(afterFirst.previousAttempts?.map(({ attempt }) => attempt)).toEqual([1]);
	});
});

it.each([
	['the same', { amount: '5' }, { amount: '5' }, []],
	['a different text', { amount: '5' }, { amount: '6' }, [{ name: 'amount', stored: '5', requested: '6' }]],
	['a parameter that is not requested', { amount: '5' }, {}, []],
	['a parameter that was not adopted', {}, { amount: '6' }, []],
	[
		'an object where a text was adopted',
		{ customer: 'cus_1' },
		{ customer: { id: 'cus_1' } },
		[{ name: 'customer', stored: 'cus_1', requested: '{"id":"cus_1"}' }],
	],
	['a parameter adopted as an object', { metadata: { a: '1' } }, { metadata: { a: '2' } }, []],
])('a request differs from what was adopted by: %s', (_what, adopted, requested, differences) => {
	expect(diffFromAdopted(adopted, requested)).toEqual(differences);
});
