import { randomUUID } from 'node:crypto';

import { Ledger } from '../../../ledger/ledger';
import { TokenRegistry } from '../../../ledger/tokenRegistry';
import type { Store } from '../../../ledger/store';
import { PostgresStore } from '../../../ledger/stores/postgres/postgresStore';
import type { PostgresSettings } from '../../../ledger/stores/postgres/settings';
import { RedisStore } from '../../../ledger/stores/redis/redisStore';
import type { RedisSettings } from '../../../ledger/stores/redis/connection';
import { SqliteStore } from '../../../ledger/stores/sqlite/sqliteStore';
import { systemTime } from '../../../ledger/clock';
import { ENTRY_RETENTION_MS, buildReport } from '../requests';
import { buildReservation, withRequestToken } from '../reserving';

/** A ledger that several processes share. */
export type SharedLedger =
	| { kind: 'sqlite'; file: string }
	| { kind: 'postgres'; settings: PostgresSettings }
	| { kind: 'redis'; settings: RedisSettings };

export interface Wish {
	invoice: string;
	/** Minor units. */
	amount: number;
	pays: boolean;
}

/** What agents are told to do, all at once within one process. */
export type AgentOrder =
	/** Reserve each of these, and pay what was reserved where it says so. */
	{ do: 'spend'; agent: string; intents: Wish[]; maxPerDay: number } | { do: 'stop' } | { do: 'resume' };

/** What became of each intent: the amount that was reserved, or paid, or nothing. */
export type Spent = { invoice: string; reserved: number; paid: number }[];

function open(at: SharedLedger): Store {
	switch (at.kind) {
		case 'sqlite':
			return SqliteStore.open(at.file);
		case 'postgres':
			return PostgresStore.open(at.settings);
		case 'redis':
			return RedisStore.open(at.settings);
	}
}

const store = open(JSON.parse(process.argv[2] ?? '') as SharedLedger);
/** From noon on, so that no day ends in between; far off, so that no server takes anything for expired. */
const began = Date.now();
const time = { ...systemTime, now: () => Date.UTC(2100, 0, 15, 12) + Date.now() - began };
const ledger = new Ledger(store, time);
const registry = new TokenRegistry(store, time);

async function obey(order: AgentOrder): Promise<Spent> {
	if (order.do === 'stop') {
		await registry.stop('tokens', 'Ada', 'a test');
		return [];
	}
	if (order.do === 'resume') {
		await registry.resume('tokens');
		return [];
	}
	const policy = {
		currencies: [{ currency: 'eur', maxPerPayment: 10_000, maxPerDay: order.maxPerDay }],
	};
	return Promise.all(order.intents.map((wish) => spend(wish, order.agent, policy)));
}

async function spend({ invoice, amount, pays }: Wish, agent: string, policy: object): Promise<Spent[number]> {
	const answer = await registry.reserve(
		buildReservation({ invoice: `${agent} ${invoice}`, agent, policy, intent: { amount } }),
	);
	if (answer.kind !== 'reserved') return { invoice, reserved: 0, paid: 0 };
	if (!pays) return { invoice, reserved: amount, paid: 0 };
	const request = { ...withRequestToken(answer.token, { amount }), claimId: randomUUID() };
	const decision = await ledger.claim(request, 0);
	if (decision.kind !== 'granted') return { invoice, reserved: amount, paid: 0 };
	await ledger.settle(decision.grant, buildReport('succeeded'), ENTRY_RETENTION_MS);
	return { invoice, reserved: amount, paid: amount };
}

process.on('message', (order: AgentOrder) => {
	obey(order).then(
		(spent) => process.send?.(spent),
		(error: unknown) => {
			process.send?.({ failed: String(error) });
		},
	);
});
process.on('disconnect', () => process.exit());
process.send?.('ready');
