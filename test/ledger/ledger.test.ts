import type { Entry, OutcomeKind } from '../../ledger/model/entry';
import { Ledger } from '../../ledger/ledger';
import type { Store } from '../../ledger/store';
import { StoreUnavailableError } from '../../ledger/store';
import type { ClaimDecision } from '../../ledger/rules/claim';
import type { ClaimRequest } from '../../ledger/rules/claimRequest';
import type { Grant } from '../../ledger/rules/grant';
import { leaseDurationMs, maxSendDurationMs } from '../../stripe/api/retry';
import { FakeClock, onSkewedHost } from './fakeClock';
import { FaultyStore, memoryStore } from './faultyStore';
import {
	buildRequest,
	HOUR,
	LEASE,
	MINUTE,
	OTHER_AMOUNT,
	buildOutcome,
	ENTRY_RETENTION_MS,
	buildReport,
} from './requests';
import { row } from './stores/conformance';

const WAIT = 30_000;

let time: FakeClock;
let store: FaultyStore;
let ledger: Ledger;
beforeEach(() => {
	time = new FakeClock();
	store = new FaultyStore(memoryStore());
	ledger = new Ledger(store, time);
});

async function grantOf(decision: Promise<ClaimDecision>): Promise<Grant> {
	const known = await decision;
	if (known.kind !== 'granted') throw new Error(`It was not granted, but ${known.kind}`);
	return known.grant;
}

const claim = (request: ClaimRequest = buildRequest(), waitMs = 0) => ledger.claim(request, waitMs);
const settle = (grant: Grant, ...kinds: [OutcomeKind, ...OutcomeKind[]]) =>
	ledger.settle(grant, buildReport(...kinds), ENTRY_RETENTION_MS);
const current = async (of = buildRequest()) => ledger.find(of.entryId);

async function settled(request: ClaimRequest, ...kinds: [OutcomeKind, ...OutcomeKind[]]): Promise<Entry> {
	return (await settle(await grantOf(claim(request)), ...kinds)).entry;
}

describe('the same webhook twice within 100 ms', () => {
	it('one sends, the other waits and receives the first one’s result', async () => {
		const grant = await grantOf(claim());
		const second = claim(buildRequest(), WAIT);
		await settle(grant, 'succeeded');
		expect(await second).toMatchObject({ kind: 'replay', entry: { outcome: { kind: 'succeeded' } } });
	});

	it('the waiting one resends with the same key if the first one’s response was lost', async () => {
		const grant = await grantOf(claim());
		const second = claim(buildRequest(), WAIT);
		await settle(grant, 'unknown');
		expect((await grantOf(second)).entry.key).toBe(grant.entry.key);
	});

	it('the waiting one sends as first if "other parameters" left nothing', async () => {
		const grant = await grantOf(claim());
		const second = claim(buildRequest(), WAIT);
		await settle(grant, 'conflict');
		expect(await grantOf(second)).toMatchObject({ previous: undefined, entry: { attempt: 1, fence: 1 } });
	});

	it('of 50 concurrent claims exactly one sends', async () => {
		const decisions = await Promise.all(Array.from({ length: 50 }, () => claim()));
		expect(decisions.filter(({ kind }) => kind === 'granted')).toHaveLength(1);
		expect(decisions.filter(({ kind }) => kind === 'busy')).toHaveLength(49);
	});

	it('of 50 claims on an abandoned entry exactly one takes over', async () => {
		await claim();
		time.advance(LEASE);
		const decisions = await Promise.all(Array.from({ length: 50 }, () => claim()));
		expect(decisions.filter(({ kind }) => kind === 'granted')).toHaveLength(1);
	});
});

