import { subscribe, unsubscribe } from 'node:diagnostics_channel';

import type { TraceMessage } from '../../../../ledger/tracing';
import { StoreUnavailableError } from '../../../../ledger/store';
import { SqliteStore } from '../../../../ledger/stores/sqlite/sqliteStore';
import type { SimulatorPoint } from '../../../simulator/simulator';
import type { NodeFixture } from '../../fixtures/nodeFixture';

const JOURNEY = 'n8n-nodes-stripe-idempotent';
const WRITES = ['insertIfAbsent', 'replaceIfVersion', 'replaceTogether', 'remove'] as const;

/** A point of the journey of a bill and its steps, and at which of them. */
export interface KillPoint {
	point: string;
	where: 'worker' | 'Stripe';
	/** From 1. */
	nth: number;
}

/**
 * From a point on, nothing of the run reaches the ledger or Stripe any more, as if its process were gone.
 *
 * @returns whether it came to that point
 */
export async function runKilledAt(
	{ stripe }: NodeFixture,
	{ point, where, nth }: KillPoint,
	work: () => Promise<unknown>,
): Promise<boolean> {
	let reached = 0;
	let isDead = false;
	const reach = (at: string, from: KillPoint['where']) => {
		if (isDead || from !== where || at !== point || ++reached !== nth) return;
		isDead = true;
		stripe.inject({ kind: 'resetBefore', times: Infinity, match: { path: /./ } });
	};
	const onTrace = (message: unknown) => reach((message as TraceMessage).point, 'worker');
	subscribe(JOURNEY, onTrace);
	const stop = stripe.onPoint(({ name, request }: SimulatorPoint) => {
		if (request.method === 'POST') reach(name, 'Stripe');
	});
	const { prototype } = SqliteStore;
	const restore = WRITES.map((name) => {
		const write = prototype[name] as (this: SqliteStore, rows: never) => Promise<never>;
		prototype[name] = function (this: SqliteStore, rows: never): Promise<never> {
			return isDead ? Promise.reject(new StoreUnavailableError('It is gone')) : write.call(this, rows);
		};
		return () => (prototype[name] = write as never);
	});
	try {
		await work();
	} finally {
		unsubscribe(JOURNEY, onTrace);
		stop();
		restore.forEach((put) => put());
		stripe.clearFaults();
	}
	return isDead;
}
