import { randomUUID } from 'node:crypto';

import { systemTime } from '../../ledger/clock';
import { Ledger } from '../../ledger/ledger';
import type { Store } from '../../ledger/store';
import { TokenRegistry } from '../../ledger/tokenRegistry';
import { buildReport } from '../ledger/requests';
import { buildReservation, withRequestToken } from '../ledger/reserving';
import { RETENTION_MS } from './claims';
import { medianOf, timed } from './figures';
import type { Section } from './section';

const policy = {
	currencies: [{ currency: 'eur', maxPerPayment: 10_000, maxPerDay: 1_000_000_000 }],
	maxPerSession: 1_000_000,
};

/** Static data is rewritten as a whole, and keeps few entries. */
const MOST_IN_STATIC_DATA = 100;

/**
 * Measures one reservation: the first ones, after many settled ones, among many open ones, and many concurrent
 * ones.
 */
export const reservations: Section = async function* ({ reservations: sizes }, rivals) {
	for (const { name: ledger, isLarge, store } of rivals) {
		const most = isLarge ? Infinity : MOST_IN_STATIC_DATA;
		const { reserve, pay } = agentOn(await store('reservations'));
		const { measured, atOnce } = sizes;
		const eachOf = (agent: string) => medianOf(Math.min(measured, most), () => reserve(agent));
		await eachOf('warm');
		const first = await eachOf('first');
		const against = { who: 'the first ones', values: [first] };
		let settled = 0;
		for (const after of sizes.after.filter((count) => count <= most)) {
			await timed(after - settled, () => pay('busy'), 20);
			settled = after;
			yield {
				what: `reservation, after ${after.toLocaleString('en-US')} settled`,
				ledger,
				unit: 'ms',
				ours: [await eachOf('busy')],
				against,
				goal: { of: 'ratio', atMost: 1.2 },
			};
		}
		const open = Math.min(sizes.open, most);
		await timed(open, () => reserve('open'), 20);
		yield {
			what: `reservation, with ${open.toLocaleString('en-US')} open`,
			ledger,
			unit: 'ms',
			ours: [await eachOf('open')],
			against,
			goal: { of: 'value', atMost: 10 },
		};
		yield {
			what: `${atOnce} reservations at once`,
			ledger,
			unit: 's',
			ours: [(await timed(1, () => timed(atOnce, () => reserve('open'), atOnce))) / 1_000],
			goal: { of: 'value', atMost: 2 },
		};
	}
};

function agentOn(store: Store) {
	const registry = new TokenRegistry(store, systemTime, 'secret');
	const ledger = new Ledger(store, systemTime);
	const reserve = async (agent: string): Promise<string> => {
		const request = buildReservation({ invoice: randomUUID(), agent, session: 'chat', policy });
		const result = await registry.reserve(request);
		if (result.kind !== 'reserved') throw new Error(`It was not reserved, but ${result.kind}`);
		return result.token;
	};
	const pay = async (agent: string) => {
		const request = { ...withRequestToken(await reserve(agent)), claimId: randomUUID() };
		const decision = await ledger.claim(request, 0);
		if (decision.kind !== 'granted') throw new Error(`It was not granted, but ${decision.kind}`);
		await ledger.settle(decision.grant, buildReport('succeeded'), RETENTION_MS);
	};
	return { reserve, pay };
}
