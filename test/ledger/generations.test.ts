import { rmSync } from 'node:fs';
import { join } from 'node:path';

import type { OutcomeKind } from '../../ledger/model/entry';
import { Ledger } from '../../ledger/ledger';
import type { ReserveResult } from '../../ledger/tokenRegistry';
import { TokenRegistry } from '../../ledger/tokenRegistry';
import { SqliteStore } from '../../ledger/stores/sqlite/sqliteStore';
import type { ReservationReference } from '../../ledger/rules/token';
import { encodeReference, decodeReference } from '../../ledger/rules/token';
import type { ClaimRequest } from '../../ledger/rules/claimRequest';
import { newFolderInMemory } from '../nodes/fixtures/ledgerFolder';
import { FakeClock } from './fakeClock';
import { DAY, HOUR, ENTRY_RETENTION_MS, buildReport } from './requests';
import { buildReservation, withRequestToken } from './reserving';

let folder: string;
let store: SqliteStore;
let time: FakeClock;
let ledger: Ledger;
let registry: TokenRegistry;

beforeEach(() => {
	folder = newFolderInMemory();
	store = SqliteStore.open(join(folder, 'ledger.sqlite'));
	time = new FakeClock();
	ledger = new Ledger(store, time);
	registry = new TokenRegistry(store, time);
});
afterEach(async () => {
	await ledger.waitUntilIdle();
	await store.close();
	rmSync(folder, { recursive: true, force: true });
});

const REQUESTED = { currencies: [{ currency: 'eur', maxPerPayment: 100_000, approvalAbove: 500 }] };
const reserve = (amount: number, given: Parameters<typeof buildReservation>[0] = {}) =>
	registry.reserve(buildReservation({ policy: REQUESTED, ...given, intent: { amount, ...given.intent } }));

/** What Reserve has handed out: the token, and by what a person decides. */
function handed(answer: ReserveResult): { token: string; about: ReservationReference } {
	if (answer.kind !== 'reserved') throw new Error(`It was not reserved: ${answer.kind}`);
	const { entryId, reservation } = answer.entry;
	return { token: answer.token, about: { entryId, generationId: reservation!.generationId } };
}

async function use(claimInput: ClaimRequest, answer: OutcomeKind = 'succeeded'): Promise<string> {
	const decision = await ledger.claim(claimInput, 0);
	if (decision.kind === 'blocked') return decision.reason;
	if (decision.kind !== 'granted') return decision.kind;
	await ledger.settle(decision.grant, buildReport(answer), ENTRY_RETENTION_MS);
	return 'granted';
}

const APPROVAL = 7 * DAY;

describe('a request for approval of 6.00 that expired unanswered, after which 900.00 was reserved for the same order', () => {
	let first: ReturnType<typeof handed>;
	let second: ReturnType<typeof handed>;
	beforeEach(async () => {
		first = handed(await reserve(600));
		time.advance(APPROVAL + HOUR);
		second = handed(await reserve(90_000));
	});

	it.each(['approved', 'denied', 'revoked'] as const)('can no longer be %s', async (word) => {
		const decide = () =>
			word === 'approved'
				? registry.approve(first.about, 'Ada')
				: registry.denyOrRevoke(first.about, word, 'Ada', ENTRY_RETENTION_MS);
		expect(await decide()).toMatchObject({ kind: 'superseded' });
		expect(await use(withRequestToken(second.token, { amount: 90_000 }))).toBe('waiting_for_approval');
	});

	it('leaves an invalid token, even after the second request is approved', async () => {
		await registry.approve(second.about, 'Ada');
		for (const amount of [600, 90_000])
			expect(await use(withRequestToken(first.token, { amount }))).toBe('earlier_token');
		expect(await use(withRequestToken(second.token, { amount: 90_000 }))).toBe('granted');
	});
});

it('an approval of an attempt declined since approves nothing of the next attempt', async () => {
	const first = handed(await reserve(600));
	await registry.approve(first.about, 'Ada');
	await use(withRequestToken(first.token, { amount: 600 }), 'rejected');
	const second = handed(await reserve(90_000));
	expect(await registry.approve(first.about, 'Ada')).toMatchObject({ kind: 'superseded' });
	expect(await use(withRequestToken(first.token, { amount: 90_000 }))).toBe('earlier_token');
	expect(await use(withRequestToken(second.token, { amount: 90_000 }))).toBe('waiting_for_approval');
});

it('a token and an approval of a deleted entry are invalid, even if the same is reserved again', async () => {
	const first = handed(await reserve(600, { retentionMs: DAY }));
	time.advance(APPROVAL);
	await ledger.purge(10);
	time.advance(2 * DAY);
	await ledger.purge(10);
	expect(await ledger.find(first.about.entryId)).toBeUndefined();
	const second = handed(await reserve(600));
	expect(second.token).not.toBe(first.token);
	expect(await registry.approve(first.about, 'Ada')).toMatchObject({ kind: 'superseded' });
	expect(await use(withRequestToken(first.token, { amount: 600 }))).toBe('invalid_token');
});

it('within one generation the token is the same, and a repeated approval keeps the first one', async () => {
	const first = handed(await reserve(600));
	await registry.approve(first.about, 'Ada');
	expect(await registry.approve(first.about, 'Bob')).toMatchObject({ kind: 'already_applied' });
	const again = handed(await reserve(600, { intent: { purpose: 'in other words' } }));
	expect(again).toEqual(first);
	expect((await ledger.find(first.about.entryId))?.reservation?.approval).toMatchObject({
		decidedBy: 'Ada',
	});
});

