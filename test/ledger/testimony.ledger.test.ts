import type { ClaimDecision } from '../../ledger/rules/claim';
import { Ledger } from '../../ledger/ledger';
import { FakeTime } from './fakeTime';
import { MapStore } from './model/mapStore';
import { asking, LEASE, RETENTION, told } from './requests';

const PAID = { kind: 'succeeded', objectId: 'pi_1' } as const;

function grantOf(decision: ClaimDecision) {
	if (decision.kind !== 'granted') throw new Error(decision.kind);
	return decision.grant;
}

describe('Ledger.hear', () => {
	const time = new FakeTime();
	let ledger: Ledger;
	beforeEach(() => {
		ledger = new Ledger(new MapStore(), time);
	});
	const testify = ({ mode, account, key }: { mode: 'test' | 'live'; account: string; key: string }) => ({
		...{ mode, account, key },
		outcome: PAID,
	});

	it('writes what is testified, and tells how the entry stands', async () => {
		const grant = grantOf(await ledger.claim(asking(), 0));
		await ledger.settle(grant, told('unknown'), RETENTION);
		const { entryId } = grant.entry;
		expect(await ledger.hear(entryId, testify)).toMatchObject({ state: 'succeeded', outcome: PAID });
		expect(await ledger.find(entryId)).toMatchObject({ state: 'succeeded', outcome: PAID });
		expect(await ledger.hear(entryId, () => undefined)).toMatchObject({ state: 'succeeded' });
		expect(await ledger.hear('v1_nobody', testify)).toBeUndefined();
	});

	it('meets a settle of the holder: whichever is first, the entry has succeeded once', async () => {
		const grant = grantOf(await ledger.claim(asking(), 0));
		const { entryId } = grant.entry;
		const [settled] = await Promise.all([
			ledger.settle(grant, told('unknown'), RETENTION),
			...Array.from({ length: 10 }, () => ledger.hear(entryId, testify)),
		]);
		expect(settled.warning).toBeUndefined();
		const standing = await ledger.find(entryId);
		expect(standing).toMatchObject({ state: 'succeeded', outcome: PAID });
		expect(await ledger.claim(asking(), 0)).toMatchObject({ kind: 'replay' });
	});

	it('meets a new claim on what is left behind: nothing is sent twice', async () => {
		const first = grantOf(await ledger.claim(asking(), 0));
		time.advance(LEASE);
		const [second] = await Promise.all([
			ledger.claim(asking(), 0),
			ledger.hear(first.entry.entryId, testify),
		]);
		const proven = await ledger.find(first.entry.entryId);
		if (second.kind === 'granted') expect(proven?.evidence).toMatchObject([{ outcome: PAID }]);
		else expect(second).toMatchObject({ kind: 'replay', entry: { outcome: PAID } });
	});
});
