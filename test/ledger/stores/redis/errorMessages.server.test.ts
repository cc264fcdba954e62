import net from 'node:net';
import { inspect } from 'node:util';

import { StoreUnavailableError } from '../../../../ledger/store';
import type { RedisSettings } from '../../../../ledger/stores/redis/connection';
import {
	ForeignDataError,
	ResponseTimeoutError,
	isTransientRedisError,
} from '../../../../ledger/stores/redis/errorKinds';
import { toRedisStoreError } from '../../../../ledger/stores/redis/errorMessages';
import { whereInstalled } from '../../../servers/binaries';
import { RedisServer } from '../../../servers/redisServer';
import { TcpProxy } from '../../../servers/tcpProxy';
import { selfSigned } from '../../../stripe/api/certificate';
import { RedisLedgers, getRedisSettings } from './redisLedgers';
import { nextVersion, getRefusal, scanned } from '../storeAnswers';
import { row } from '../conformance';

const PASSWORD = 'p@ss "w\'\\o%20:rd€$&\t{}`';

const ledgers = new RedisLedgers();
afterEach(() => ledgers.close());

/** What is told of a store that cannot be used, after a look through it for the password. */
async function messageOf(settings: RedisSettings, secrets = [PASSWORD]): Promise<string> {
	const store = ledgers.open(settings);
	const error = await store.insertIfAbsent([row()]).catch((reason: unknown) => reason);
	if (!(error instanceof StoreUnavailableError)) throw error;
	const everything = inspect(error, { depth: 9, showHidden: true, breakLength: Infinity });
	for (const secret of secrets) {
		for (const form of [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)])
			expect(everything).not.toContain(form);
	}
	expect(error.reason).toMatch(new RegExp(`^Redis at ${settings.host}:${settings.port}: .*[^.]\\.$`));
	return error.reason;
}

whereInstalled('redis-server')('a server with a password', () => {
	let server: RedisServer;
	beforeAll(async () => (server = await RedisServer.start({ password: PASSWORD })));
	afterAll(() => server.stop());

	it('accepts the correct password', async () => {
		expect(await ledgers.openNew(server).insertIfAbsent([row()])).toHaveLength(1);
		expect(await ledgers.openNew(server, { user: 'default' }).insertIfAbsent([row()])).toHaveLength(1);
	});

	it.each<[string, Partial<RedisSettings>, RegExp]>([
		['a wrong password', { password: `${PASSWORD}x` }, /the password was not accepted\. Correct/],
		['an unknown user', { user: 'bob' }, /the password was not accepted\. Correct user/],
		['no password', { password: undefined }, /the server requires a password\. Correct/],
	])('refuses %s at once', async (_name, more, words) => {
		const wire = await TcpProxy.to(server.host, server.port);
		expect(await messageOf(getRedisSettings(server, { port: wire.port, ...more }))).toMatch(words);
		// It is not tried again: no patience helps.
		expect(wire.connections).toBe(1);
		await wire.close();
	});

	it('never reveals the password, even if it echoes what it received', async () => {
		const name = getRedisSettings(server);
		for (const message of [
			`ERR unknown command 'AUTH', with args beginning with: '${PASSWORD}' `,
			`ERR something about ${PASSWORD} went wrong`,
		]) {
			const error = Object.assign(new Error(message), {
				name: 'ReplyError',
				command: { name: 'auth', args: [PASSWORD] },
			});
			expect(inspect(toRedisStoreError(name, error), { depth: 9 })).not.toContain('rd€');
		}
	});
});

whereInstalled('redis-server')('a user with few rights', () => {
	let server: RedisServer;
	beforeAll(async () => (server = await RedisServer.start()));
	afterAll(() => server.stop());
	let users = 0;

	async function userWith(...rights: string[]): Promise<RedisSettings> {
		const user = `user${++users}`;
		await server.call('ACL', 'SETUSER', user, 'on', `>${PASSWORD}`, ...rights);
		return getRedisSettings(server, { user, password: PASSWORD, prefix: `${user}:` });
	}

	it('gets a list of the commands to allow, and those suffice', async () => {
		const settings = await userWith();
		const words = await messageOf(settings);
		const [, user, rights] = /Grant them: ACL SETUSER (\S+) (.*) \(in a cluster also \+cluster\)\.$/.exec(
			words,
		)!;
		expect(user).toBe(settings.user);
		await server.call('ACL', 'SETUSER', user!, ...rights!.split(' '));
		const store = ledgers.open({ ...settings, database: 3 });
		const rows = [row(), row({ state: 'succeeded' }), row({ state: 'rejected', expiresAt: 1 })];
		expect(await store.insertIfAbsent(rows)).toEqual(rows);
		expect(await store.replaceIfVersion(rows.map(nextVersion))).toEqual([true, true, false]);
		expect(await store.list({ limit: 9 })).toHaveLength(2);
		expect(await scanned(store)).toHaveLength(2);
		expect(await store.remove([nextVersion(rows[0]!)])).toEqual([true]);
		expect(await store.durabilityWarnings()).toEqual([]);
		await server.call('SCRIPT', 'FLUSH');
		expect(await store.insertIfAbsent([row()])).toHaveLength(1);
	});

	it.each<[string, string[]]>([
		['other keys', ['~other:*', '+@all']],
		['no scripts', ['~*', '+@all', '-evalsha', '-eval']],
		['scripts that may not write', ['~*', '+@all', '-hset']],
	])('is refused with %s', async (_name, rights) => {
		expect(await messageOf(await userWith(...rights))).toContain(
			'lacks permissions that the ledger needs',
		);
	});

	it('works without INFO and CONFIG', async () => {
		const store = ledgers.open(await userWith('~*', '+@all', '-info', '-config'));
		const one = row();
		expect(await store.insertIfAbsent([one])).toEqual([one]);
		expect(await scanned(store)).toEqual([one]);
	});
});