describe('waiting for a busy entry', () => {
	beforeEach(() => claim());

	it('ends after the allowed time, to the ms', async () => {
		const began = time.now();
		expect((await claim(buildRequest(), WAIT)).kind).toBe('busy');
		expect(time.now() - began).toBe(WAIT);
	});

	it('checks again soon at first, and at least every second', async () => {
		await claim(buildRequest(), WAIT);
		expect(time.slept.slice(0, 7)).toEqual([25, 50, 100, 200, 400, 800, 1_000]);
		expect(Math.max(...time.slept)).toBe(1_000);
	});

	it('does not wait if no time is allowed', async () => {
		expect((await claim(buildRequest(), 0)).kind).toBe('busy');
		expect(time.slept).toEqual([]);
	});

	it('ends at once when the execution is stopped', async () => {
		time = new FakeClock(time.now(), 'stands');
		const killSwitch = new AbortController();
		const asleep = time.nextSleep();
		const decision = new Ledger(store, time).claim(buildRequest(), WAIT, killSwitch.signal);
		await asleep;
		killSwitch.abort();
		expect((await decision).kind).toBe('busy');
		expect(time.slept).toHaveLength(1);
	});

	it('takes over when the lease expires while it waits', async () => {
		expect((await grantOf(claim(buildRequest(), LEASE + 1_000))).entry).toMatchObject({
			fence: 2,
			mayHaveExecuted: true,
		});
	});

	it('does not happen for a different request: that is a conflict at once', async () => {
		expect((await claim(buildRequest({ params: OTHER_AMOUNT }), WAIT)).kind).toBe('conflict');
		expect(time.slept).toEqual([]);
	});
});

describe('a lease that expires while the first worker is still sending', () => {
	it('gives the second worker the same key, and the first one’s late settle overwrites nothing', async () => {
		const first = await grantOf(claim());
		time.advance(LEASE);
		const second = await grantOf(claim());
		expect(second.entry.key).toBe(first.entry.key);

		expect(await settle(first, 'unknown')).toMatchObject({ outcome: { kind: 'unknown' } });
		expect(await current()).toMatchObject({ state: 'in_flight', fence: 2 });

		await settle(second, 'succeeded');
		await settle(first, 'unauthorized');
		expect(await current()).toMatchObject({
			state: 'succeeded',
			outcome: { kind: 'succeeded' },
			fence: 2,
		});
		expect((await current())?.lateResponses).toHaveLength(2);
	});
});

describe('two hosts whose clocks differ by 2 s', () => {
	const policy = { timeoutMs: 80_000, maxRetries: 2 };

	it('do not take over from each other while the slowest possible send loop runs', async () => {
		const request = () => buildRequest({ leaseMs: leaseDurationMs(policy) });
		for (const ahead of [2_000, -2_000]) {
			ledger = new Ledger(memoryStore(), time);
			const other = new Ledger(
				(ledger as unknown as { store: Store }).store,
				onSkewedHost(time, ahead),
			);
			await claim(request());
			time.advance(maxSendDurationMs(policy));
			expect((await other.claim(request(), 0)).kind).toBe('busy');
			time.advance(leaseDurationMs(policy));
			expect((await other.claim(request(), 0)).kind).toBe('granted');
		}
	});
});

describe('the ledger is down before the send', () => {
	it('a claim that cannot be written is not granted', async () => {
		store.failNext('insertIfAbsent', 'before');
		await expect(claim()).rejects.toThrow(StoreUnavailableError);
	});

	it('a purge that fails does not block a claim that can be written', async () => {
		store.failNext('list', 'before');
		expect((await claim()).kind).toBe('granted');
	});

	it.each(['find', 'replaceIfVersion'] as const)(
		'%s throws during a takeover: nothing is granted',
		async (method) => {
			await settled(buildRequest(), 'unknown');
			store.failNext('replaceIfVersion', ...(method === 'find' ? (['denied'] as const) : []));
			store.failNext(method, 'before');
			await expect(claim()).rejects.toThrow(StoreUnavailableError);
		},
	);

	it('insertIfAbsent wrote and then threw: not granted to anyone until the lease expires', async () => {
		store.failNext('insertIfAbsent', 'after');
		await expect(claim()).rejects.toThrow(StoreUnavailableError);
		expect((await claim()).kind).toBe('busy');
		time.advance(LEASE);
		expect((await grantOf(claim())).entry.mayHaveExecuted).toBe(true);
	});

	it('replaceIfVersion wrote and then threw: not granted to anyone until the lease expires', async () => {
		await settled(buildRequest(), 'unauthorized');
		store.failNext('replaceIfVersion', 'after');
		await expect(claim()).rejects.toThrow(StoreUnavailableError);
		expect((await claim()).kind).toBe('busy');
	});

	it("a takeover that was written, although the store denied it, is recognized as the process's own", async () => {
		await settled(buildRequest(), 'unknown');
		store.failNext('replaceIfVersion', 'denied');
		expect((await grantOf(claim())).entry.fence).toBe(2);
		expect((await claim()).kind).toBe('busy');
	});
});

