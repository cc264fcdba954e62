import { BLIND_SEND_LIMIT_MS, BLIND_SEND_LIMIT_V2_MS } from '../../../ledger/rules/uncertainty';
import type { Entry, EntryState, OutcomeKind, SettledEntry } from '../../../ledger/model/entry';
import type { ClaimDecision } from '../../../ledger/rules/claim';
import type { ClaimRequest } from '../../../ledger/rules/claimRequest';
import type { Grant } from '../../../ledger/rules/grant';
import { decideClaim, needsNoTime } from '../../../ledger/rules/claim';
import { isCurrentClaim, getProvenOutcome } from '../../../ledger/model/entryStatus';
import type { SendReport } from '../../../ledger/rules/settle';
import { decideSettle, extendLease } from '../../../ledger/rules/settle';
import { START_TIME as NOW } from '../fakeClock';
import {
	buildRequest,
	DAY,
	HOUR,
	LEASE,
	MINUTE,
	OTHER_AMOUNT,
	buildOutcome,
	ENTRY_RETENTION_MS,
	buildReport,
} from '../requests';

function granted(decision: ClaimDecision): Grant {
	if (decision.kind !== 'granted') throw new Error(`It was not granted, but ${decision.kind}`);
	return decision.grant;
}

/** Claims and settles: what stands afterwards, unless a conflict left nothing. */
function after(
	current: Entry | undefined,
	claimRequest: ClaimRequest,
	now: number,
	...kinds: [OutcomeKind, ...OutcomeKind[]]
) {
	const grant = granted(decideClaim(current, claimRequest, now));
	const { entry } = decideSettle(grant.entry, grant, buildReport(...kinds), now, ENTRY_RETENTION_MS);
	if (!entry) throw new Error('There is no entry');
	return entry;
}

/** Claims, and is told that Stripe has the key with another request. */
function refusedAsOther(current: Entry | undefined, claimRequest: ClaimRequest, now: number) {
	const grant = granted(decideClaim(current, claimRequest, now));
	const outcome = buildOutcome('conflict', { statusCode: 400, uncertaintyCause: 'mismatched' });
	const decision = decideSettle(
		grant.entry,
		grant,
		{ outcomes: [outcome], sends: 1 },
		now,
		ENTRY_RETENTION_MS,
	);
	if (!decision.entry) throw new Error('There is no entry');
	expect(decision.outcome.kind).toBe('conflict');
	return decision.entry;
}

/** What stands before a claim of the table, in each state that a claim can meet. */
const CURRENT = {
	none: () => undefined,
	'in_flight, lease alive': () => granted(decideClaim(undefined, buildRequest(), NOW - LEASE + 1)).entry,
	'in_flight, lease over': () => granted(decideClaim(undefined, buildRequest(), NOW - LEASE)).entry,
	unknown: () => after(undefined, buildRequest(), NOW - HOUR, 'unknown'),
	'unknown, its key used in Stripe for a different request': () =>
		refusedAsOther(undefined, buildRequest(), NOW - HOUR),
	succeeded: () => after(undefined, buildRequest(), NOW - HOUR, 'succeeded'),
	rejected: () => after(undefined, buildRequest(), NOW - HOUR, 'rejected'),
	released: () => after(undefined, buildRequest(), NOW - HOUR, 'unauthorized'),
	reserved: () => idle('reserved'),
	cancelled: () => idle('cancelled'),
} satisfies Record<string, () => Entry | undefined>;

type CurrentName = keyof typeof CURRENT;

function idle(state: 'reserved' | 'cancelled'): Entry {
	const { claimId, leaseUntil, ...facts } = granted(decideClaim(undefined, buildRequest(), NOW)).entry;
	return { ...facts, state };
}

/** In a few words: what a claim met, and by which attempt and key it goes on. */
function inWords(decision: ClaimDecision, current: Entry | undefined): string {
	if (decision.kind !== 'granted') return decision.kind;
	const { attempt, key, fence } = decision.grant.entry;
	expect(fence).toBe((current?.fence ?? 0) + 1);
	const whichKey = key === current?.key ? 'same key' : 'new key';
	return `granted, attempt ${attempt}, ${whichKey}`;
}

