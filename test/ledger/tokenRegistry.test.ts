import { rmSync } from 'node:fs';
import { join } from 'node:path';

import type { OutcomeKind } from '../../ledger/model/entry';
import { Ledger } from '../../ledger/ledger';
import type { ReserveResult } from '../../ledger/tokenRegistry';
import { TokenSecretMissingError, TokenRegistry } from '../../ledger/tokenRegistry';
import { expireIfUnused } from '../../ledger/rules/reservation';
import type { ReservationReference } from '../../ledger/rules/token';
import { parseToken } from '../../ledger/rules/token';
import type { Store } from '../../ledger/store';
import { SqliteStore } from '../../ledger/stores/sqlite/sqliteStore';
import { StaticDataStore } from '../../ledger/stores/staticData';
import type { ClaimRequest } from '../../ledger/rules/claimRequest';
import { newFolderInMemory } from '../nodes/fixtures/ledgerFolder';
import { FakeClock } from './fakeClock';
import { FaultyStore } from './faultyStore';
import { DAY, HOUR, LEASE, MINUTE, ENTRY_RETENTION_MS, buildReport } from './requests';
import { buildReservation, withRequestToken } from './reserving';
import { LimitHolds } from '../../ledger/holds';
import { expectSoundCounters } from './soundCounters';
import type { Row } from '../../ledger/model/row';

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

function tokenIn(answer: ReserveResult): string {
	if (answer.kind !== 'reserved') throw new Error(`It was not reserved: ${answer.kind}`);
	return answer.token;
}

const reserve = (...given: Parameters<typeof buildReservation>) =>
	registry.reserve(buildReservation(...given));

/** The reservation that stands of a token's entry. */
async function about(token: string): Promise<ReservationReference> {
	const { entryId } = parseToken(token)!;
	const { reservation } = (await ledger.find(entryId))!;
	return { entryId, generationId: reservation!.generationId };
}

/** What became of a claim, in a word; a granted one is settled at once as Stripe's answer would have it. */
async function use(request: ClaimRequest, answer: OutcomeKind | 'none' = 'succeeded'): Promise<string> {
	const decision = await ledger.claim(request, 0);
	if (decision.kind === 'blocked') return decision.reason;
	if (decision.kind !== 'granted') return decision.kind;
	if (answer !== 'none') await ledger.settle(decision.grant, buildReport(answer), ENTRY_RETENTION_MS);
	return 'granted';
}

async function rows(): Promise<Row[]> {
	const all: Row[] = [];
	for await (const portion of store.scan()) all.push(...portion);
	return all;
}

it('an entry that changed since it was read gets no room in a limit until it is read again', async () => {
	const input = buildReservation();
	const read = await ledger.find((await about(tokenIn(await registry.reserve(input)))).entryId);
	await store.replaceIfVersion([{ ...read!, version: read!.version + 1 }]);
	const other = { ...input.spender, agent: 'another' };
	const result = await new LimitHolds(store, time).acquireLimits(read!, other, input.policy);
	expect(result).toEqual({ kind: 'changed' });
	expect((await ledger.find(read!.entryId))?.version).toBe(read!.version + 1);
});