describe('where there is no server', () => {
	const at = (more: Partial<RedisSettings>): RedisSettings => {
		const place = {
			host: '127.0.0.1',
			port: 6379,
			database: 0,
			ssl: false,
			verifyTls: true,
			prefix: 'x',
		};
		return { ...place, password: PASSWORD, ...more };
	};

	async function listening(meet: (client: net.Socket) => void, act: (port: number) => Promise<void>) {
		const clients = new Set<net.Socket>();
		const server = net.createServer((client) => {
			clients.add(client);
			client.on('error', () => undefined);
			meet(client);
		});
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		await act((server.address() as net.AddressInfo).port);
		for (const client of clients) client.destroy();
		await new Promise((resolve) => server.close(resolve));
	}

	it('a host that accepts connections and never responds is abandoned within seconds', async () => {
		await listening(
			() => undefined,
			async (port) => {
				const began = performance.now();
				const [plain, secure] = await Promise.all([
					messageOf(at({ port })),
					messageOf(at({ port, ssl: true })),
				]);
				expect(performance.now() - began).toBeLessThan(15_000);
				expect(plain).toContain(
					'the server did not respond in time. Check the host, the network and the load',
				);
				expect(secure).toContain(
					'If the server does not use TLS, turn off SSL in the Redis credential',
				);
			},
		);
	});

	it('the first command sent to a server is the password: servers and proxies of any age know AUTH, not all know HELLO', async () => {
		const receivedTexts: string[] = [];
		await listening(
			(client) =>
				client.on('data', (data) => client.end(`-ERR ${receivedTexts.push(String(data))}\r\n`)),
			async (port) => expect(await messageOf(at({ port }))).toContain('ERR 1'),
		);
		expect(receivedTexts[0]).toMatch(/^\*2\r\n\$4\r\nauth\r\n/i);
	});

	it('a web server is reported as one', async () => {
		await listening(
			(client) => client.end('HTTP/1.1 400 Bad Request\r\n\r\n'),
			async (port) =>
				expect(await messageOf(at({ port }))).toContain('the server there is not a Redis server'),
		);
	});

	it.each<[string, Partial<RedisSettings>, RegExp]>([
		['no host', { host: 'nowhere.invalid' }, /host not found\. Check|cannot be resolved right now/],
		['no port', { port: 99_999 }, /the port is not valid\. Correct/],
		['nobody', { port: 1 }, /connection refused\. Check host and port/],
	])('%s is reported', async (_name, more, words) => {
		const began = performance.now();
		expect(await messageOf(at(more))).toMatch(words);
		expect(performance.now() - began).toBeLessThan(15_000);
	});
});

const whereTls = selfSigned() ? whereInstalled('redis-server') : describe.skip;
whereTls('TLS', () => {
	let server: RedisServer;
	beforeEach(async () => (server = await RedisServer.start({ tls: true, password: PASSWORD })));
	afterEach(() => server.stop());

	it('with a certificate of an unknown authority is accepted only if the credential allows it', async () => {
		const unverified = getRedisSettings(server, { ssl: true, verifyTls: false });
		expect(await ledgers.open(unverified).insertIfAbsent([row()])).toHaveLength(1);
		expect(await ledgers.open({ ...unverified, host: 'localhost' }).insertIfAbsent([row()])).toHaveLength(
			1,
		);
		expect(await messageOf({ ...unverified, verifyTls: true })).toMatch(
			/the certificate of the server is not trusted.*or turn on Disable TLS Verification/,
		);
	});

	it('is reported as missing', async () => {
		expect(await messageOf(getRedisSettings(server, { ssl: false }))).toContain(
			'the connection was cut. If the server requires TLS, turn on SSL in the Redis credential',
		);
	});
});

