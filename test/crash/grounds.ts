import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Binary } from '../servers/binaries';
import { whereInstalled } from '../servers/binaries';
import { PostgresServer } from '../servers/postgresServer';
import { RedisCluster } from '../servers/redisCluster';
import { RedisServer } from '../servers/redisServer';
import type { Place, PlaceOnServer } from './place';

/** Where ledgers of the test's own are kept: a folder, or a server of its own. */
export interface Ground<P extends Place = Place> {
	/** A ledger that nobody has used. */
	newPlace(): P;
	stop(): Promise<void>;
}

/** What is kept on a server can be lost with it. */
export interface ServerGround extends Ground<PlaceOnServer> {
	/** SIGKILL for the server, or the part of it that has this ledger. */
	kill(place: PlaceOnServer): Promise<void>;
	/** The same server on the same data; resolves when it answers. */
	restart(place: PlaceOnServer): Promise<void>;
}

let places = 0;

async function localFiles(): Promise<Ground> {
	const folder = mkdtempSync(join(tmpdir(), 'ledger-crash-'));
	return {
		newPlace: () => ({ ledger: 'localFile', file: join(folder, `ledger-${++places}.sqlite`) }),
		stop: async () => rmSync(folder, { recursive: true, force: true }),
	};
}

/** Every commit is brought to the disk before it is acknowledged. */
async function postgres(): Promise<ServerGround> {
	const server = await PostgresServer.start({ settings: { fsync: 'on', synchronous_commit: 'on' } });
	return {
		newPlace: () => ({ ledger: 'postgres', table: `ledger_${++places}`, credential: server.settings }),
		kill: () => server.kill(),
		restart: () => server.restart(),
		stop: () => server.stop(),
	};
}

/** Every write is brought to the disk before it is acknowledged. */
async function redis(): Promise<ServerGround> {
	const server = await RedisServer.start({ appendOnly: 'always' });
	return {
		newPlace: () => ({ ledger: 'redis', prefix: `ledger-${++places}:`, credential: server.credential }),
		kill: () => server.kill(),
		restart: () => server.restart(),
		stop: () => server.stop(),
	};
}

async function redisCluster(): Promise<ServerGround> {
	const cluster = await RedisCluster.start({ appendOnly: 'always' });
	// All keys of a ledger are kept by one node.
	const nodeOf = (place: PlaceOnServer) =>
		cluster.indexOf(place.ledger === 'redis' ? `${place.prefix}{ledger}` : '');
	let killed = 0;
	return {
		newPlace: () => ({ ledger: 'redis', prefix: `ledger-${++places}:`, credential: cluster.credential }),
		kill: async (place) => cluster.kill((killed = await nodeOf(place))),
		restart: () => cluster.restart(killed),
		stop: () => cluster.stop(),
	};
}

const SERVERS = {
	Postgres: { needs: ['initdb', 'postgres'], begin: postgres },
	Redis: { needs: ['redis-server'], begin: redis },
	'Redis Cluster': { needs: ['redis-server'], begin: redisCluster },
} satisfies Record<string, { needs: Binary[]; begin: () => Promise<ServerGround> }>;

const KINDS = { 'Local File': { needs: [], begin: localFiles }, ...SERVERS } satisfies Record<
	string,
	{ needs: Binary[]; begin: () => Promise<Ground> }
>;

type Prove<G, N = string> = (ground: () => G, name: N) => void;

/** The same proofs on each kind of ledger. */
export function onEach(names: readonly (keyof typeof KINDS)[], prove: Prove<Ground>): void {
	for (const name of names) on(name, KINDS[name], prove);
}

export function onEachServer(
	names: readonly (keyof typeof SERVERS)[],
	prove: Prove<ServerGround, keyof typeof SERVERS>,
): void {
	for (const name of names) on(name, SERVERS[name], prove);
}

function on<G extends Ground, N extends string>(
	name: N,
	{ needs, begin }: { needs: readonly Binary[]; begin: () => Promise<G> },
	prove: Prove<G, N>,
): void {
	whereInstalled(...needs)(name, () => {
		let ground: G | undefined;
		beforeAll(async () => {
			ground = await begin();
		});
		afterAll(() => ground?.stop());
		prove(() => {
			if (!ground) throw new Error(`${name} did not begin`);
			return ground;
		}, name);
	});
}
