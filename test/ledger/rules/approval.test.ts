import type { ApprovalFacts, ApprovedReads, PresentedCheck } from '../../../ledger/identity/check';
import { makeCheck, readCheck } from '../../../ledger/identity/check';
import type { Entry } from '../../../ledger/model/entry';
import {
	approvalFactsOf,
	clearApproved,
	confirmApproval,
	buildNothingToApprove,
	spendOf,
	wasApproved,
} from '../../../ledger/rules/approval';
import { decideClaim } from '../../../ledger/rules/claim';
import type { ClaimRequest } from '../../../ledger/rules/claimRequest';
import type { Grant } from '../../../ledger/rules/grant';
import type { EntryFacts } from '../entries';
import { buildEntry } from '../entries';
import { START_TIME as NOW } from '../fakeClock';
import { buildRequest, HOUR } from '../requests';

const READ: ApprovedReads = { spend: { amount: 1999, currency: 'usd' }, objects: { pi_1: 'as it stands' } };
const reading = (approved: ApprovedReads = READ, version?: number) =>
	buildRequest({ readFirst: async () => ({}), preread: { version, approved } });

const existing = (state: Entry['state'], facts: EntryFacts = {}) => {
	const at = { createdAt: NOW - HOUR, leaseUntil: NOW - 1 };
	const { entryId, fingerprint } = buildRequest();
	return buildEntry({ ...at, entryId, fingerprint, order: '1001', state, ...facts });
};

function grantOf(current: Entry | undefined, request: ClaimRequest): Grant {
	const decision = decideClaim(current, request, NOW);
	if (decision.kind !== 'granted') throw new Error(decision.kind);
	return decision.grant;
}

const checkOf = (facts: ApprovalFacts): PresentedCheck => readCheck(makeCheck(facts, NOW))!;
const withCheck = (request: ClaimRequest, check?: PresentedCheck): ClaimRequest => ({
	...request,
	approval: check ? { check } : {},
});

describe('a new attempt that requires approval', () => {
	const request = reading();
	const grant = grantOf(undefined, request);
	const facts = approvalFactsOf(grant, request);

	it('is granted as it was approved, and is marked as approved', () => {
		const check = checkOf(facts);
		expect(confirmApproval(grant, withCheck(request, check))).toEqual({
			kind: 'granted',
			grant: { ...grant, entry: { ...grant.entry, approved: { check: check.id, attempt: 1 } } },
		});
	});

	it('is granted unmarked if no approval is required, or for Check Only', () => {
		for (const unchecked of [request, withCheck(request)])
			expect(confirmApproval(grant, unchecked)).toEqual({ kind: 'granted', grant });
	});

	it.each<[string, Partial<ApprovalFacts>]>([
		['account', { account: ['live', 'acct_1'] }],
		['request', { request: 'another' }],
		['amount', { amount: { amount: 5, currency: 'usd' } }],
		['objects', { objects: [null, null, 'otherwise'] }],
		['attempt', { attempt: ['begin', 2] }],
	])('is blocked if its %s differs from the approved one', (part, other) => {
		expect(confirmApproval(grant, withCheck(request, checkOf({ ...facts, ...other })))).toEqual({
			kind: 'blocked',
			reason: 'not_approved',
			entry: undefined,
			approvalMismatch: { changes: [part], approvesNothing: false, spend: READ.spend },
		});
	});

	it('is blocked by the check of a different entry in which everything differs except the account', () => {
		const check = checkOf({ ...facts, entry: 'another' });
		expect(confirmApproval(grant, withCheck(request, check))).toMatchObject({
			approvalMismatch: { changes: ['entry', 'request', 'amount', 'objects', 'attempt'] },
		});
	});

	it.each([
		['a run would have sent nothing', clearApproved(facts)],
		['nothing was there to approve', buildNothingToApprove(request)],
	])('is blocked by a check whose %s', (_what, approved) => {
		expect(confirmApproval(grant, withCheck(request, checkOf(approved)))).toMatchObject({
			kind: 'blocked',
			approvalMismatch: { changes: ['amount', 'objects', 'attempt'], approvesNothing: true },
		});
	});

	it('requires a read if its data is missing, or was read for a different version', () => {
		const missing = { kind: 'unread', current: undefined, previousAttempts: [] };
		const unread = [{ ...request, preread: undefined }, reading(READ, 3)];
		const withoutApproved = { ...request, preread: { version: undefined } };
		for (const incomplete of [...unread, withoutApproved])
			expect(confirmApproval(grant, withCheck(incomplete, checkOf(facts)))).toEqual(missing);
	});
});

