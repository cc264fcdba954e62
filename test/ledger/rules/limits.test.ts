import type { Entry, Reservation } from '../../../ledger/model/entry';
import type { Payment } from '../../../ledger/model/payment';
import type { Budget } from '../../../ledger/model/row';
import { initialVersion } from '../../../ledger/model/row';
import {
	applyBudgetChanges,
	diffBudgets,
	buildDailyLimit,
	buildSessionLimit,
	holdLimits,
	movedAmountOf,
	limitUseOf,
} from '../../../ledger/rules/budget';
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
		['what it moved, if it was paid', { state: 'paid', moved: 700, notMoved: 300 }, 700],
		['what it moved, if it was refunded', { state: 'refunded', moved: 700, notMoved: 300 }, 700],
		['what it may still move, while it is processing', { state: 'processing', notMoved: 900 }, 900],
		['what was reserved, if it failed', { state: 'failed', notMoved: 900 }, undefined],
		['what was reserved, if it was canceled', { state: 'canceled', notMoved: 900 }, undefined],
		[
			'what was reserved, if the currency differs',
			{ state: 'paid', moved: 7, currency: 'usd' },
			undefined,
		],
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

it('a claim without a reservation takes nothing', () => {
	expect(limitUseOf(entry({ reservation: undefined }))).toEqual({ amount: 0, count: 0 });
});