describe('a token', () => {
	it('is the same for the same intent, however often and however worded a model requests it', async () => {
		const first = tokenIn(await reserve());
		expect(tokenIn(await reserve({ intent: { purpose: 'pay that bill, please' } }))).toBe(first);
		expect(await use(withRequestToken(first))).toBe('granted');
		const after = await reserve({ intent: { purpose: 'again?' } });
		expect(after).toMatchObject({ kind: 'reserved', token: first, entry: { state: 'succeeded' } });
	});

	it('differs for a different invoice, and cannot be derived from it', async () => {
		const [one, other] = [tokenIn(await reserve()), tokenIn(await reserve({ invoice: 'INV-2' }))];
		const forged = `${other.slice(0, -22)}${one.slice(-22)}`;
		expect(await use(withRequestToken(forged))).toBe('invalid_token');
		expect(parseToken('token_made_up')).toBeUndefined();
	});

	it('is not stored in the ledger, and neither is its secret half', async () => {
		const token = tokenIn(await reserve());
		expect(JSON.stringify(await rows())).not.toContain(token.slice(-22));
	});

	it('is valid in another process on the same ledger', async () => {
		const token = tokenIn(await reserve());
		const elsewhere = new TokenRegistry(store, time);
		expect(tokenIn(await elsewhere.reserve(buildReservation()))).toBe(token);
	});

	it('is used once: the second use returns the outcome of the first, however it is worded', async () => {
		const token = tokenIn(await reserve());
		expect(await use(withRequestToken(token))).toBe('granted');
		expect(await use(withRequestToken(token))).toBe('replay');
		const reworded = withRequestToken(
			token,
			{},
			{ params: { amount: '1999', description: 'other words' } },
		);
		expect(await use(reworded)).toBe('replay');
	});

	it.each<[string, Parameters<typeof withRequestToken>[1]]>([
		['a different amount', { amount: 2000 }],
		['a smaller amount', { amount: 1 }],
		['a different currency', { currency: 'usd' }],
		['a different customer', { customer: 'cus_2' }],
		['no customer', { customer: undefined }],
		['a different operation', { operation: 'refund.create' }],
		['an object that was not reserved', { object: 'pi_1' }],
		['an amount that is not a number', { amount: NaN }],
	])('is refused for %s, before and after its use', async (_what, spending) => {
		const token = tokenIn(await reserve());
		expect(await use(withRequestToken(token, spending))).toBe('request_mismatch');
		expect(await use(withRequestToken(token))).toBe('granted');
		expect(await use(withRequestToken(token, spending))).toBe('request_mismatch');
	});

	it('names the agent that requested it first, whoever requests it again or pays', async () => {
		const origin = { workflowId: 'A', workflowName: 'Support', executionId: '1' };
		const token = tokenIn(await reserve({ origin }));
		await reserve({ origin: { workflowId: 'B' } });
		await use(withRequestToken(token, {}, { origin: { workflowId: 'C', workflowName: 'Till' } }));
		expect(await reserve()).toMatchObject({
			entry: { state: 'succeeded', origin: { workflowId: 'C' }, reservation: { origin } },
		});
	});

	it('with a maximum accepts less, and never more', async () => {
		const token = tokenIn(await reserve({ intent: { isMaximum: true } }));
		expect(await use(withRequestToken(token, { amount: 2000 }))).toBe('request_mismatch');
		expect(await use(withRequestToken(token, { amount: 1500 }))).toBe('granted');
	});

	it('is compared with the object that was reserved: the payment being refunded names its customer', async () => {
		const refund = { operation: 'refund.create', object: 'pi_1', customer: undefined };
		const token = tokenIn(await reserve({ intent: refund }));
		expect(await use(withRequestToken(token, { ...refund, object: 'pi_2' }))).toBe('request_mismatch');
		expect(await use(withRequestToken(token, { ...refund, customer: 'cus_9' }))).toBe('granted');
	});

	it('is required: without it, the same entry is not sent', async () => {
		const { entryId } = parseToken(tokenIn(await reserve())) ?? { entryId: '' };
		const { token: _without, ...request } = withRequestToken(tokenIn(await reserve()));
		expect(await use({ ...request, entryId })).toBe('token_required');
	});

	it('is invalid after its expiry, and the same intent can be reserved again', async () => {
		const token = tokenIn(await reserve());
		time.advance(24 * HOUR);
		expect(await use(withRequestToken(token))).toBe('expired');
		const renewed = tokenIn(await reserve());
		expect(await use(withRequestToken(token))).toBe('earlier_token');
		expect(await use(withRequestToken(renewed))).toBe('granted');
	});

	it('whose send had no response is repeated under the same key, even after its expiry', async () => {
		const token = tokenIn(await reserve());
		expect(await use(withRequestToken(token), 'unknown')).toBe('granted');
		time.advance(22 * HOUR);
		const before = await ledger.find(parseToken(token)?.entryId ?? '');
		expect(await use(withRequestToken(token))).toBe('granted');
		expect((await ledger.find(parseToken(token)?.entryId ?? ''))?.key).toBe(before?.key);
	});

	it('whose payment was declined returns the decline again; only a newly requested reservation starts a new attempt', async () => {
		const token = tokenIn(await reserve());
		await use(withRequestToken(token), 'rejected');
		expect(await use(withRequestToken(token, {}, { afterRejection: 'newAttempt' }))).toBe(
			'stored_rejection',
		);
		expect(await reserve()).toMatchObject({ kind: 'reserved', entry: { state: 'rejected' } });
		expect(await use(withRequestToken(token))).toBe('stored_rejection');
		const renewed = tokenIn(await reserve({ afterRejection: 'newAttempt' }));
		expect(await use(withRequestToken(token))).toBe('earlier_token');
		expect(await use(withRequestToken(renewed))).toBe('granted');
		expect(await ledger.find(parseToken(token)?.entryId ?? '')).toMatchObject({
			attempt: 2,
			state: 'succeeded',
		});
	});

	it('a different amount for a reserved invoice is a conflict that names both', async () => {
		await reserve();
		expect(await reserve({ intent: { amount: 2500 } })).toMatchObject({
			kind: 'conflict',
			differences: [{ name: 'amount', stored: '1999', requested: '2500' }],
		});
	});

	it('cannot be derived from public data', async () => {
		const open = new StaticDataStore({}, 'workflow', new Map());
		await expect(new TokenRegistry(open, time).reserve(buildReservation())).rejects.toThrow(
			TokenSecretMissingError,
		);
		const given = new TokenRegistry(open, time, 'of the credential');
		expect(await given.reserve(buildReservation())).toMatchObject({ kind: 'reserved' });
		expect(JSON.stringify([...(await open.list({ limit: 9 }))])).not.toContain('of the credential');
	});
});