describe('the ledger is down after the send', () => {
	it.each([1, 2])('for %d tries, then up: the outcome is stored, without a warning', async (times) => {
		const grant = await grantOf(claim());
		store.failNext('replaceIfVersion', ...Array<'before'>(times).fill('before'));
		const result = await settle(grant, 'succeeded');
		expect(result.warning).toBeUndefined();
		expect(await current()).toMatchObject({ state: 'succeeded' });
	});

	it('permanently: the outcome is not lost, and a warning states why the ledger does not know it', async () => {
		const grant = await grantOf(claim());
		store.faultOf = () => 'before';
		const result = await settle(grant, 'succeeded');
		expect(result).toMatchObject({ outcome: { kind: 'succeeded' }, warning: 'The ledger is down' });
		expect(time.slept.length).toBeGreaterThan(0);
		expect(time.now() - grant.entry.createdAt).toBeLessThan(10_000);
	});

	it('the next run resends with the same key', async () => {
		const grant = await grantOf(claim());
		store.faultOf = () => 'before';
		await settle(grant, 'succeeded');
		store.faultOf = () => 'none';
		time.advance(LEASE);
		expect((await grantOf(claim())).entry).toMatchObject({ key: grant.entry.key, mayHaveExecuted: true });
	});

	it('an internal error does not throw either', async () => {
		const grant = await grantOf(claim());
		const broken: Store = {
			...memoryStore(),
			replaceIfVersion: () => Promise.reject(new TypeError('x is undefined')),
		};
		const result = await new Ledger(broken, time).settle(
			grant,
			buildReport('succeeded'),
			ENTRY_RETENTION_MS,
		);
		expect(result).toMatchObject({ outcome: { kind: 'succeeded' }, warning: 'x is undefined' });
	});

	it.each(['after', 'denied'] as const)(
		"a store that wrote and then failed (%s): the settle is recognized as the process's own",
		async (fault) => {
			const grant = await grantOf(claim());
			store.failNext('replaceIfVersion', fault);
			const result = await settle(grant, 'succeeded');
			expect(result).toMatchObject({ outcome: { kind: 'succeeded' }, entry: { state: 'succeeded' } });
			expect(result.warning).toBeUndefined();
			expect((await current())?.lateResponses).toBeUndefined();
		},
	);

	it.each(['after', 'denied'] as const)(
		'a store that removed and then failed (%s) while another claim began: that claim is kept',
		async (fault) => {
			const grant = await grantOf(claim());
			store.failNext('remove', fault);
			const before = store.faultOf;
			let second: Grant | undefined;
			// Between the removal and the settle's next look, another claims.
			const realSleep = time.sleep.bind(time);
			time.sleep = async (ms, signal) => {
				time.sleep = realSleep;
				store.faultOf = before;
				second = await grantOf(claim());
				await realSleep(ms, signal);
			};
			await settle(grant, 'conflict');
			second ??= await grantOf(claim());
			expect(await current()).toMatchObject({ state: 'in_flight', claimId: second.entry.claimId });
		},
	);

	it('a store that lost the row: the settle writes it again', async () => {
		const grant = await grantOf(claim());
		await store.remove([grant.entry]);
		await settle(grant, 'succeeded');
		expect(await current()).toMatchObject({ state: 'succeeded', key: grant.entry.key });
	});

	it('a store that lost the row while another claim began: the late outcome is recorded as a late response', async () => {
		const grant = await grantOf(claim());
		await store.remove([grant.entry]);
		const second = await grantOf(claim());
		await settle(grant, 'succeeded');
		expect(await current()).toMatchObject({ state: 'in_flight', claimId: second.entry.claimId });
		expect((await current())?.lateResponses).toMatchObject([{ outcome: { kind: 'succeeded' } }]);
		// The second one’s 401 says nothing about the first one’s send of the same key, which is known to have succeeded.
		expect((await settle(second, 'unauthorized')).entry.state).toBe('succeeded');
	});
});