describe('the table of claims', () => {
	it.each<[CurrentName, string, string]>([
		['none', 'granted, attempt 1, new key', 'granted, attempt 1, new key'],
		['in_flight, lease alive', 'busy', 'conflict'],
		['in_flight, lease over', 'granted, attempt 1, same key', 'conflict'],
		['unknown', 'granted, attempt 1, same key', 'conflict'],
		[
			'unknown, its key used in Stripe for a different request',
			'granted, attempt 1, same key',
			'granted, attempt 1, same key',
		],
		['succeeded', 'replay', 'conflict'],
		['rejected', 'stored_rejection', 'granted, attempt 2, new key'],
		['released', 'granted, attempt 1, same key', 'granted, attempt 2, new key'],
		['reserved', 'blocked', 'blocked'],
		['cancelled', 'blocked', 'blocked'],
	])('%s: same request: %s; different request: %s', (state, same, other) => {
		const current = CURRENT[state]();
		expect(inWords(decideClaim(current, buildRequest(), NOW), current)).toBe(same);
		expect(inWords(decideClaim(current, buildRequest({ params: OTHER_AMOUNT }), NOW), current)).toBe(
			other,
		);
	});

	it('covers every state', () => {
		const states = Object.values(CURRENT).flatMap((make) => make()?.state ?? []);
		const all: Record<EntryState, true> = {
			reserved: true,
			in_flight: true,
			succeeded: true,
			rejected: true,
			unknown: true,
			released: true,
			cancelled: true,
		};
		expect(new Set(states)).toEqual(new Set(Object.keys(all)));
	});

	it('rejected, and a new attempt is requested: attempt 2, new key', () => {
		const current = CURRENT.rejected();
		const decision = decideClaim(current, buildRequest({ afterRejection: 'newAttempt' }), NOW);
		expect(inWords(decision, current)).toBe('granted, attempt 2, new key');
		expect(granted(decision).entry.key).toBe(`${current.key}_2`);
	});

	it('rejected in this very run (Retry On Fail, a twin in the batch): no new attempt, even if one is requested', () => {
		const current = after(undefined, buildRequest({ run: 'run 1' }), NOW, 'rejected');
		const again = (run: string) =>
			decideClaim(current, buildRequest({ run, afterRejection: 'newAttempt' }), NOW).kind;
		expect(again('run 1')).toBe('stored_rejection');
		expect(again('run 2')).toBe('granted');
	});
});

describe('an attempt whose key Stripe has with a different request', () => {
	const again = (request: ClaimRequest) => ({ ...request, afterRejection: 'newAttempt' as const });

	it.each<CurrentName>(['none', 'in_flight, lease over', 'unknown', 'rejected', 'released'])(
		'becomes unknown whatever its earlier state (%s), and is reconciled before anything is sent for it',
		(state) => {
			const entry = refusedAsOther(CURRENT[state](), again(buildRequest()), NOW);
			expect(entry).toMatchObject({
				state: 'unknown',
				mayHaveExecuted: true,
				uncertaintyCause: 'mismatched',
				outcome: { kind: 'unknown' },
			});
			for (const params of [undefined, OTHER_AMOUNT]) {
				const request = again(buildRequest(params ? { params } : {}));
				const { reconcileFirst, entry: next } = granted(decideClaim(entry, request, NOW + MINUTE));
				expect({ reconcileFirst, key: next.key }).toEqual({ reconcileFirst: true, key: entry.key });
			}
		},
	);

	it('is not sent by a repeat of the stored request', () => {
		const entry = CURRENT['unknown, its key used in Stripe for a different request']();
		const other = buildRequest({ params: OTHER_AMOUNT, isRepeat: true });
		expect(decideClaim(entry, other, NOW).kind).toBe('conflict');
	});
});

it('a repeat of the stored request starts no new attempt with the old request if a corrected one came since', () => {
	for (const kind of ['rejected', 'unauthorized'] as const) {
		const corrected = after(CURRENT.released(), buildRequest({ params: OTHER_AMOUNT }), NOW, kind);
		expect(decideClaim(corrected, buildRequest({ isRepeat: true }), NOW).kind).toBe('conflict');
	}
	expect(decideClaim(CURRENT.released(), buildRequest({ isRepeat: true }), NOW).kind).toBe('granted');
});

describe('a conflict', () => {
	it('names the parameters that differ, with both values', () => {
		expect(decideClaim(CURRENT.succeeded(), buildRequest({ params: OTHER_AMOUNT }), NOW)).toMatchObject({
			kind: 'conflict',
			differences: [{ name: 'amount', stored: '1999', requested: '2999' }],
		});
	});

	it('names none if parameters are not stored', () => {
		const current = after(undefined, buildRequest({ paramsStored: false }), NOW, 'succeeded');
		expect(decideClaim(current, buildRequest({ params: OTHER_AMOUNT }), NOW)).toMatchObject({
			differences: [],
		});
	});
});

