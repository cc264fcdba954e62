import { Ledger } from '../../ledger/ledger';
import { systemTime } from '../../ledger/clock';
import { buildRequest, ENTRY_RETENTION_MS, buildReport as telling } from '../ledger/requests';
import { whereInstalled } from '../servers/binaries';
import type { PostgresOptions } from '../servers/postgresServer';
import { PostgresServer } from '../servers/postgresServer';
import { RedisServer } from '../servers/redisServer';
import type { ServerProcess } from '../servers/serverProcess';
import { until } from '../servers/until';
import type { Acknowledgement } from './paymentProcess';
import type { LedgerLocation } from './ledgerLocation';
import { openStore } from './ledgerLocation';
import { PATIENCE_MS, report, repeat } from './soak';
import { findForgottenWrites } from './audit';

/**
 * Tests the losses when a server is killed that acknowledges writes before they are on disk. The machine itself
 * continues, so writes handed to the operating system are safe; a power failure would lose those too, and cannot
 * be tested here.
 */
const WORKERS = 8;
const ORDERS = { early: 50, late: 200 };
const RUNS = repeat(1, 10);

/** Writes that were acknowledged, and how many of them were lost after the restart. */
interface Loss {
	/** Acknowledged long enough before the kill for the server to have saved them. */
	early: { acknowledged: number; lost: number };
	/** Acknowledged right before the kill. */
	late: { acknowledged: number; lost: number };
	/** ms between the acknowledgement of the oldest lost write and the kill. */
	oldestLostMs: number;
}

/** @param isKept whether the server has handed its acknowledged writes to the operating system */
async function lossAt(
	server: ServerProcess,
	place: LedgerLocation,
	isKept: () => Promise<boolean>,
): Promise<Loss> {
	const early = await pay(place, 'early', ORDERS.early);
	await until('the server to keep what it acknowledged', isKept);
	const late = await pay(place, 'late', ORDERS.late);
	await server.kill();
	const killedAt = performance.now();
	await server.restart();
	const store = openStore(place);
	const [lostEarly, lostLate] = [
		await findForgottenWrites(store, early),
		await findForgottenWrites(store, late),
	];
	await store.close();
	const lost = [...lostEarly, ...lostLate];
	return {
		early: { acknowledged: early.length, lost: lostEarly.length },
		late: { acknowledged: late.length, lost: lostLate.length },
		oldestLostMs: Math.round(Math.max(0, ...lost.map(({ at }) => killedAt - at))),
	};
}

/** Claims and settles, many at a time. @returns the acknowledgements */
async function pay(place: LedgerLocation, name: string, count: number): Promise<Acknowledgement[]> {
	const ledger = new Ledger(openStore(place), systemTime);
	const acknowledgements: Acknowledgement[] = [];
	const hear = (
		what: Acknowledgement['kind'],
		{ entryId, version }: { entryId: string; version: number },
	) => acknowledgements.push({ kind: what, entryId, version, at: performance.now() });
	let next = 0;
	const work = async () => {
		while (next < count) {
			const claim = await ledger.claim(buildRequest({ order: `${name} ${next++}` }), 0);
			if (claim.kind !== 'granted') throw new Error(claim.kind);
			hear('claimed', claim.grant.entry);
			const settlement = await ledger.settle(claim.grant, telling('succeeded'), ENTRY_RETENTION_MS);
			if (settlement.warning !== undefined) throw new Error(settlement.warning);
			hear('settled', settlement.entry);
		}
	};
	await Promise.all(Array.from({ length: WORKERS }, work));
	await ledger.waitUntilIdle();
	return acknowledgements;
}

function reportLosses(settings: string, all: readonly Loss[]): void {
	const lost = all.map(({ late }) => late.lost);
	const acknowledged = all.reduce((sum, { late }) => sum + late.acknowledged, 0);
	const early = all.reduce((sum, loss) => sum + loss.early.lost, 0);
	const oldestLostMs = Math.max(...all.map((loss) => loss.oldestLostMs));
	report(`losses, ${settings}`, { kills: all.length, acknowledged, lost, early, oldestLostMs });
}

whereInstalled('initdb', 'postgres')('Postgres', () => {
	async function losses(settings: PostgresOptions['settings']): Promise<Loss[]> {
		const all: Loss[] = [];
		const server = await PostgresServer.start({ settings });
		try {
			const isFlushed = async () => {
				const rows = await server.query<{ kept: boolean }>(
					'SELECT pg_current_wal_flush_lsn() >= pg_current_wal_insert_lsn() AS kept',
				);
				return rows[0]?.kept === true;
			};
			for (let run = 0; run < RUNS; run++) {
				const table = `ledger_${run}`;
				const place = { ledger: 'postgres', table, credential: server.settings } as const;
				all.push(await lossAt(server, place, isFlushed));
			}
		} finally {
			await server.stop();
		}
		reportLosses(`Postgres with ${JSON.stringify(settings)}`, all);
		return all;
	}

	it(
		'a server that does not wait for its disk may lose its last acknowledged writes, and nothing older',
		async () => {
			for (const { early } of await losses({ synchronous_commit: 'off' })) expect(early.lost).toBe(0);
		},
		PATIENCE_MS,
	);

	it(
		'a server that never flushes to disk loses nothing as long as the operating system keeps running',
		async () => {
			for (const loss of await losses({ fsync: 'off' })) {
				expect(loss).toMatchObject({ early: { lost: 0 }, late: { lost: 0 } });
			}
		},
		PATIENCE_MS,
	);
});

whereInstalled('redis-server')('Redis', () => {
	async function losses(appendOnly: 'everysec' | 'no' | false): Promise<Loss[]> {
		const all: Loss[] = [];
		for (let run = 0; run < RUNS; run++) {
			const server = await RedisServer.start({ appendOnly });
			const place = { ledger: 'redis', prefix: 'ledger:', credential: server.credential } as const;
			const isWritten = async () => {
				const info = String(await server.call('INFO', 'persistence'));
				return appendOnly === false || info.includes('aof_buffer_length:0\r\n');
			};
			try {
				all.push(await lossAt(server, place, isWritten));
			} finally {
				await server.stop();
			}
		}
		reportLosses(`Redis with append-only file: ${appendOnly}`, all);
		return all;
	}

	it(
		'a server without an append-only file loses everything, and the tests detect it',
		async () => {
			for (const { early, late } of await losses(false)) {
				expect(early.lost).toBe(early.acknowledged);
				expect(late.lost).toBe(late.acknowledged);
			}
		},
		PATIENCE_MS,
	);

	it(
		'a server that flushes its append-only file every second loses nothing older as long as the operating system keeps running',
		async () => {
			// While the operating system is busy writing, Redis holds back the newest writes for up to two seconds.
			for (const { early } of await losses('everysec')) expect(early.lost).toBe(0);
		},
		PATIENCE_MS,
	);
});
