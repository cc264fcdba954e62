import { PostgresServer } from './postgresServer';
import { RedisServer } from './redisServer';

/** The message that this process sends before a test kills it. */
export interface Abandoned {
	folders: string[];
	pids: number[];
}

/** Starts servers and never stops them. */
async function abandon(): Promise<void> {
	const postgres = await PostgresServer.start();
	const redis = await RedisServer.start();
	const backends = await postgres.query<{ pid: number }>('SELECT pid FROM pg_stat_activity');
	await postgres.pause();
	const abandoned: Abandoned = {
		folders: [postgres.folder, redis.folder],
		pids: [postgres.pid, redis.pid, ...backends.map(({ pid }) => pid)],
	};
	process.stdout.write(JSON.stringify(abandoned) + '\n');
	setInterval(() => undefined, 60_000);
}

void abandon();
