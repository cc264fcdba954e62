import { dirname, join } from 'node:path';

import type { PostgresServer } from '../../servers/postgresServer';
import type { RedisServer } from '../../servers/redisServer';
import type { N8nInstallation } from './installation';

/** Environment variables of an n8n. */
export type Environment = Record<string, string>;

/** Of all processes of all tests: what one n8n has encrypted, another one on the same database must be able to read. */
const ENCRYPTION_KEY = 'of-tests-only';

/**
 * What every n8n of the tests has in common. Nothing of our own environment but the path: jest's `NODE_ENV=test` ends an
 * n8n at once, and a proxy would stand between n8n and the simulator. And not `NODE_ENV=production` either: n8n then
 * allows few logins per minute, and waits ten seconds when the last session crashed.
 */
export function commonEnvironment({ node, folder }: N8nInstallation, userFolder: string): Environment {
	return {
		PATH: [dirname(node), process.env.PATH].filter(Boolean).join(':'),
		HOME: userFolder,
		N8N_USER_FOLDER: userFolder,
		N8N_ENCRYPTION_KEY: ENCRYPTION_KEY,
		N8N_LOG_LEVEL: 'info',
		NO_COLOR: '1',
		// What Node has compiled once need not be compiled at every start.
		NODE_COMPILE_CACHE: join(folder, 'compiled'),
		GENERIC_TIMEZONE: 'UTC',
		TZ: 'UTC',
		// Only on this machine, which has no certificate.
		N8N_LISTEN_ADDRESS: '127.0.0.1',
		N8N_WORKER_SERVER_ADDRESS: '127.0.0.1',
		N8N_SECURE_COOKIE: 'false',
		// Nobody outside is asked or told anything.
		N8N_DIAGNOSTICS_ENABLED: 'false',
		N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
		N8N_TEMPLATES_ENABLED: 'false',
		N8N_VERIFIED_PACKAGES_ENABLED: 'false',
		N8N_PERSONALIZATION_ENABLED: 'false',
		// Its default is going to change, and this package is not one of the verified ones.
		N8N_UNVERIFIED_PACKAGES_ENABLED: 'true',
	};
}

/** n8n keeps its workflows and executions here. */
export function databaseEnvironment(postgres: PostgresServer): Environment {
	return {
		DB_TYPE: 'postgresdb',
		DB_POSTGRESDB_HOST: postgres.host,
		DB_POSTGRESDB_PORT: String(postgres.port),
		DB_POSTGRESDB_DATABASE: postgres.database,
		DB_POSTGRESDB_USER: postgres.user,
		DB_POSTGRESDB_PASSWORD: postgres.password,
	};
}

/** Executions are put into a queue for workers; also those that somebody starts by hand in the editor. */
export function queueEnvironment(redis: RedisServer): Environment {
	return {
		EXECUTIONS_MODE: 'queue',
		OFFLOAD_MANUAL_EXECUTIONS_TO_WORKERS: 'true',
		QUEUE_BULL_REDIS_HOST: redis.host,
		QUEUE_BULL_REDIS_PORT: String(redis.port),
		QUEUE_BULL_REDIS_USERNAME: redis.user,
		QUEUE_BULL_REDIS_PASSWORD: redis.password,
	};
}
