import { BLIND_SEND_LIMIT_MS, BLIND_SEND_LIMIT_V2_MS } from '../../ledger/rules/doubt';
import type { Entry, EntryState, OutcomeKind, SettledEntry } from '../../ledger/model/entry';
import type { ClaimDecision, ClaimRequest, Grant } from '../../ledger/rules/claim';
import { provenByEvidence } from '../../ledger/model/evidence';
import { claim, isHeldBy, settle } from '../../ledger/rules/claim';
import { NOON_ISH as NOW } from './fakeTime';
import { asking, DAY, HOUR, LEASE, MINUTE, OTHER_AMOUNT, outcome, RETENTION, told } from './requests';

function granted(decision: ClaimDecision): Grant {
	if (decision.kind !== 'granted') throw new Error(`It was not granted, but ${decision.kind}`);
	return decision.grant;
}

/** Claims and settles: what stands afterwards, unless a conflict left nothing. */
function after(
	standing: Entry | undefined,
	asked: ClaimRequest,
	now: number,
	...kinds: [OutcomeKind, ...OutcomeKind[]]
) {
	const grant = granted(claim(standing, asked, now));
	const { entry } = settle(grant.entry, grant, told(...kinds), now, RETENTION);
	if (!entry) throw new Error('Nothing stands');
	return entry;
}

/** What stands before a claim of the table, in each state that a claim can meet. */
const STANDING = {
	none: () => undefined,
	'in_flight, lease alive': () => granted(claim(undefined, asking(), NOW - LEASE + 1)).entry,
	'in_flight, lease over': () => granted(claim(undefined, asking(), NOW - LEASE)).entry,
	unknown: () => after(undefined, asking(), NOW - HOUR, 'unknown'),
	succeeded: () => after(undefined, asking(), NOW - HOUR, 'succeeded'),
	rejected: () => after(undefined, asking(), NOW - HOUR, 'rejected'),
	released: () => after(undefined, asking(), NOW - HOUR, 'unauthorized'),
	reserved: () => idle('reserved'),
	cancelled: () => idle('cancelled'),
} satisfies Record<string, () => Entry | undefined>;

type Standing = keyof typeof STANDING;

function idle(state: 'reserved' | 'cancelled'): Entry {
	const { holder, leaseUntil, ...facts } = granted(claim(undefined, asking(), NOW)).entry;
	return { ...facts, state };
}

/** In a few words: what a claim met, and by which attempt and key it goes on. */
function inWords(decision: ClaimDecision, standing: Entry | undefined): string {
	if (decision.kind !== 'granted') return decision.kind;
	const { attempt, key, fence } = decision.grant.entry;
	expect(fence).toBe((standing?.fence ?? 0) + 1);
	const whichKey = key === standing?.key ? 'same key' : 'new key';
	return `granted, attempt ${attempt}, ${whichKey}`;
}

describe('the table of claims', () => {
	it.each<[Standing, string, string]>([
		['none', 'granted, attempt 1, new key', 'granted, attempt 1, new key'],
		['in_flight, lease alive', 'busy', 'conflict'],
		['in_flight, lease over', 'granted, attempt 1, same key', 'conflict'],
		['unknown', 'granted, attempt 1, same key', 'conflict'],
		['succeeded', 'replay', 'conflict'],
		['rejected', 'stored_rejection', 'granted, attempt 2, new key'],
		['released', 'granted, attempt 1, same key', 'granted, attempt 2, new key'],
		['reserved', 'blocked', 'blocked'],
		['cancelled', 'blocked', 'blocked'],
	])('%s: same request: %s; another request: %s', (state, same, other) => {
		const standing = STANDING[state]();
		expect(inWords(claim(standing, asking(), NOW), standing)).toBe(same);
		expect(inWords(claim(standing, asking({ params: OTHER_AMOUNT }), NOW), standing)).toBe(other);
	});

	it('knows every state', () => {
		const states = Object.values(STANDING).flatMap((make) => make()?.state ?? []);
		const all: Record<EntryState, true> = {
			...{ reserved: true, in_flight: true, succeeded: true, rejected: true },
			...{ unknown: true, released: true, cancelled: true },
		};
		expect(new Set(states)).toEqual(new Set(Object.keys(all)));
	});

	it('rejected, and a new attempt is asked for: attempt 2, new key', () => {
		const standing = STANDING.rejected();
		const decision = claim(standing, asking({ afterRejection: 'newAttempt' }), NOW);
		expect(inWords(decision, standing)).toBe('granted, attempt 2, new key');
		expect(granted(decision).entry.key).toBe(`${standing.key}_2`);
	});

	it('rejected in this very run (Retry On Fail, a twin in the batch): no new attempt, whatever is asked for', () => {
		const standing = after(undefined, asking({ run: 'run 1' }), NOW, 'rejected');
		const again = (run: string) =>
			claim(standing, asking({ run, afterRejection: 'newAttempt' }), NOW).kind;
		expect(again('run 1')).toBe('stored_rejection');
		expect(again('run 2')).toBe('granted');
	});
});