describe('a policy', () => {
	it.each([
		['an operation', { intent: { operation: 'paymentIntent.capture' } }, { kind: 'operation' }],
		['a currency', { intent: { currency: 'usd' } }, { kind: 'currency', allowed: ['eur'] }],
		['a customer', { policy: { customers: ['cus_7'] } }, { kind: 'customer' }],
		['too much', { intent: { amount: 10_001 } }, { kind: 'too_much', most: 10_000 }],
	])('refuses %s that is not allowed, and leaves nothing behind', async (_what, given, violation) => {
		expect(await reserve(given)).toMatchObject({ kind: 'violation', violation });
		expect((await rows()).map(({ state }) => state)).toEqual(['registry']);
	});

	it('lets a person approve an amount above a limit, days later, and the token is valid from then on', async () => {
		const token = tokenIn(await reserve({ intent: { amount: 5_001 } }));
		const spending = { amount: 5_001 };
		expect(await use(withRequestToken(token, spending))).toBe('waiting_for_approval');
		time.advance(6 * DAY);
		const { entryId } = parseToken(token) ?? { entryId: '' };
		expect(await registry.approve(await about(token), 'Ada')).toMatchObject({ kind: 'applied' });
		expect(await registry.approve(await about(token), 'Ada')).toMatchObject({ kind: 'already_applied' });
		time.advance(23 * HOUR);
		expect(await use(withRequestToken(token, spending))).toBe('granted');
		expect(await ledger.find(entryId)).toMatchObject({
			reservation: { approval: { state: 'approved', decidedBy: 'Ada' } },
		});
	});

	it('refuses an approval that comes too late', async () => {
		const token = tokenIn(await reserve({ intent: { amount: 5_001 } }));
		time.advance(7 * DAY);
		expect(await registry.approve(await about(token), 'Ada')).toMatchObject({ kind: 'refused' });
		expect(await use(withRequestToken(token, { amount: 5_001 }))).toBe('expired');
	});

	it.each(['denied', 'revoked', 'cancelled'] as const)(
		'keeps a reservation that a person has %s',
		async (reason) => {
			const token = tokenIn(await reserve());
			const { entryId } = parseToken(token) ?? { entryId: '' };
			const verdict =
				reason === 'cancelled'
					? await registry.cancel(entryId, 'Ada', ENTRY_RETENTION_MS)
					: await registry.denyOrRevoke(await about(token), reason, 'Ada', ENTRY_RETENTION_MS);
			expect(verdict).toMatchObject({ kind: 'applied' });
			expect(await use(withRequestToken(token))).toBe(reason);
			expect(await reserve()).toMatchObject({ kind: 'blocked', reason });
		},
	);

	it.each(['none', 'unknown', 'succeeded'] as const)(
		'does not let a person revoke a payment that is in flight or executed (%s)',
		async (answer) => {
			const token = tokenIn(await reserve());
			await use(withRequestToken(token), answer);
			expect(
				await registry.denyOrRevoke(await about(token), 'revoked', 'Ada', ENTRY_RETENTION_MS),
			).toMatchObject({
				kind: 'refused',
			});
		},
	);
});