it('if a currency is limited twice, the stricter row of each limit applies; no rows mean no limit', () => {
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

describe('a decision by a person', () => {
	it('applies to the generation that it names', () => {
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

describe('the limits that a reservation counts against', () => {
	const limits = [{ budgetId: 'budget_v1_x', epoch: 'x' }];

	it('are kept with it', () => {
		const current = { ...RESERVATION, limits };
		expect(keepLimits(RESERVATION, current)).toEqual({ reservation: current });
	});

	it('are not carried over to a later generation', () => {
		const next = { ...RESERVATION, generationId: 'second' };
		expect(keepLimits(next, { ...RESERVATION, limits })).toEqual({ reservation: next });
	});
});

describe('a token', () => {
	const token = `token_${'a'.repeat(43)}_${'b'.repeat(22)}`;

	it('may be surrounded by blanks', () => {
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
		['that was known, if its attempt may have been executed', { mayHaveExecuted: true }, 'lost'],
		['of a missing response, if a claim was abandoned', { state: 'in_flight' }, 'failed'],
		['that was known, if nothing was executed', {}, 'lost'],
	])('%s', (_what, facts, cause) => {
		const current = entry({ state: 'unknown', uncertaintyCause: 'lost', ...facts });
		expect(causeBeforeSend(current)).toBe(cause);
	});

	it('none, if nothing was sent', () => {
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

it('a handle of an earlier claim does not settle what the last claim has settled identically', () => {
	const current = entry({ entryId: `v1_${'a'.repeat(43)}`, fence: 2, firstSentAt: START_TIME });
	const handle = { entryId: current.entryId, fence: 1, attempt: 1, claimId: 'x' };
	const report = { outcomes: [{ kind: 'succeeded' as const }], sends: 1 };
	const settleWith = (fence: number) =>
		decideSettleByHandle(current, { ...handle, fence }, report as never, START_TIME, 1000).kind;
	expect(settleWith(2)).toBe('already_settled');
	expect(settleWith(1)).not.toBe('already_settled');
});

describe('limits have room', () => {
	const NOW = START_TIME;
	const daily = { budgetId: 'day', kind: 'per_day', amount: 1500, retentionMs: 10 } as const;
	const session = { budgetId: 'session', kind: 'per_session', count: 2, retentionMs: 20 } as const;
	const reserved = entry({ state: 'reserved', reservation: { ...RESERVATION, limitsHeld: false } });
	const budget = (entryId: string, amount: number, count = 1): Budget => ({
		state: 'budget',
		entryId,
		version: 4,
		expiresAt: 0,
		taken: { amount, count },
		epoch: 'old',
	});
	const hold = (budgets: (Budget | undefined)[], of = reserved) =>
		holdLimits(of, [daily, session], budgets, 'new', NOW);

	it('in new and in existing counters: it is counted and marked together with them', () => {
		const limits = [
			{ budgetId: 'day', epoch: 'old' },
			{ budgetId: 'session', epoch: 'new' },
		];
		expect(hold([budget('day', 500), undefined])).toEqual({
			kind: 'to_write',
			entry: { ...reserved, version: 2, reservation: { ...RESERVATION, limitsHeld: true, limits } },
			budgets: [
				{
					row: {
						...budget('day', 1500, 2),
						version: 5,
						expiresAt: NOW + 10,
					},
					isNew: false,
				},
				{
					row: {
						...budget('session', 1000),
						version: initialVersion('new'),
						expiresAt: NOW + 20,
						epoch: 'new',
					},
					isNew: true,
				},
			],
		});
	});

	it('in the current counters: a purged one of the same limit is no longer named', () => {
		const limits = [
			{ budgetId: 'yesterday', epoch: 'old' },
			{ budgetId: 'day', epoch: 'forgotten' },
		];
		const again = entry({ state: 'reserved', reservation: { ...RESERVATION, limits } });
		expect(hold([budget('day', 0), undefined], again)).toMatchObject({
			entry: {
				reservation: {
					limits: [
						{ budgetId: 'yesterday', epoch: 'old' },
						{ budgetId: 'day', epoch: 'old' },
						{ budgetId: 'session', epoch: 'new' },
					],
				},
			},
		});
	});

	it.each<[string, (Budget | undefined)[], object]>([
		['an amount', [budget('day', 501), undefined], { limit: daily, left: 999 }],
		[
			'an amount, if more than everything is used',
			[budget('day', 1600), undefined],
			{ limit: daily, left: 0 },
		],
		['a reservation', [undefined, budget('session', 5, 2)], { limit: session, left: 0 }],
		[
			'a reservation, if more than all are used',
			[undefined, budget('session', 5, 3)],
			{ limit: session, left: 0 },
		],
	])('but not for %s that does not fit', (_what, budgets, exceeded) => {
		expect(hold(budgets)).toEqual({ kind: 'exceeds_limit', ...exceeded });
	});

	it('for what is already counted: it keeps its place when all are full, and is not counted twice', () => {
		const limits = [
			{ budgetId: 'day', epoch: 'old' },
			{ budgetId: 'session', epoch: 'old' },
		];
		const held = entry({ state: 'reserved', reservation: { ...RESERVATION, limits } });
		const full = [budget('day', 1500, 9), budget('session', 9000, 2)];
		expect(hold(full, held)).toEqual({ kind: 'held' });
		const [day, sessionOfAnother] = [budget('day', 1500), { ...budget('session', 0, 1), epoch: 'other' }];
		expect(hold([day, sessionOfAnother], held)).toMatchObject({
			kind: 'to_write',
			budgets: [{ row: { entryId: 'session', taken: { amount: 1000, count: 2 } }, isNew: false }],
		});
		const unmarked = { ...held, reservation: { ...held.reservation!, limitsHeld: false } };
		expect(hold(full, unmarked as Entry)).toMatchObject({ kind: 'to_write', budgets: [] });
		expect(hold(full, { ...unmarked, state: 'unknown' } as Entry)).toEqual({ kind: 'held' });
	});
});

describe('the counters change with an entry', () => {
	const limits = [{ budgetId: 'day', epoch: 'old' }];
	const counted = (facts: object) => entry({ ...facts, reservation: { ...RESERVATION, limits } });
	const reserved = counted({ state: 'reserved' });
	const refused = counted({ state: 'rejected', outcome: { kind: 'rejected' } });

	it.each<[string, Entry | undefined, Entry, object[]]>([
		['by its whole amount if it is new', undefined, reserved, [{ ...limits[0], amount: 1000, count: 1 }]],
		['by nothing if it uses as much as before', reserved, counted({ state: 'unknown' }), []],
		[
			'by the released amount if nothing was moved',
			reserved,
			refused,
			[{ ...limits[0], amount: -1000, count: -1 }],
		],
		[
			'by the difference if less was moved',
			reserved,
			entry({
				reservation: { ...RESERVATION, limits },
				outcome: {
					kind: 'succeeded',
					payment: { currency: 'eur', state: 'paid', moved: 700, notMoved: 0 },
				},
			}),
			[{ ...limits[0], amount: -300, count: 0 }],
		],
		['by nothing if it is counted in none', undefined, entry({ state: 'reserved' }), []],
	])('%s', (_how, current, next, changes) => {
		expect(diffBudgets(current, next)).toEqual(changes);
	});

	it('each by its own amount, and one of a different epoch, or a missing one, by nothing', () => {
		const row: Budget = {
			state: 'budget',
			entryId: 'day',
			version: 4,
			expiresAt: 9,
			taken: { amount: 1500, count: 2 },
			epoch: 'old',
		};
		const change = { budgetId: 'day', epoch: 'old', amount: -300, count: -1 };
		const others = [
			{ ...change, epoch: 'new' },
			{ ...change, budgetId: 'session' },
		];
		expect(applyBudgetChanges(row, [change, change, ...others])).toEqual({
			...row,
			version: 5,
			taken: { amount: 900, count: 0 },
		});
		expect(applyBudgetChanges(row, others)).toBeUndefined();
		expect(applyBudgetChanges(undefined, [change])).toBeUndefined();
		expect(applyBudgetChanges(entry({}), [change])).toBeUndefined();
	});
});

it("a counter keeps its name: with a different one, today's spending would be forgotten", () => {
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