it('a repeat of what stood begins nothing new with the old request, where a corrected one came since', () => {
	for (const kind of ['rejected', 'unauthorized'] as const) {
		const corrected = after(STANDING.released(), asking({ params: OTHER_AMOUNT }), NOW, kind);
		expect(claim(corrected, asking({ isRepeat: true }), NOW).kind).toBe('conflict');
	}
	expect(claim(STANDING.released(), asking({ isRepeat: true }), NOW).kind).toBe('granted');
});

describe('a conflict', () => {
	it('names the parameters that differ, with both values', () => {
		expect(claim(STANDING.succeeded(), asking({ params: OTHER_AMOUNT }), NOW)).toMatchObject({
			kind: 'conflict',
			differences: [{ name: 'amount', stored: '1999', asked: '2999' }],
		});
	});

	it('names none where parameters are not stored', () => {
		const standing = after(undefined, asking({ paramsStored: false }), NOW, 'succeeded');
		expect(claim(standing, asking({ params: OTHER_AMOUNT }), NOW)).toMatchObject({ differences: [] });
	});
});

describe('nothing in doubt ever gets a new key', () => {
	const eager = { afterRejection: 'newAttempt' } as const;

	it.each<[string, () => Entry]>([
		['an unknown entry', STANDING.unknown],
		['an entry whose holder died', STANDING['in_flight, lease over']],
		[
			'a timeout, then a 401 in the same loop',
			() => after(undefined, asking(), NOW, 'unknown', 'unauthorized'),
		],
		[
			'a timeout, then a 429 in the same loop',
			() => after(undefined, asking(), NOW, 'unknown', 'rate_limited'),
		],
		[
			'a timeout, then refused connections',
			() => after(undefined, asking(), NOW, 'unknown', 'unreachable'),
		],
		['a 409, then a 401', () => after(undefined, asking(), NOW, 'busy', 'unauthorized')],
		['a timeout, then "other parameters"', () => after(undefined, asking(), NOW, 'unknown', 'conflict')],
		[
			'a timeout, and a 401 in the next grant',
			() => after(STANDING.unknown(), asking(), NOW, 'unauthorized'),
		],
		[
			'a timeout, and a 429 in the next grant',
			() => after(STANDING.unknown(), asking(), NOW, 'rate_limited'),
		],
		[
			'a dead holder, and a 401 in the next grant',
			() => after(STANDING['in_flight, lease over'](), asking(), NOW, 'unauthorized'),
		],
		[
			'a dead holder, and a 401, and another 401',
			() =>
				after(
					after(STANDING['in_flight, lease over'](), asking(), NOW, 'unauthorized'),
					asking(),
					NOW,
					'unauthorized',
				),
		],
	])('%s', (_name, make) => {
		const standing = make();
		expect(standing.state === 'in_flight' ? 'unknown' : standing.state).toBe('unknown');
		expect(claim(standing, asking({ ...eager, params: OTHER_AMOUNT }), NOW).kind).toBe('conflict');
		expect(granted(claim(standing, asking(eager), NOW)).entry.key).toBe(standing.key);
	});

	it('an entry that was released, and that a claim without the ledger may have sent', () => {
		const grant = granted(claim(undefined, asking(), NOW - HOUR));
		const released = settle(grant.entry, grant, told('unauthorized'), NOW, RETENTION).entry;
		const onPaper = granted(claim(undefined, asking(), NOW));
		const { entry: standing } = settle(released, onPaper, told('unknown'), NOW, RETENTION);
		expect(standing).toMatchObject({ state: 'released', doubt: true });
		expect(claim(standing, asking({ ...eager, params: OTHER_AMOUNT }), NOW).kind).toBe('conflict');
		expect(granted(claim(standing, asking(eager), NOW)).entry.key).toBe(standing?.key);
	});

	it('until Stripe gives its last word on the key', () => {
		expect(after(undefined, asking(), NOW, 'unknown', 'rejected')).toMatchObject({
			state: 'rejected',
			doubt: false,
		});
		expect(after(STANDING.unknown(), asking(), NOW, 'succeeded')).toMatchObject({
			state: 'succeeded',
			doubt: false,
		});
	});

	it('also when the item itself is told: the outcome is unknown, not 401', () => {
		const grant = granted(claim(undefined, asking(), NOW));
		const decision = settle(grant.entry, grant, told('unknown', 'unauthorized'), NOW, RETENTION);
		expect(decision.outcome.kind).toBe('unknown');
	});
});