it('an unknown send is repeated with the token of the generation that made it, and with no other', async () => {
	const first = handed(await reserve(100));
	time.advance(25 * HOUR);
	const second = handed(await reserve(100));
	expect(await use(withRequestToken(second.token, { amount: 100 }), 'unknown')).toBe('granted');
	expect(await use(withRequestToken(first.token, { amount: 100 }))).toBe('earlier_token');
	expect(await use(withRequestToken(second.token, { amount: 100 }))).toBe('granted');
});

it('a session that has used up its reservations gets none back when an entry is deleted', async () => {
	const once = { session: 'chat', policy: { maxPerSession: 1 }, retentionMs: HOUR };
	const first = handed(await reserve(100, once));
	const claimInput = withRequestToken(first.token, { amount: 100 });
	await use({ ...claimInput, retentionMs: HOUR });
	time.advance(2 * HOUR);
	const forgotten = (await ledger.find(first.about.entryId))!;
	await store.remove([forgotten]);
	expect((await reserve(100, once)).kind).toBe('over_limit');
});

it('a reference to a reservation can be parsed again, and no other text is parsed', () => {
	const about = { entryId: `v1_${'a'.repeat(43)}`, generationId: 'b'.repeat(22) };
	expect(decodeReference(` ${encodeReference(about)}\n`)).toEqual(about);
	for (const text of [
		about.entryId,
		'',
		'reservation_',
		`${encodeReference(about)}x`,
		`token_${'a'.repeat(43)}_${'b'.repeat(22)}`,
	])
		expect(decodeReference(text)).toBeUndefined();
});

describe('the policy of the requesting agent', () => {
	const rule = (most: number, more: object = {}) => ({
		policy: { currencies: [{ currency: 'eur', maxPerPayment: most, ...more }] },
	});

	it('"boss" may spend 9.00, "intern" 0.10: intern gets no token for what boss has reserved', async () => {
		await reserve(900, { agent: 'boss', ...rule(900) });
		expect(await reserve(900, { agent: 'intern', ...rule(10) })).toMatchObject({
			kind: 'violation',
			violation: { kind: 'too_much', most: 10 },
		});
	});

	it.each([
		['a smaller amount per payment', rule(899)],
		['a smaller amount per day', rule(900, { maxPerDay: 899 })],
		['no such operation', { policy: { ...rule(900).policy, operations: ['refund.create'] } }],
		['other customers', { policy: { ...rule(900).policy, customers: ['cus_7'] } }],
		['a different currency', { policy: { currencies: [{ currency: 'usd', maxPerPayment: 900 }] } }],
	])('tightened to %s, returns the existing token to no one any more', async (_what, tightened) => {
		await reserve(900, rule(900, { maxPerDay: 5_000 }));
		expect((await reserve(900, tightened)).kind).toMatch(/^(violation|over_limit)$/);
	});

	it('tightened to require an approval, makes the existing token wait for one', async () => {
		const { token, about } = handed(await reserve(900, rule(900)));
		const claimInput = await reserve(900, rule(900, { approvalAbove: 100 }));
		expect(claimInput).toMatchObject({ entry: { reservation: { approval: { state: 'waiting' } } } });
		expect(handed(claimInput).token).toBe(token);
		expect(await use(withRequestToken(token, { amount: 900 }))).toBe('waiting_for_approval');
		expect(await registry.approve(about, 'Ada')).toMatchObject({ kind: 'applied' });
		expect(await use(withRequestToken(token, { amount: 900 }))).toBe('granted');
	});

	it("counts the token of another agent's reservation against the requesting agent's own limits too", async () => {
		const day = rule(900, { maxPerDay: 1_000 });
		await reserve(900, { agent: 'boss', ...day });
		await reserve(200, { agent: 'intern', invoice: 'own', ...day });
		expect(await reserve(900, { agent: 'intern', ...day })).toMatchObject({
			kind: 'over_limit',
			left: 800,
		});
		// Nothing of boss's own has changed by that.
		expect((await reserve(900, { agent: 'boss', ...day })).kind).toBe('reserved');
	});

	it('does not count a reservation twice that is requested again on the next day', async () => {
		const day = rule(900, { maxPerDay: 900 });
		await reserve(900, day);
		time.advance(14 * HOUR);
		expect((await reserve(900, day)).kind).toBe('reserved');
		expect((await reserve(900, { ...day, invoice: 'other' })).kind).toBe('reserved');
	});

	it('blocks a payment that was already made, and reports that it was made', async () => {
		const { token } = handed(await reserve(900, rule(900)));
		await use(withRequestToken(token, { amount: 900 }));
		expect(await reserve(900, rule(10))).toMatchObject({
			kind: 'violation',
			entry: { state: 'succeeded' },
		});
	});
});

describe('a limit counts what Stripe has actually moved', () => {
	const full = { policy: { currencies: [{ currency: 'eur', maxPerPayment: 2_000, maxPerDay: 2_000 }] } };
	const paid = (moved: number, currency = 'eur') => ({
		kind: 'payment' as const,
		object: 'pi_1' as const,
		state: 'paid' as const,
		moved,
		notMoved: 0,
		currency,
	});

	it.each([
		['less than was requested', paid(500), 1_500],
		['more than was requested', paid(1_500), 500],
		['a different currency, so that the requested amount counts', paid(1, 'usd'), 1_000],
	])('%s', async (_what, payment, remaining) => {
		const { token } = handed(await reserve(1_000, full));
		const decision = await ledger.claim(withRequestToken(token, { amount: 1_000 }), 0);
		if (decision.kind !== 'granted') throw new Error('It was not granted');
		const report = { outcomes: [{ kind: 'succeeded', payment }], sends: 1 } as const;
		await ledger.settle(decision.grant, report, ENTRY_RETENTION_MS);
		expect(await reserve(2_000, { ...full, invoice: 'other' })).toMatchObject({
			kind: 'over_limit',
			left: remaining,
		});
	});
});
