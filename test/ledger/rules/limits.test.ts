import type { Entry, Reservation } from '../../../ledger/model/entry';
import type { Payment } from '../../../ledger/model/payment';
import { buildDailyLimit, buildSessionLimit, movedAmountOf, limitUseOf } from '../../../ledger/rules/budget';
import { findCurrencyPolicy } from '../../../ledger/rules/policy';
import {
	concernsReservation,
	decideApproval,
	keepLimits,
	replaceTokenHash,
} from '../../../ledger/rules/reservation';
import { decideSettleByHandle } from '../../../ledger/rules/settleByHandle';
import { parseToken } from '../../../ledger/rules/token';
import { causeBeforeSend } from '../../../ledger/rules/uncertainty';
import { START_TIME } from '../fakeClock';

const RESERVATION = {
	intent: { operation: 'paymentIntent.create', amount: 1000, currency: 'eur', purpose: 'x' },
	spender: { agent: 'shop' },
	approval: { state: 'waiting' },
	tokenHash: 'x',
	generation: 1,
	generationId: 'first',
	reservedAt: START_TIME,
	limitsHeld: true,
	validUntil: START_TIME + 1000,
	validForMs: 1000,
} as unknown as Reservation;

/** As much of an entry as these rules look at. */
const entry = (facts: object): Entry =>
	({
		state: 'succeeded',
		attempt: 1,
		version: 1,
		mayHaveExecuted: false,
		outcome: { kind: 'succeeded' },
		reservation: RESERVATION,
		...facts,
	}) as unknown as Entry;

const paid = (payment: Partial<Payment>) =>
	entry({
		outcome: { kind: 'succeeded', payment: { currency: 'eur', moved: 0, notMoved: 0, ...payment } },
	});

describe('a success counts with', () => {
	it.each<[string, Partial<Payment>, number | undefined]>([
		['what it moved, where it was paid', { state: 'paid', moved: 700, notMoved: 300 }, 700],
		['what it moved, where it was refunded', { state: 'refunded', moved: 700, notMoved: 300 }, 700],
		['what it may still move, while it is under way', { state: 'processing', notMoved: 900 }, 900],
		['what was reserved, where it failed', { state: 'failed', notMoved: 900 }, undefined],
		['what was reserved, where it was canceled', { state: 'canceled', notMoved: 900 }, undefined],
		['what was reserved, in another currency', { state: 'paid', moved: 7, currency: 'usd' }, undefined],
	])('%s', (_what, payment, amount) => {
		expect(movedAmountOf(paid(payment))).toBe(amount);
		expect(limitUseOf(paid(payment))).toEqual({ amount: amount ?? 1000, count: 1 });
	});
});

it.each([
	['nothing, if it was refused', { state: 'rejected' }, 0],
	['nothing, if it was cancelled', { state: 'cancelled' }, 0],
	['all of it, if it may have been executed', { state: 'cancelled', mayHaveExecuted: true }, 1000],
	['all of it, while it is unknown', { state: 'unknown' }, 1000],
	['all of it, while it is in flight', { state: 'in_flight' }, 1000],
])('a reservation takes %s', (_what, facts, amount) => {
	const outcome = { kind: 'rejected' };
	expect(limitUseOf(entry({ outcome, ...facts }))).toEqual({ amount, count: amount === 0 ? 0 : 1 });
});

it('what was never reserved takes nothing', () => {
	expect(limitUseOf(entry({ reservation: undefined }))).toEqual({ amount: 0, count: 0 });
});

it('where a currency is limited twice, the stricter row of each limit holds; none is none', () => {
	const currencies = [
		{ currency: 'eur', maxPerPayment: 500, maxPerDay: 900 },
		{ currency: 'eur', maxPerPayment: 700, maxPerDay: 800 },
		{ currency: 'usd', maxPerPayment: 1 },
	];
	const policy = { currencies } as unknown as Parameters<typeof findCurrencyPolicy>[1];
	expect(findCurrencyPolicy('eur', policy)).toEqual({
		currency: 'eur',
		maxPerPayment: 500,
		maxPerDay: 800,
		approvalAbove: undefined,
	});
	expect(findCurrencyPolicy('gbp', policy)).toBeUndefined();
});