/** "Rely on Stripe's 24 hours": a send without a claim, because the ledger was down when it was asked for. */
describe('a send that the ledger did not grant', () => {
	const withoutResponse = async () => {
		const elsewhere = new Ledger(memoryStore(), time);
		return grantOf(elsewhere.claim(buildRequest(), 0));
	};

	it('is settled into an empty place', async () => {
		expect((await settle(await withoutResponse(), 'succeeded')).entry.state).toBe('succeeded');
		expect(await current()).toMatchObject({ state: 'succeeded' });
	});

	it('overwrites no claim granted in the meantime', async () => {
		const stranger = await withoutResponse();
		const claimId = await grantOf(claim());
		await settle(stranger, 'unauthorized');
		expect(await current()).toMatchObject({ state: 'in_flight', claimId: claimId.entry.claimId });
		await settle(claimId, 'succeeded');
		expect(await current()).toMatchObject({ state: 'succeeded' });
	});

	it('is never lost in an entry that another claim has settled with the same fence', async () => {
		const stranger = await withoutResponse();
		await settled(buildRequest(), 'unauthorized');
		await settle(stranger, 'succeeded');
		expect((await current())?.lateResponses).toMatchObject([{ outcome: { kind: 'succeeded' } }]);
		time.advance(30 * HOUR);
		expect((await grantOf(claim())).reconcileFirst).toBe(true);
	});
});

describe('purging', () => {
	const old = { expiresAt: 0 };

	it('happens a little at every claim', async () => {
		await store.insertIfAbsent(Array.from({ length: 12 }, () => row({ state: 'succeeded', ...old })));
		const left = async () => (await store.list({ states: ['succeeded'], limit: 100 })).length;
		const counts: number[] = [];
		for (let n = 0; n < 4; n++) {
			await claim(buildRequest({ order: `order ${n}` }));
			await ledger.waitUntilIdle();
			counts.push(await left());
		}
		expect(counts).toEqual([7, 2, 0, 0]);
	});

	it('never removes what still protects money', async () => {
		const protecting = (['unknown', 'in_flight', 'reserved'] as const).map((state) =>
			row({ state, ...old }),
		);
		const spent = (['succeeded', 'rejected', 'released', 'cancelled', 'timeline'] as const).map((state) =>
			row({ state, ...old }),
		);
		await store.insertIfAbsent([...protecting, ...spent]);
		expect(await ledger.purge(100)).toBe(spent.length);
		const left = await store.list({ limit: 100 });
		expect(new Set(left.map(({ entryId }) => entryId))).toEqual(
			new Set(protecting.map(({ entryId }) => entryId)),
		);
	});

	it('waits for the end of the retention, to the ms', async () => {
		await settled(buildRequest(), 'succeeded');
		time.advance(ENTRY_RETENTION_MS - 1);
		expect(await ledger.purge(100)).toBe(0);
		time.advance(1);
		expect(await ledger.purge(100)).toBe(1);
	});

	it('keeps a row that was recreated between the look-up and the removal', async () => {
		await settled(buildRequest(), 'succeeded');
		time.advance(ENTRY_RETENTION_MS);
		const purging = new FaultyStore(store);
		const list = purging.list.bind(purging);
		purging.list = async (filter) => {
			const expired = await list(filter);
			await ledger.purge(100);
			await settled(buildRequest(), 'unknown');
			return expired;
		};
		await new Ledger(purging, time).purge(100);
		expect(await current()).toMatchObject({ state: 'unknown' });
	});

	it('by the ledger’s list skips rows that are not entries', async () => {
		await store.insertIfAbsent([row({ state: 'timeline' }), row({ state: 'unknown' })]);
		expect((await ledger.list({ limit: 10 })).map(({ state }) => state)).toEqual(['unknown']);
	});
});