describe('an outcome makes of a fresh entry', () => {
	it.each<[OutcomeKind, SettledEntry['state']]>([
		['succeeded', 'succeeded'],
		['rejected', 'rejected'],
		['unauthorized', 'released'],
		['rate_limited', 'released'],
		['unreachable', 'released'],
		['busy', 'unknown'],
		['unknown', 'unknown'],
	])('%s: %s', (kind, state) => {
		expect(after(undefined, asking(), NOW, kind).state).toBe(state);
	});
});

describe('"other parameters" from Stripe puts back what stood', () => {
	const conflicted = (before: Entry | undefined, asked = asking()) => {
		const grant = granted(claim(before, asked, NOW));
		return { grant, decision: settle(grant.entry, grant, told('conflict'), NOW, RETENTION) };
	};

	it('nothing, where nothing stood', () => {
		expect(conflicted(undefined).decision).toMatchObject({ kind: 'restored', entry: undefined });
	});

	it.each<[string, Entry, ClaimRequest]>([
		['a released entry', STANDING.released(), asking()],
		['a rejection, after a corrected request', STANDING.rejected(), asking({ params: OTHER_AMOUNT })],
		['a rejection, after a new attempt', STANDING.rejected(), asking({ afterRejection: 'newAttempt' })],
	])('%s', (_name, before, asked) => {
		const { grant, decision } = conflicted(before, asked);
		expect(decision).toMatchObject({
			kind: 'restored',
			entry: { ...before, fence: grant.entry.fence, version: grant.entry.version + 1 },
		});
	});

	it('and keeps the evidence that came in during the claim', () => {
		const { entry, before, reconcileFirst } = granted(claim(STANDING.released(), asking(), NOW));
		const evidence = [{ fence: 1, key: 'n8n_another', outcome: outcome('succeeded'), at: NOW }];
		const decision = settle(
			{ ...entry, evidence },
			{ entry, before, reconcileFirst },
			told('conflict'),
			NOW,
			RETENTION,
		);
		expect(decision.entry?.evidence).toEqual(evidence);
	});
});

