import type {
	Cancellation,
	Entry,
	EntryState,
	PreviousAttempt,
	Reservation,
} from '../../../ledger/model/entry';
import { decideClaim } from '../../../ledger/rules/claim';
import type { ClaimRequest } from '../../../ledger/rules/claimRequest';
import { recordLateResponse } from '../../../ledger/rules/lateResponse';
import type { ReserveRequest } from '../../../ledger/rules/reservation';
import { decideCancellation, decideReservation } from '../../../ledger/rules/reservation';
import { checkReservationState } from '../../../ledger/rules/token';
import type { EntryFacts } from '../entries';
import { buildReservedEntry, THEN as NOW } from '../entries';
import { buildRequest, DAY } from '../requests';

const SPENT = new Set<EntryState>(['in_flight', 'unknown', 'succeeded']);
const STATES: EntryState[] = [
	...(['reserved', 'in_flight', 'succeeded', 'rejected', 'unknown', 'released', 'cancelled'] as const),
];

const currentEntry = (state: EntryState, facts: EntryFacts = {}): Entry =>
	buildReservedEntry({}, { ...facts, state });
const withReservation = (state: EntryState, changed: Partial<Reservation>): Entry =>
	currentEntry(state, { reservation: changed as Reservation });

function reserveAgain(entry: Entry, given: Partial<ReserveRequest> = {}): ReserveRequest {
	const { entryId, operation, fields, mode, account, reservation } = entry;
	return {
		entryId,
		operation,
		fields,
		mode,
		account,
		intent: reservation!.intent,
		spender: reservation!.spender,
		needsApproval: false,
		generationId: 'next',
		tokenHash: 'next',
		claimId: 'holder',
		origin: {},
		validForMs: DAY,
		approvalForMs: DAY,
		retentionMs: DAY,
		afterRejection: 'returnStored',
		...given,
	};
}

const decide = (entry: Entry, given?: Partial<ReserveRequest>) => {
	const decision = decideReservation(entry, reserveAgain(entry, given), NOW);
	return 'reason' in decision ? `${decision.kind}: ${decision.reason}` : decision.kind;
};

describe('a repeated reservation', () => {
	it.each<[EntryState, string, string]>([
		['reserved', 'existing', 'conflict'],
		['released', 'existing', 'conflict'],
		['in_flight', 'existing', 'conflict'],
		['unknown', 'existing', 'conflict'],
		['succeeded', 'existing', 'conflict'],
		['rejected', 'existing', 'created'],
		['cancelled', 'blocked: cancelled', 'blocked: cancelled'],
	])('%s: the same: %s; different: %s', (state, same, other) => {
		const entry = currentEntry(state);
		expect(decide(entry)).toBe(same);
		expect(decide(entry, { intent: { ...entry.reservation!.intent, amount: 501 } })).toBe(other);
	});

	it.each<[Cancellation['reason'], string]>([
		['cancelled', 'blocked: cancelled'],
		['denied', 'blocked: denied'],
		['revoked', 'blocked: revoked'],
		['expired', 'created'],
		['over_limit', 'created'],
	])('after it ended %s: %s, and never if it may have been executed', (reason, decision) => {
		const cancellation = { reason, at: NOW };
		expect(decide(currentEntry('cancelled', { cancellation }))).toBe(decision);
		const doubtful = currentEntry('cancelled', { cancellation, mayHaveExecuted: true });
		expect(decide(doubtful)).toBe(`blocked: ${reason}`);
	});

	it('checks the limits for room first, as long as not all of them have counted it', () => {
		expect(decide(withReservation('reserved', { limitsHeld: false }))).toBe('limits_pending');
		expect(decide(withReservation('released', { limitsHeld: false }))).toBe('existing');
	});

	it.each(['reserved', 'released'] as const)(
		'%s, and expired: a new one, unless it may have been executed',
		(state) => {
			expect(decide(withReservation(state, { validUntil: NOW }))).toBe('created');
			expect(decide(withReservation(state, { validUntil: NOW + 1 }))).toBe('existing');
			const doubtful = {
				...withReservation(state, { validUntil: NOW }),
				mayHaveExecuted: true,
			} as Entry;
			expect(decide(doubtful)).toBe('existing');
		},
	);

	it('after a final decline, only a person can begin a new attempt', () => {
		const entry = currentEntry('rejected', { outcome: { adviceCode: 'do_not_try_again' } });
		expect(decide(entry, { afterRejection: 'newAttempt' })).toBe('existing');
		expect(decide(entry, { afterRejection: 'newAttempt', byPerson: true })).toBe('created');
		expect(decide(currentEntry('rejected'), { afterRejection: 'newAttempt' })).toBe('created');
	});

	it('knows the declined attempts of the entry, whose payments have to be read', () => {
		const earlier = { attempt: 1, outcome: { kind: 'rejected', objectId: 'pi_1' } } as PreviousAttempt;
		const reserve = (entry: Entry) =>
			decideReservation(entry, reserveAgain(entry, { afterRejection: 'newAttempt' }), NOW).entry;
		const declined = currentEntry('rejected', { attempt: 2, previousAttempts: [earlier] });
		expect(reserve(declined)).toMatchObject({
			attempt: 3,
			previousAttempts: [earlier, { attempt: 2, outcome: { kind: 'rejected' } }],
		});
		const expired = { ...withReservation('released', { validUntil: NOW }), previousAttempts: [earlier] };
		expect(reserve(expired)).toMatchObject({ previousAttempts: [earlier] });
	});

	it('is refused if the entry was started without a token', () => {
		const { reservation, ...entry } = currentEntry('succeeded');
		expect(decideReservation(entry as Entry, reserveAgain({ ...entry, reservation }), NOW)).toMatchObject(
			{
				kind: 'blocked',
				reason: 'token_required',
			},
		);
	});
});

