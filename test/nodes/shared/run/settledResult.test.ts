import { Ledger } from '../../../../ledger/ledger';
import { TokenRegistry } from '../../../../ledger/tokenRegistry';
import { SqliteStore } from '../../../../ledger/stores/sqlite/sqliteStore';
import { systemTime } from '../../../../ledger/clock';
import { getHaltRule, buildHaltCheck, toHaltOutcome } from '../../../../payments/halt';
import { getHaltMessage, getHaltWarning, getMovedWarning } from '../../../../nodes/shared/run/result';
import { buildPaidEntry, buildReservedEntry } from '../../../ledger/entries';
import { FaultyStore, memoryStore } from '../../../ledger/faultyStore';
import { newFile, removeFolders } from '../../../ledger/temporary';

afterAll(removeFolders);

const down = new Ledger(new FaultyStore(memoryStore(), () => 'before'), systemTime);

it.each([
	{ isByToken: true, reliesOnStripe: false, halts: true },
	{ isByToken: true, reliesOnStripe: true, halts: true },
	{ isByToken: false, reliesOnStripe: false, halts: true },
	{ isByToken: false, reliesOnStripe: true, halts: false },
])(
	'a ledger that cannot be read ($isByToken by token, relying on Stripe $reliesOnStripe) halts: $halts',
	async ({ halts, isByToken, reliesOnStripe: relies }) => {
		const halt = await buildHaltCheck(down, { isByToken, reliesOnStripe: async () => relies })();
		expect(halt).toEqual(halts ? { kind: 'unreadable', reason: 'The ledger is down' } : undefined);
		if (!halt) return;
		expect(getHaltRule(toHaltOutcome(halt))).toBeUndefined();
		expect(getHaltMessage(toHaltOutcome(halt)).message).toMatch(/could not be read/);
		expect(getHaltWarning(halt)).toMatch(/not sent again.*The ledger is down/);
	},
);

it.each([
	['tokens', true, true],
	['tokens', false, false],
	['everything', true, true],
	['everything', false, true],
] as const)('a stop of %s halts payments by token (%s): %s', async (width, isByToken, halts) => {
	const store = SqliteStore.open(newFile());
	const check = buildHaltCheck(new Ledger(store, systemTime), {
		isByToken,
		reliesOnStripe: async () => false,
	});
	expect(await check()).toBeUndefined();
	const registry = new TokenRegistry(store, systemTime);
	await registry.stop(width, 'Ada', 'why');
	// Read anew, every time.
	expect(await check()).toEqual(
		halts
			? { kind: 'payments_stopped', killSwitch: expect.objectContaining({ width }) as object }
			: undefined,
	);
	await registry.resume(width);
	expect(await check()).toBeUndefined();
	await store.close();
});

it('a request sent before a stop stays in doubt, and one not sent at all was stopped', () => {
	const stop = { width: 'everything', decidedBy: 'Ada', reason: 'why', at: 0 } as const;
	const outcome = toHaltOutcome({ kind: 'payments_stopped', killSwitch: stop });
	expect(getHaltRule(outcome)).toBe('payments_stopped');
	expect(getHaltRule({ ...outcome, kind: 'unknown' })).toBeUndefined();
	expect(getHaltMessage({ ...outcome, kind: 'unknown' }).message).toMatch(
		/sent before, and was not sent again/,
	);
});

describe('what Stripe has moved for a token', () => {
	const entry = (moved: number, currency = 'eur') => {
		const { reservation } = buildReservedEntry({ amount: 500 });
		const done = buildPaidEntry('pi_1', {}, { reservation: { ...reservation!, usedAmount: 500 } });
		const payment = {
			kind: 'payment',
			object: 'pi_1',
			state: 'paid',
			moved,
			notMoved: 0,
			currency,
		} as const;
		return done.state === 'succeeded' ? { ...done, outcome: { ...done.outcome, payment } } : done;
	};

	it.each([
		['the requested amount', entry(500), undefined],
		['less', entry(480), /5\.00 EUR was requested by token, but Stripe moved 4\.80 EUR/],
		['more', entry(50_000), /moved 500\.00 EUR, which is what counts toward the limits/],
		['a different currency', entry(500, 'usd'), /moved a different currency: USD/],
	])('%s is reported where it differs', (_what, one, message) => {
		const warning = getMovedWarning(one);
		if (message) expect(warning).toMatch(message);
		else expect(warning).toBeUndefined();
	});
});