whereInstalled('redis-server')('a server that accepts no writes', () => {
	let server: RedisServer;
	beforeAll(async () => (server = await RedisServer.start()));
	afterAll(() => server.stop());

	it.each<[string, [string, ...(string | number)[]], [string, ...(string | number)[]], RegExp]>([
		[
			'because its memory is full',
			['CONFIG', 'SET', 'maxmemory', 1],
			['CONFIG', 'SET', 'maxmemory', 0],
			/the memory of the server is full\. Raise maxmemory/,
		],
		[
			'because it is a replica',
			['REPLICAOF', '127.0.0.1', 1],
			['REPLICAOF', 'NO', 'ONE'],
			/the server is a read-only replica\. Enter the address of the master/,
		],
		[
			'because it has too few replicas',
			['CONFIG', 'SET', 'min-replicas-to-write', 1],
			['CONFIG', 'SET', 'min-replicas-to-write', 0],
			/too few replicas are connected to the server/,
		],
	])('%s', async (_name, [make, ...how], [heal, ...again], words) => {
		const store = ledgers.openNew(server);
		const one = row();
		await store.insertIfAbsent([one]);
		await server.call(make, ...how);
		const pending = [store.insertIfAbsent([row()]), store.replaceIfVersion([nextVersion(one)])];
		for (const reason of await Promise.all(pending.map(getRefusal))) expect(reason).toMatch(words);
		// What stands can still be read.
		expect(await store.find([one.entryId])).toEqual([one]);
		await server.call(heal, ...again);
		expect(await store.replaceIfVersion([nextVersion(one)])).toEqual([true]);
	});

	it('and accepts connections again within seconds is not even reported', async () => {
		const store = ledgers.openNew(server);
		await server.call('REPLICAOF', '127.0.0.1', 1);
		const pending = store.insertIfAbsent([row()]);
		await server.call('REPLICAOF', 'NO', 'ONE');
		expect(await pending).toHaveLength(1);
	});
});

describe('a server error is reported in plain words', () => {
	const settings: RedisSettings = {
		host: 'h',
		port: 1,
		database: 2,
		ssl: false,
		verifyTls: true,
		prefix: 'p',
		password: PASSWORD,
	};
	const answered = (message: string) => Object.assign(new Error(message), { name: 'ReplyError' });

	it.each<[string, boolean, RegExp]>([
		['LOADING Redis is loading the dataset in memory', true, /still loading its data/],
		['MISCONF Redis is configured to save RDB snapshots', false, /cannot write to its disk/],
		['CLUSTERDOWN The cluster is down', true, /a part of the cluster is down/],
		['TRYAGAIN Multiple keys request during rehashing of slot', true, /is moving the keys of the ledger/],
		['MASTERDOWN Link with MASTER is down', true, /is a read-only replica/],
		['BUSY Redis is busy running a script', true, /keeps the server busy/],
		['ERR max number of clients reached', false, /accepts no more connections\. Raise maxclients/],
		['DENIED Redis is running in protected mode', false, /\(protected mode\)\. Set a password on it/],
		['ERR invalid DB index', false, /database 2 does not exist/],
		["CROSSSLOT Keys in request don't hash to the same slot", false, /a different program uses the keys/],
		[
			"ERR unknown command 'EVALSHA', with args beginning with: 'x'",
			false,
			/it says "ERR unknown command 'EVALSHA'"/,
		],
	])('%s', (message, isPassing, words) => {
		const error = answered(message);
		expect(isTransientRedisError(error)).toBe(isPassing);
		expect((toRedisStoreError(settings, error) as StoreUnavailableError).reason).toMatch(words);
	});

	it.each<[unknown, boolean]>([
		[new ResponseTimeoutError('late'), true],
		[new Error('Connection is closed.'), true],
		[new Error('Command aborted due to connection close'), true],
		[new Error('None of startup nodes is available'), true],
		[new Error('Too many Cluster redirections. Last error: ReplyError: MOVED 1 x:1'), true],
		[Object.assign(new Error('x'), { code: 'EHOSTUNREACH' }), true],
		[Object.assign(new Error('x'), { code: 'CERT_HAS_EXPIRED' }), false],
		[new ForeignDataError('x'), false],
	])('and so is %s', (error, isPassing) => {
		expect(isTransientRedisError(error)).toBe(isPassing);
		expect(toRedisStoreError(settings, error)).toBeInstanceOf(StoreUnavailableError);
	});

	it.each([new TypeError('x is undefined'), 'a text', undefined])(
		'but not an error of our own: %s',
		(fault) => {
			expect(isTransientRedisError(fault)).toBe(false);
			expect(toRedisStoreError(settings, fault)).toBe(fault);
		},
	);
});
