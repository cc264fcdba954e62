import type { Entry, Outcome } from '../../ledger/model/entry';
import { entryOfKey, keyOfAttempt } from '../../ledger/identity/key';
import type { Testimony } from '../../ledger/rules/confirmSuccess';
import { hear } from '../../ledger/rules/confirmSuccess';
import type { Grant } from '../../ledger/rules/claim';
import { provenByEvidence } from '../../ledger/model/evidence';
import { claim, settle } from '../../ledger/rules/claim';
import { NOON_ISH } from './fakeTime';
import { asking, DAY, HOUR, LEASE, MINUTE, OTHER_AMOUNT, RETENTION, told } from './requests';

const PAID = { kind: 'succeeded', objectId: 'pi_1', body: { id: 'pi_1' } } as const;

function granted(standing?: Entry, asked = asking(), now = NOON_ISH): Grant {
	const decision = claim(standing, asked, now);
	if (decision.kind !== 'granted') throw new Error(decision.kind);
	return decision.grant;
}

function settled(kind: Outcome['kind'], grant = granted()): Entry {
	return settle(grant.entry, grant, told(kind), NOON_ISH, RETENTION).entry!;
}

function testimony({ key, mode, account }: Entry, given: Partial<Testimony> = {}): Testimony {
	return { mode, account, key, outcome: PAID, ...given };
}

const NEVER: Partial<Testimony>[] = [{ mode: 'live' }, { account: 'acct_other' }, { key: 'n8n_other' }];

describe('with the key of the attempt', () => {
	it.each(['unknown', 'unauthorized', 'rate_limited', 'unreachable', 'busy', 'rejected'] as const)(
		'what was %s becomes succeeded',
		(kind) => {
			const standing = settled(kind);
			const next = hear(standing, testimony(standing), NOON_ISH + HOUR);
			expect(next).toMatchObject({
				state: 'succeeded',
				outcome: PAID,
				doubt: false,
				settledAt: NOON_ISH + HOUR,
			});
			expect(next!.version).toBe(standing.version + 1);
			expect(next!.fence).toBe(standing.fence);
			expect(hear(next, testimony(standing), NOON_ISH + 2 * HOUR)).toBeUndefined();
			expect(claim(next, asking(), NOON_ISH + DAY)).toMatchObject({
				kind: 'replay',
				entry: { outcome: PAID },
			});
		},
	);

	it('a claim whose lease is over becomes succeeded, and its holder, when it comes late, changes nothing', () => {
		const grant = granted();
		const next = hear(grant.entry, testimony(grant.entry), NOON_ISH + LEASE)!;
		expect(next).toMatchObject({ state: 'succeeded', sends: 1 });
		expect(next).not.toHaveProperty('holder');
		expect(next).not.toHaveProperty('leaseUntil');
		const late = settle(next, grant, told('unknown'), NOON_ISH + LEASE + 1, RETENTION);
		expect(late).toMatchObject({ kind: 'late', outcome: PAID, entry: { state: 'succeeded' } });
	});

	it('a canceled entry turns out to have been done', () => {
		const standing: Entry = { ...granted().entry, state: 'cancelled' };
		expect(hear(standing, testimony(standing), NOON_ISH)).toMatchObject({ state: 'succeeded' });
	});

	it('nothing is made of an entry for which nothing was ever sent', () => {
		const standing: Entry = { ...granted().entry, state: 'reserved' };
		expect(hear(standing, testimony(standing), NOON_ISH)).toBeUndefined();
		expect(hear(undefined, testimony(standing), NOON_ISH)).toBeUndefined();
	});
});

describe('while another holds the lease', () => {
	it('it is kept once as evidence, and nothing else changes', () => {
		const { entry } = granted();
		const next = hear(entry, testimony(entry), NOON_ISH + MINUTE)!;
		expect(next).toMatchObject({
			state: 'in_flight',
			holder: entry.holder,
			leaseUntil: entry.leaseUntil,
		});
		expect(provenByEvidence(next)).toEqual(PAID);
		expect(hear(next, testimony(entry), NOON_ISH + MINUTE)).toBeUndefined();
	});

	it.each(['unknown', 'unauthorized', 'rejected', 'unreachable'] as const)(
		'the holder who was told %s settles by it',
		(kind) => {
			const grant = granted();
			const heard = hear(grant.entry, testimony(grant.entry), NOON_ISH + MINUTE);
			const { entry } = settle(heard, grant, told(kind), NOON_ISH + 2 * MINUTE, RETENTION);
			expect(entry).toMatchObject({ state: 'succeeded', outcome: PAID, doubt: false });
		},
	);

	it('the next claim, where the holder never comes, finds it', () => {
		const { entry } = granted();
		const heard = hear(entry, testimony(entry), NOON_ISH + MINUTE);
		const next = granted(heard, asking(), NOON_ISH + LEASE);
		expect(next.reconcileFirst).toBe(true);
		expect(provenByEvidence(next.entry)).toEqual(PAID);
	});
});

describe('by the object alone', () => {
	const byObject = (standing: Entry) => testimony(standing, { key: undefined });

	it('the first attempt becomes succeeded where nothing better is known', () => {
		for (const kind of ['unknown', 'unauthorized'] as const) {
			const standing = settled(kind);
			expect(hear(standing, byObject(standing), NOON_ISH)).toMatchObject({ state: 'succeeded' });
		}
	});

	it('a rejection stands: the object of a declined payment may be paid later by other means', () => {
		const standing = settled('rejected');
		expect(hear(standing, byObject(standing), NOON_ISH)).toBeUndefined();
	});

	it('of several attempts none is proven', () => {
		const second = granted(settled('rejected'), asking({ params: OTHER_AMOUNT }));
		const standing = settled('unknown', second);
		expect(standing.attempt).toBe(2);
		expect(hear(standing, byObject(standing), NOON_ISH)).toBeUndefined();
		expect(hear(standing, testimony(standing), NOON_ISH)).toMatchObject({ state: 'succeeded' });
	});
});

it.each(NEVER)('of something else it changes nothing: %j', (given) => {
	for (const standing of [granted().entry, settled('unknown'), settled('rejected')]) {
		expect(hear(standing, testimony(standing, given), NOON_ISH + LEASE)).toBeUndefined();
	}
});

it('what has become known late is remembered as long as what was known at once', () => {
	const standing = settled('unknown');
	const now = NOON_ISH + 2 * RETENTION;
	expect(hear(standing, testimony(standing), now)?.expiresAt).toBe(now + RETENTION);
});

it('an entry is found again from the key of each of its attempts, and from no other key', () => {
	for (let order = 0; order < 200; order++) {
		const { entryId } = asking({ order: String(order) });
		for (const attempt of [1, 2, 10]) expect(entryOfKey(keyOfAttempt(entryId, attempt))).toBe(entryId);
	}
	for (const key of ['', 'n8n_', 'n8n_v1_short', 'order-1001', `x${keyOfAttempt(asking().entryId, 1)}`]) {
		expect(entryOfKey(key)).toBeUndefined();
	}
});
