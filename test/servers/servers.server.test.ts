import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { Redis } from 'ioredis';
import type { ClientConfig } from 'pg';
import { Client } from 'pg';

import { useStoppables } from '../stripe/api/stopAfterEach';
import { TYPESCRIPT } from '../typescript';
import type { Abandoned } from './abandoned';
import { whereInstalled } from './binaries';
import { PgBouncer } from './pgBouncer';
import * as ports from './ports';
import { isReadyForQuery, PostgresServer } from './postgresServer';
import { isAlive } from './processes';
import { RedisCluster } from './redisCluster';
import { RedisServer } from './redisServer';
import { TcpProxy } from './tcpProxy';
import { until } from './until';

const { keep } = useStoppables();

afterEach(() => jest.restoreAllMocks());

const PASSWORD = `p@ss/w:rd'é%`;

/** ms to wait for an answer that must not arrive. */
const A_WHILE = 80;

async function connected(config: ClientConfig): Promise<Client> {
	const client = new Client(config);
	client.on('error', () => undefined);
	await client.connect();
	keep({ stop: () => client.end() });
	return client;
}

async function familyOf(postgres: PostgresServer): Promise<number[]> {
	const rows = await postgres.query<{ pid: number }>('SELECT pid FROM pg_stat_activity');
	return [postgres.pid, ...rows.map(({ pid }) => pid)];
}

/** The configuration of a client of PgBouncer. */
function plain({ settings }: PgBouncer): ClientConfig {
	const { host, port, user, password, database } = settings;
	return { host, port, user, password, database };
}

async function backendOf(client: Client): Promise<number> {
	const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
	return rows[0]!.pid;
}