describe('a decision of a person', () => {
	it('concerns the generation that it names', () => {
		expect(concernsReservation('first', entry({}))).toBe(true);
		expect(concernsReservation('second', entry({}))).toBe(false);
		expect(concernsReservation('first', entry({ reservation: undefined }))).toBe(false);
	});

	it.each(['succeeded', 'in_flight', 'cancelled'])('approves nothing that is %s', (state) => {
		expect(decideApproval(entry({ state }), 'first', 'Ada', START_TIME)).toMatchObject({
			kind: 'refused',
		});
	});

	it('approves what is reserved, until it has expired', () => {
		const reserved = entry({ state: 'reserved' });
		expect(decideApproval(reserved, 'first', 'Ada', START_TIME)).toMatchObject({ kind: 'applied' });
		expect(decideApproval(reserved, 'first', 'Ada', START_TIME + 1000)).toMatchObject({
			kind: 'refused',
		});
	});
});

describe('the limits in which a reservation is counted', () => {
	const limits = [{ budgetId: 'budget_v1_x', epoch: 'x' }];

	it('stay with it', () => {
		const current = { ...RESERVATION, limits };
		expect(keepLimits(RESERVATION, current)).toEqual({ reservation: current });
	});

	it('do not go to a later generation', () => {
		const next = { ...RESERVATION, generationId: 'second' };
		expect(keepLimits(next, { ...RESERVATION, limits })).toEqual({ reservation: next });
	});
});

describe('a token', () => {
	const token = `token_${'a'.repeat(43)}_${'b'.repeat(22)}`;

	it('may have blanks around it', () => {
		expect(parseToken(` ${token}\n`)).toMatchObject({ entryId: `v1_${'a'.repeat(43)}` });
	});

	it.each([`${token}b`, `x${token}`, `${token} ${token}`, token.slice(0, -1), token.toUpperCase()])(
		'is not "%s"',
		(text) => {
			expect(parseToken(text)).toBeUndefined();
		},
	);
});

describe('a claim begins to send under the cause', () => {
	it.each([
		['that was known, where its attempt may have been executed', { mayHaveExecuted: true }, 'lost'],
		['of what was never told, where a claim was left behind', { state: 'in_flight' }, 'failed'],
		['that was known, where nothing was executed', {}, 'lost'],
	])('%s', (_what, facts, cause) => {
		const current = entry({ state: 'unknown', uncertaintyCause: 'lost', ...facts });
		expect(causeBeforeSend(current)).toBe(cause);
	});

	it('none, where nothing was sent', () => {
		expect(causeBeforeSend(entry({ state: 'released' }))).toBeUndefined();
	});
});

it('a token under another secret is a new version of the entry, also of one without a reservation', () => {
	expect(replaceTokenHash(entry({ version: 7 }), 'y')).toMatchObject({
		version: 8,
		reservation: { tokenHash: 'y' },
	});
	expect(replaceTokenHash(entry({ version: 7, reservation: undefined }), 'y').version).toBe(8);
});

it('a handle of an earlier claim has not settled what the last claim has settled likewise', () => {
	const current = entry({ entryId: `v1_${'a'.repeat(43)}`, fence: 2, firstSentAt: START_TIME });
	const handle = { entryId: current.entryId, fence: 1, attempt: 1, claimId: 'x' };
	const report = { outcomes: [{ kind: 'succeeded' as const }], sends: 1 };
	const settleWith = (fence: number) =>
		decideSettleByHandle(current, { ...handle, fence }, report as never, START_TIME, 1000).kind;
	expect(settleWith(2)).toBe('already_settled');
	expect(settleWith(1)).not.toBe('already_settled');
});

it('a counter keeps its name: under another one, what was spent today would be forgotten', () => {
	const scope = { mode: 'test', account: 'acct_1' } as const;
	const day = (now: number, currency = 'eur') =>
		buildDailyLimit(scope, { agent: 'shop' }, currency, now, 5).budgetId;
	const session = (name?: string) =>
		buildSessionLimit(scope, { agent: 'shop', ...(name === undefined ? {} : { session: name }) }, 5)
			.budgetId;
	expect(day(Date.UTC(2026, 10, 29, 23, 59))).toBe('budget_v1_7mn8QpUnB9r5t6aVh2Db19xnc1hDsDBVgbxj5swT4Ak');
	expect(session('s1')).toBe('budget_v1_i4ZHSUTOJCQv5G1Tkki2UhLDAxyNN09nmITSb1gialw');
	const all = [day(0), day(86_400_000), day(0, 'usd'), session(), session('s1'), session('s2')];
	expect(new Set(all).size).toBe(all.length);
});