describe('a settle that comes too late', () => {
	const first = granted(claim(undefined, asking({ holder: 'first' }), NOW - LEASE));
	const second = granted(claim(first.entry, asking({ holder: 'second' }), NOW));
	const late = (standing: Entry, kind: OutcomeKind) =>
		settle(standing, first, told(kind), NOW + MINUTE, RETENTION);

	it.each<[string, Entry]>([
		['the next holder, who is still sending', second.entry],
		[
			'its success',
			settle(second.entry, second, told('succeeded'), NOW, RETENTION).entry ?? second.entry,
		],
		[
			'its rejection',
			settle(second.entry, second, told('rejected'), NOW, RETENTION).entry ?? second.entry,
		],
		[
			'what it left unknown',
			settle(second.entry, second, told('unknown'), NOW, RETENTION).entry ?? second.entry,
		],
	])('overwrites nothing: %s', (_name, standing) => {
		const decision = late(standing, 'succeeded');
		expect(decision).toMatchObject({ kind: 'late', outcome: { kind: 'succeeded' } });
		expect(decision.entry).toEqual({
			...standing,
			version: standing.version + 1,
			evidence: [{ fence: 1, key: first.entry.key, outcome: outcome('succeeded'), at: NOW + MINUTE }],
		});
	});

	it('and knows nothing itself is told what is known by now', () => {
		const settled = settle(second.entry, second, told('succeeded'), NOW, RETENTION).entry;
		const decision = late(settled ?? second.entry, 'unknown');
		expect(decision).toMatchObject({ kind: 'late', outcome: { kind: 'succeeded' } });
		expect(decision.entry?.evidence).toMatchObject([{ outcome: { kind: 'unknown' } }]);
		expect(late(second.entry, 'unknown').outcome.kind).toBe('unknown');
	});

	it('is kept as evidence, ten at most', () => {
		let standing: Entry = second.entry;
		for (let n = 0; n < 12; n++)
			standing = late(standing, n === 11 ? 'succeeded' : 'unknown').entry ?? standing;
		expect(standing.evidence).toHaveLength(10);
		expect(standing.evidence?.at(-1)?.outcome.kind).toBe('succeeded');
	});

	it('is no longer the holder’s, though it is the same holder’s name', () => {
		expect(isHeldBy({ ...second.entry, holder: 'first' }, first.entry)).toBe(false);
		expect(isHeldBy({ ...first.entry, holder: 'second' }, first.entry)).toBe(false);
		expect(isHeldBy(first.entry, first.entry)).toBe(true);
	});

	it('survives the settle of the next holder', () => {
		const withEvidence = late(second.entry, 'succeeded').entry;
		expect(settle(withEvidence, second, told('unknown'), NOW, RETENTION).entry?.evidence).toHaveLength(1);
	});

	/** A send without a claim that the ledger knew of: the ledger was down, and the user relies on Stripe's memory. */
	it('puts the key in doubt where it may have taken effect, so that no blind send follows after a day', () => {
		const unheard = granted(claim(undefined, asking(), NOW));
		const told401 = after(undefined, asking(), NOW + 1, 'unauthorized');
		const standing = settle(told401, unheard, told('succeeded'), NOW + 2, RETENTION).entry;
		expect(standing).toMatchObject({ state: 'released', doubt: true, firstSentAt: NOW });
		const next = granted(claim(standing, asking(), NOW + BLIND_SEND_LIMIT_MS));
		expect(next.reconcileFirst).toBe(true);
		expect(provenByEvidence(next.entry)?.kind).toBe('succeeded');
	});

	it('puts the key in doubt also for the one who holds it meanwhile', () => {
		const unheard = granted(claim(undefined, asking(), NOW));
		const holder = granted(claim(undefined, asking(), NOW + 1));
		const standing = settle(holder.entry, unheard, told('unknown'), NOW + 2, RETENTION).entry;
		const settled = settle(standing, holder, told('unauthorized'), NOW + 3, RETENTION);
		expect(settled.entry).toMatchObject({ state: 'unknown', doubt: true, firstSentAt: NOW });
	});
});

describe('an entry that has vanished', () => {
	it('is written anew by the settle: the outcome is not lost', () => {
		const grant = granted(claim(STANDING.unknown(), asking(), NOW));
		const decision = settle(undefined, grant, told('succeeded'), NOW, RETENTION);
		expect(decision).toMatchObject({
			kind: 'settled',
			entry: { state: 'succeeded', key: grant.entry.key },
		});
		expect(decision.entry?.version).toBeGreaterThan(grant.entry.version);
	});

	it('made again, is never taken for the old one by its version', () => {
		const versions = Array.from(
			{ length: 50 },
			() => granted(claim(undefined, asking(), NOW)).entry.version,
		);
		expect(new Set(versions).size).toBe(50);
	});
});

describe('Stripe forgets a key after a day', () => {
	const unknown = after(undefined, asking(), NOW, 'unknown');
	const asksFirst = (standing: Entry, now: number) =>
		granted(claim(standing, asking(), now)).reconcileFirst;

	it('so 23 h after the first send comes a question, not a send', () => {
		expect(asksFirst(unknown, NOW + BLIND_SEND_LIMIT_MS - 1)).toBe(false);
		expect(asksFirst(unknown, NOW + BLIND_SEND_LIMIT_MS)).toBe(true);
		expect(BLIND_SEND_LIMIT_MS).toBe(23 * HOUR);
	});

	it('also for an entry whose holder died 23 h ago', () => {
		expect(asksFirst(granted(claim(undefined, asking(), NOW)).entry, NOW + BLIND_SEND_LIMIT_MS)).toBe(
			true,
		);
	});

	it('counted from the first send, however often it was sent again since', () => {
		const again = after(unknown, asking(), NOW + 22 * HOUR, 'unknown');
		expect(again.firstSentAt).toBe(NOW);
		expect(asksFirst(again, NOW + BLIND_SEND_LIMIT_MS)).toBe(true);
	});

	it('but not for an entry that Stripe surely never executed: its key is as new', () => {
		const released = after(undefined, asking(), NOW, 'unauthorized');
		const grant = granted(claim(released, asking(), NOW + 30 * HOUR));
		expect(grant.reconcileFirst).toBe(false);
		expect(grant.entry.firstSentAt).toBe(NOW + 30 * HOUR);
	});

	it('and for a new attempt its clock begins anew', () => {
		const second = after(STANDING.rejected(), asking({ afterRejection: 'newAttempt' }), NOW, 'unknown');
		expect(second.firstSentAt).toBe(NOW);
	});
});