describe('the kill switch', () => {
	it('blocks every reservation and every token at once, until payments are resumed', async () => {
		const token = tokenIn(await reserve());
		await registry.stop('tokens', 'Ada', 'the agent went astray');
		expect(await use(withRequestToken(token))).toBe('payments_stopped');
		expect(await reserve({ invoice: 'INV-2' })).toMatchObject({
			kind: 'payments_stopped',
			killSwitch: { decidedBy: 'Ada', width: 'tokens' },
		});
		await registry.resume('tokens');
		expect(await use(withRequestToken(token))).toBe('granted');
	});

	it('also blocks the repeat of a send without a response; completed payments are still returned', async () => {
		const [open, done] = [tokenIn(await reserve()), tokenIn(await reserve({ invoice: 'INV-2' }))];
		await use(withRequestToken(open), 'unknown');
		await use(withRequestToken(done));
		await registry.stop('tokens', 'Ada', '');
		expect(await use(withRequestToken(open))).toBe('payments_stopped');
		expect(await use(withRequestToken(done))).toBe('replay');
	});

	it('survives every purge', async () => {
		await registry.stop('tokens', 'Ada', '');
		time.advance(4000 * DAY);
		await ledger.purge(100);
		expect(await reserve()).toMatchObject({ kind: 'payments_stopped' });
	});
});

