import type { ClaimDecision } from '../../ledger/rules/claim';
import { Ledger } from '../../ledger/ledger';
import { FakeClock } from './fakeClock';
import { MapStore } from '../model/mapStore';
import { buildRequest, LEASE, ENTRY_RETENTION_MS, buildReport } from './requests';

const PAID = { kind: 'succeeded', objectId: 'pi_1' } as const;

function grantOf(decision: ClaimDecision) {
	if (decision.kind !== 'granted') throw new Error(decision.kind);
	return decision.grant;
}

describe('Ledger.confirmSuccess', () => {
	const time = new FakeClock();
	let ledger: Ledger;
	beforeEach(() => {
		ledger = new Ledger(new MapStore(), time);
	});
	const testify = ({ mode, account, key }: { mode: 'test' | 'live'; account: string; key: string }) => ({
		mode,
		account,
		key,
		outcome: PAID,
	});

	it('writes the reported outcome, and returns the state of the entry', async () => {
		const grant = grantOf(await ledger.claim(buildRequest(), 0));
		await ledger.settle(grant, buildReport('unknown'), ENTRY_RETENTION_MS);
		const { entryId } = grant.entry;
		expect(await ledger.confirmSuccess(entryId, testify)).toMatchObject({
			state: 'succeeded',
			outcome: PAID,
		});
		expect(await ledger.find(entryId)).toMatchObject({ state: 'succeeded', outcome: PAID });
		expect(await ledger.confirmSuccess(entryId, () => undefined)).toMatchObject({ state: 'succeeded' });
		expect(await ledger.confirmSuccess('v1_nobody', testify)).toBeUndefined();
	});

	it('concurrent with a settle of the claim, in either order, settles the entry once', async () => {
		const grant = grantOf(await ledger.claim(buildRequest(), 0));
		const { entryId } = grant.entry;
		const [settlement] = await Promise.all([
			ledger.settle(grant, buildReport('unknown'), ENTRY_RETENTION_MS),
			...Array.from({ length: 10 }, () => ledger.confirmSuccess(entryId, testify)),
		]);
		expect(settlement.warning).toBeUndefined();
		const current = await ledger.find(entryId);
		expect(current).toMatchObject({ state: 'succeeded', outcome: PAID });
		expect(await ledger.claim(buildRequest(), 0)).toMatchObject({ kind: 'replay' });
	});

	it('concurrent with a takeover of an abandoned entry, nothing is sent twice', async () => {
		const first = grantOf(await ledger.claim(buildRequest(), 0));
		time.advance(LEASE);
		const [second] = await Promise.all([
			ledger.claim(buildRequest(), 0),
			ledger.confirmSuccess(first.entry.entryId, testify),
		]);
		const proven = await ledger.find(first.entry.entryId);
		if (second.kind === 'granted') expect(proven?.lateResponses).toMatchObject([{ outcome: PAID }]);
		else expect(second).toMatchObject({ kind: 'replay', entry: { outcome: PAID } });
	});
});