describe('a key of the v2 API lives for 30 days', () => {
	it('so a POST is repeated for 29 days, and asked about from then on', () => {
		const asked = () => asking({ request: { path: '/v2/core/accounts' } });
		const unknown = after(undefined, asked(), NOW, 'unknown');
		const asksFirst = (now: number) => granted(claim(unknown, asked(), now)).reconcileFirst;
		expect(asksFirst(NOW + BLIND_SEND_LIMIT_MS)).toBe(false);
		expect(asksFirst(NOW + BLIND_SEND_LIMIT_V2_MS - 1)).toBe(false);
		expect(asksFirst(NOW + BLIND_SEND_LIMIT_V2_MS)).toBe(true);
		expect(BLIND_SEND_LIMIT_V2_MS).toBe(29 * DAY);
	});

	it('and only there: a path of v1 that names v2 is none of it', () => {
		const asked = () => asking({ request: { path: '/v1/products/v2/' } });
		const unknown = after(undefined, asked(), NOW, 'unknown');
		const later = claim(unknown, asked(), NOW + BLIND_SEND_LIMIT_MS);
		expect(granted(later).reconcileFirst).toBe(true);
	});
});

describe('a key is known to Stripe by whoever sent it', () => {
	const asked = (stripeAccount?: string) => asking({ request: stripeAccount ? { stripeAccount } : {} });
	const unknown = (stripeAccount?: string) => after(undefined, asked(stripeAccount), NOW, 'unknown');

	it.each([
		[undefined, 'acct_1'],
		['acct_1', undefined],
	])('so what was sent for %s is asked about before it is sent for %s', (before, now) => {
		const grant = granted(claim(unknown(before), asked(now), NOW + MINUTE));
		expect(grant.reconcileFirst).toBe(true);
		// And so it stays, as long as nobody has found out.
		const { entry } = settle(
			grant.entry,
			grant,
			{ ...told('unknown'), sends: 0 },
			NOW + MINUTE,
			RETENTION,
		);
		expect(granted(claim(entry, asked(now), NOW + HOUR)).reconcileFirst).toBe(true);
		expect(granted(claim(entry, asked(before), NOW + HOUR)).reconcileFirst).toBe(false);
	});

	it('and what was surely not done may be sent by either', () => {
		const released = after(undefined, asked(), NOW, 'unreachable');
		const { entry, reconcileFirst } = granted(claim(released, asked('acct_1'), NOW + MINUTE));
		expect(reconcileFirst).toBe(false);
		expect(entry.request.stripeAccount).toBe('acct_1');
	});
});

describe('a DELETE, whose key Stripe ignores', () => {
	const deleting = () => asking({ request: { method: 'DELETE', path: '/v1/customers/cus_1' } });

	it('in doubt is never sent again without a question', () => {
		expect(
			granted(claim(after(undefined, deleting(), NOW, 'unknown'), deleting(), NOW + 1)).reconcileFirst,
		).toBe(true);
		expect(granted(claim(undefined, deleting(), NOW)).reconcileFirst).toBe(false);
	});

	it('after a lost answer takes "no such object" for no rejection: it may be the work of the first send', () => {
		expect(after(undefined, deleting(), NOW, 'unknown', 'rejected')).toMatchObject({
			state: 'unknown',
			doubt: true,
		});
		expect(after(undefined, deleting(), NOW, 'rejected').state).toBe('rejected');
	});
});

