import type { Contestant } from './contestants';
import { bareSdk, httpRequest, ordersFrom, ourNode } from './contestants';
import type { Cost } from './figures';
import { costOf } from './figures';
import type { Rival } from './rivals';
import type { Section } from './section';
import { reset, withSimulator } from './simulated';
import type { Sizes } from './sizes';
import type { Figure } from './table';

/** Static data keeps no more entries than this. */
const MOST_IN_STATIC_DATA = 500;

/**
 * The node, the bare SDK and n8n's HTTP Request charge the same orders in turns, so that a busy machine affects
 * them equally.
 */
export const charges: Section = async function* (sizes, rivals) {
	const { latencyMs, atOnce } = sizes.charges;
	const http = 'HTTP Request';
	for (const rival of rivals) {
		const count = rival.isLarge
			? sizes.charges.count
			: Math.min(sizes.charges.count, MOST_IN_STATIC_DATA);
		const costs = await withSimulator({ latencyMs }, (url) => contest(url, rival, count, sizes));
		const of = (who: string, value: (cost: Cost) => number) => (costs.get(who) ?? []).map(value);
		const row = (what: string, unit: 's' | 'ms', who: string, value: (cost: Cost) => number): Figure => ({
			what,
			unit,
			ledger: rival.name,
			ours: of('this node', value),
			against: { who, values: of(who, value) },
		});
		const name = `${count.toLocaleString('en-US')} charges at ${latencyMs} ms, ${atOnce} at once`;
		yield {
			...row(name, 's', 'bare SDK', ({ elapsed }) => elapsed / 1_000),
			goal: { of: 'ratio', atMost: 1.03 },
		};
		const cpu = ({ cpu }: Cost) => cpu / count;
		yield row('its CPU per item', 'ms', 'bare SDK', cpu);
		if (costs.has(http))
			yield { ...row('its CPU per item', 'ms', http, cpu), goal: { of: 'ratio', atMost: 1 } };
		yield row('how late the event loop is, p99', 'ms', 'bare SDK', ({ late }) => late.p99);
	}
};

async function contest(
	url: string,
	rival: Rival,
	count: number,
	{ rounds, charges: { latencyMs, atOnce } }: Sizes,
): Promise<Map<string, Cost[]>> {
	// HTTP Request has no ledger, so it runs for one rival only.
	const http = rival.name === 'localFile' && httpRequest(url, atOnce, latencyMs);
	// One ledger for all rounds: its thread is already running when the measurement begins, as in a running n8n.
	const contestants = [
		ourNode(url, rival, 'charges', atOnce),
		bareSdk(url, atOnce),
		...(http ? [http] : []),
	];
	const costs = new Map<string, Cost[]>();
	// The first round is a warm-up.
	for (let round = -1; round < rounds; round++) {
		const orders = ordersFrom(round * count, round < 0 ? Math.ceil(count / 5) : count);
		for (const contestant of inTurns(contestants, round)) {
			await reset(url);
			const cost = await costOf(() => contestant.charge(orders));
			if (round >= 0) costs.set(contestant.who, [...(costs.get(contestant.who) ?? []), cost]);
		}
	}
	return costs;
}

/** The contestant that is first in one round is last in the next. */
function inTurns(contestants: Contestant[], round: number): Contestant[] {
	return round % 2 === 0 ? contestants : contestants.toReversed();
}

/** Charges with default settings, at the rate limit that Stripe publishes for a sandbox. */
export const pace: Section = async function* ({ pace: { count, latencyMs, perSecond } }, rivals) {
	const [rival] = rivals;
	if (!rival) return;
	const { elapsed } = await withSimulator({ latencyMs, perSecond }, async (url) => {
		const node = ourNode(url, rival, 'pace');
		// Warms up what is loaded, or requested from Stripe, once per process.
		await node.charge(ordersFrom(-1, 1));
		return await costOf(() => node.charge(ordersFrom(0, count)));
	});
	yield {
		what: `${count.toLocaleString('en-US')} charges at ${latencyMs} ms where Stripe accepts ${perSecond} a second, nothing filled in`,
		ledger: rival.name,
		unit: 's',
		ours: [elapsed / 1_000],
		goal: { of: 'value', atMost: 44 },
	};
};

/** Runs orders that were all charged before. */
export const replay: Section = async function* ({ rounds, replays }, rivals) {
	for (const rival of rivals) {
		const most = rival.isLarge ? Infinity : MOST_IN_STATIC_DATA;
		const timed = Math.min(replays.timed, most);
		yield {
			what: `replay of ${timed.toLocaleString('en-US')} charges`,
			ledger: rival.name,
			unit: 's',
			ours: (await replayed(rival, timed, rounds)).map(({ elapsed }) => elapsed / 1_000),
			goal: { of: 'value', atMost: 0.4 },
		};
		const held = Math.min(replays.held, most);
		yield {
			what: `longest hold of the event loop, ${held.toLocaleString('en-US')} replays`,
			ledger: rival.name,
			unit: 'ms',
			ours: (await replayed(rival, held, Math.min(rounds, 3))).map(({ late }) => late.most),
			goal: { of: 'value', atMost: 50 },
		};
	}
};

async function replayed(rival: Rival, count: number, rounds: number): Promise<Cost[]> {
	return await withSimulator({}, async (url) => {
		const node = ourNode(url, rival, `replay_${count}`, 20);
		const orders = ordersFrom(0, count);
		await node.charge(orders);
		const costs: Cost[] = [];
		for (let round = -1; round < rounds; round++) {
			const cost = await costOf(() => node.charge(orders));
			if (round >= 0) costs.push(cost);
		}
		return costs;
	});
}