describe('a request in doubt never gets a new key', () => {
	const eager = { afterRejection: 'newAttempt' } as const;

	it.each<[string, () => Entry]>([
		['an unknown entry', CURRENT.unknown],
		['an entry whose holder died', CURRENT['in_flight, lease over']],
		[
			'a timeout, then a 401 in the same loop',
			() => after(undefined, buildRequest(), NOW, 'unknown', 'unauthorized'),
		],
		[
			'a timeout, then a 429 in the same loop',
			() => after(undefined, buildRequest(), NOW, 'unknown', 'rate_limited'),
		],
		[
			'a timeout, then refused connections',
			() => after(undefined, buildRequest(), NOW, 'unknown', 'unreachable'),
		],
		['a 409, then a 401', () => after(undefined, buildRequest(), NOW, 'busy', 'unauthorized')],
		[
			'a timeout, then "other parameters"',
			() => after(undefined, buildRequest(), NOW, 'unknown', 'conflict'),
		],
		[
			'a timeout, and a 401 in the next grant',
			() => after(CURRENT.unknown(), buildRequest(), NOW, 'unauthorized'),
		],
		[
			'a timeout, and a 429 in the next grant',
			() => after(CURRENT.unknown(), buildRequest(), NOW, 'rate_limited'),
		],
		[
			'a dead worker, and a 401 in the next grant',
			() => after(CURRENT['in_flight, lease over'](), buildRequest(), NOW, 'unauthorized'),
		],
		[
			'a dead worker, then two 401s',
			() =>
				after(
					after(CURRENT['in_flight, lease over'](), buildRequest(), NOW, 'unauthorized'),
					buildRequest(),
					NOW,
					'unauthorized',
				),
		],
	])('%s', (_name, make) => {
		const current = make();
		expect(current.state === 'in_flight' ? 'unknown' : current.state).toBe('unknown');
		expect(decideClaim(current, buildRequest({ ...eager, params: OTHER_AMOUNT }), NOW).kind).toBe(
			'conflict',
		);
		expect(granted(decideClaim(current, buildRequest(eager), NOW)).entry.key).toBe(current.key);
	});

	it('an entry that was released, and that a claim without the ledger may have sent', () => {
		const grant = granted(decideClaim(undefined, buildRequest(), NOW - HOUR));
		const released = decideSettle(
			grant.entry,
			grant,
			buildReport('unauthorized'),
			NOW,
			ENTRY_RETENTION_MS,
		).entry;
		const onPaper = granted(decideClaim(undefined, buildRequest(), NOW));
		const { entry: current } = decideSettle(
			released,
			onPaper,
			buildReport('unknown'),
			NOW,
			ENTRY_RETENTION_MS,
		);
		expect(current).toMatchObject({ state: 'released', mayHaveExecuted: true });
		expect(decideClaim(current, buildRequest({ ...eager, params: OTHER_AMOUNT }), NOW).kind).toBe(
			'conflict',
		);
		expect(granted(decideClaim(current, buildRequest(eager), NOW)).entry.key).toBe(current?.key);
	});

	it("until Stripe's result for the key is final", () => {
		expect(after(undefined, buildRequest(), NOW, 'unknown', 'rejected')).toMatchObject({
			state: 'rejected',
			mayHaveExecuted: false,
		});
		expect(after(CURRENT.unknown(), buildRequest(), NOW, 'succeeded')).toMatchObject({
			state: 'succeeded',
			mayHaveExecuted: false,
		});
	});

	it('even if the item reports it: the outcome is unknown, not 401', () => {
		const grant = granted(decideClaim(undefined, buildRequest(), NOW));
		const decision = decideSettle(
			grant.entry,
			grant,
			buildReport('unknown', 'unauthorized'),
			NOW,
			ENTRY_RETENTION_MS,
		);
		expect(decision.outcome.kind).toBe('unknown');
	});

	it('a request that Stripe is still executing is reported as such: there is nothing to reconcile yet', () => {
		const grant = granted(decideClaim(undefined, buildRequest(), NOW));
		const report = buildReport('unknown', 'busy');
		expect(decideSettle(grant.entry, grant, report, NOW, ENTRY_RETENTION_MS)).toMatchObject({
			outcome: { kind: 'busy' },
			entry: { state: 'unknown', mayHaveExecuted: true },
		});
	});
});

describe('an outcome turns a new entry into', () => {
	it.each<[OutcomeKind, SettledEntry['state']]>([
		['succeeded', 'succeeded'],
		['rejected', 'rejected'],
		['unauthorized', 'released'],
		['rate_limited', 'released'],
		['unreachable', 'released'],
		['busy', 'unknown'],
		['unknown', 'unknown'],
	])('%s: %s', (kind, state) => {
		expect(after(undefined, buildRequest(), NOW, kind).state).toBe(state);
	});
});