describe('a person who cancels an entry that is', () => {
	const stop = (entry: Entry) => decideCancellation(entry, 'denied', 'ann', NOW, DAY);

	it.each(STATES)('%s cancels it only if it was definitely not executed', (state) => {
		const entry = currentEntry(state);
		const kind = state === 'cancelled' ? 'already_applied' : SPENT.has(state) ? 'refused' : 'applied';
		expect(stop(entry).kind).toBe(kind);
		if (kind !== 'applied') expect(stop(entry).entry).toBe(entry);
		else
			expect(stop(entry).entry).toMatchObject({
				state: 'cancelled',
				cancellation: { reason: 'denied', decidedBy: 'ann', at: NOW },
			});
	});

	it('rejected keeps the declined attempt', () => {
		const rejected = currentEntry('rejected', { attempt: 2 });
		expect(stop(rejected).entry.previousAttempts).toMatchObject([
			{ attempt: 2, outcome: { kind: 'rejected' } },
		]);
	});

	it.each(['reserved', 'released', 'rejected'] as const)(
		'%s is refused if a send may have executed',
		(state) => {
			expect(stop({ ...currentEntry(state), mayHaveExecuted: true }).kind).toBe('refused');
		},
	);
});

describe('the token of a reservation', () => {
	const reasonOf = (entry: Entry) => checkReservationState(entry, entry.reservation!, NOW);

	it.each<[string, Entry, string | undefined]>([
		...(['succeeded', 'rejected', 'in_flight', 'unknown'] as const).map(
			(state): [string, Entry, undefined] => [
				`${state}, long over`,
				withReservation(state, { validUntil: NOW - DAY, limitsHeld: false }),
				undefined,
			],
		),
		['cancelled', currentEntry('cancelled'), 'cancelled'],
		['denied', currentEntry('cancelled', { cancellation: { reason: 'denied', at: NOW } }), 'denied'],
		[
			'that no limit counts',
			withReservation('reserved', { limitsHeld: false }),
			'reservation_incomplete',
		],
		['over', withReservation('released', { validUntil: NOW }), 'expired'],
		['that waits', currentEntry('reserved'), 'waiting_for_approval'],
		['approved', withReservation('reserved', { approval: { state: 'approved' } }), undefined],
		['that needs none', withReservation('released', { approval: { state: 'not_needed' } }), undefined],
	])('%s', (_what, entry, reason) => {
		expect(reasonOf(entry)).toBe(reason);
	});

	const asReserved = (entry: Entry, given: Partial<ClaimRequest> = {}): ClaimRequest => {
		const { entryId, operation, fingerprint, reservation } = entry;
		const { intent, tokenHash: hash } = reservation!;
		const requestedSpend = {
			operation: intent.operation,
			amount: intent.amount,
			currency: intent.currency,
		};
		return buildRequest({ entryId, operation, fingerprint, token: { hash, requestedSpend }, ...given });
	};
	const approved = (facts: EntryFacts = {}) => {
		const reservation = { approval: { state: 'approved' } } as Reservation;
		return currentEntry('reserved', { ...facts, reservation });
	};

	it('sends what it was reserved for', () => {
		const entry = approved();
		expect(decideClaim(entry, asReserved(entry), NOW)).toMatchObject({
			kind: 'granted',
			grant: { entry: { state: 'in_flight', attempt: 1, reservation: { usedAmount: 500 } } },
		});
	});

	it('keeps what is known of an earlier send under its key', () => {
		const entry = approved({ firstSentAt: undefined });
		const outcome = { kind: 'unknown', uncertaintyCause: 'replayed' } as const;
		const claim = { fence: 0, key: entry.key, firstSentAt: NOW - DAY };
		const late = recordLateResponse(entry, claim, outcome, NOW).entry;
		expect(decideClaim(late, asReserved(late), NOW)).toMatchObject({
			kind: 'granted',
			grant: {
				reconcileFirst: true,
				entry: { mayHaveExecuted: true, uncertaintyCause: 'replayed', firstSentAt: NOW - DAY },
			},
		});
	});

	it('sends nothing before the required data is read for the current entry', () => {
		const entry = approved();
		const unread = { kind: 'unread', current: entry, previousAttempts: [] };
		const readFirst = async () => ({});
		const claim = (version?: number) =>
			decideClaim(
				entry,
				asReserved(entry, { readFirst, ...(version ? { preread: { version } } : {}) }),
				NOW,
			);
		expect(claim()).toEqual(unread);
		expect(claim(entry.version + 1)).toEqual(unread);
		expect(claim(entry.version).kind).toBe('granted');
	});

	it('sends nothing before the payments left by declined attempts are read', () => {
		const attemptThat = (kind: 'rejected' | 'unauthorized') => ({ outcome: { kind } }) as PreviousAttempt;
		const [declined, released] = [attemptThat('rejected'), attemptThat('unauthorized')];
		const readEarlier = async () => [];
		const entry = approved({ previousAttempts: [declined, released] });
		expect(decideClaim(entry, asReserved(entry, { readEarlier }), NOW)).toEqual({
			kind: 'unread',
			current: entry,
			previousAttempts: [declined],
		});
		const harmless = approved({ previousAttempts: [released] });
		expect(decideClaim(harmless, asReserved(harmless, { readEarlier }), NOW).kind).toBe('granted');
	});

	it.each<[EntryState, string]>([
		['reserved', 'token_required'],
		['in_flight', 'token_required'],
		['unknown', 'token_required'],
		['released', 'token_required'],
		['rejected', 'token_required'],
		['cancelled', 'cancelled'],
	])('is required: without it, %s is blocked as %s', (state, reason) => {
		const entry = currentEntry(state);
		expect(decideClaim(entry, asReserved(entry, { token: undefined }), NOW)).toMatchObject({
			kind: 'blocked',
			reason,
			entry,
		});
	});

	it('is not required to read the result of exactly the same request', () => {
		const entry = currentEntry('succeeded');
		const claim = (given: Partial<ClaimRequest>) =>
			decideClaim(entry, asReserved(entry, { token: undefined, ...given }), NOW);
		expect(claim({})).toMatchObject({ kind: 'replay', entry });
		expect(claim({ fingerprint: 'another' })).toMatchObject({
			kind: 'blocked',
			reason: 'token_required',
			entry,
		});
	});

	it('that was never issued is refused, whatever it would move', () => {
		for (const token of [
			{ hash: 'x' },
			{ hash: 'x', requestedSpend: { operation: 'refund.create', amount: 1, currency: 'eur' } },
		])
			expect(decideClaim(undefined, buildRequest({ token }), NOW)).toMatchObject({
				kind: 'blocked',
				reason: 'invalid_token',
			});
	});
});
