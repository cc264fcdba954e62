import type { Admission } from '../../ledger/claims';
import { Ledger } from '../../ledger/ledger';
import { FakeClock } from './fakeClock';
import { FaultyStore, memoryStore } from './faultyStore';
import { buildReport, buildRequest, ENTRY_RETENTION_MS } from './requests';

const store = () => new FaultyStore(memoryStore());

/** Lets in when the test says so. @param waits whether that takes time */
function gate(waits = true) {
	let open = () => {};
	const opened = new Promise<void>((resolve) => (open = resolve));
	const calls: string[] = [];
	const admission: Admission = {
		enter: async () => {
			calls.push('enter');
			if (calls.filter((call) => call === 'enter').length > 1) return false;
			if (waits) await opened;
			return waits;
		},
		leave: () => void calls.push('leave'),
		pause: (sleep) => sleep(),
	};
	return { admission, calls, open };
}

const claim = (ledger: Ledger, admission: Admission) => ledger.claim(buildRequest(), 0, undefined, admission);

it('a claim that waits for admission writes nothing', async () => {
	const ledger = new Ledger(store(), new FakeClock());
	const { admission, calls, open } = gate();
	const claiming = claim(ledger, admission);
	await new Promise(setImmediate);
	expect(calls).toEqual(['enter']);
	expect(await ledger.list({ limit: 10 })).toEqual([]);
	open();
	expect((await claiming).kind).toBe('granted');
	expect(calls).not.toContain('leave');
});

it('a claim admitted late reads the entry again: if another claim was faster, it wins and the place is returned', async () => {
	const ledger = new Ledger(store(), new FakeClock());
	const { admission, calls, open } = gate();
	const claiming = claim(ledger, admission);
	await new Promise(setImmediate);
	const other = await claim(ledger, gate(false).admission);
	if (other.kind !== 'granted') throw new Error('it was not granted');
	await ledger.settle(other.grant, buildReport('succeeded'), ENTRY_RETENTION_MS);
	open();
	expect((await claiming).kind).toBe('replay');
	expect(calls).toEqual(['enter', 'leave']);
});

it('a claim that the ledger can answer alone does not wait for admission', async () => {
	const ledger = new Ledger(store(), new FakeClock());
	const first = await claim(ledger, gate(false).admission);
	if (first.kind !== 'granted') throw new Error('it was not granted');
	await ledger.settle(first.grant, buildReport('succeeded'), ENTRY_RETENTION_MS);
	const { admission, calls } = gate();
	expect((await claim(ledger, admission)).kind).toBe('replay');
	expect(calls).toEqual(['leave']);
});

it('a claim that is not admitted leaves no entry', async () => {
	const ledger = new Ledger(store(), new FakeClock());
	const refusal = new Error('not let in');
	const admission = { ...gate().admission, enter: () => Promise.reject(refusal) };
	await expect(claim(ledger, admission)).rejects.toBe(refusal);
	expect(await ledger.list({ limit: 10 })).toEqual([]);
});
