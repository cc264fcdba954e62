import { createHash } from 'node:crypto';

import fc from '../fastCheck';
import { Ledger } from '../../ledger/ledger';
import type { Store } from '../../ledger/store';
import { FakeClock } from './fakeClock';
import { FaultyStore, memoryStore } from './faultyStore';
import { checkProperty } from './property';
import { buildReport, buildRequest, DAY, LEASE, OTHER_AMOUNT } from './requests';

const READS: ReadonlySet<keyof Store> = new Set(['find', 'list', 'findByTerm', 'scan', 'durabilityWarnings']);

let store: FaultyStore;
let ledger: Ledger;
beforeEach(() => {
	store = new FaultyStore(memoryStore());
	ledger = new Ledger(store, new FakeClock());
});

const keySecret = {
	rowId: `key_secret_v1_${createHash('sha256').update('shop').digest('base64url')}`,
	hash: 'none',
};
const AT_NOON = [{ name: 'at', value: '2026-11-24T12:00:00Z', treatAs: 'hour' as const }];

describe('previewing a claim', () => {
	it.each([
		['of a new key', buildRequest({ keySecret })],
		['of a rounded time', buildRequest({ keyFields: AT_NOON, keySecret })],
	])('%s reports it as granted and writes nothing', async (_title, request) => {
		store.faultOf = (method) => (READS.has(method) ? 'none' : 'before');
		expect(await ledger.previewClaim(request)).toMatchObject({ decision: { kind: 'granted' } });
		expect(store.calls.filter((method) => !READS.has(method))).toEqual([]);
	});

	it('predicts the decision of a claim made right after it, whatever the history', async () => {
		const step = fc.record({
			isOther: fc.boolean(),
			isAnew: fc.boolean(),
			outcome: fc.constantFrom('succeeded', 'rejected', 'unknown', 'unreachable', undefined),
			waitMs: fc.constantFrom(0, 2 * LEASE, DAY, 5 * DAY),
		});
		const history = fc.array(step, { minLength: 1, maxLength: 6 });
		await checkProperty(
			'preview, then claim',
			200,
			fc.asyncProperty(history, async (steps) => {
				const clock = new FakeClock();
				const fresh = new Ledger(memoryStore(), clock);
				for (const { isOther, isAnew, outcome, waitMs } of steps) {
					const request = buildRequest({
						params: isOther ? OTHER_AMOUNT : undefined,
						afterRejection: isAnew ? 'newAttempt' : 'returnStored',
					});
					const { decision } = await fresh.previewClaim(request);
					const claimed = await fresh.claim(request, 0);
					expect(decision).toEqual(claimed);
					if (claimed.kind === 'granted' && outcome)
						await fresh.settle(claimed.grant, buildReport(outcome), DAY * 90);
					clock.advance(waitMs);
				}
			}),
		);
	});

	it('finds the entry of a rounded time on the other side of the boundary', async () => {
		const atHour = (value: string) =>
			buildRequest({ keyFields: [{ name: 'at', value, treatAs: 'hour' }] });
		await ledger.claim(atHour('2026-11-24T11:59:59Z'), 0);
		const { decision } = await ledger.previewClaim(atHour('2026-11-24T12:00:01Z'));
		expect(decision.kind).toBe('busy');
	});

	it('refuses a key secret that differs from that of the ledger', async () => {
		await ledger.claim(buildRequest({ keySecret }), 0);
		const other = buildRequest({ keySecret: { ...keySecret, hash: 'another' } });
		await expect(ledger.previewClaim(other)).rejects.toThrow('key secret');
	});
});