describe('a limit', () => {
	const invoices = (count: number) => Array.from({ length: count }, (_, n) => `INV-${n}`);
	const kinds = (answers: ReserveResult[]) =>
		answers.reduce<Record<string, number>>((counted, { kind }) => {
			return { ...counted, [kind]: (counted[kind] ?? 0) + 1 };
		}, {});

	it('holds to the minor unit when a hundred reserve concurrently, from two processes', async () => {
		const rivals = [registry, new TokenRegistry(store, time)];
		const answers = await Promise.all(
			invoices(100).map((invoice, n) =>
				(rivals[n % 2] ?? registry).reserve(buildReservation({ invoice, intent: { amount: 1_999 } })),
			),
		);
		// 20,000 a day: ten times 19.99, and one cent short of nothing more.
		expect(kinds(answers)).toEqual({ reserved: 10, over_limit: 90 });
		expect(await reserve({ invoice: 'rest', intent: { amount: 10 } })).toMatchObject({
			kind: 'reserved',
		});
		expect(await reserve({ invoice: 'more', intent: { amount: 1 } })).toMatchObject({
			kind: 'over_limit',
			left: 0,
		});
	});

	it('counts one intent once, even if many reserve it concurrently', async () => {
		const answers = await Promise.all(invoices(20).map(() => reserve({ intent: { amount: 5_000 } })));
		expect(kinds(answers)).toEqual({ reserved: 20 });
		expect(await reserve({ invoice: 'other', intent: { amount: 5_000 } })).toMatchObject({
			kind: 'reserved',
		});
	});

	const full = { policy: { currencies: [{ currency: 'eur', maxPerPayment: 2_000, maxPerDay: 2_000 }] } };

	it.each<[OutcomeKind | 'none', string]>([
		['rejected', 'reserved'],
		['unknown', 'over_limit'],
		['succeeded', 'over_limit'],
		['unauthorized', 'over_limit'],
		['none', 'over_limit'],
	])('after a send that ended %s, the next one is %s', async (answer, next) => {
		const token = tokenIn(await reserve(full));
		await use(withRequestToken(token), answer);
		expect((await reserve({ ...full, invoice: 'INV-2' })).kind).toBe(next);
	});

	it('is released when a reservation expires unused, and no one can use it any more', async () => {
		const token = tokenIn(await reserve({ ...full, session: 'chat' }));
		const once = { policy: { ...full.policy, maxPerSession: 1 }, session: 'chat', invoice: 'INV-2' };
		expect((await reserve(once)).kind).toBe('over_limit');
		time.advance(25 * HOUR);
		expect((await reserve(once)).kind).toBe('reserved');
		time.advance(-25 * HOUR);
		// Another host, whose clock is behind, does not bring it back.
		expect(await use(withRequestToken(token))).toBe('expired');
	});

	it('is released by a token whose use was refused before it was sent, once it expires', async () => {
		await use(withRequestToken(tokenIn(await reserve(full))), 'unauthorized');
		expect((await reserve({ ...full, invoice: 'INV-2' })).kind).toBe('over_limit');
		time.advance(13 * HOUR);
		const [{ entryId } = { entryId: '' }] = await ledger.list({ states: ['released'], limit: 1 });
		expect(entryId).not.toBe('');
		time.advance(12 * HOUR);
		await reserve({ ...full, agent: 'other', invoice: 'INV-3' });
		expect(await ledger.find(entryId)).toMatchObject({
			state: 'cancelled',
			cancellation: { reason: 'expired' },
		});
		await expectSoundCounters(store);
	});

	it('of a different agent that gets the token while it is used counts what is paid, too', async () => {
		const token = tokenIn(await reserve(full));
		const decision = await ledger.claim(withRequestToken(token), 0);
		if (decision.kind !== 'granted') throw new Error('It was not granted');
		const intern = { ...full, agent: 'intern' };
		expect((await reserve(intern)).kind).toBe('reserved');
		await ledger.settle(decision.grant, buildReport('succeeded'), ENTRY_RETENTION_MS);
		expect((await reserve({ ...intern, invoice: 'INV-2' })).kind).toBe('over_limit');
		await expectSoundCounters(store);
	});

	it('is used again by a payment that succeeds after it was taken for declined', async () => {
		await use(withRequestToken(tokenIn(await reserve(full))), 'rejected');
		const { entryId } = (await ledger.list({ states: ['rejected'], limit: 1 }))[0]!;
		expect((await reserve({ ...full, invoice: 'INV-2', intent: { amount: 2_000 } })).kind).toBe(
			'reserved',
		);
		const outcome = { kind: 'succeeded' as const, objectId: 'pi_1' };
		await ledger.confirmSuccess(entryId, ({ mode, account, key }) => ({ mode, account, key, outcome }));
		await expectSoundCounters(store);
		const { policy } = { policy: { currencies: [{ ...full.policy.currencies[0]!, maxPerDay: 3_999 }] } };
		const more = (amount: number) => reserve({ policy, invoice: 'INV-3', intent: { amount } });
		expect(await more(1)).toMatchObject({ kind: 'over_limit', left: 0 });
	});

	it('that was deleted and is counted anew releases nothing counted before', async () => {
		const chat = { session: 'chat', policy: { maxPerSession: 1 } };
		const token = tokenIn(await reserve(chat));
		const decision = await ledger.claim(withRequestToken(token), 0);
		if (decision.kind !== 'granted') throw new Error('It was not granted');
		time.advance(91 * DAY);
		await ledger.purge(100);
		expect((await reserve({ ...chat, invoice: 'INV-2' })).kind).toBe('reserved');
		await ledger.settle(decision.grant, buildReport('rejected'), ENTRY_RETENTION_MS);
		expect((await reserve({ ...chat, invoice: 'INV-3' })).kind).toBe('over_limit');
	});

	it('costs a reservation the same number of requests and rows, however many there are, and expires ten of them at most', async () => {
		const many = { policy: { maxPerSession: 100 }, session: 'chat' };
		const cost = async (invoice: string) => {
			const counting = new FaultyStore(store);
			const request = buildReservation({ ...many, invoice, intent: { amount: 1 } });
			await new TokenRegistry(counting, time).reserve(request);
			return counting.calls;
		};
		await cost('first');
		const among = await cost('second');
		for (const invoice of invoices(25)) await reserve({ ...many, invoice, intent: { amount: 1 } });
		expect(await cost('third')).toEqual(among);
		const sizes = async () =>
			(await rows()).flatMap((row) => (row.state === 'budget' ? [JSON.stringify(row).length] : []));
		expect(Math.max(...(await sizes()))).toBeLessThan(300);
		time.advance(25 * HOUR);
		await reserve({ ...many, invoice: 'next day', intent: { amount: 1 } });
		expect(await ledger.list({ states: ['cancelled'], limit: 100 })).toHaveLength(10);
		await expectSoundCounters(store);
	});

	it('that was deleted counts an agent that requests a token again that was counted before', async () => {
		const chat = { session: 'chat', policy: { maxPerSession: 2 } };
		await use(withRequestToken(tokenIn(await reserve(chat))), 'none');
		time.advance(91 * DAY);
		await ledger.purge(100);
		await reserve({ ...chat, invoice: 'INV-2' });
		expect((await reserve(chat)).kind).toBe('reserved');
		expect((await reserve({ ...chat, invoice: 'INV-3' })).kind).toBe('over_limit');
		await expectSoundCounters(store);
	});

	it('is released when a person denies the reservation', async () => {
		await registry.denyOrRevoke(
			await about(tokenIn(await reserve(full))),
			'denied',
			'Ada',
			ENTRY_RETENTION_MS,
		);
		expect((await reserve({ ...full, invoice: 'INV-2' })).kind).toBe('reserved');
	});

	it('counts what a payment with a maximum actually moved once it is completed', async () => {
		const token = tokenIn(await reserve({ ...full, intent: { amount: 2_000, isMaximum: true } }));
		expect((await reserve({ ...full, invoice: 'a', intent: { amount: 600 } })).kind).toBe('over_limit');
		await use(withRequestToken(token, { amount: 1_400 }));
		expect((await reserve({ ...full, invoice: 'b', intent: { amount: 601 } })).kind).toBe('over_limit');
		expect((await reserve({ ...full, invoice: 'b', intent: { amount: 600 } })).kind).toBe('reserved');
	});

	it('per session allows no more than its number, in any currency', async () => {
		const session = { session: 'chat', policy: { maxPerSession: 3 } };
		const answers = await Promise.all(
			invoices(10).map((invoice) => reserve({ ...session, invoice, intent: { amount: 1 } })),
		);
		expect(kinds(answers)).toEqual({ reserved: 3, over_limit: 7 });
		expect(
			(await reserve({ ...session, session: 'next', invoice: 'z', intent: { amount: 1 } })).kind,
		).toBe('reserved');
	});

	it('starts anew on the next day, and is separate for a different agent', async () => {
		await reserve(full);
		expect((await reserve({ ...full, invoice: 'a', agent: 'other' })).kind).toBe('reserved');
		expect((await reserve({ ...full, invoice: 'b' })).kind).toBe('over_limit');
		time.advance(14 * HOUR);
		expect((await reserve({ ...full, invoice: 'b' })).kind).toBe('reserved');
	});

	it('of one currency is not used by a different one, whose minor unit has a different value', async () => {
		const currencies = ['eur', 'jpy'].map((currency) => ({
			currency,
			maxPerPayment: 2_000,
			maxPerDay: 2_000,
		}));
		const both = { policy: { currencies } };
		expect((await reserve({ ...both, intent: { currency: 'jpy' } })).kind).toBe('reserved');
		expect((await reserve({ ...both, invoice: 'a', intent: { currency: 'eur' } })).kind).toBe('reserved');
		for (const currency of ['jpy', 'eur'])
			expect((await reserve({ ...both, invoice: 'b', intent: { currency } })).kind).toBe('over_limit');
	});

	it.each([
		['per day', full],
		['per session', { policy: { maxPerSession: 1 }, session: 'chat' }],
	])('%s is not used by reservations in test mode, or for a different account', async (_kind, limit) => {
		const scopes = [{}, { mode: 'live' as const }, { account: 'acct_2' }];
		for (const scope of scopes) {
			expect((await reserve({ ...limit, scope })).kind).toBe('reserved');
			expect((await reserve({ ...limit, scope, invoice: 'INV-2' })).kind).toBe('over_limit');
		}
	});

	it('per session is separate for a different agent, even with the same session ID', async () => {
		const once = { session: '1', policy: { maxPerSession: 1 } };
		expect((await reserve({ ...once, agent: 'one' })).kind).toBe('reserved');
		expect((await reserve({ ...once, agent: 'one', invoice: 'a' })).kind).toBe('over_limit');
		expect((await reserve({ ...once, agent: 'other', invoice: 'b' })).kind).toBe('reserved');
	});

	it.each([0, 1, 2])(
		'a process that dies after write %i leaves nothing with which more than the limit can be spent',
		async (writes) => {
			await expect(
				new TokenRegistry(dyingAfter(store, writes), time).reserve(buildReservation(full)),
			).rejects.toThrow('killed');
			const again = tokenIn(await reserve(full));
			expect((await reserve({ ...full, invoice: 'INV-2' })).kind).toBe('over_limit');
			expect(await use(withRequestToken(again))).toBe('granted');
			expect((await reserve({ ...full, invoice: 'INV-2' })).kind).toBe('over_limit');
		},
	);
});

