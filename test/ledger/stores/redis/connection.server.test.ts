import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { RedisConnection } from '../../../../ledger/stores/redis/connection';
import { whereInstalled } from '../../../servers/binaries';
import { RedisServer } from '../../../servers/redisServer';
import { TcpProxy } from '../../../servers/tcpProxy';
import { until } from '../../../servers/until';
import { getRedisSettings, listEntryIds, RedisLedgers } from './redisLedgers';
import { TYPESCRIPT } from '../../../typescript';
import { row } from '../conformance';

/** Its start takes seconds on a busy machine. */
const ENDS_WITHIN_MS = 60_000;

whereInstalled('redis-server')('a connection to Redis', () => {
	let server: RedisServer;
	beforeAll(async () => (server = await RedisServer.start()));
	afterAll(() => server.stop());
	const at = ({ port }: { port: number }, idleMs: number) =>
		new RedisConnection({ ...getRedisSettings(server), port }, { responseMs: 2_500, idleMs });
	const PING = [['ping']] as const;
	const PONG = [{ value: 'PONG' }];

	it('is closed when idle for a while, and opened again by the next command', async () => {
		const wire = await TcpProxy.to(server.host, server.port);
		const connection = at(wire, 20);
		expect(await connection.run(PING)).toEqual(PONG);
		expect(wire.open).toBe(1);
		await until('the end of the connection', () => wire.open === 0);
		expect(await connection.run(PING)).toEqual(PONG);
		expect(wire.connections).toBe(2);
		connection.close();
		await wire.stop();
	});

	it('is not closed while a response is pending, however long that takes', async () => {
		const wire = await TcpProxy.to(server.host, server.port);
		const connection = at(wire, 20);
		await connection.run(PING);
		wire.hold('answers');
		const pendingPing = connection.run(PING);
		await new Promise((resolve) => setTimeout(resolve, 100));
		connection.close();
		wire.release();
		expect(await pendingPing).toEqual(PONG);
		await until('the end of the connection', () => wire.open === 0);
		expect(wire.connections).toBe(1);
		await wire.stop();
	});

	it('without a response is abandoned: the next use opens a new one', async () => {
		const wire = await TcpProxy.to(server.host, server.port);
		const connection = new RedisConnection(
			{ ...getRedisSettings(server), port: wire.port },
			{ responseMs: 200, idleMs: 60_000 },
		);
		// A busy machine takes longer than that now and then.
		const answeredInTime = () =>
			until('a server that answers in time', () => connection.run(PING).catch(() => undefined));
		await answeredInTime();
		const { connections } = wire;
		wire.hold('answers');
		await expect(connection.run(PING)).rejects.toThrow('No response in 200 ms');
		wire.release();
		await answeredInTime();
		expect(wire.connections).toBeGreaterThan(connections);
		connection.close();
		await wire.stop();
	});

	it('to a server that is no longer the master is abandoned: its name may lead to a different one now', async () => {
		const connection = at(server, 60_000);
		const id = async () => (await connection.run([['client', 'id']]))[0];
		const first = await id();
		await server.call('REPLICAOF', '127.0.0.1', 1);
		expect(await connection.run([['set', 'x', 'y']])).toMatchObject([
			{ failure: { name: 'ReplyError' } },
		]);
		await server.call('REPLICAOF', 'NO', 'ONE');
		expect(await id()).not.toEqual(first);
		connection.close();
	});

	it('delivers responses received in time, even if the process was suspended in the meantime', async () => {
		const connection = new RedisConnection(getRedisSettings(server), {
			responseMs: 1_000,
			idleMs: 60_000,
		});
		await connection.run(PING);
		const pendingPing = connection.run(PING);
		// The command is on its way; then nothing in this process moves until the time is over.
		await new Promise((resolve) => setImmediate(resolve));
		Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_500);
		expect(await pendingPing).toEqual(PONG);
		connection.close();
	});

	it(
		'does not keep the process alive',
		async () => {
			// In a process of its own: what else keeps this one alive is none of its business.
			const program = `
			const { RedisConnection } = require(${JSON.stringify(require.resolve('../../../../ledger/stores/redis/connection'))});
			const connection = new RedisConnection(JSON.parse(process.argv[1]), { responseMs: 60_000, idleMs: 3_600_000 });
			connection.run([['ping']]).then(([{ value }]) => console.log(value));
		`;
			const settings = JSON.stringify(getRedisSettings(server));
			const args = [...TYPESCRIPT, '--eval', program, settings];
			// Ended by itself, long before its connection is idle: else it is killed, and this rejects.
			const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: ENDS_WITHIN_MS });
			expect(stdout).toBe('PONG\n');
		},
		2 * ENDS_WITHIN_MS,
	);

	it('repeats only commands without a response, among many that were answered', async () => {
		const ledgers = new RedisLedgers();
		const store = ledgers.openNew(server);
		const rows = [row(), row(), row()];
		await store.insertIfAbsent(rows);
		const { run } = RedisConnection.prototype;
		const asking = jest.spyOn(RedisConnection.prototype, 'run');
		asking.mockImplementationOnce(async function (this: RedisConnection, commands) {
			const [first, , last] = await run.call(this, commands);
			return [first!, { failure: new Error('Connection is closed.') }, last!];
		});
		expect(await store.remove(rows)).toEqual([true, false, true]);
		asking.mockRestore();
		expect(await store.find(listEntryIds(rows))).toEqual(rows.map(() => undefined));
		ledgers.close();
	});
});
