import type { ClusterOptions } from 'ioredis';
import { Cluster } from 'ioredis';

import type { RedisCredential, RedisServerOptions } from './redisServer';
import { RedisServer } from './redisServer';
import { until } from './until';

const SLOTS = 16_384;
const MASTERS = 3;

export type RedisClusterOptions = Pick<RedisServerOptions, 'appendOnly' | 'password' | 'settings'>;

/** Three masters without replicas, which share the 16 384 slots of a Redis cluster. */
export class RedisCluster {
	static async start(options: RedisClusterOptions = {}): Promise<RedisCluster> {
		const settings = {
			'cluster-enabled': 'yes',
			'cluster-announce-ip': '127.0.0.1',
			// Time in ms after which an unreachable node counts as failed.
			'cluster-node-timeout': '2000',
			...options.settings,
		};
		const starting = Array.from({ length: MASTERS }, () => RedisServer.start({ ...options, settings }));
		const started = await Promise.allSettled(starting);
		const nodes = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
		const cluster = new RedisCluster(nodes);
		try {
			await Promise.all(starting);
			await cluster.form();
			await cluster.ok();
			return cluster;
		} catch (error) {
			await cluster.stop();
			throw error;
		}
	}

	private constructor(readonly nodes: readonly RedisServer[]) {}

	/** One node is enough for a client to find the others. */
	get credential(): RedisCredential {
		return this.node(0).credential;
	}

	/** Creates a client; the test must `disconnect()` it. */
	client(options: ClusterOptions = {}): Cluster {
		const { password } = this.node(0);
		const nodes = this.nodes.map(({ host, port }) => ({ host, port }));
		const redisOptions = { ...(password && { password }), ...options.redisOptions };
		return new Cluster(nodes, { ...options, redisOptions });
	}

	node(index: number): RedisServer {
		const node = this.nodes[index];
		if (!node) throw new Error(`There is no node ${index}`);
		return node;
	}

	/** Returns the index of the node that keeps a key. */
	async indexOf(key: string): Promise<number> {
		const slot = Number(await this.node(0).call('CLUSTER', 'KEYSLOT', key));
		return this.nodes.findIndex((_, index) => slot < firstSlot(index + 1));
	}

	async kill(index: number): Promise<void> {
		await this.node(index).kill();
	}

	/** Restarts a node. Resolves when the whole cluster is available. */
	async restart(index: number): Promise<void> {
		await this.node(index).restart();
		await this.ok();
	}

	/** Resolves when each node sees all the others and all slots are served. */
	async ok(): Promise<void> {
		await until('a cluster that is well', async () => {
			const infos = await Promise.all(this.nodes.map((node) => node.call('CLUSTER', 'INFO')));
			return infos.every((info) => isWell(String(info)));
		});
	}

	async stop(): Promise<void> {
		await Promise.all(this.nodes.map((node) => node.stop()));
	}

	private async form(): Promise<void> {
		const [, ...others] = this.nodes;
		await Promise.all(
			this.nodes.map(async (node, index) => {
				// Distinct epochs from the start, so that the nodes do not have to resolve conflicts.
				await node.call('CLUSTER', 'SET-CONFIG-EPOCH', index + 1);
				await node.call('CLUSTER', 'ADDSLOTS', ...slotsOf(index));
			}),
		);
		for (const other of others) await this.node(0).call('CLUSTER', 'MEET', other.host, other.port);
	}
}

function isWell(info: string): boolean {
	const values = new Map(info.split('\r\n').map((line) => line.split(':') as [string, string]));
	return (
		values.get('cluster_state') === 'ok' &&
		values.get('cluster_slots_ok') === String(SLOTS) &&
		values.get('cluster_known_nodes') === String(MASTERS)
	);
}

function firstSlot(index: number): number {
	return Math.ceil((SLOTS * index) / MASTERS);
}

function slotsOf(index: number): number[] {
	const [first, next] = [firstSlot(index), firstSlot(index + 1)];
	return Array.from({ length: next - first }, (_, nth) => first + nth);
}