it.each([0, 1, 2])(
	'a process that dies after write %i while another agent gets an existing token, or a token begins to require approval, gives no one more than its limit',
	async (writes) => {
		const day = (maxPerDay: number, more = {}) => ({
			policy: { currencies: [{ currency: 'eur', maxPerPayment: 2_000, maxPerDay, ...more }] },
		});
		const token = tokenIn(await reserve({ agent: 'boss', ...day(5_000) }));
		const intern = { agent: 'intern', ...day(2_000, { approvalAbove: 100 }) };
		const mortal = new TokenRegistry(dyingAfter(store, writes), time);
		await mortal.reserve(buildReservation(intern)).catch(() => undefined);
		expect(await reserve(intern)).toMatchObject({
			entry: { reservation: { approval: { state: 'waiting' } } },
		});
		expect(await use(withRequestToken(token))).toBe('waiting_for_approval');
		expect((await reserve({ ...intern, invoice: 'other', intent: { amount: 2 } })).kind).toBe(
			'over_limit',
		);
		await registry.approve(await about(token), 'Ada');
		expect(await use(withRequestToken(token))).toBe('granted');
		expect((await reserve({ agent: 'boss', ...day(5_000), invoice: 'a' })).kind).toBe('reserved');
	},
);

describe('a worker that dies while it pays by token', () => {
	it.each([
		['before its claim is written', 0, []],
		['after Stripe has paid, before the ledger records it', 1, ['charged']],
	] as const)('%s: the next one with the token charges once', async (_when, writes, before) => {
		const token = tokenIn(await reserve({ session: 'chat', policy: { maxPerSession: 1 } }));
		const request = withRequestToken(token);
		/** What Stripe has done, by key: a second send of a key does nothing more. */
		const charged = new Set<string>();
		const mortal = new Ledger(dyingAfter(store, writes), time);
		const first = await mortal.claim(request, 0).catch(() => undefined);
		if (first?.kind === 'granted') {
			charged.add(first.grant.entry.key);
			expect(
				(await mortal.settle(first.grant, buildReport('succeeded'), ENTRY_RETENTION_MS)).warning,
			).toMatch(/killed/);
		}
		expect(charged.size).toBe(before.length);
		expect(
			(await reserve({ invoice: 'other', session: 'chat', policy: { maxPerSession: 1 } })).kind,
		).toBe('over_limit');
		time.advance(LEASE);
		const second = await ledger.claim(withRequestToken(token), 0);
		if (second.kind !== 'granted') throw new Error(`It was not granted, but ${second.kind}`);
		charged.add(second.grant.entry.key);
		await ledger.settle(second.grant, buildReport('succeeded'), ENTRY_RETENTION_MS);
		expect(charged.size).toBe(1);
		expect(await use(withRequestToken(token))).toBe('replay');
	});
});

