import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Binary } from '../servers/binaries';
import { whereInstalled, whereNoServer } from '../servers/binaries';
import { PostgresServer } from '../servers/postgresServer';
import { RedisCluster } from '../servers/redisCluster';
import { RedisServer } from '../servers/redisServer';
import type { LedgerLocation, ServerLedgerLocation } from './ledgerLocation';

/** Keeps the ledgers of a test: in a folder, or on its own server. */
export interface LedgerBackend<P extends LedgerLocation = LedgerLocation> {
	/** Returns the location of a new ledger. */
	newLocation(): P;
	stop(): Promise<void>;
}

/** A ledger on a server, which can be killed. */
export interface ServerLedgerBackend extends LedgerBackend<ServerLedgerLocation> {
	/** Sends SIGKILL to the server, or to the node that has this ledger. */
	kill(location: ServerLedgerLocation): Promise<void>;
	/** Restarts the same server on the same data. Resolves when it answers. */
	restart(location: ServerLedgerLocation): Promise<void>;
}

let locations = 0;

async function startLocalFiles(): Promise<LedgerBackend> {
	const folder = mkdtempSync(join(tmpdir(), 'ledger-crash-'));
	return {
		newLocation: () => ({ ledger: 'localFile', file: join(folder, `ledger-${++locations}.sqlite`) }),
		stop: async () => rmSync(folder, { recursive: true, force: true }),
	};
}

/** Every commit is synced to disk before it is acknowledged. */
async function startPostgres(): Promise<ServerLedgerBackend> {
	const server = await PostgresServer.start({ settings: { fsync: 'on', synchronous_commit: 'on' } });
	return {
		newLocation: () => ({
			ledger: 'postgres',
			table: `ledger_${++locations}`,
			credential: server.settings,
		}),
		kill: () => server.kill(),
		restart: () => server.restart(),
		stop: () => server.stop(),
	};
}

/** Every write is synced to disk before it is acknowledged. */
async function startRedis(): Promise<ServerLedgerBackend> {
	const server = await RedisServer.start({ appendOnly: 'always' });
	return {
		newLocation: () => ({
			ledger: 'redis',
			prefix: `ledger-${++locations}:`,
			credential: server.credential,
		}),
		kill: () => server.kill(),
		restart: () => server.restart(),
		stop: () => server.stop(),
	};
}

async function startRedisCluster(): Promise<ServerLedgerBackend> {
	const cluster = await RedisCluster.start({ appendOnly: 'always' });
	// One node keeps all keys of a ledger.
	const nodeOf = (location: ServerLedgerLocation) =>
		cluster.indexOf(location.ledger === 'redis' ? `${location.prefix}{ledger}` : '');
	let killed = 0;
	return {
		newLocation: () => ({
			ledger: 'redis',
			prefix: `ledger-${++locations}:`,
			credential: cluster.credential,
		}),
		kill: async (location) => cluster.kill((killed = await nodeOf(location))),
		restart: () => cluster.restart(killed),
		stop: () => cluster.stop(),
	};
}

const SERVER_BACKENDS = {
	Postgres: { needs: ['initdb', 'postgres'], begin: startPostgres },
	Redis: { needs: ['redis-server'], begin: startRedis },
	'Redis Cluster': { needs: ['redis-server'], begin: startRedisCluster },
} satisfies Record<string, { needs: Binary[]; begin: () => Promise<ServerLedgerBackend> }>;

const BACKENDS = { 'Local File': { needs: [], begin: startLocalFiles }, ...SERVER_BACKENDS } satisfies Record<
	string,
	{ needs: Binary[]; begin: () => Promise<LedgerBackend> }
>;

type DescribeTests<G, N = string> = (backend: () => G, name: N) => void;

/** Runs the same tests on each kind of ledger. */
export function describeEachBackend<N extends keyof typeof BACKENDS>(
	names: readonly N[],
	prove: DescribeTests<LedgerBackend, N>,
): void {
	for (const name of names) describeBackend(name, BACKENDS[name], prove);
}

export function describeEachServer(
	names: readonly (keyof typeof SERVER_BACKENDS)[],
	prove: DescribeTests<ServerLedgerBackend, keyof typeof SERVER_BACKENDS>,
): void {
	for (const name of names) describeBackend(name, SERVER_BACKENDS[name], prove);
}

function describeBackend<G extends LedgerBackend, N extends string>(
	name: N,
	{ needs, begin }: { needs: readonly Binary[]; begin: () => Promise<G> },
	prove: DescribeTests<G, N>,
): void {
	const describeHere = needs.length === 0 ? whereNoServer() : whereInstalled(...needs);
	describeHere(name, () => {
		let backend: G | undefined;
		beforeAll(async () => {
			backend = await begin();
		});
		afterAll(() => backend?.stop());
		prove(() => {
			if (!backend) throw new Error(`${name} did not begin`);
			return backend;
		}, name);
	});
}
