/**
 * What a reservation costs: `npx tsx test/bench/limits.ts [localFile postgres redis staticData] [--settled 10000] [--open 3000]`:
 * the first ones, after many that are settled, among many that are open, and 50 at once.
 */
import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';

import { systemTime } from '../../ledger/clock';
import { Ledger } from '../../ledger/ledger';
import type { Store } from '../../ledger/store';
import { TokenRegistry } from '../../ledger/tokenRegistry';
import { buildReport } from '../ledger/requests';
import { buildReservation, withRequestToken } from '../ledger/reserving';
import { RETENTION_MS } from './claims';
import { median, timed } from './figures';
import { rivals } from './rivals';

const { values: options, positionals } = parseArgs({
	allowPositionals: true,
	options: {
		settled: { type: 'string', default: '10000' },
		open: { type: 'string', default: '3000' },
	},
});
const MEASURED = 200;
const AT_ONCE = 50;

const policy = {
	currencies: [{ currency: 'eur', maxPerPayment: 10_000, maxPerDay: 1_000_000_000 }],
	maxPerSession: 1_000_000,
};

function agentOn(store: Store) {
	const registry = new TokenRegistry(store, systemTime, 'secret');
	const ledger = new Ledger(store, systemTime);
	const reserve = async (agent: string): Promise<string> => {
		const asked = buildReservation({ invoice: randomUUID(), agent, session: 'chat', policy });
		const result = await registry.reserve(asked);
		if (result.kind !== 'reserved') throw new Error(`It was not reserved, but ${result.kind}`);
		return result.token;
	};
	const pay = async (agent: string) => {
		const asked = { ...withRequestToken(await reserve(agent)), claimId: randomUUID() };
		const decision = await ledger.claim(asked, 0);
		if (decision.kind !== 'granted') throw new Error(`It was not granted, but ${decision.kind}`);
		await ledger.settle(decision.grant, buildReport('succeeded'), RETENTION_MS);
	};
	return { reserve, pay };
}

/** The median of many, in ms. */
async function medianOf(act: () => Promise<unknown>): Promise<number> {
	const all: number[] = [];
	for (let n = 0; n < MEASURED; n++) all.push(await timed(1, act));
	return median(all);
}

async function measure(store: Store, isSmall: boolean): Promise<void> {
	const { reserve, pay } = agentOn(store);
	const [settled, open] = isSmall ? [100, 100] : [Number(options.settled), Number(options.open)];
	await timed(MEASURED, () => reserve('warm'));
	const first = await medianOf(() => reserve('first'));
	console.log(`the first ${MEASURED}: ${first.toFixed(2)} ms each`);
	await timed(settled, () => pay('busy'), 20);
	const later = await medianOf(() => reserve('busy'));
	console.log(`after ${settled} settled: ${later.toFixed(2)} ms, ratio ${(later / first).toFixed(2)}`);
	await timed(open, () => reserve('open'), 20);
	const among = await medianOf(() => reserve('open'));
	console.log(`among ${open} open: ${among.toFixed(2)} ms, ratio ${(among / first).toFixed(2)}`);
	const began = performance.now();
	await Promise.all(Array.from({ length: AT_ONCE }, () => reserve('open')));
	console.log(`${AT_ONCE} at once: ${(performance.now() - began).toFixed(0)} ms`);
}

async function main(): Promise<void> {
	for (const rival of await rivals(positionals)) {
		console.log(`\n== ${rival.name} ==`);
		try {
			await measure(await rival.store('limits'), !rival.isLarge);
		} finally {
			await rival.end();
		}
	}
}

void main();
