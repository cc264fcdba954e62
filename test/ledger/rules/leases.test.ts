import { Ledger } from '../../../ledger/ledger';
import type { Entry, InFlightEntry } from '../../../ledger/model/entry';
import type { Clock } from '../../../ledger/clock';
import { buildHostClock, TimeUnknownError } from '../../../ledger/clock';
import { effectiveState } from '../../../ledger/model/entryStatus';
import { isPastRetention } from '../../../ledger/store';
import { decideClaim } from '../../../ledger/rules/claim';
import { applyConfirmation } from '../../../ledger/rules/confirmSuccess';
import { FakeClock, START_TIME as NOW } from '../fakeClock';
import { MapStore } from '../../model/mapStore';
import {
	buildRequest,
	DAY,
	HOUR,
	LEASE,
	MINUTE,
	buildOutcome,
	ENTRY_RETENTION_MS,
	buildReport,
} from '../requests';

const YEAR = 365 * DAY;

function claimedAt(at: number, byHost = false): InFlightEntry {
	const decision = decideClaim(undefined, buildRequest(byHost ? { isByHostTime: true } : {}), at);
	if (decision.kind !== 'granted') throw new Error(decision.kind);
	return decision.grant.entry;
}

describe('a claim granted in the future', () => {
	it.each([
		[30_000, 'busy'],
		[61_000, 'granted'],
		[YEAR, 'granted'],
	])('by %d ms: %s', (by, kind) => {
		const current = claimedAt(NOW + by);
		const decision = decideClaim(current, buildRequest(), NOW);
		expect(decision.kind).toBe(kind);
		expect(effectiveState(current, NOW)).toBe(kind === 'busy' ? 'in_flight' : 'unknown');
		if (decision.kind !== 'granted') return;
		// When it was sent nobody knows: it is looked up before the same key is sent again.
		expect(decision.grant).toMatchObject({
			reconcileFirst: true,
			entry: { key: current.key, fence: 2, mayHaveExecuted: true, leaseUntil: NOW + LEASE },
		});
	});

	it('and confirmed by an event is settled: no run holds it', () => {
		const { mode, account, key, ...current } = claimedAt(NOW + YEAR);
		const success = { ...buildOutcome('succeeded'), kind: 'succeeded' as const };
		const confirmedEntry = applyConfirmation(
			{ mode, account, key, ...current },
			{ mode, account, key, outcome: success },
			NOW,
		);
		expect(confirmedEntry).toMatchObject({ state: 'succeeded', settledAt: NOW });
	});

	it.each([{ kind: 'stop' } as const, { kind: 'repeat', forMs: 100 * YEAR } as const])(
		"for another API, by the host's clock, is never granted again: a person decides (%j)",
		(inDoubt) => {
			const current = claimedAt(NOW + YEAR, true);
			for (const at of [NOW, NOW + YEAR - LEASE - HOUR])
				expect(
					decideClaim(current, buildRequest({ whenUncertain: inDoubt, isByHostTime: true }), at)
						.kind,
				).toBe('uncertain');
			const held = claimedAt(NOW, true);
			expect(
				decideClaim(held, buildRequest({ whenUncertain: inDoubt, isByHostTime: true }), NOW + MINUTE)
					.kind,
			).toBe('busy');
		},
	);

	it('for another API is not granted again where an earlier claim has sent before now', () => {
		const sent = claimedAt(NOW - MINUTE, true);
		const current = { ...sent, grantedAt: NOW + YEAR, leaseUntil: NOW + YEAR + LEASE };
		const whenUncertain = { kind: 'repeat', forMs: HOUR } as const;
		const request = buildRequest({ whenUncertain, isByHostTime: true });
		expect(decideClaim(current, request, NOW).kind).toBe('uncertain');
		expect(decideClaim(sent, request, NOW + LEASE).kind).toBe('granted');
	});
});

describe('an entry is purged only', () => {
	const settled = { state: 'succeeded', expiresAt: NOW - 1, settledAt: NOW - DAY, retentionMs: HOUR };
	it.each([
		['when both are past', {}, true],
		['not before its end', { expiresAt: NOW + 1 }, false],
		['not before its retention, counted from its outcome', { retentionMs: 2 * DAY }, false],
		['not if its outcome is in the future', { settledAt: NOW + HOUR }, false],
	])('%s', (_when, facts, isPast) => {
		expect(isPastRetention({ ...settled, ...facts } as Entry, NOW)).toBe(isPast);
	});
});

describe("a ledger that uses its host's clock", () => {
	it('records this in the entry, and purges nothing', async () => {
		const time = new FakeClock();
		const store = new MapStore();
		const ledger = new Ledger(store, buildHostClock(time));
		const answer = await ledger.claim(buildRequest({ order: '1' }), 0);
		if (answer.kind !== 'granted') throw new Error(answer.kind);
		expect(answer.grant.entry.isByHostTime).toBe(true);
		const { entry } = await ledger.settle(answer.grant, buildReport('succeeded'), ENTRY_RETENTION_MS);
		expect(entry.isByHostTime).toBe(true);
		time.advance(YEAR);
		await ledger.claim(buildRequest({ order: '2' }), 0);
		await ledger.waitUntilIdle();
		expect(await ledger.find(entry.entryId)).toEqual(entry);
	});
});

describe('a ledger whose clock does not know the time', () => {
	const unknown: Clock = {
		...buildHostClock(new FakeClock()),
		of: 'stripe',
		known: () => undefined,
		ascertain: () => Promise.reject(new TimeUnknownError()),
		stamp: (since) => since,
	};

	it('writes no claim, no place in a timeline, and no adoption', async () => {
		const store = new MapStore();
		const ledger = new Ledger(store, unknown);
		const rounded = buildRequest({
			keyFields: [{ name: 'at', value: '2026-11-24T10:40:59Z', treatAs: 'minute' }],
		});
		await expect(ledger.claim(buildRequest(), 0)).rejects.toThrow(TimeUnknownError);
		await expect(ledger.claim(rounded, 0)).rejects.toThrow(TimeUnknownError);
		await expect(ledger.claimWithoutLedger(buildRequest())).rejects.toThrow(TimeUnknownError);
		expect(await store.list({ limit: 10 })).toEqual([]);
	});

	it('finds the entry of a rounded time on both sides of its boundary', async () => {
		const store = new MapStore();
		const at = (value: string) => buildRequest({ keyFields: [{ name: 'at', value, treatAs: 'minute' }] });
		const known = new Ledger(store, new FakeClock());
		const answer = await known.claim(at('2026-11-24T10:40:59Z'), 0);
		if (answer.kind !== 'granted') throw new Error(answer.kind);
		await known.settle(answer.grant, buildReport('succeeded'), ENTRY_RETENTION_MS);
		const ledger = new Ledger(store, unknown);
		expect((await ledger.claim(at('2026-11-24T10:41:00Z'), 0)).kind).toBe('replay');
	});

	it('settles a granted claim no earlier than it was granted', async () => {
		const store = new MapStore();
		const answer = await new Ledger(store, new FakeClock()).claim(buildRequest(), 0);
		if (answer.kind !== 'granted') throw new Error(answer.kind);
		const { entry } = await new Ledger(store, unknown).settle(
			answer.grant,
			buildReport('unknown'),
			ENTRY_RETENTION_MS,
		);
		expect(entry).toMatchObject({
			state: 'unknown',
			settledAt: NOW,
			expiresAt: NOW + ENTRY_RETENTION_MS,
		});
	});
});