it('a released entry that may have been sent all the same is neither cancelled, nor expired, nor released from its limits', async () => {
	const full = { policy: { currencies: [{ currency: 'eur', maxPerPayment: 2_000, maxPerDay: 2_000 }] } };
	const token = tokenIn(await reserve(full));
	const { entryId } = parseToken(token) ?? { entryId: '' };
	const decision = await ledger.claim(withRequestToken(token), 0);
	if (decision.kind !== 'granted') throw new Error('It was not granted');
	await ledger.settle(decision.grant, buildReport('unauthorized'), ENTRY_RETENTION_MS);
	// Another process that held it before tells only now that it does not know.
	const earlier = { ...decision.grant, entry: { ...decision.grant.entry, fence: 0, claimId: 'earlier' } };
	await ledger.settle(earlier, buildReport('unknown'), ENTRY_RETENTION_MS);
	expect(await ledger.find(entryId)).toMatchObject({ state: 'released', mayHaveExecuted: true });
	expect(
		await registry.denyOrRevoke(await about(token), 'revoked', 'Ada', ENTRY_RETENTION_MS),
	).toMatchObject({
		kind: 'refused',
	});
	time.advance(25 * HOUR);
	await ledger.purge(100);
	expect(await reserve(full)).toMatchObject({ kind: 'reserved', entry: { state: 'released', attempt: 1 } });
});