describe('"other parameters" from Stripe restores the previous state', () => {
	const conflicted = (before: Entry | undefined, claimRequest = buildRequest()) => {
		const grant = granted(decideClaim(before, claimRequest, NOW));
		return {
			grant,
			decision: decideSettle(grant.entry, grant, buildReport('conflict'), NOW, ENTRY_RETENTION_MS),
		};
	};

	it('no entry, if there was none', () => {
		expect(conflicted(undefined).decision).toMatchObject({ kind: 'rolled_back', entry: undefined });
	});

	it.each<[string, Entry, ClaimRequest]>([
		['a released entry', CURRENT.released(), buildRequest()],
		[
			'a rejection, after a corrected request',
			CURRENT.rejected(),
			buildRequest({ params: OTHER_AMOUNT }),
		],
		[
			'a rejection, after a new attempt',
			CURRENT.rejected(),
			buildRequest({ afterRejection: 'newAttempt' }),
		],
	])('%s', (_name, before, claimRequest) => {
		const { grant, decision } = conflicted(before, claimRequest);
		expect(decision).toMatchObject({
			kind: 'rolled_back',
			entry: { ...before, fence: grant.entry.fence, version: grant.entry.version + 1 },
		});
	});

	it('and keeps the late responses received during the claim', () => {
		const {
			entry,
			previous: before,
			reconcileFirst,
		} = granted(decideClaim(CURRENT.released(), buildRequest(), NOW));
		const lateResponses = [{ fence: 1, key: 'n8n_another', outcome: buildOutcome('succeeded'), at: NOW }];
		const decision = decideSettle(
			{ ...entry, lateResponses },
			{ entry, previous: before, reconcileFirst },
			buildReport('conflict'),
			NOW,
			ENTRY_RETENTION_MS,
		);
		expect(decision.entry?.lateResponses).toEqual(lateResponses);
	});

	it('even if its key is proven to have executed: not with these parameters', () => {
		const before = CURRENT.released();
		const { entry, previous, reconcileFirst } = granted(decideClaim(before, buildRequest(), NOW));
		const proof = { fence: 1, key: entry.key, outcome: buildOutcome('succeeded'), at: NOW };
		const decision = decideSettle(
			{ ...entry, lateResponses: [proof] },
			{ entry, previous, reconcileFirst },
			buildReport('conflict'),
			NOW,
			ENTRY_RETENTION_MS,
		);
		expect(decision).toMatchObject({
			kind: 'rolled_back',
			outcome: { kind: 'conflict' },
			entry: { state: before.state, lateResponses: [proof] },
		});
	});
});

describe('a late settle', () => {
	const first = granted(decideClaim(undefined, buildRequest({ claimId: 'first' }), NOW - LEASE));
	const second = granted(decideClaim(first.entry, buildRequest({ claimId: 'second' }), NOW));
	const late = (current: Entry, kind: OutcomeKind) =>
		decideSettle(current, first, buildReport(kind), NOW + MINUTE, ENTRY_RETENTION_MS);

	it.each<[string, Entry]>([
		['the next claim, which is still sending', second.entry],
		[
			'its success',
			decideSettle(second.entry, second, buildReport('succeeded'), NOW, ENTRY_RETENTION_MS).entry ??
				second.entry,
		],
		[
			'its rejection',
			decideSettle(second.entry, second, buildReport('rejected'), NOW, ENTRY_RETENTION_MS).entry ??
				second.entry,
		],
		[
			'an outcome that it left unknown',
			decideSettle(second.entry, second, buildReport('unknown'), NOW, ENTRY_RETENTION_MS).entry ??
				second.entry,
		],
	])('overwrites nothing: %s', (_name, current) => {
		const decision = late(current, 'succeeded');
		expect(decision).toMatchObject({ kind: 'late', outcome: { kind: 'succeeded' } });
		expect(decision.entry).toEqual({
			...current,
			version: current.version + 1,
			lateResponses: [
				{ fence: 1, key: first.entry.key, outcome: buildOutcome('succeeded'), at: NOW + MINUTE },
			],
		});
	});

	it('with an unknown outcome returns the outcome known by now', () => {
		const settled = decideSettle(
			second.entry,
			second,
			buildReport('succeeded'),
			NOW,
			ENTRY_RETENTION_MS,
		).entry;
		const decision = late(settled ?? second.entry, 'unknown');
		expect(decision).toMatchObject({ kind: 'late', outcome: { kind: 'succeeded' } });
		expect(decision.entry?.lateResponses).toMatchObject([{ outcome: { kind: 'unknown' } }]);
		expect(late(second.entry, 'unknown').outcome.kind).toBe('unknown');
	});

	it('is recorded as a late response, ten at most', () => {
		let current: Entry = second.entry;
		for (let n = 0; n < 12; n++)
			current = late(current, n === 11 ? 'succeeded' : 'unknown').entry ?? current;
		expect(current.lateResponses).toHaveLength(10);
		expect(current.lateResponses?.at(-1)?.outcome.kind).toBe('succeeded');
	});

	it("does not count as the claim holder's, even with the same claim ID", () => {
		expect(isCurrentClaim({ ...second.entry, claimId: 'first' }, first.entry)).toBe(false);
		expect(isCurrentClaim({ ...first.entry, claimId: 'second' }, first.entry)).toBe(false);
		expect(isCurrentClaim(first.entry, first.entry)).toBe(true);
	});

	it('survives the settle of the next claim', () => {
		const withEvidence = late(second.entry, 'succeeded').entry;
		expect(
			decideSettle(withEvidence, second, buildReport('unknown'), NOW, ENTRY_RETENTION_MS).entry
				?.lateResponses,
		).toHaveLength(1);
	});

	/** A send without a claim that the ledger knew of: the ledger was down, and the user relies on Stripe's memory. */
	it('marks the key as possibly executed, so that no blind send follows after a day', () => {
		const unanswered = granted(decideClaim(undefined, buildRequest(), NOW));
		const unauthorized401 = after(undefined, buildRequest(), NOW + 1, 'unauthorized');
		const current = decideSettle(
			unauthorized401,
			unanswered,
			buildReport('succeeded'),
			NOW + 2,
			ENTRY_RETENTION_MS,
		).entry;
		expect(current).toMatchObject({ state: 'released', mayHaveExecuted: true, firstSentAt: NOW });
		const next = granted(decideClaim(current, buildRequest(), NOW + BLIND_SEND_LIMIT_MS));
		expect(next.reconcileFirst).toBe(true);
		expect(getProvenOutcome(next.entry)?.kind).toBe('succeeded');
	});

	it('marks the key as possibly executed for the current claim too', () => {
		const unanswered = granted(decideClaim(undefined, buildRequest(), NOW));
		const claimId = granted(decideClaim(undefined, buildRequest(), NOW + 1));
		const current = decideSettle(
			claimId.entry,
			unanswered,
			buildReport('unknown'),
			NOW + 2,
			ENTRY_RETENTION_MS,
		).entry;
		const settled = decideSettle(
			current,
			claimId,
			buildReport('unauthorized'),
			NOW + 3,
			ENTRY_RETENTION_MS,
		);
		expect(settled.entry).toMatchObject({ state: 'unknown', mayHaveExecuted: true, firstSentAt: NOW });
	});
});