describe('what an entry keeps', () => {
	it('past attempts with their rejections, twenty at most', () => {
		let standing: Entry | undefined;
		for (let n = 0; n < 23; n++)
			standing = after(standing, asking({ afterRejection: 'newAttempt' }), NOW + n, 'rejected');
		expect(standing?.attempt).toBe(23);
		expect(standing?.past?.map(({ attempt }) => attempt)).toEqual(
			Array.from({ length: 20 }, (_, n) => n + 3),
		);
		expect(new Set(standing?.past?.map(({ key }) => key)).size).toBe(20);
	});

	it('of a past attempt who sent it, when, and for how much: a corrected request may ask for something else', () => {
		const first = asking({ params: { amount: '100', currency: 'usd' }, origin: { executionId: '1' } });
		const corrected = asking({
			params: { amount: '200', currency: 'usd' },
			origin: { executionId: '2' },
		});
		const rejected = after(undefined, first, NOW, 'unknown', 'rejected');
		expect(granted(claim(rejected, corrected, NOW + HOUR)).entry).toMatchObject({
			...{ attempt: 2, origin: { executionId: '2' }, firstSentAt: NOW + HOUR },
			past: [
				{
					...{ attempt: 1, amount: 100, currency: 'usd', origin: { executionId: '1' } },
					...{ sends: 2, firstSentAt: NOW, lastSentAt: rejected.lastSentAt },
				},
			],
		});
	});

	it('the API version with the key: an update of the package does not change what a repeat means', () => {
		const old = after(undefined, asking({ request: { apiVersion: '2024-01-01' } }), NOW, 'unknown');
		const updated = { request: { apiVersion: '2026-01-01' } };
		expect(granted(claim(old, asking(updated), NOW)).entry.request.apiVersion).toBe('2024-01-01');
	});

	it('but takes the new API version with a new key', () => {
		const old = after(undefined, asking({ request: { apiVersion: '2024-01-01' } }), NOW, 'rejected');
		const corrected = asking({ params: OTHER_AMOUNT, request: { apiVersion: '2026-01-01' } });
		expect(granted(claim(old, corrected, NOW)).entry.request.apiVersion).toBe('2026-01-01');
	});

	it('how often it was sent, counting the send of a holder that died', () => {
		const again = after(
			STANDING['in_flight, lease over'](),
			asking(),
			NOW,
			'unknown',
			'unknown',
			'succeeded',
		);
		expect(again.sends).toBe(4);
	});

	it('when it was created, through all attempts', () => {
		const standing = after(
			STANDING.rejected(),
			asking({ afterRejection: 'newAttempt' }),
			NOW,
			'succeeded',
		);
		expect(standing.createdAt).toBe(NOW - HOUR);
	});

	it('its retention from the settle on', () => {
		const grant = granted(claim(undefined, asking(), NOW));
		expect(settle(grant.entry, grant, told('succeeded'), NOW + HOUR, RETENTION).entry?.expiresAt).toBe(
			NOW + HOUR + RETENTION,
		);
	});

	it('no lease and no holder once it is settled', () => {
		expect(after(undefined, asking(), NOW, 'succeeded')).not.toHaveProperty('leaseUntil');
		expect(after(undefined, asking(), NOW, 'succeeded')).not.toHaveProperty('holder');
	});
});

describe('evidence proves', () => {
	const standing = STANDING.unknown();
	const of = (key: string, kind: OutcomeKind): Entry => ({
		...standing,
		evidence: [{ fence: 1, key, outcome: outcome(kind), at: NOW }],
	});

	it.each<[string, Entry, OutcomeKind | undefined]>([
		['a success of this attempt', of(standing.key, 'succeeded'), 'succeeded'],
		['nothing, by a success of another attempt', of(`${standing.key}_2`, 'succeeded'), undefined],
		['nothing, by another timeout', of(standing.key, 'unknown'), undefined],
		['nothing, where there is none', standing, undefined],
	])('%s', (_name, entry, kind) => {
		expect(provenByEvidence(entry)?.kind).toBe(kind);
	});
});

describe('a late answer that proves a success under the very key', () => {
	it.each(['rejected', 'unauthorized'] as const)(
		'no new attempt begins, though the entry was settled as %s since',
		(kind) => {
			const first = granted(claim(undefined, asking(), NOW));
			const second = granted(claim(first.entry, asking(), NOW + LEASE));
			const settled = settle(second.entry, second, told(kind), NOW + LEASE, RETENTION).entry;
			const late = settle(settled, first, told('succeeded'), NOW + LEASE + 1, RETENTION);
			expect(late.kind).toBe('late');

			const again = claim(late.entry, { ...asking(), afterRejection: 'newAttempt' }, NOW + HOUR);
			expect(inWords(again, late.entry)).toBe('granted, attempt 1, same key');
			expect(granted(again).reconcileFirst).toBe(true);
			expect(provenByEvidence(granted(again).entry)).toMatchObject({ kind: 'succeeded' });
			expect(claim(late.entry, asking({ params: OTHER_AMOUNT }), NOW + HOUR).kind).toBe('conflict');
		},
	);
});
