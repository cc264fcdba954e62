import type { Entry, InFlightEntry, LateResponse, Outcome, Renewal } from '../../../ledger/model/entry';
import { decideClaim } from '../../../ledger/rules/claim';
import type { ClaimRequest } from '../../../ledger/rules/claimRequest';
import type { Grant } from '../../../ledger/rules/grant';
import type { SendReport } from '../../../ledger/rules/settle';
import { decideSettle } from '../../../ledger/rules/settle';
import { buildRequest, ENTRY_RETENTION_MS } from '../requests';

const NOW = Date.UTC(2026, 10, 24);
const PAID: Outcome = { kind: 'succeeded', objectId: 'pi_1' };

function grant(request: Partial<ClaimRequest> = {}): Grant {
	const decision = decideClaim(undefined, { ...buildRequest(), ...request }, NOW);
	if (decision.kind !== 'granted') throw new Error(decision.kind);
	return decision.grant;
}

function settle(claim: Grant, report: SendReport, current: Entry = claim.entry) {
	return decideSettle(current, claim, report, NOW, ENTRY_RETENTION_MS);
}

/** The entry while it is sent, after a late response has shown a success under its key. */
function withProof({ entry }: Grant, outcome: Outcome): InFlightEntry {
	const late: LateResponse = { fence: entry.fence, key: entry.key, outcome, at: NOW };
	return { ...entry, version: entry.version + 1, lateResponses: [late] };
}

it.each([
	[0, true],
	[1, undefined],
])('an attempt that is awaiting a limit after %s sends is awaiting it: %s', (sends, awaitsLimit) => {
	const claim = grant({ mayExceedLimit: () => true });
	const { entry } = settle(claim, { outcomes: [{ kind: 'rate_limited' }], sends });
	expect(entry?.awaitsLimit).toBe(awaitsLimit);
});

it('a success is stored as this claim reports it, even if a late response shows one too', () => {
	const claim = grant();
	const late = withProof(claim, { ...PAID, requestId: 'req_late' });
	const { outcome } = settle(claim, { outcomes: [{ ...PAID, requestId: 'req_own' }], sends: 1 }, late);
	expect(outcome.requestId).toBe('req_own');
});

describe('an attempt that an earlier payment blocks', () => {
	const heldBack: SendReport = { outcomes: [{ kind: 'rejected' }], sends: 0, isHeldBack: true };
	const claim = grant();
	const { state: _state, ...released } = settle(claim, { outcomes: [{ kind: 'unreachable' }], sends: 0 })
		.entry as Entry & { state: 'released' };
	const renewal = { cancels: [], previous: { ...released, state: 'released' } } as unknown as Renewal;
	const renewed: Grant = { ...claim, entry: { ...claim.entry, renewal } };

	it('is rolled back', () => {
		expect(settle(renewed, heldBack).kind).toBe('rolled_back');
	});

	it('is settled if a late response shows that it succeeded', () => {
		const decision = settle(renewed, heldBack, withProof(renewed, PAID));
		expect(decision).toMatchObject({ kind: 'settled', outcome: PAID, entry: { state: 'succeeded' } });
	});
});