describe('an entry that has disappeared', () => {
	it('is written again by the settle: the outcome is not lost', () => {
		const grant = granted(decideClaim(CURRENT.unknown(), buildRequest(), NOW));
		const decision = decideSettle(undefined, grant, buildReport('succeeded'), NOW, ENTRY_RETENTION_MS);
		expect(decision).toMatchObject({
			kind: 'settled',
			entry: { state: 'succeeded', key: grant.entry.key },
		});
		expect(decision.entry?.version).toBeGreaterThan(grant.entry.version);
	});

	it('when recreated is never mistaken for the old one by its version', () => {
		const versions = Array.from(
			{ length: 50 },
			() => granted(decideClaim(undefined, buildRequest(), NOW)).entry.version,
		);
		expect(new Set(versions).size).toBe(50);
	});
});

describe('Stripe forgets a key after 24 hours', () => {
	const unknown = after(undefined, buildRequest(), NOW, 'unknown');
	const asksFirst = (current: Entry, now: number) =>
		granted(decideClaim(current, buildRequest(), now)).reconcileFirst;

	it('so 23 h after the first send the entry is reconciled, not sent', () => {
		expect(asksFirst(unknown, NOW + BLIND_SEND_LIMIT_MS - 1)).toBe(false);
		expect(asksFirst(unknown, NOW + BLIND_SEND_LIMIT_MS)).toBe(true);
		expect(BLIND_SEND_LIMIT_MS).toBe(23 * HOUR);
	});

	it('also for an entry whose worker died 23 h ago', () => {
		expect(
			asksFirst(granted(decideClaim(undefined, buildRequest(), NOW)).entry, NOW + BLIND_SEND_LIMIT_MS),
		).toBe(true);
	});

	it('counted from the first send, however often it was resent since', () => {
		const again = after(unknown, buildRequest(), NOW + 22 * HOUR, 'unknown');
		expect(again.firstSentAt).toBe(NOW);
		expect(asksFirst(again, NOW + BLIND_SEND_LIMIT_MS)).toBe(true);
	});

	it('but not for an entry that Stripe definitely never executed: its key counts as new', () => {
		const released = after(undefined, buildRequest(), NOW, 'unauthorized');
		const grant = granted(decideClaim(released, buildRequest(), NOW + 30 * HOUR));
		expect(grant.reconcileFirst).toBe(false);
		expect(grant.entry.firstSentAt).toBe(NOW + 30 * HOUR);
	});

	it('and the time starts again for a new attempt', () => {
		const second = after(
			CURRENT.rejected(),
			buildRequest({ afterRejection: 'newAttempt' }),
			NOW,
			'unknown',
		);
		expect(second.firstSentAt).toBe(NOW);
	});
});

