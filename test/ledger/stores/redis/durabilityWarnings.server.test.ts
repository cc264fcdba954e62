import { whereInstalled } from '../../../servers/binaries';
import type { RedisServerOptions } from '../../../servers/redisServer';
import { RedisServer } from '../../../servers/redisServer';
import { TcpProxy } from '../../../servers/tcpProxy';
import { newPrefix, RedisLedgers, getRedisSettings } from './redisLedgers';

whereInstalled('redis-server')('a Redis server', () => {
	const ledgers = new RedisLedgers();
	let server: RedisServer | undefined;
	afterEach(async () => {
		ledgers.close();
		await server?.stop();
	});
	const start = async (options: RedisServerOptions = {}) => (server = await RedisServer.start(options));
	const risks = async (options: RedisServerOptions) =>
		ledgers.openNew(await start(options)).durabilityWarnings();

	it('with safe settings causes no warning', async () => {
		expect(await risks({})).toEqual([]);
	});

	it.each<[string, RedisServerOptions, RegExp]>([
		[
			'keeps no file',
			{ appendOnly: false },
			/has no append-only file: a restart may lose payments.*Set appendonly to yes/,
		],
		[
			'flushes its file every second',
			{ appendOnly: 'everysec' },
			/appendfsync everysec: a power failure loses the payments of about the last second.*Set appendfsync/,
		],
		[
			'leaves flushing to the operating system',
			{ appendOnly: 'no' },
			/appendfsync no: .*up to the last half minute, which would then be sent again/,
		],
		[
			'forgets the oldest',
			{ settings: { maxmemory: '100mb', 'maxmemory-policy': 'allkeys-lru' } },
			/removes keys when its memory is full \(maxmemory-policy allkeys-lru\).*Set maxmemory-policy to noeviction/,
		],
	])('that %s causes a warning', async (_name, options, message) => {
		expect(await risks(options)).toEqual([expect.stringMatching(message)]);
	});

	it('that has two risks causes a warning that names both', async () => {
		const settings = { maxmemory: '100mb', 'maxmemory-policy': 'volatile-ttl' };
		expect(await risks({ appendOnly: false, settings })).toHaveLength(2);
	});

	it('that has no memory limit causes no warning about eviction', async () => {
		expect(await risks({ settings: { 'maxmemory-policy': 'allkeys-lru' } })).toEqual([]);
	});

	it('that hides its settings causes warnings only about what is visible', async () => {
		const { call } = bound(await start({ appendOnly: 'everysec' }));
		await call('ACL', 'SETUSER', 'bob', 'on', '>x', '~*', '+@all', '-config');
		expect(await ledgers.openNew(server!, { user: 'bob', password: 'x' }).durabilityWarnings()).toEqual(
			[],
		);
	});

	it('that hides everything causes a warning', async () => {
		const { call } = bound(await start());
		await call('ACL', 'SETUSER', 'bob', 'on', '>x', '~*', '+@all', '-info', '-config');
		expect(await ledgers.openNew(server!, { user: 'bob', password: 'x' }).durabilityWarnings()).toEqual([
			expect.stringMatching(
				/does not report how it stores its data.*Allow the user \+info, or make sure that appendonly is yes/,
			),
		]);
	});

	it('is checked from time to time, not for every payment, and again after a failure', async () => {
		const { host, port } = await start({ appendOnly: false });
		const wire = await TcpProxy.to(host, port);
		const store = ledgers.open(getRedisSettings(server!, { port: wire.port, prefix: newPrefix() }));
		wire.refuse();
		await expect(store.durabilityWarnings()).rejects.toThrow('connection refused');
		await wire.accept();
		expect(await store.durabilityWarnings()).toHaveLength(1);
		const before = wire.roundTrips;
		expect(await store.durabilityWarnings()).toHaveLength(1);
		expect(wire.roundTrips).toBe(before);
		await wire.stop();
	});
});

function bound(server: RedisServer) {
	return { call: server.call.bind(server) };
}
