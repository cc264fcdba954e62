import type { Row } from '../../../../ledger/model/row';
import type { RedisStore } from '../../../../ledger/stores/redis/redisStore';
import { whereInstalled } from '../../../servers/binaries';
import { RedisCluster } from '../../../servers/redisCluster';
import { keysOf, newPrefix, RedisLedgers, getRedisSettings } from './redisLedgers';
import { nextVersion, getRefusal, scanned } from '../storeAnswers';
import { row } from '../conformance';

whereInstalled('redis-server')('a ledger in a Redis cluster', () => {
	const ledgers = new RedisLedgers();
	let cluster: RedisCluster;
	let prefix: string;
	let store: RedisStore;
	/** Which node keeps the ledger. */
	let keeper: number;
	beforeAll(async () => (cluster = await RedisCluster.start()));
	beforeEach(async () => {
		prefix = newPrefix();
		store = ledgers.open(getRedisSettings(cluster, { prefix }));
		keeper = await keeping();
	});
	afterEach(() => ledgers.close());
	afterAll(() => cluster.stop());

	/** By way of another node. */
	const through = (node: number) => ledgers.open(getRedisSettings(cluster.node(node % 3), { prefix }));

	it('is the same through every node', async () => {
		const one = row();
		await store.insertIfAbsent([one]);
		for (const node of [0, 1, 2]) {
			expect(await through(node).find([one.entryId])).toEqual([one]);
			expect(await scanned(through(node))).toEqual([one]);
		}
		expect(await store.durabilityWarnings()).toEqual([]);
	});

	it('is in one slot, whatever the prefix looks like', async () => {
		for (const odd of ['', '{', '}', '{}', 'a{}b', 'a{b}c', '{a}{}', '{{}}', '}{', '*[?]\\']) {
			const its = ledgers.open(getRedisSettings(cluster, { prefix: `${odd}${prefix}` }));
			const rows = Array.from({ length: 9 }, () => row());
			expect(await its.insertIfAbsent(rows)).toEqual(rows);
			expect(await its.replaceIfVersion(rows.map(nextVersion))).toEqual(rows.map(() => true));
			expect(await its.list({ limit: 20 })).toHaveLength(9);
			expect(await scanned(its)).toHaveLength(9);
			expect(await its.remove(rows.map(nextVersion))).toEqual(rows.map(() => true));
		}
	});

	it('has no other database', async () => {
		const { host, port } = cluster.node(0);
		expect(
			await getRefusal(ledgers.open(getRedisSettings(cluster, { database: 1, prefix })).find(['x'])),
		).toBe(
			`Redis at ${host}:${port}: it is a cluster, which has no database 1. ` +
				'Set Database Number to 0 in the Redis credential.',
		);
	});

	it('that this user cannot see is recognized as a cluster', async () => {
		for (const node of cluster.nodes)
			await node.call('ACL', 'SETUSER', 'bob', 'on', '>x', '~*', '+@all', '-info');
		const blind = getRedisSettings(cluster.node((keeper + 1) % 3), {
			prefix,
			user: 'bob',
			password: 'x',
		});
		expect(await getRefusal(ledgers.open(blind).insertIfAbsent([row()]))).toMatch(
			/belongs to a cluster, but does not let this user see it\. Allow the user \+info/,
		);
	});

	it('that has lost the scripts loads them again', async () => {
		const rows = Array.from({ length: 50 }, () => row());
		await store.insertIfAbsent([row()]);
		for (const node of cluster.nodes) await node.call('SCRIPT', 'FLUSH');
		expect(await store.insertIfAbsent(rows)).toEqual(rows);
		expect(await store.replaceIfVersion(rows.map(nextVersion))).toEqual(rows.map(() => true));
	});

	it('is kept, and used, while the cluster moves it to a different node', async () => {
		const target = (keeper + 1) % 3;
		const [from, to] = [cluster.node(keeper), cluster.node(target)];
		const [fromId, toId] = (await Promise.all(
			[from, to].map((node) => node.call('CLUSTER', 'MYID')),
		)) as [string, string];
		const slot = Number(await from.call('CLUSTER', 'KEYSLOT', keysOf(prefix).index));
		const written = new Map<string, Row>();
		let isOver = false;
		const work = async (its: RedisStore, name: string) => {
			for (let n = 0; !isOver; n++) {
				const rows = ['a', 'b', 'c'].map((part) => row({ entryId: `${name} ${n} ${part}` }));
				for (const one of await its.insertIfAbsent(rows)) written.set(one.entryId, one);
				const replaced = await its.replaceIfVersion(rows.map(nextVersion));
				// Where the answer was lost, the store cannot know; here, nothing is lost.
				expect(replaced).toEqual([true, true, true]);
				for (const one of rows) written.set(one.entryId, nextVersion(one));
			}
		};
		const workers = [0, 1, 2].map((node) => work(through(node), String(node)));
		await to.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', fromId);
		await from.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', toId);
		for (;;) {
			const keys = (await from.call('CLUSTER', 'GETKEYSINSLOT', slot, 20)) as string[];
			if (keys.length === 0) break;
			await from.call('MIGRATE', to.host, to.port, '', 0, 5_000, 'KEYS', ...keys);
		}
		for (const node of [to, from, cluster.node((keeper + 2) % 3)])
			await node.call('CLUSTER', 'SETSLOT', slot, 'NODE', toId);
		isOver = true;
		await Promise.all(workers);
		const found = await store.find([...written.keys()]);
		expect(found).toEqual([...written.values()]);
		expect(await scanned(store)).toHaveLength(written.size);
		expect(await to.call('EXISTS', keysOf(prefix).index)).toBe(1);
	});

	it('is reported as down while its node is, and continues when the node is back', async () => {
		const one = row();
		await store.insertIfAbsent([one]);
		await cluster.kill(keeper);
		const began = performance.now();
		expect(await getRefusal(store.replaceIfVersion([nextVersion(one)]))).toMatch(
			/connection refused|the connection was cut|a part of the cluster is down/,
		);
		expect(await getRefusal(through(keeper + 1).find([one.entryId]))).toContain(
			`Redis at 127.0.0.1:${cluster.node((keeper + 1) % 3).port}`,
		);
		expect(performance.now() - began).toBeLessThan(25_000);
		await cluster.restart(keeper);
		expect(await store.replaceIfVersion([nextVersion(one)])).toEqual([true]);
		expect(await through(keeper + 1).find([one.entryId])).toEqual([nextVersion(one)]);
	});

	it('continues without the configured node once the others are known', async () => {
		const given = (keeper + 1) % 3;
		for (const node of cluster.nodes)
			await node.call('CONFIG', 'SET', 'cluster-require-full-coverage', 'no');
		const its = through(given);
		await its.find(['x']);
		its.close();
		await cluster.kill(given);
		const one = row();
		expect(await its.insertIfAbsent([one])).toEqual([one]);
		await cluster.restart(given);
	});

	/** A test may have moved it. */
	async function keeping(): Promise<number> {
		const one = row();
		await store.insertIfAbsent([one]);
		const found = await Promise.all(cluster.nodes.map((node) => node.call('KEYS', keysOf(prefix).index)));
		await store.remove([one]);
		return found.findIndex((keys) => (keys as string[]).length > 0);
	}
});
