import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Redis } from 'ioredis';
import type { INodeParameters } from 'n8n-workflow';
import { Pool } from 'pg';

import type { Store } from '../../ledger/store';
import { PostgresStore } from '../../ledger/stores/postgres/postgresStore';
import { RedisStore } from '../../ledger/stores/redis/redisStore';
import { SqliteStore } from '../../ledger/stores/sqlite/sqliteStore';
import { StaticDataStore } from '../../ledger/stores/staticData';
import { toPostgresSettings, toRedisSettings } from '../../nodes/shared/ledger/ledgerSettings';
import type { Credentials } from '../engine/credentials';
import type { Binary } from '../servers/binaries';
import { binary } from '../servers/binaries';
import { PostgresServer } from '../servers/postgresServer';
import { RedisServer } from '../servers/redisServer';
import type { BareWrite } from './bare';
import { barePostgres, bareRedis, bareSqlite } from './bare';

export const LEDGERS = ['localFile', 'postgres', 'redis', 'staticData'] as const;

export type LedgerName = (typeof LEDGERS)[number];

/** A ledger backend, and the simplest client of the same database. */
export interface Rival {
	name: LedgerName;
	/** Whether it can hold a million entries. */
	isLarge: boolean;
	/** Opens an empty store; each name is a separate store. */
	store(name: string): Promise<Store>;
	/** The node settings that select this backend. Each name is a separate ledger. */
	choose(name: string): { parameters: INodeParameters; credentials?: Credentials };
	/** Absent if the store has no database to compare with. */
	bare?(name: string): Promise<BareWrite>;
	end(): Promise<void>;
}

const STARTS: Record<LedgerName, { start: () => Promise<Rival>; needs?: Binary }> = {
	localFile: { start: localFile },
	postgres: { start: postgres, needs: 'initdb' },
	redis: { start: redis, needs: 'redis-server' },
	staticData: { start: staticData },
};

/** Starts every backend that is available here. Reports the ones that are missing. */
export async function startRivals(names: readonly LedgerName[]): Promise<Rival[]> {
	const here: Rival[] = [];
	for (const name of names) {
		const { start, needs } = STARTS[name];
		if (needs === undefined || isHere(needs)) here.push(await start());
	}
	return here;
}

function isHere(name: Binary): boolean {
	try {
		return binary(name) !== '';
	} catch (error) {
		console.warn(`SKIPPED: ${(error as Error).message}`);
		return false;
	}
}

async function localFile(): Promise<Rival> {
	const folder = mkdtempSync(join(tmpdir(), 'ledger-bench-'));
	const opened: SqliteStore[] = [];
	const path = (name: string) => join(folder, `${name}.sqlite`);
	const open = async (name: string) => {
		const store = SqliteStore.open(path(name));
		opened.push(store);
		return store;
	};
	return {
		name: 'localFile',
		isLarge: true,
		store: open,
		choose: (name) => ({ parameters: { ledger: 'localFile', ledgerFile: path(name) } }),
		bare: async (name) => {
			// The bare client uses a file of the same kind, made by the same migration.
			const made = await open(name);
			await made.find([]);
			await made.close();
			return bareSqlite(path(name));
		},
		end: async () => {
			await Promise.all(opened.map((store) => store.close()));
			rmSync(folder, { recursive: true, force: true });
		},
	};
}

async function postgres(): Promise<Rival> {
	const server = await PostgresServer.start({ settings: { shared_buffers: '128MB', max_wal_size: '4GB' } });
	const opened: PostgresStore[] = [];
	const open = async (name: string) => {
		const store = PostgresStore.open(toPostgresSettings({ ...server.settings }, name));
		opened.push(store);
		// The first use connects and creates the table.
		await store.find(['nobody']);
		return store;
	};
	const { connections } = toPostgresSettings({ ...server.settings }, '');
	const pool = new Pool({ ...server.clientConfig, max: connections });
	return {
		name: 'postgres',
		isLarge: true,
		store: open,
		choose: (name) => ({
			parameters: { ledger: 'postgres', options: { ledgerTable: name } },
			credentials: { postgres: { ...server.settings } },
		}),
		bare: async (name) => {
			await open(name);
			return barePostgres(pool, name);
		},
		end: async () => {
			await pool.end();
			for (const store of opened) await store.close();
			await server.stop();
		},
	};
}

async function redis(): Promise<Rival> {
	const server = await RedisServer.start({ appendOnly: 'always' });
	const opened: RedisStore[] = [];
	const client = new Redis(server.clientOptions);
	return {
		name: 'redis',
		isLarge: true,
		store: async (name) => {
			const store = RedisStore.open(toRedisSettings({ ...server.credential }, `${name}:`));
			opened.push(store);
			await store.find(['nobody']);
			return store;
		},
		choose: (name) => ({
			parameters: { ledger: 'redis', options: { ledgerPrefix: `${name}:` } },
			credentials: { redis: { ...server.credential } },
		}),
		bare: async (name) => bareRedis(client, `${name}:`),
		end: async () => {
			client.disconnect();
			for (const store of opened) store.close();
			await server.stop();
		},
	};
}

/** Static data is kept in memory and saved when the node ends: there is no server to compare it with. */
async function staticData(): Promise<Rival> {
	return {
		name: 'staticData',
		isLarge: false,
		store: async (name) => new StaticDataStore({}, name, new Map()),
		choose: () => ({ parameters: { ledger: 'staticData' } }),
		end: async () => undefined,
	};
}