/** A store whose process is killed when it is about to write once more. */
function dyingAfter(current: Store, writes: number): Store {
	let remaining = writes;
	const mortal = <T>(write: () => Promise<T>) => {
		return remaining-- > 0 ? write() : Promise.reject(new Error('killed'));
	};
	return {
		insertIfAbsent: (all) => mortal(() => current.insertIfAbsent(all)),
		replaceIfVersion: (all) => mortal(() => current.replaceIfVersion(all)),
		replaceTogether: (writes) => mortal(() => current.replaceTogether(writes)),
		remove: (all) => mortal(() => current.remove(all)),
		find: (ids) => current.find(ids),
		list: (filter) => current.list(filter),
		scan: () => current.scan(),
		durabilityWarnings: () => current.durabilityWarnings(),
	};
}

it('a reservation that expired unused, or was over a limit, is kept for its retention', async () => {
	const policy = { currencies: [{ currency: 'eur', maxPerPayment: 2_000, maxPerDay: 2_000 }] };
	await reserve({ policy, retentionMs: 400 * DAY });
	const refused = await reserve({ policy, invoice: 'INV-2', retentionMs: 400 * DAY });
	expect(refused.kind).toBe('over_limit');
	time.advance(25 * HOUR);
	await ledger.purge(100);
	const reasons = async () =>
		(await rows()).flatMap((row) => ('cancellation' in row ? [row.cancellation?.reason] : []));
	expect((await reasons()).sort()).toEqual(['expired', 'over_limit']);
	time.advance(398 * DAY);
	await ledger.purge(100);
	expect(await reasons()).toHaveLength(2);
	time.advance(3 * DAY);
	await ledger.purge(100);
	expect(await reasons()).toEqual([]);
});

it('a reservation of an older version, without a retention, is kept for 90 days after its expiry', async () => {
	const answer = await reserve({ retentionMs: 5 * DAY });
	const { entry } = answer as Extract<ReserveResult, { kind: 'reserved' }>;
	const { retentionMs: _retentionMs, ...older } = entry.reservation!;
	expect(expireIfUnused({ ...entry, reservation: older }, older.validUntil)?.expiresAt).toBe(
		older.validUntil + 90 * DAY,
	);
});

it('a reservation past its expiry is ended by the purge, and deleted later; a valid one never', async () => {
	await reserve();
	time.advance(24 * HOUR + MINUTE);
	await reserve({ invoice: 'INV-2' });
	await ledger.purge(100);
	const states = async () => (await rows()).map(({ state }) => state).filter((state) => state !== 'budget');
	expect((await states()).sort()).toEqual(['cancelled', 'registry', 'reserved']);
	time.advance(91 * DAY);
	await ledger.purge(100);
	await ledger.purge(100);
	expect((await states()).sort()).toEqual(['cancelled', 'registry']);
});
