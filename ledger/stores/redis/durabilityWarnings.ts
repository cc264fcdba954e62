import type { Redis } from 'ioredis';

import type { RedisSettings } from './connection';
import { isServerReply, isTransientRedisError } from './errorKinds';
import type { RedisClient } from './scripts';

/** Returns the settings of the server, or of any node of the cluster, that can lose acknowledged rows; one sentence each. */
export async function readDurabilityWarnings(
	client: RedisClient,
	settings: RedisSettings,
): Promise<string[]> {
	const nodes = 'nodes' in client ? client.nodes('master') : [client];
	const warnings = await Promise.all(
		nodes.map(async (node) => warningsOfNode(await readPersistence(node), settings)),
	);
	return [...new Set(warnings.flat())];
}

/** What a server reports about its persistence. */
interface PersistenceInfo {
	info: string;
	/** Many hosted servers do not report it. */
	appendfsync?: string;
}

async function readPersistence(node: Redis): Promise<PersistenceInfo> {
	const [persistence, memory, appendfsync] = await Promise.all([
		ifAllowed(node.info('persistence')),
		ifAllowed(node.info('memory')),
		ifAllowed(node.config('GET', 'appendfsync')),
	]);
	const [, value] = Array.isArray(appendfsync) ? (appendfsync as unknown[]) : [];
	return {
		info: `${persistence ?? ''}\n${memory ?? ''}`,
		...(typeof value === 'string' && { appendfsync: value }),
	};
}

/** Servers and proxies refuse with many different messages. */
function ifAllowed<R>(answer: Promise<R>): Promise<R | undefined> {
	return answer.catch((error: unknown) => {
		if (isServerReply(error) && !isTransientRedisError(error)) return undefined;
		throw error;
	});
}

function warningsOfNode({ info, appendfsync }: PersistenceInfo, { host, port }: RedisSettings): string[] {
	const server = `The Redis server ${host}:${port}`;
	const read = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
	const [appendOnly, policy] = [read('aof_enabled'), read('maxmemory_policy')];
	const warnings: string[] = [];
	if (appendOnly === undefined || policy === undefined) {
		warnings.push(
			`${server} does not report how it stores its data, so it is unknown whether it may lose payments, which would then be sent again. Allow the user +info, or make sure that appendonly is yes, appendfsync is always and maxmemory-policy is noeviction.`,
		);
	}
	if (appendOnly === '0') {
		warnings.push(
			`${server} has no append-only file: a restart may lose payments, which would then be sent again. Set appendonly to yes and appendfsync to always.`,
		);
	}
	if (appendOnly === '1' && appendfsync !== undefined && appendfsync !== 'always') {
		const lost = appendfsync === 'everysec' ? 'about the last second' : 'up to the last half minute';
		warnings.push(
			`${server} runs with appendfsync ${appendfsync}: a power failure loses the payments of ${lost}, which would then be sent again. Set appendfsync to always.`,
		);
	}
	// Without a memory limit, a server evicts nothing.
	if (policy !== undefined && policy !== 'noeviction' && read('maxmemory') !== '0') {
		warnings.push(
			`${server} removes keys when its memory is full (maxmemory-policy ${policy}): it would lose payments, which would then be sent again. Set maxmemory-policy to noeviction.`,
		);
	}
	return warnings;
}