describe('a rounded time', () => {
	const at = (clock: string) =>
		buildRequest({
			keyFields: [
				{ name: 'customer', value: 'cus_1', treatAs: 'text' },
				{ name: 'at', value: `2026-11-24T${clock}Z`, treatAs: 'minute' },
			],
		});

	it('200 concurrent claims, at 10:40:59 and at 10:41:00: one is granted', async () => {
		const decisions = await Promise.all(
			Array.from({ length: 200 }, (_, n) => claim(at(n % 2 ? '10:40:59' : '10:41:00'))),
		);
		expect(decisions.filter(({ kind }) => kind === 'granted')).toHaveLength(1);
		expect((await ledger.list({ limit: 10 })).length).toBe(1);
	});

	it('is replayed from either side, for as long as the entry is kept', async () => {
		await settled(at('10:40:59'), 'succeeded');
		time.advance(ENTRY_RETENTION_MS - MINUTE);
		for (const clock of ['10:40:59', '10:41:00', '10:41:28'])
			expect((await claim(at(clock))).kind).toBe('replay');
	});

	it('keeps its key from either side while it is unknown, though its retention expired long ago', async () => {
		await settled(at('10:40:59'), 'unknown');
		time.advance(3 * ENTRY_RETENTION_MS);
		await ledger.purge(100);
		const [other] = await Promise.all([claim(at('10:41:00'))]);
		expect(other).toMatchObject({
			kind: 'granted',
			grant: { reconcileFirst: true, entry: { attempt: 1, fence: 2 } },
		});
		expect(await ledger.list({ limit: 10 })).toHaveLength(1);
	});

	it('is purged with its entry, from both sides', async () => {
		await settled(at('10:40:59'), 'succeeded');
		time.advance(ENTRY_RETENTION_MS);
		expect(await ledger.purge(100)).toBe(2);
		expect((await claim(at('10:41:00'))).kind).toBe('granted');
	});

	it('a minute later is a different payment', async () => {
		await settled(at('10:40:59'), 'succeeded');
		expect((await claim(at('10:41:59'))).kind).toBe('granted');
	});

	it.each(['after', 'denied'] as const)('needs no acknowledgement of its timeline (%s)', async (fault) => {
		store.failNext('insertIfAbsent', fault);
		if (fault === 'after') await expect(claim(at('10:40:59'))).rejects.toThrow(StoreUnavailableError);
		expect((await claim(at('10:41:00'))).kind).toBe('granted');
		expect((await claim(at('10:40:59'))).kind).toBe('busy');
	});
});

describe('round trips', () => {
	it('a first claim and its settle: one write each, one read of the row and the kill switch, and one purge', async () => {
		await settled(buildRequest(), 'succeeded');
		expect(store.calls).toEqual(['find', 'insertIfAbsent', 'list', 'replaceIfVersion']);
	});

	it('a replay: no write, and no purge so soon', async () => {
		await settled(buildRequest(), 'succeeded');
		store.calls.length = 0;
		await claim();
		expect(store.calls).toEqual(['find']);
	});
});

it("the outcome that the item reports contains everything from Stripe's response", async () => {
	const grant = await grantOf(claim());
	const rejection = buildOutcome('rejected', {
		statusCode: 402,
		code: 'card_declined',
		declineCode: 'insufficient_funds',
	});
	const { outcome: firstOutcome } = await ledger.settle(
		grant,
		{ outcomes: [rejection], sends: 1 },
		ENTRY_RETENTION_MS,
	);
	expect(firstOutcome).toEqual(rejection);
	expect(await claim()).toMatchObject({ kind: 'stored_rejection', entry: { outcome: rejection } });
});