whereInstalled('initdb', 'postgres')('a Postgres server that the tests start', () => {
	let postgres: PostgresServer;
	let secret: PostgresServer;
	beforeAll(async () => {
		const settings = { statement_timeout: '1min' };
		postgres = await PostgresServer.start({ settings });
		secret = await PostgresServer.start({ password: PASSWORD, tls: true });
	});
	afterAll(async () => {
		await postgres.stop();
		await secret.stop();
	});
	beforeEach(() => postgres.query('DROP TABLE IF EXISTS kept; CREATE TABLE kept (value text)'));

	it('starts with what n8n needs to know, and with the given settings', async () => {
		expect(postgres.settings).toEqual({
			host: '127.0.0.1',
			port: postgres.port,
			database: 'postgres',
			user: 'postgres',
			password: '',
			maxConnections: 10,
			allowUnauthorizedCerts: false,
			ssl: 'disable',
			sshTunnel: false,
		});
		expect(await postgres.query('SHOW statement_timeout')).toEqual([{ statement_timeout: '1min' }]);
		expect(await postgres.query('SHOW fsync')).toEqual([{ fsync: 'on' }]);
		const local = await connected({ ...postgres.clientConfig, host: postgres.folder });
		expect((await local.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
	});

	it('accepts its password and its TLS only', async () => {
		expect(secret.settings).toMatchObject({ ssl: 'require', allowUnauthorizedCerts: true });
		expect(await secret.query('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()')).toEqual([
			{ ssl: true },
		]);
		const config = secret.clientConfig;
		await expect(connected({ ...config, password: 'wrong' })).rejects.toMatchObject({ code: '28P01' });
		await expect(connected({ ...config, ssl: false })).rejects.toMatchObject({ code: '28000' });
	});

	it('stops at once when it is killed, and returns with every commit', async () => {
		const { port } = postgres;
		await postgres.query('INSERT INTO kept VALUES ($1)', ['committed']);
		const open = await connected(postgres.clientConfig);
		await open.query(`BEGIN; INSERT INTO kept VALUES ('open')`);
		// A busy backend takes long to notice that its parent has ended.
		const busy = await connected(postgres.clientConfig);
		const lost = expect(busy.query('SELECT count(*) FROM generate_series(1, 1e9)')).rejects.toThrow();
		const family = await familyOf(postgres);
		expect(family.length).toBeGreaterThan(5);
		await postgres.kill();
		expect(family.filter(isAlive)).toEqual([]);
		await lost;
		await expect(postgres.query('SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });

		await postgres.restart();
		expect(postgres.port).toBe(port);
		expect(postgres.log).toContain('not properly shut down');
		expect(await postgres.query('SELECT * FROM kept')).toEqual([{ value: 'committed' }]);
	});

	it('restarts while it runs and while it is paused', async () => {
		await postgres.restart();
		await postgres.pause();
		await postgres.restart();
		expect(await postgres.query('SELECT * FROM kept')).toEqual([]);
	});

	it('does not respond while it is paused', async () => {
		const client = await connected(postgres.clientConfig);
		await postgres.pause();
		let isAnswered = false;
		const answer = client.query('SELECT 1').then(() => (isAnswered = true));
		await pause(A_WHILE);
		expect(isAnswered).toBe(false);
		await postgres.resume();
		await answer;
	});

	it('uses a different port if its own is taken, and leaves nothing', async () => {
		jest.spyOn(ports, 'freePort').mockResolvedValueOnce(postgres.port);
		const other = keep(await PostgresServer.start());
		expect(other.port).not.toBe(postgres.port);
		const { folder } = other;
		const family = await familyOf(other);
		await other.stop();
		expect(family.filter(isAlive)).toEqual([]);
		expect(existsSync(folder)).toBe(false);
	});

	it('reports why it does not start', async () => {
		const starting = PostgresServer.start({ settings: { shared_buffers: 'plenty' } });
		await expect(starting).rejects.toThrow('invalid value for parameter "shared_buffers"');
	});

	it('has committed the command whose response the proxy cuts', async () => {
		const proxy = keep(await TcpProxy.to(postgres.host, postgres.port));
		const client = await connected({ ...postgres.clientConfig, port: proxy.port });
		proxy.cutAnswerWhen((request) => request.includes('INSERT'), { whole: isReadyForQuery });
		await client.query('SELECT 1');
		await expect(client.query('INSERT INTO kept VALUES ($1)', ['a'])).rejects.toThrow();
		expect(await postgres.query('SELECT * FROM kept')).toEqual([{ value: 'a' }]);
	});

	whereInstalled('pgbouncer')('and a PgBouncer in front of it', () => {
		it('connects to it, without a password and with one', async () => {
			for (const server of [postgres, secret]) {
				const bouncer = keep(await PgBouncer.start(server));
				const client = await connected(plain(bouncer));
				expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
			}
		});

		it('accepts the password of its Postgres only', async () => {
			const bouncer = keep(await PgBouncer.start(secret));
			const wrong = connected({ ...plain(bouncer), password: 'wrong' });
			await expect(wrong).rejects.toThrow('SASL authentication failed');
		});

		it('changes the backend between transactions, and not within one', async () => {
			const bouncer = keep(await PgBouncer.start(postgres));
			const first = await connected(plain(bouncer));
			const second = await connected(plain(bouncer));
			const third = await connected(plain(bouncer));
			await first.query('BEGIN');
			await second.query('BEGIN');
			const backends = [await backendOf(first), await backendOf(second)];
			expect(await backendOf(first)).toBe(backends[0]);
			// The third client waits, because both connections are taken.
			let served = 0;
			const waiting = backendOf(third).then((pid) => (served = pid));
			await pause(A_WHILE);
			expect(served).toBe(0);
			await second.query('COMMIT');
			expect(await waiting).toBe(backends[1]);
			await first.query('COMMIT');
			const seen = [await backendOf(first), await backendOf(first)];
			expect(new Set(seen)).toEqual(new Set(backends));
		});

		it('refuses an unknown start-up parameter', async () => {
			const bouncer = keep(await PgBouncer.start(postgres));
			const client = connected({ ...plain(bouncer), statement_timeout: 1000 });
			await expect(client).rejects.toThrow('unsupported startup parameter');
		});

		it('finds its Postgres again, and leaves nothing', async () => {
			const bouncer = keep(await PgBouncer.start(postgres, 'session'));
			const { pid, folder } = bouncer;
			await (await connected(plain(bouncer))).query('SELECT 1');
			await postgres.restart();
			await until('a way to the Postgres', async () => {
				const client = await connected(plain(bouncer));
				return (await client.query('SELECT 1')).rowCount === 1;
			});
			await bouncer.stop();
			expect(isAlive(pid)).toBe(false);
			expect(existsSync(folder)).toBe(false);
		});

		it('uses a different port if its own is taken', async () => {
			jest.spyOn(ports, 'freePort').mockResolvedValueOnce(postgres.port);
			const bouncer = keep(await PgBouncer.start(postgres));
			expect(bouncer.port).not.toBe(postgres.port);
		});
	});
});

whereInstalled('redis-server')('a Redis server that the tests start', () => {
	it('starts with what n8n needs to know, and with the given settings', async () => {
		const redis = keep(await RedisServer.start({ settings: { maxmemory: '64mb' } }));
		expect(redis.credential).toEqual({
			host: '127.0.0.1',
			port: redis.port,
			user: '',
			password: '',
			database: 0,
			ssl: false,
			disableTlsVerification: false,
		});
		expect(await redis.call('CONFIG', 'GET', 'maxmemory')).toEqual(['maxmemory', String(64 * 2 ** 20)]);
		expect(await redis.call('CONFIG', 'GET', 'appendfsync')).toEqual(['appendfsync', 'always']);
		expect(await redis.call('CONFIG', 'GET', 'save')).toEqual(['save', '']);
	});

	it('accepts its user, its password and its TLS only', async () => {
		const redis = keep(await RedisServer.start({ user: 'ledger', password: PASSWORD, tls: true }));
		expect(redis.credential).toMatchObject({ user: 'ledger', ssl: true, disableTlsVerification: true });
		expect(await redis.call('ACL', 'WHOAMI')).toBe('ledger');
		const wrong = [
			{ ...redis.clientOptions, password: 'wrong' },
			{ ...redis.clientOptions, username: 'default' },
			{ ...redis.clientOptions, tls: undefined },
		];
		for (const options of wrong) {
			const client = new Redis({ ...options, lazyConnect: true, retryStrategy: () => null });
			client.on('error', () => undefined);
			await expect(client.connect().then(() => client.ping())).rejects.toThrow();
			client.disconnect();
		}
	});

	it('accepts the password of the default user', async () => {
		const redis = keep(await RedisServer.start({ password: PASSWORD }));
		expect(await redis.call('ACL', 'WHOAMI')).toBe('default');
	});

	it('returns with every write after it is killed', async () => {
		const redis = keep(await RedisServer.start());
		const { pid, port } = redis;
		await redis.call('SET', 'key', 'value');
		await redis.kill();
		expect(isAlive(pid)).toBe(false);
		await expect(redis.call('PING')).rejects.toThrow();
		await redis.restart();
		expect(redis.port).toBe(port);
		expect(await redis.call('GET', 'key')).toBe('value');
	});

	it('returns empty without a file', async () => {
		const redis = keep(await RedisServer.start({ appendOnly: false }));
		await redis.call('SET', 'key', 'value');
		await redis.restart();
		expect(await redis.call('GET', 'key')).toBeNull();
	});

	it('does not respond while it is paused', async () => {
		const redis = keep(await RedisServer.start());
		const client = new Redis(redis.clientOptions);
		keep({ stop: async () => client.disconnect() });
		await client.ping();
		await redis.pause();
		let isAnswered = false;
		const answer = client.ping().then(() => (isAnswered = true));
		await pause(A_WHILE);
		expect(isAnswered).toBe(false);
		await redis.resume();
		await answer;
	});

	it('uses a different port if its own is taken', async () => {
		const taken = keep(await RedisServer.start());
		jest.spyOn(ports, 'freePort').mockResolvedValueOnce(taken.port);
		const redis = keep(await RedisServer.start());
		expect(redis.port).not.toBe(taken.port);
	});

	it('leaves nothing', async () => {
		const redis = await RedisServer.start();
		const { pid, folder } = redis;
		await redis.stop();
		expect(isAlive(pid)).toBe(false);
		expect(existsSync(folder)).toBe(false);
	});

	it('has executed the command whose response the proxy cuts, and not one that it cuts before', async () => {
		const redis = keep(await RedisServer.start());
		const proxy = keep(await TcpProxy.to(redis.host, redis.port));
		const client = new Redis({ port: proxy.port, maxRetriesPerRequest: 0 });
		client.on('error', () => undefined);
		keep({ stop: async () => client.disconnect() });
		await client.ping();
		proxy.cutAnswerWhen((request) => request.includes('incr'));
		await expect(client.incr('count')).rejects.toThrow();
		expect(await redis.call('GET', 'count')).toBe('1');
		await until('connected again', () => client.status === 'ready');
		proxy.cutRequestWhen((request) => request.includes('incr'));
		await expect(client.incr('count')).rejects.toThrow();
		expect(await redis.call('GET', 'count')).toBe('1');
	});
});

whereInstalled('redis-server')('a Redis cluster that the tests start', () => {
	it('routes every key to its node, and returns after a kill', async () => {
		const cluster = keep(await RedisCluster.start());
		const client = cluster.client();
		client.on('error', () => undefined);
		keep({ stop: async () => client.disconnect() });
		const keys = Array.from({ length: 30 }, (_, nth) => `key-${nth}`);
		for (const key of keys) await client.set(key, `value of ${key}`);
		const homes = await Promise.all(keys.map((key) => cluster.indexOf(key)));
		expect(new Set(homes)).toEqual(new Set([0, 1, 2]));
		expect(await cluster.node(homes[0]!).call('GET', keys[0]!)).toBe(`value of ${keys[0]!}`);
		const elsewhere = cluster.node((homes[0]! + 1) % 3).call('GET', keys[0]!);
		await expect(elsewhere).rejects.toThrow(`:${cluster.node(homes[0]!).port}`);

		const { pid } = cluster.node(1);
		await cluster.kill(1);
		expect(isAlive(pid)).toBe(false);
		await cluster.restart(1);
		for (const key of keys) expect(await client.get(key)).toBe(`value of ${key}`);
	});
});

whereInstalled(
	'initdb',
	'postgres',
	'redis-server',
)('a test run that is killed', () => {
	it('leaves no server and no folder', async () => {
		const script = join(__dirname, 'abandoned.ts');
		const child = spawn(process.execPath, [...TYPESCRIPT, script], {
			stdio: ['ignore', 'pipe', 'inherit'],
		});
		const [line] = (await once(child.stdout, 'data')) as [Buffer];
		const { folders, pids } = JSON.parse(line.toString()) as Abandoned;
		expect(folders.every((folder) => existsSync(folder))).toBe(true);
		child.kill('SIGKILL');
		await until('all gone', () => !pids.some(isAlive) && !folders.some((folder) => existsSync(folder)));
	});
});

describe('a server that is not installed', () => {
	it('is skipped with one message', () => {
		const { PATH } = process.env;
		const warn = jest.spyOn(console, 'warn').mockImplementation(() => undefined);
		try {
			process.env.PATH = '/nowhere';
			expect(whereInstalled('redis-server')).toBe(describe.skip);
			expect(whereInstalled('redis-server')).toBe(describe.skip);
		} finally {
			process.env.PATH = PATH;
		}
		expect(warn.mock.calls).toEqual([
			[
				'SKIPPED: a part of servers.server.test.ts needs redis-server. Bring it with: apt-get install redis-server',
			],
		]);
	});
});