describe('a key of the v2 API lives for 30 days', () => {
	it('so a POST is repeated for 29 days, and reconciled from then on', () => {
		const claimRequest = () => buildRequest({ request: { path: '/v2/core/accounts' } });
		const unknown = after(undefined, claimRequest(), NOW, 'unknown');
		const asksFirst = (now: number) => granted(decideClaim(unknown, claimRequest(), now)).reconcileFirst;
		expect(asksFirst(NOW + BLIND_SEND_LIMIT_MS)).toBe(false);
		expect(asksFirst(NOW + BLIND_SEND_LIMIT_V2_MS - 1)).toBe(false);
		expect(asksFirst(NOW + BLIND_SEND_LIMIT_V2_MS)).toBe(true);
		expect(BLIND_SEND_LIMIT_V2_MS).toBe(29 * DAY);
	});

	it('but not for a v1 path that contains v2', () => {
		const claimRequest = () => buildRequest({ request: { path: '/v1/products/v2/' } });
		const unknown = after(undefined, claimRequest(), NOW, 'unknown');
		const later = decideClaim(unknown, claimRequest(), NOW + BLIND_SEND_LIMIT_MS);
		expect(granted(later).reconcileFirst).toBe(true);
	});
});

describe('a key is known to Stripe only in the account that sent it', () => {
	const claimRequest = (stripeAccount?: string) =>
		buildRequest({ request: stripeAccount ? { stripeAccount } : {} });
	const unknown = (stripeAccount?: string) => after(undefined, claimRequest(stripeAccount), NOW, 'unknown');

	it.each([
		[undefined, 'acct_1'],
		['acct_1', undefined],
	])('so a request sent for %s is reconciled before it is sent for %s', (before, now) => {
		const grant = granted(decideClaim(unknown(before), claimRequest(now), NOW + MINUTE));
		expect(grant.reconcileFirst).toBe(true);
		// And so it stays, as long as nobody has found out.
		const { entry } = decideSettle(
			grant.entry,
			grant,
			{ ...buildReport('unknown'), sends: 0 },
			NOW + MINUTE,
			ENTRY_RETENTION_MS,
		);
		expect(granted(decideClaim(entry, claimRequest(now), NOW + HOUR)).reconcileFirst).toBe(true);
		expect(granted(decideClaim(entry, claimRequest(before), NOW + HOUR)).reconcileFirst).toBe(false);
	});

	it('and a request that was definitely not executed may be sent for either', () => {
		const released = after(undefined, claimRequest(), NOW, 'unreachable');
		const { entry, reconcileFirst } = granted(
			decideClaim(released, claimRequest('acct_1'), NOW + MINUTE),
		);
		expect(reconcileFirst).toBe(false);
		expect(entry.request.stripeAccount).toBe('acct_1');
	});
});

describe('a DELETE, whose key Stripe ignores', () => {
	const deleting = () => buildRequest({ request: { method: 'DELETE', path: '/v1/customers/cus_1' } });

	it('in doubt is never resent without reconciling', () => {
		expect(
			granted(decideClaim(after(undefined, deleting(), NOW, 'unknown'), deleting(), NOW + 1))
				.reconcileFirst,
		).toBe(true);
		expect(granted(decideClaim(undefined, deleting(), NOW)).reconcileFirst).toBe(false);
	});

	it('with a lost response does not treat "no such object" as a rejection: the first send may have deleted it', () => {
		expect(after(undefined, deleting(), NOW, 'unknown', 'rejected')).toMatchObject({
			state: 'unknown',
			mayHaveExecuted: true,
		});
		expect(after(undefined, deleting(), NOW, 'rejected').state).toBe('rejected');
	});
});

describe('what an entry stores', () => {
	it('previous attempts with their rejections, twenty at most', () => {
		let current: Entry | undefined;
		for (let n = 0; n < 23; n++)
			current = after(current, buildRequest({ afterRejection: 'newAttempt' }), NOW + n, 'rejected');
		expect(current?.attempt).toBe(23);
		expect(current?.previousAttempts?.map(({ attempt }) => attempt)).toEqual(
			Array.from({ length: 20 }, (_, n) => n + 3),
		);
		expect(new Set(current?.previousAttempts?.map(({ key }) => key)).size).toBe(20);
	});

	it('for a previous attempt who sent it, when, and for how much: a corrected request may differ', () => {
		const first = buildRequest({
			params: { amount: '100', currency: 'usd' },
			origin: { executionId: '1' },
		});
		const corrected = buildRequest({
			params: { amount: '200', currency: 'usd' },
			origin: { executionId: '2' },
		});
		const rejected = after(undefined, first, NOW, 'unknown', 'rejected');
		expect(granted(decideClaim(rejected, corrected, NOW + HOUR)).entry).toMatchObject({
			attempt: 2,
			origin: { executionId: '2' },
			firstSentAt: NOW + HOUR,
			previousAttempts: [
				{
					attempt: 1,
					amount: 100,
					currency: 'usd',
					origin: { executionId: '1' },
					sends: 2,
					firstSentAt: NOW,
					lastSentAt: rejected.lastSentAt,
				},
			],
		});
	});

	it('the API version with the key: an update of the package does not change what a repeat means', () => {
		const old = after(undefined, buildRequest({ request: { apiVersion: '2024-01-01' } }), NOW, 'unknown');
		const updated = { request: { apiVersion: '2026-01-01' } };
		expect(granted(decideClaim(old, buildRequest(updated), NOW)).entry.request.apiVersion).toBe(
			'2024-01-01',
		);
	});

	it('the new API version with a new key', () => {
		const old = after(
			undefined,
			buildRequest({ request: { apiVersion: '2024-01-01' } }),
			NOW,
			'rejected',
		);
		const corrected = buildRequest({ params: OTHER_AMOUNT, request: { apiVersion: '2026-01-01' } });
		expect(granted(decideClaim(old, corrected, NOW)).entry.request.apiVersion).toBe('2026-01-01');
	});

	it('how often it was sent, including the send of a worker that died', () => {
		const again = after(
			CURRENT['in_flight, lease over'](),
			buildRequest(),
			NOW,
			'unknown',
			'unknown',
			'succeeded',
		);
		expect(again.sends).toBe(4);
	});

	it('when it was created, through all attempts', () => {
		const current = after(
			CURRENT.rejected(),
			buildRequest({ afterRejection: 'newAttempt' }),
			NOW,
			'succeeded',
		);
		expect(current.createdAt).toBe(NOW - HOUR);
	});

	it('its retention from the settle on', () => {
		const grant = granted(decideClaim(undefined, buildRequest(), NOW));
		expect(
			decideSettle(grant.entry, grant, buildReport('succeeded'), NOW + HOUR, ENTRY_RETENTION_MS).entry
				?.expiresAt,
		).toBe(NOW + HOUR + ENTRY_RETENTION_MS);
	});

	it('no lease and no claim ID once it is settled', () => {
		expect(after(undefined, buildRequest(), NOW, 'succeeded')).not.toHaveProperty('leaseUntil');
		expect(after(undefined, buildRequest(), NOW, 'succeeded')).not.toHaveProperty('claimId');
	});
});