describe('an attempt that may have been sent', () => {
	it.each<[string, Entry]>([
		['unknown', existing('unknown')],
		['in flight', existing('in_flight')],
		['released, and yet in doubt', existing('released', { mayHaveExecuted: true })],
	])('%s: is repeated unchanged, whatever was read', (_state, current) => {
		const request = reading(READ, current.version);
		const grant = grantOf(current, request);
		expect(approvalFactsOf(grant, request)).toMatchObject({
			amount: null,
			objects: [null, null, null],
			attempt: ['repeat', 1],
		});
		expect(spendOf(grant, request)).toBeUndefined();
		// Of what was approved before it began nothing but the attempt is told to differ.
		const started = { ...approvalFactsOf(grant, request), amount: 1, objects: 2, attempt: ['begin', 1] };
		expect(confirmApproval(grant, withCheck(request, checkOf(started)))).toMatchObject({
			approvalMismatch: { changes: ['attempt'] },
		});
		const otherAmount = { ...approvalFactsOf(grant, request), amount: 1, objects: 2 };
		expect(confirmApproval(grant, withCheck(request, checkOf(otherAmount)))).toMatchObject({
			approvalMismatch: { changes: ['amount', 'objects'] },
		});
	});

	it('was released, and definitely not executed: it starts, and requires a read', () => {
		const current = existing('released');
		const request = reading(READ, current.version);
		const grant = grantOf(current, request);
		expect(approvalFactsOf(grant, request)).toMatchObject({ attempt: ['begin', 1], amount: READ.spend });
	});

	it('is granted again with the check that it was approved with, and without one', () => {
		const approved = { check: 'the check', attempt: 1 };
		const current = existing('unknown', { approved });
		const request = reading(READ, current.version);
		const grant = grantOf(current, request);
		const check = { id: 'the check', at: NOW, diff: () => ['objects' as const] };
		for (const again of [request, withCheck(request, check)])
			expect(confirmApproval(grant, again)).toMatchObject({
				kind: 'granted',
				grant: { entry: { entryId: grant.entry.entryId, approved } },
			});
		expect(confirmApproval(grant, withCheck(request, { ...check, id: 'another' }))).toMatchObject({
			kind: 'blocked',
		});
		expect(confirmApproval(grant, withCheck(request))).toMatchObject({ kind: 'granted' });
		expect(wasApproved(current, withCheck(request, check))).toBe(true);
		expect(wasApproved(current, withCheck(request, { ...check, id: 'another' }))).toBe(false);
		expect(wasApproved(current, withCheck(request))).toBe(false);
		expect(wasApproved(existing('unknown'), withCheck(request))).toBe(false);
	});
});

describe('an approval and the attempts of its entry', () => {
	const EXPECTATION = { spend: { operation: 'refund.create', amount: 1999, currency: 'usd' } };
	const started = reading();
	const approving = checkOf(approvalFactsOf(grantOf(undefined, started), started));
	const approved = { check: approving.id, attempt: 1 };
	const OTHER = { ...approved, check: 'other' };

	const SPENT = { uncertaintyCause: 'replayed' } as const;
	const decideFor = (current: Entry, read: ApprovedReads = READ) => {
		const request = { ...reading(read, current.version), afterRejection: 'newAttempt' as const };
		const grant = grantOf(current, request);
		return { grant, request, decision: confirmApproval(grant, withCheck(request, approving)) };
	};

	it.each<[string, Entry, attempt: number]>([
		['is made with fresh reads', existing('released', { approved, expectation: EXPECTATION }), 1],
		['needs a different key', existing('released', { approved, ...SPENT }), 2],
		['had a different check', existing('released', { approved: OTHER, expectation: EXPECTATION }), 1],
		['had none', existing('released', { expectation: EXPECTATION }), 1],
	])(
		'is valid for a request that was not executed and %s, if the same would be sent',
		(_what, current, attempt) => {
			expect(decideFor(current).decision).toMatchObject({
				kind: 'granted',
				grant: { entry: { attempt, approved } },
			});
			const mustReadAgain = decideFor(current, { ...READ, spend: { amount: 2999, currency: 'usd' } });
			expect(mustReadAgain.decision).toMatchObject({
				kind: 'blocked',
				approvalMismatch: { changes: ['amount'] },
			});
		},
	);

	it('is not carried over to data that is read again without a check', () => {
		const { grant, request } = decideFor(existing('released', { approved, expectation: EXPECTATION }));
		expect(confirmApproval(grant, request)).toEqual({ kind: 'granted', grant });
		expect(grant.entry.approved).toBeUndefined();
	});

	it.each<[string, Entry]>([
		['was declined', existing('rejected', { approved })],
		['had a different check', existing('released', { approved: OTHER, ...SPENT })],
		['had none', existing('released', SPENT)],
	])('is not valid for the next attempt if the previous one %s', (_why, current) => {
		const { grant, request, decision } = decideFor(current);
		expect(grant.entry.attempt).toBe(2);
		expect(decision).toMatchObject({ kind: 'blocked', approvalMismatch: { changes: ['attempt'] } });
		expect(confirmApproval(grant, request)).toEqual({ kind: 'granted', grant });
	});

	it('is kept by a repeat from the ledger', () => {
		const current = existing('rejected', { approved });
		const request = { ...buildRequest(), isRepeat: true, afterRejection: 'newAttempt' } as const;
		expect(confirmApproval(grantOf(current, request), request)).toMatchObject({
			grant: { entry: { approved } },
		});
	});

	it('is not carried over to a new reservation', () => {
		const request = buildRequest();
		const grant = { ...grantOf(undefined, request), previous: existing('reserved', { approved }) };
		expect(confirmApproval(grant, request)).toEqual({ kind: 'granted', grant });
	});
});

describe('the facts that a person approves', () => {
	it('include mode, account, entry, request and API version', () => {
		const request = buildRequest({ request: { apiVersion: '2026-10-28.endive' } });
		const { entryId, fingerprint, mode, account } = request;
		expect(approvalFactsOf(grantOf(undefined, request), request)).toEqual({
			account: [mode, account],
			entry: entryId,
			request: [fingerprint, '2026-10-28.endive'],
			amount: null,
			objects: [null, null, null],
			attempt: ['begin', 1],
		});
		expect(buildNothingToApprove(buildRequest())).toMatchObject({ request: [expect.any(String), null] });
	});
});
