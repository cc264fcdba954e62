import type { KillSwitch } from '../../ledger/model/row';
import type { Ledger } from '../../ledger/ledger';
import { LostEntriesError, StoreUnavailableError } from '../../ledger/store';
import type { Halt } from '../../payments/halt';
import { buildHaltCheck, describeKillSwitch, getHaltRule, toHaltOutcome } from '../../payments/halt';

const STOP: KillSwitch = { width: 'everything', decidedBy: 'ann', reason: 'an audit', at: 0 };
const STOPPED = 'All writes protected by this ledger were stopped by ann: an audit';

it.each<[Halt, string, string]>([
	[{ kind: 'payments_stopped', killSwitch: STOP }, 'not_sent_payments_stopped', STOPPED],
	[{ kind: 'unreadable', reason: 'It is down' }, 'not_sent_ledger_unavailable', 'It is down'],
	[{ kind: 'over_cap', message: 'Too much' }, 'not_sent_over_cap', 'Too much'],
])('the outcome of %j states that nothing was sent, and why', (halt, code, message) => {
	expect(toHaltOutcome(halt)).toEqual({ kind: 'unreachable', code, message });
});

it.each([
	[undefined, 'All payments by token are stopped'],
	[{ ...STOP, width: 'tokens' as const }, 'All payments by token were stopped by ann: an audit'],
	[STOP, STOPPED],
])('the kill switch %j is described in a sentence', (killSwitch, sentence) => {
	expect(describeKillSwitch(killSwitch)).toBe(sentence);
});

it('only a kill switch and a limit are rules that another run does not change', () => {
	const codes = ['not_sent_payments_stopped', 'not_sent_over_cap', 'not_sent_ledger_unavailable'];
	const rules = (kind: 'unreachable' | 'unknown') => codes.map((code) => getHaltRule({ kind, code }));
	expect(rules('unreachable')).toEqual(['payments_stopped', 'over_cap', undefined]);
	expect(rules('unknown')).toEqual([undefined, undefined, undefined]);
});

describe('the check before every send', () => {
	const check = (read: () => Promise<KillSwitch | undefined>, isByToken = false, relies = true) => {
		const ledger = { readKillSwitch: read } as unknown as Ledger;
		return buildHaltCheck(ledger, { isByToken, reliesOnStripe: async () => relies })();
	};
	const down = () => Promise.reject(new StoreUnavailableError('It is down'));
	const lost = () => Promise.reject(new LostEntriesError('Entries are lost'));

	it('is passed unless the kill switch is active', async () => {
		expect(await check(async () => undefined)).toBeUndefined();
		expect(await check(async () => STOP)).toEqual({ kind: 'payments_stopped', killSwitch: STOP });
	});

	it('is passed without the ledger only if the user relies on Stripe, and never by token', async () => {
		const unreadable = { kind: 'unreadable', reason: 'It is down' };
		expect(await check(down)).toBeUndefined();
		expect(await check(down, false, false)).toEqual(unreadable);
		expect(await check(down, true)).toEqual(unreadable);
	});

	it('is never passed by a ledger that has lost entries, and any other error is thrown', async () => {
		expect(await check(lost)).toEqual({ kind: 'unreadable', reason: 'Entries are lost' });
		await expect(check(() => Promise.reject(new TypeError('a bug')))).rejects.toThrow('a bug');
	});
});