describe('late responses prove', () => {
	const current = CURRENT.unknown();
	const of = (key: string, kind: OutcomeKind): Entry => ({
		...current,
		lateResponses: [{ fence: 1, key, outcome: buildOutcome(kind), at: NOW }],
	});

	it.each<[string, Entry, OutcomeKind | undefined]>([
		['a success of this attempt', of(current.key, 'succeeded'), 'succeeded'],
		['nothing, by a success of a different attempt', of(`${current.key}_2`, 'succeeded'), undefined],
		['nothing, by a second timeout', of(current.key, 'unknown'), undefined],
		['nothing, without late responses', current, undefined],
	])('%s', (_name, entry, kind) => {
		expect(getProvenOutcome(entry)?.kind).toBe(kind);
	});
});

describe('a late response that proves success under the same key', () => {
	it.each(['rejected', 'unauthorized'] as const)(
		'starts no new attempt, although the entry was settled as %s since',
		(kind) => {
			const first = granted(decideClaim(undefined, buildRequest(), NOW));
			const second = granted(decideClaim(first.entry, buildRequest(), NOW + LEASE));
			const settled = decideSettle(
				second.entry,
				second,
				buildReport(kind),
				NOW + LEASE,
				ENTRY_RETENTION_MS,
			).entry;
			const late = decideSettle(
				settled,
				first,
				buildReport('succeeded'),
				NOW + LEASE + 1,
				ENTRY_RETENTION_MS,
			);
			expect(late.kind).toBe('late');

			const again = decideClaim(
				late.entry,
				{ ...buildRequest(), afterRejection: 'newAttempt' },
				NOW + HOUR,
			);
			expect(inWords(again, late.entry)).toBe('granted, attempt 1, same key');
			expect(granted(again).reconcileFirst).toBe(true);
			expect(getProvenOutcome(granted(again).entry)).toMatchObject({ kind: 'succeeded' });
			expect(decideClaim(late.entry, buildRequest({ params: OTHER_AMOUNT }), NOW + HOUR).kind).toBe(
				'conflict',
			);
		},
	);
});

describe('a decline whose bank advises not to try again', () => {
	const declined = (samePayment?: string) => {
		const grant = granted(
			decideClaim(undefined, buildRequest(samePayment === undefined ? {} : { samePayment }), NOW),
		);
		const outcome = buildOutcome('rejected', { adviceCode: 'do_not_try_again' });
		const report: SendReport = { outcomes: [outcome], sends: 1 };
		return decideSettle(grant.entry, grant, report, NOW, ENTRY_RETENTION_MS).entry!;
	};
	const again = (current: Entry, facts: Parameters<typeof buildRequest>[0]) =>
		decideClaim(current, buildRequest({ afterRejection: 'newAttempt', ...facts }), NOW).kind;

	it.each<[string, string | undefined, Parameters<typeof buildRequest>[0], string]>([
		['the same request', 'p1', { samePayment: 'p1' }, 'stored_rejection'],
		[
			'the same payment with a different payment method',
			'p1',
			{ samePayment: 'p1', params: OTHER_AMOUNT },
			'granted',
		],
		['a different payment', 'p1', { samePayment: 'p2', params: OTHER_AMOUNT }, 'stored_rejection'],
		['a different payment without a method', 'p1', { params: OTHER_AMOUNT }, 'stored_rejection'],
		[
			'a different request where the first had no method',
			undefined,
			{ params: OTHER_AMOUNT },
			'stored_rejection',
		],
		['the same by a person', 'p1', { samePayment: 'p1', byPerson: true }, 'granted'],
	])('%s is tried again, or not', (_what, before, facts, kind) => {
		expect(again(declined(before), facts)).toBe(kind);
	});
});

it('an entry stores which payment it is for if its request names the payment method', () => {
	expect(granted(decideClaim(undefined, buildRequest({ samePayment: 'p1' }), NOW)).entry.samePayment).toBe(
		'p1',
	);
	expect(granted(decideClaim(undefined, buildRequest(), NOW)).entry).not.toHaveProperty('samePayment');
});

it.each<[string, Parameters<typeof needsNoTime>[0], boolean]>([
	['a replay', { kind: 'replay', entry: CURRENT.succeeded() } as never, true],
	['a stored rejection', { kind: 'stored_rejection', entry: CURRENT.rejected() } as never, true],
	['a conflict', { kind: 'conflict', entry: CURRENT.succeeded(), differences: [] }, true],
	['a claim that is granted', decideClaim(undefined, buildRequest(), NOW), false],
	[
		'a claim held by another run',
		{ kind: 'busy', entry: CURRENT['in_flight, lease alive']() } as never,
		false,
	],
	['an invalid token', { kind: 'blocked', reason: 'invalid_token' }, true],
	['a missing token', { kind: 'blocked', reason: 'token_required', entry: CURRENT.reserved() }, true],
	...(['waiting_for_approval', 'reservation_incomplete', 'expired'] as const).map(
		(reason): [string, Parameters<typeof needsNoTime>[0], boolean] => [
			reason,
			{ kind: 'blocked', reason, entry: CURRENT.reserved() } as never,
			false,
		],
	),
])('%s is answered without requiring the time, or not', (_what, decision, isTold) => {
	expect(needsNoTime(decision)).toBe(isTold);
});

it('a claim that reads its object again returns the outcome of the claim that it has waited for', () => {
	const claim = (given: Partial<ClaimRequest>) =>
		decideClaim(CURRENT.succeeded(), buildRequest({ looksAtObject: true, ...given }), NOW);
	expect(claim({})).toMatchObject({ kind: 'granted', grant: { entry: { attempt: 2 } } });
	expect(claim({ hasWaited: true }).kind).toBe('replay');
});

describe('an adopted payment', () => {
	const adoptedEntry = () => {
		const { adopted: _none, ...entry } = { adopted: undefined, ...CURRENT.succeeded() } as SettledEntry;
		const body = { id: 'pi_past', currency: 'eur' };
		return {
			...entry,
			fingerprint: '',
			outcome: { ...entry.outcome, body },
			adopted: { at: NOW, decidedBy: 'ann', params: { amount: '1999', currency: 'eur' } },
		};
	};

	it('is compared with the request, which is read using the adopted object', () => {
		const seen: object[] = [];
		const asking = (amount: string) =>
			buildRequest({
				comparedParams: (object) => {
					seen.push(object);
					return { amount, currency: String(object.currency) };
				},
			});
		expect(decideClaim(adoptedEntry(), asking('1999'), NOW).kind).toBe('replay');
		expect(decideClaim(adoptedEntry(), asking('5'), NOW)).toMatchObject({
			kind: 'conflict',
			differences: [{ name: 'amount', stored: '1999', requested: '5' }],
		});
		expect(seen[0]).toEqual({ id: 'pi_past', currency: 'eur' });
	});
});

describe('an extended claim', () => {
	const grant = granted(decideClaim(undefined, buildRequest(), NOW));
	const extended = (current: Entry | undefined, now = NOW + MINUTE) =>
		extendLease(current, grant, LEASE, now);

	it('is written with the later expiry', () => {
		expect(extended(grant.entry)).toEqual({
			...grant.entry,
			version: grant.entry.version + 1,
			leaseUntil: NOW + MINUTE + LEASE,
		});
		expect(extendLease(grant.entry, grant, 1, NOW + MINUTE)?.leaseUntil).toBe(grant.entry.leaseUntil);
	});

	it('is refused if it has expired, belongs to another claim, or does not exist', () => {
		const other = granted(decideClaim(grant.entry, buildRequest(), NOW + LEASE)).entry;
		expect(extended(undefined)).toBeUndefined();
		expect(extended(grant.entry, NOW + LEASE)).toBeUndefined();
		expect(extended(other, NOW + LEASE + 1)).toBeUndefined();
		expect(extended({ ...grant.entry, claimId: 'of another' })).toBeUndefined();
		expect(extended(CURRENT.succeeded())).toBeUndefined();
	});
});
